//! Addresses to come back to that are too long for other addresses: up to the 64 KB that servers read. They
//! wait here under a name that cannot be guessed, while the name travels. The same address has the same name,
//! so that asking for it again and again takes no more room.

use std::{sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use moka::{policy::EvictionPolicy, sync::Cache};

use crate::{
    jwt::decode_16,
    sign_in::browser::{
        local_path::LocalPath,
        seal::{Keys, Sealer},
    },
};

/// Octets of all addresses together; strangers can fill it, and the oldest give way.
const MAX_BYTES: u64 = 8 * 1024 * 1024;
/// What an entry takes beside its text.
const OVERHEAD: usize = 200;
/// What a name begins with, and no path does.
const MARK: char = '~';
const PURPOSE: &str = "long address";

/// The long addresses of the sign-ins that are under way.
pub(crate) struct LongAddresses(Cache<[u8; 16], Arc<LocalPath>>);

/// What a text that stands for an address is.
pub(crate) enum Reference<'a> {
    /// The address itself.
    Text(&'a str),
    /// The name of one that was kept, and what is kept under it.
    Kept(Option<Arc<LocalPath>>),
}

impl LongAddresses {
    /// Keeps an address for so long.
    pub(crate) fn new(kept_for: Duration) -> Self {
        let bytes = |_: &[u8; 16], path: &Arc<LocalPath>| {
            u32::try_from(path.as_str().len() + OVERHEAD).unwrap_or(u32::MAX)
        };
        let cache = Cache::builder()
            .weigher(bytes)
            .max_capacity(MAX_BYTES)
            // By age alone: a new entry must not give way to one that is asked for more often.
            .eviction_policy(EvictionPolicy::lru())
            .time_to_live(kept_for);
        Self(cache.build())
    }

    /// Keeps an address and answers the name that stands for it.
    pub(crate) fn keep(&self, sealer: &Sealer, path: &LocalPath) -> String {
        let name = name(sealer.present(), path);
        self.0.insert(name, Arc::new(path.clone()));
        format!("{MARK}{}", URL_SAFE_NO_PAD.encode(name))
    }

    /// What a text stands for.
    pub(crate) fn look_up<'a>(&self, text: &'a str) -> Reference<'a> {
        match text.strip_prefix(MARK) {
            Some(name) => Reference::Kept(decode_16(name).and_then(|name| self.0.get(&name))),
            None => Reference::Text(text),
        }
    }
}

/// Only this site can name an address: a name that leaks says nothing about it.
fn name(keys: &Keys, path: &LocalPath) -> [u8; 16] {
    let derived = keys.derived(PURPOSE, path.as_str().as_bytes());
    derived.first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sign_in::browser::seal::CookieKey;

    fn path(length: usize, number: usize) -> LocalPath {
        let origin = url::Url::parse("https://a.example").unwrap();
        LocalPath::parse(&format!("/?{number}={}", "x".repeat(length)), &origin).unwrap()
    }

    fn sealer(octet: u8) -> Sealer {
        Sealer::new(&CookieKey::from_bytes([octet; 32]), &[], &[]).unwrap()
    }

    #[test]
    fn p5_an_address_is_kept_under_a_name_that_only_this_site_can_make() {
        let (ours, kept) = (sealer(1), LongAddresses::new(Duration::from_secs(60)));
        let name = kept.keep(&ours, &path(60_000, 1));
        assert_eq!((name.len(), kept.keep(&ours, &path(60_000, 1)) == name), (23, true));
        assert_ne!(kept.keep(&sealer(2), &path(60_000, 1)), name);
        let found = |text: &str| matches!(kept.look_up(text), Reference::Kept(Some(_)));
        assert!(found(&name));
        for wrong in ["~", "~AAAAAAAAAAAAAAAAAAAAAA", &name[1..], &format!("{name}A")] {
            assert!(!found(wrong), "{wrong}");
        }
    }

    #[test]
    fn p5_what_is_kept_is_bounded_and_the_newest_stays() {
        let (ours, kept) = (sealer(1), LongAddresses::new(Duration::from_secs(60)));
        let names: Vec<_> = (0..500).map(|number| kept.keep(&ours, &path(60_000, number))).collect();
        kept.0.run_pending_tasks();
        assert!(kept.0.weighted_size() <= MAX_BYTES);
        assert!(matches!(kept.look_up(&names[499]), Reference::Kept(Some(_))));
        assert!(matches!(kept.look_up(&names[0]), Reference::Kept(None)));
    }
}
