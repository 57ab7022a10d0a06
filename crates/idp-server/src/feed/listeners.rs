//! Who listens to the feed of this node: how many, whose, and which instances of sites, so that a receipt knows whom
//! to wait for.

use crate::store::feed_acknowledgements::Instance;
use idp_core::client::ClientId;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// There are as many listeners as may be.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct TooMany;

/// The register of listeners.
pub struct Listeners {
    most: usize,
    most_of_one: usize,
    register: Arc<Register>,
}

/// Instances that came and went, and that are not stored yet.
#[derive(Default, Debug)]
pub struct Moves {
    /// Those that listen.
    pub came: Vec<Instance>,
    /// Those that do not any more.
    pub left: Vec<Instance>,
}

#[derive(Default)]
struct Register {
    present: Mutex<Present>,
    moved: Notify,
}

#[derive(Default)]
struct Present {
    all: usize,
    groups: HashMap<ClientId, Group>,
    instances: HashMap<Instance, usize>,
    moves: HashSet<Instance>,
}

/// The listeners of one client.
#[derive(Default)]
struct Group {
    count: usize,
    sent_away: Arc<AtomicBool>,
}

/// A place among the listeners, given back when dropped.
pub struct Listener {
    client: ClientId,
    name: Option<String>,
    sent_away: Arc<AtomicBool>,
    register: Arc<Register>,
}

impl Listeners {
    /// Room for so many, and so many of one client.
    #[must_use]
    pub fn new(most: usize, most_of_one: usize) -> Self {
        Self { most, most_of_one, register: Arc::default() }
    }

    /// Takes a place.
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn join(&self, client: &ClientId, name: Option<&str>) -> Result<Listener, TooMany> {
        let mut present = self.register.present();
        let own = present.groups.get(client).map_or(0, |group| group.count);
        if present.all >= self.most || own >= self.most_of_one {
            return Err(TooMany);
        }
        present.all += 1;
        let group = present.groups.entry(client.clone()).or_default();
        group.count += 1;
        let sent_away = Arc::clone(&group.sent_away);
        let listener = Listener {
            client: client.clone(),
            name: name.map(str::to_owned),
            sent_away,
            register: Arc::clone(&self.register),
        };
        if let Some(instance) = listener.instance() {
            *present.instances.entry(instance.clone()).or_default() += 1;
            present.moves.insert(instance);
            self.register.moved.notify_one();
        }
        Ok(listener)
    }

    /// Ends the streams of a client that is one no more, at their next event.
    pub fn send_away(&self, client: &ClientId) {
        if let Some(group) = self.register.present().groups.remove(client) {
            group.sent_away.store(true, Ordering::Relaxed);
        }
    }

    /// Ends the streams of all clients but these.
    pub fn send_away_all_but(&self, may_listen: &HashSet<ClientId>) {
        for (_, group) in self.register.present().groups.extract_if(|client, _| !may_listen.contains(client))
        {
            group.sent_away.store(true, Ordering::Relaxed);
        }
    }

    /// How many may listen.
    #[must_use]
    pub const fn most(&self) -> usize {
        self.most
    }

    /// How many listen.
    #[must_use]
    pub fn count(&self) -> usize {
        self.register.present().all
    }

    /// Waits until an instance has come or gone.
    pub async fn moved(&self) {
        self.register.moved.notified().await;
    }

    /// At most so many instances that came or went since they were last asked for.
    #[must_use]
    pub fn moves(&self, most: usize) -> Moves {
        let mut present = self.register.present();
        let taken: Vec<Instance> = present.moves.iter().take(most).cloned().collect();
        let mut moves = Moves::default();
        for instance in taken {
            present.moves.remove(&instance);
            match present.instances.contains_key(&instance) {
                true => moves.came.push(instance),
                false => moves.left.push(instance),
            }
        }
        if !present.moves.is_empty() {
            self.register.moved.notify_one();
        }
        moves
    }

    /// Has these asked for again: they could not be written down.
    pub fn put_back(&self, instances: Vec<Instance>) {
        self.register.present().moves.extend(instances);
        self.register.moved.notify_one();
    }

    /// Has all that listen asked for again.
    pub fn all_again(&self) {
        let mut present = self.register.present();
        let all: Vec<Instance> = present.instances.keys().cloned().collect();
        present.moves.extend(all);
        drop(present);
        self.register.moved.notify_one();
    }
}

impl Listener {
    /// Whether its client is one no more.
    #[must_use]
    pub fn is_sent_away(&self) -> bool {
        self.sent_away.load(Ordering::Relaxed)
    }

    fn instance(&self) -> Option<Instance> {
        let name = self.name.clone()?;
        Some(Instance { client: self.client.clone(), name })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut present = self.register.present();
        present.all = present.all.saturating_sub(1);
        // Those of a client that was sent away are in no group any more, or in that of its namesake.
        if !self.is_sent_away()
            && let Some(group) = present.groups.get_mut(&self.client)
        {
            group.count = group.count.saturating_sub(1);
            if group.count == 0 {
                present.groups.remove(&self.client);
            }
        }
        if let Some(instance) = self.instance() {
            present.forget(instance);
            self.register.moved.notify_one();
        }
    }
}

impl Register {
    fn present(&self) -> MutexGuard<'_, Present> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Present {
    /// An instance has left when its last stream has: a new one may begin before the server knows that the old one broke.
    fn forget(&mut self, instance: Instance) {
        let streams = self.instances.get(&instance).copied().unwrap_or_default();
        if streams > 1 {
            self.instances.insert(instance, streams - 1);
            return;
        }
        self.instances.remove(&instance);
        self.moves.insert(instance);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn client(name: &str) -> ClientId {
        ClientId::parse(name).unwrap()
    }

    fn names(instances: &[Instance]) -> Vec<&str> {
        instances.iter().map(|instance| instance.name.as_str()).collect()
    }

    #[test]
    fn places_are_limited_and_given_back() {
        let listeners = Listeners::new(3, 2);
        let (a, b) = (client("a"), client("b"));
        let first = listeners.join(&a, Some("one")).unwrap();
        let _second = listeners.join(&a, None).unwrap();
        assert_eq!(listeners.join(&a, None).err(), Some(TooMany));
        let _other = listeners.join(&b, None).unwrap();
        assert_eq!(listeners.join(&b, None).err(), Some(TooMany));
        drop(first);
        assert!(listeners.join(&b, None).is_ok());
        assert_eq!(listeners.count(), 2);
    }

    #[test]
    fn who_came_and_who_left_is_asked_for_once_unless_put_back() {
        let listeners = Listeners::new(9, 9);
        let one = listeners.join(&client("a"), Some("one")).unwrap();
        let _two = listeners.join(&client("a"), Some("two")).unwrap();
        let moves = listeners.moves(9);
        assert_eq!((moves.came.len(), moves.left.len()), (2, 0));
        assert!(listeners.moves(9).came.is_empty());
        // Comes back before the old stream is known to be broken.
        let again = listeners.join(&client("a"), Some("one")).unwrap();
        drop(one);
        assert_eq!(names(&listeners.moves(9).came), ["one"]);
        drop(again);
        let moves = listeners.moves(9);
        assert_eq!((names(&moves.came), names(&moves.left)), (vec![], vec!["one"]));
        listeners.put_back(moves.left);
        listeners.all_again();
        let few = [listeners.moves(1), listeners.moves(1), listeners.moves(1)];
        assert_eq!(few.iter().flat_map(|moves| names(&moves.came)).collect::<Vec<_>>(), ["two"]);
        assert_eq!(few.iter().flat_map(|moves| names(&moves.left)).collect::<Vec<_>>(), ["one"]);
    }

    #[test]
    fn the_streams_of_a_removed_client_are_sent_away_and_no_others() {
        let listeners = Listeners::new(9, 1);
        let (gone, other) =
            (listeners.join(&client("a"), None).unwrap(), listeners.join(&client("b"), None).unwrap());
        listeners.send_away(&client("a"));
        assert!(gone.is_sent_away() && !other.is_sent_away());
        listeners.send_away_all_but(&HashSet::from([client("b")]));
        assert!(!other.is_sent_away());
        let namesake = listeners.join(&client("a"), None).unwrap();
        assert!(!namesake.is_sent_away());
        drop(gone);
        assert_eq!(listeners.join(&client("a"), None).err(), Some(TooMany), "the namesake's place is taken");
        listeners.send_away_all_but(&HashSet::from([client("a")]));
        assert!(other.is_sent_away() && !namesake.is_sent_away(), "the right to listen was taken away");
    }
}
