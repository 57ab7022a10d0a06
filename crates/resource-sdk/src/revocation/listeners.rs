//! What pages that are open want of the feed: to be told when something more was taken back, and the
//! provider's word for why. Words are kept for the newest entries only, sealed as they came; whether something was
//! taken back is exact, and `set`'s.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use tokio::sync::watch;

#[cfg(feature = "sign-in")]
use super::names::name;
use super::{
    batch::{Entry, Target},
    cause::SealedCause,
    names::{Kind, Name},
};

const MAX_CAUSES: usize = 4096;

/// A sign-in by the values under which it can be taken back.
pub(crate) struct SignInNames<'a> {
    pub(crate) grant: Option<&'a str>,
    pub(crate) session_id: Option<&'a str>,
    pub(crate) client_id: &'a str,
    /// `iat` of its last access token.
    pub(crate) issued_at: crate::time::UnixTime,
}

impl<'a> SignInNames<'a> {
    /// The values by kind, the most telling first.
    pub(super) fn values(&self) -> impl Iterator<Item = (Kind, &'a str)> {
        let session = self.session_id.map(|sid| (Kind::Session, sid));
        let grant = self.grant.map(|grant| (Kind::Grant, grant));
        [session, grant, Some((Kind::Client, self.client_id))].into_iter().flatten()
    }
}

/// Who listens, and what they are told.
pub(super) struct Listeners {
    changes: watch::Sender<()>,
    causes: Mutex<VecDeque<(Name, Box<SealedCause>)>>,
}

impl Default for Listeners {
    fn default() -> Self {
        Self { changes: watch::Sender::new(()), causes: Mutex::default() }
    }
}

impl Listeners {
    /// Keeps the causes that the provider gave.
    pub(super) fn record(&self, entries: &[Entry]) {
        let mut causes = self.causes.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in entries {
            let (Target::Named(name, _), Some(cause)) = (&entry.target, &entry.cause) else { continue };
            if causes.len() >= MAX_CAUSES {
                causes.pop_front();
            }
            causes.push_back((*name, cause.clone()));
        }
    }

    /// Rings when verifiers see more than they did. Numbers are no measure of that: they may go back.
    pub(super) fn notify(&self) {
        self.changes.send_replace(());
    }

    #[cfg(feature = "sign-in")]
    pub(super) fn subscribe(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// The provider's word for why it took a sign-in back: of its session rather than of its client.
    #[cfg(feature = "sign-in")]
    pub(super) fn cause(&self, issuer: &str, sign_in: &SignInNames<'_>) -> Option<Box<str>> {
        let causes = self.causes.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |(kind, value): (Kind, &str)| {
            let wanted = name(issuer, kind, value);
            let (_, cause) = causes.iter().rev().find(|(name, _)| *name == wanted)?;
            cause.open(issuer, value)
        };
        sign_in.values().find_map(of)
    }
}
