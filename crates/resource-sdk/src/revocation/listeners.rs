//! What pages that are open want of the feed: to be told when something more was taken back, and the
//! provider's word for why. Words are kept for the newest entries only; whether something was taken
//! back is exact, and `set`'s.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use tokio::sync::watch;

use super::batch::{Entry, Target};

const MAX_CAUSES: usize = 4096;

/// A sign-in by the names under which it can be taken back.
pub(crate) struct SignInNames<'a> {
    pub(crate) grant: Option<&'a str>,
    pub(crate) session_id: Option<&'a str>,
    pub(crate) subject: &'a str,
    pub(crate) client_id: &'a str,
    /// `iat` of its last access token.
    pub(crate) issued_at: crate::time::UnixTime,
}

/// Who listens, and what they are told.
pub(super) struct Listeners {
    changes: watch::Sender<()>,
    causes: Mutex<VecDeque<(Box<str>, Box<str>)>>,
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
            let (Some(name), Some(cause)) = (name(&entry.target), &entry.cause) else { continue };
            if causes.len() >= MAX_CAUSES {
                causes.pop_front();
            }
            causes.push_back((name.into(), cause.clone()));
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

    /// The provider's word for why it took a sign-in back: of its session rather than of its person.
    #[cfg(feature = "sign-in")]
    pub(super) fn cause(&self, sign_in: &SignInNames<'_>) -> Option<Box<str>> {
        let causes = self.causes.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |wanted: &str| causes.iter().rev().find(|(name, _)| &**name == wanted);
        let names = [sign_in.session_id, sign_in.grant, Some(sign_in.subject), Some(sign_in.client_id)];
        names.into_iter().flatten().find_map(of).map(|(_, cause)| cause.clone())
    }
}

fn name(target: &Target) -> Option<&str> {
    match target {
        Target::Grant(name) | Target::Session(name) | Target::User(name, _) | Target::Client(name, _) => {
            Some(name)
        }
        Target::Token(_) | Target::All(_) | Target::Key(_) | Target::Unknown => None,
    }
}
