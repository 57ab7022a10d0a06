//! "Why was I signed out?": one calm sentence for the browser whose own session it was.

use std::borrow::Cow;

use idp_core::session::{EndCause, Ended};
use idp_core::time::UnixTime;

use super::{Layout, Message, RelativeTime, Value};
use crate::words::Language;

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignOutReason {
    cause: EndCause,
    /// When.
    pub relative_time: RelativeTime,
}

impl SignOutReason {
    /// What to say at `now`, in the language of a page, about a session that ended so.
    #[must_use]
    pub const fn new(ended: Ended, language: Language, now: UnixTime) -> Self {
        Self { cause: ended.cause, relative_time: RelativeTime::new(ended.at, now, language) }
    }

    /// To the person whose session it was, in the browser it was open in: why, and when.
    #[must_use]
    pub fn to_its_browser(&self, layout: &Layout) -> Message<'static> {
        let why = layout.say(to_its_browser(self.cause));
        let values = [("reason", Value::Words(why)), ("when", Value::Time(self.relative_time))];
        layout.message("login-reason", &values)
    }

    /// In a list of sessions that ended.
    #[must_use]
    pub fn in_a_list(&self, layout: &Layout) -> Cow<'static, str> {
        layout.say(in_a_list(self.cause))
    }
}

const fn to_its_browser(cause: EndCause) -> &'static str {
    match cause {
        EndCause::LoggedOut => "why-logged-out",
        EndCause::SignedInAgain => "why-signed-in-again",
        EndCause::PasswordChanged => "why-password-changed",
        EndCause::UserDisabled => "why-user-disabled",
        EndCause::AccountDeleted => "why-account-deleted",
        EndCause::Administrator => "why-administrator",
        // Both kinds are one thing to a person.
        EndCause::CodeReuse | EndCause::RefreshReuse => "why-reuse",
        EndCause::RevokedByClient => "why-revoked-by-client",
        EndCause::ClientRemoved => "why-client-removed",
        EndCause::DevicePolicy => "why-device-policy",
        EndCause::TooManySessions => "why-too-many-sessions",
        EndCause::ConsentWithdrawn => "why-consent-withdrawn",
        EndCause::Kicked => "why-kicked",
        EndCause::FactorRemoved => "why-factor-removed",
        EndCause::Expired => "why-expired",
    }
}

const fn in_a_list(cause: EndCause) -> &'static str {
    match cause {
        EndCause::LoggedOut => "past-logged-out",
        EndCause::SignedInAgain => "past-signed-in-again",
        EndCause::PasswordChanged => "past-password-changed",
        EndCause::UserDisabled => "past-user-disabled",
        EndCause::AccountDeleted => "past-account-deleted",
        EndCause::Administrator => "past-administrator",
        EndCause::CodeReuse | EndCause::RefreshReuse => "past-reuse",
        EndCause::RevokedByClient => "past-revoked-by-client",
        EndCause::ClientRemoved => "past-client-removed",
        EndCause::DevicePolicy => "past-device-policy",
        EndCause::TooManySessions => "past-too-many-sessions",
        EndCause::ConsentWithdrawn => "past-consent-withdrawn",
        EndCause::Kicked => "past-kicked",
        EndCause::FactorRemoved => "past-factor-removed",
        EndCause::Expired => "past-expired",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n09_every_cause_has_words_of_its_own_in_every_language() {
        for language in Language::all() {
            let said = |id: fn(EndCause) -> &'static str| {
                let words = EndCause::ALL.into_iter().map(|cause| language.say(id(cause)));
                words.collect::<std::collections::BTreeSet<_>>().len()
            };
            // Both kinds of reuse are one thing to a person.
            assert_eq!(said(to_its_browser), EndCause::ALL.len() - 1, "{language}");
            assert_eq!(said(in_a_list), EndCause::ALL.len() - 1, "{language}");
        }
    }
}
