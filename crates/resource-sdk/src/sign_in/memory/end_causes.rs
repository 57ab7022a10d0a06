//! Why sign-ins of this site ended, as far as this process knows, for pages that are open and listen
//! (see `events`). It hears of the site's own sign-outs, of refused refreshes, and of what the provider told.
//! `spent_sessions` judges requests that arrive afterwards.

use std::time::Duration;

use moka::sync::Cache;
use tokio::sync::watch;

use crate::sign_in::browser::seal::sha256;

const MAX_KEPT: u64 = 100_000;
/// A page that was away for longer asks the provider when it comes back.
const KEPT_FOR: Duration = Duration::from_secs(3600);

/// Why a sign-in ended: one of a few fixed words, never the provider's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EndCause(&'static str);

impl EndCause {
    /// It ended; why is not known here.
    pub(crate) const ENDED: Self = Self("ended");
    /// The person signed out.
    pub(crate) const LOGGED_OUT: Self = Self("logged_out");

    /// The site gave back what the sign-in rested on.
    pub(crate) const GIVEN_BACK: Self = Self("revoked_by_client");

    const WORDS: [&'static str; 16] = [
        "logged_out",
        "signed_in_again",
        "password_changed",
        "user_disabled",
        "account_deleted",
        "administrator",
        "code_reuse",
        "refresh_reuse",
        "revoked_by_client",
        "client_removed",
        "device_policy",
        "too_many_sessions",
        "consent_withdrawn",
        "kicked",
        "factor_removed",
        "expired",
    ];

    /// The cause that a provider names.
    pub(crate) fn of_word(word: &str) -> Self {
        Self::WORDS.into_iter().find(|known| *known == word).map_or(Self::ENDED, Self)
    }

    pub(crate) const fn as_str(self) -> &'static str {
        self.0
    }
}

/// What ended.
#[derive(Clone, PartialEq, Eq, Hash)]
enum EndedSignIn {
    /// One sign-in in one browser, by a secret of its own, of which only the hash is kept.
    Local([u8; 32]),
    /// A whole session at the provider, by its `sid`.
    AtProvider(String),
}

/// The sign-ins that ended lately, and a changes for those who want to know of the next.
pub(crate) struct EndCauses {
    causes: Cache<EndedSignIn, EndCause>,
    changes: watch::Sender<()>,
}

impl Default for EndCauses {
    fn default() -> Self {
        let causes = Cache::builder().max_capacity(MAX_KEPT).time_to_live(KEPT_FOR).build();
        Self { causes, changes: watch::Sender::new(()) }
    }
}

impl EndCauses {
    /// The sign-in that is known here by this secret has ended.
    pub(crate) fn record_local(&self, secret: &str, cause: EndCause) {
        self.record(EndedSignIn::Local(sha256(secret)), cause);
    }

    /// The provider's session with this `sid` has ended, for all of its sign-ins.
    pub(crate) fn record_session(&self, session_id: &str, cause: EndCause) {
        self.record(EndedSignIn::AtProvider(session_id.to_owned()), cause);
    }

    /// Why this sign-in ended, if it did.
    pub(crate) fn cause(&self, secret: &str, session_id: Option<&str>) -> Option<EndCause> {
        let at_provider = |id: &str| self.causes.get(&EndedSignIn::AtProvider(id.to_owned()));
        session_id.and_then(at_provider).or_else(|| self.causes.get(&EndedSignIn::Local(sha256(secret))))
    }

    /// Rings after each ending that is told for the first time from now on.
    pub(crate) fn subscribe(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// Makes every listener look again.
    pub(crate) fn notify(&self) {
        self.changes.send_replace(());
    }

    fn record(&self, which: EndedSignIn, cause: EndCause) {
        // What was told first is why; what follows is only a consequence.
        if self.causes.entry(which).or_insert(cause).is_fresh() {
            self.notify();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n09_the_first_cause_stays_and_other_sign_ins_are_not_meant() {
        let causes = EndCauses::default();
        let mut changes = causes.subscribe();
        causes.record_session("sid-1", EndCause::of_word("kicked"));
        assert_eq!(changes.has_changed().ok(), Some(true));
        changes.mark_unchanged();
        causes.record_session("sid-1", EndCause::LOGGED_OUT);
        assert_eq!(changes.has_changed().ok(), Some(false), "no listener is woken for nothing");
        causes.record_local("one", EndCause::LOGGED_OUT);
        assert_eq!(causes.cause("other", Some("sid-1")).map(EndCause::as_str), Some("kicked"));
        assert_eq!(causes.cause("one", Some("sid-2")), Some(EndCause::LOGGED_OUT));
        assert_eq!(causes.cause("other", Some("sid-2")), None);
        assert_eq!(causes.cause("sid-1", None), None);
    }

    #[test]
    fn n09_a_cause_is_one_of_the_fixed_words() {
        assert_eq!(EndCause::of_word("device_policy").as_str(), "device_policy");
        for unknown in ["", "Kicked", "kicked\ndata: x", "<b>"] {
            assert_eq!(EndCause::of_word(unknown), EndCause::ENDED, "{unknown}");
        }
    }
}
