//! The handle through which verifiers see one issuer's current keys: an immutable snapshot that is
//! swapped whole, so that a request neither waits for a lock nor sees half a set. Fetching is
//! `remote`'s business.

use std::{collections::BTreeSet, fmt, sync::Arc};

use arc_swap::{ArcSwap, Guard};

use super::{KeySet, RsaVerifyingKey};
use crate::error::VerifyError;

/// The current keys of one issuer. Clones see the same keys.
#[derive(Clone)]
pub struct Keys(Arc<Inner>);

struct Inner {
    issuer: String,
    current: Arc<CurrentKeys>,
    #[cfg(feature = "fetch")]
    refresher: Option<super::remote::Refresher>,
}

impl Keys {
    /// Keys that never change, for a site that brings its own copy, and for tests.
    #[must_use]
    pub fn fixed(issuer: impl Into<String>, set: KeySet) -> Self {
        let current = CurrentKeys::default();
        current.replace(set);
        Self(Arc::new(Inner {
            issuer: issuer.into(),
            current: Arc::new(current),
            #[cfg(feature = "fetch")]
            refresher: None,
        }))
    }

    #[cfg(feature = "fetch")]
    pub(super) fn remote(
        issuer: String,
        current: Arc<CurrentKeys>,
        refresher: super::remote::Refresher,
    ) -> Self {
        Self(Arc::new(Inner { issuer, current, refresher: Some(refresher) }))
    }

    /// The issuer whose keys these are.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// Whether there are keys to verify with at this moment.
    #[must_use]
    pub fn are_available(&self) -> bool {
        matches!(self.snapshot().state, State::Current(_))
    }

    pub(crate) fn snapshot(&self) -> Guard<Arc<Snapshot>> {
        self.0.current.snapshot()
    }

    /// Says that a token named a key we do not have; may start a refresh in the background.
    pub(crate) fn report_unknown_kid(&self) {
        #[cfg(feature = "fetch")]
        if let Some(refresher) = &self.0.refresher {
            refresher.report_unknown_kid();
        }
    }

    /// Refuses everything that these keys signed, from now on, even if the provider goes on publishing them.
    /// Each call names all of them.
    #[cfg(feature = "feed")]
    pub(crate) fn revoke(&self, kids: BTreeSet<String>) {
        self.0.current.revoke(kids);
    }

    /// Whether both are handles of the same keys.
    #[cfg(feature = "feed")]
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0.current, &other.0.current)
    }

    #[cfg(feature = "fetch")]
    pub(crate) fn refresher(&self) -> Option<&super::remote::Refresher> {
        self.0.refresher.as_ref()
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("issuer", &self.issuer()).finish_non_exhaustive()
    }
}

/// What everyone sees until the next swap.
pub(crate) struct Snapshot {
    generation: u64,
    state: State,
    revoked: Arc<BTreeSet<String>>,
}

#[derive(Clone)]
enum State {
    Missing,
    Current(Arc<KeySet>),
    #[cfg(feature = "fetch")]
    Stale,
}

impl Snapshot {
    /// The key that a token names.
    pub(crate) fn find(&self, kid: &str) -> Result<&RsaVerifyingKey, VerifyError> {
        if self.revoked.contains(kid) {
            return Err(VerifyError::Revoked);
        }
        match &self.state {
            State::Missing => Err(VerifyError::KeysUnavailable),
            #[cfg(feature = "fetch")]
            State::Stale => Err(VerifyError::KeysStale),
            State::Current(set) => set.get(kid).ok_or(VerifyError::UnknownKey),
        }
    }

    /// A number that no other state of these keys has had.
    #[cfg(feature = "token-cache")]
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }
}

/// The slot that holds the snapshot. The key fetcher and the revocation feed both write.
pub(crate) struct CurrentKeys(ArcSwap<Snapshot>);

impl CurrentKeys {
    pub(crate) fn snapshot(&self) -> Guard<Arc<Snapshot>> {
        self.0.load()
    }

    pub(crate) fn replace(&self, set: KeySet) {
        let set = Arc::new(set);
        self.swap(|old| (State::Current(Arc::clone(&set)), Arc::clone(&old.revoked)));
    }

    /// Forgets keys that were not confirmed for too long.
    #[cfg(feature = "fetch")]
    pub(crate) fn expire(&self) {
        self.swap(|old| (State::Stale, Arc::clone(&old.revoked)));
    }

    #[cfg(feature = "feed")]
    fn revoke(&self, kids: BTreeSet<String>) {
        let kids = Arc::new(kids);
        self.swap(|old| (old.state.clone(), Arc::clone(&kids)));
    }

    /// Read, copy, update: of two writers at once neither undoes the other.
    fn swap(&self, change: impl Fn(&Snapshot) -> (State, Arc<BTreeSet<String>>)) {
        self.0.rcu(|old| {
            let (state, revoked) = change(old);
            Snapshot { generation: old.generation + 1, state, revoked }
        });
    }
}

impl Default for CurrentKeys {
    fn default() -> Self {
        Self(ArcSwap::from_pointee(Snapshot {
            generation: 0,
            state: State::Missing,
            revoked: Arc::default(),
        }))
    }
}
