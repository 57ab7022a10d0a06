//! Who listens to the feed of this node: how many, whose, and which instances of sites, so that a receipt knows whom
//! to wait for.

use idp_core::client::ClientId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// There are as many listeners as may be.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct TooMany;

/// The register of listeners.
pub struct Listeners {
    most: usize,
    most_of_one: usize,
    present: Arc<Mutex<Present>>,
}

/// One process of a site, by the name it gave itself.
#[derive(Clone, Eq, PartialEq, Hash, Debug)]
pub struct Instance {
    /// The site.
    pub client: ClientId,
    /// Its name.
    pub name: String,
}

#[derive(Default)]
struct Present {
    all: usize,
    by_client: HashMap<ClientId, usize>,
    instances: HashMap<Instance, usize>,
}

/// A place among the listeners, given back when dropped.
pub struct Listener {
    client: ClientId,
    instance: Option<Instance>,
    present: Arc<Mutex<Present>>,
}

impl Listeners {
    /// Room for so many, and so many of one client.
    #[must_use]
    pub fn new(most: usize, most_of_one: usize) -> Self {
        Self { most, most_of_one, present: Arc::default() }
    }

    /// Takes a place.
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn join(&self, client: &ClientId, instance: Option<&str>) -> Result<Listener, TooMany> {
        let mut present = lock(&self.present);
        let own = present.by_client.get(client).copied().unwrap_or(0);
        if present.all >= self.most || own >= self.most_of_one {
            return Err(TooMany);
        }
        present.all += 1;
        present.by_client.insert(client.clone(), own + 1);
        let instance = instance.map(|name| Instance { client: client.clone(), name: name.to_owned() });
        if let Some(instance) = &instance {
            *present.instances.entry(instance.clone()).or_default() += 1;
        }
        Ok(Listener { client: client.clone(), instance, present: Arc::clone(&self.present) })
    }

    /// How many listen.
    #[must_use]
    pub fn count(&self) -> usize {
        lock(&self.present).all
    }

    /// The instances that listen.
    #[must_use]
    pub fn instances(&self) -> Vec<Instance> {
        lock(&self.present).instances.keys().cloned().collect()
    }
}

impl Listener {
    /// The instance, if it said which.
    #[must_use]
    pub fn instance(&self) -> Option<&Instance> {
        self.instance.as_ref()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut present = lock(&self.present);
        present.all = present.all.saturating_sub(1);
        if let Some(own) = present.by_client.get_mut(&self.client) {
            *own = own.saturating_sub(1);
        }
        present.by_client.retain(|_, own| *own > 0);
        if let Some(instance) = &self.instance
            && let Some(count) = present.instances.get_mut(instance)
        {
            *count = count.saturating_sub(1);
            if *count == 0 {
                present.instances.remove(instance);
            }
        }
    }
}

fn lock(present: &Mutex<Present>) -> MutexGuard<'_, Present> {
    present.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn places_are_limited_and_given_back() {
        let listeners = Listeners::new(3, 2);
        let (a, b) = (ClientId::parse("a").unwrap(), ClientId::parse("b").unwrap());
        let first = listeners.join(&a, Some("one")).unwrap();
        let _second = listeners.join(&a, None).unwrap();
        assert_eq!(listeners.join(&a, None).err(), Some(TooMany));
        let _other = listeners.join(&b, None).unwrap();
        assert_eq!(listeners.join(&b, None).err(), Some(TooMany));
        assert_eq!(listeners.instances().len(), 1);
        drop(first);
        assert!(listeners.instances().is_empty());
        assert!(listeners.join(&b, None).is_ok());
        assert_eq!(listeners.count(), 2);
    }
}
