//! "Why was I signed out?": one calm sentence for the browser whose own session it was.

use idp_core::session::{EndCause, Ended};
use idp_core::time::UnixTime;

use super::{Language, Layout, RelativeTime};

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignOutReason {
    cause: EndCause,
    /// When.
    pub relative_time: RelativeTime,
}

impl SignOutReason {
    /// What to say at `now` about a session that ended so.
    #[must_use]
    pub const fn new(ended: Ended, now: UnixTime) -> Self {
        Self { cause: ended.cause, relative_time: RelativeTime::new(ended.at, now) }
    }

    /// To the person whose session it was, in the browser it was open in.
    #[must_use]
    pub const fn to_its_browser(&self, layout: &Layout) -> &'static str {
        match layout.language {
            Language::English => to_its_browser(self.cause),
        }
    }

    /// In a list of sessions that ended.
    #[must_use]
    pub const fn in_a_list(&self, layout: &Layout) -> &'static str {
        match layout.language {
            Language::English => in_a_list(self.cause),
        }
    }
}

const fn to_its_browser(cause: EndCause) -> &'static str {
    match cause {
        EndCause::LoggedOut => "You signed out.",
        EndCause::SignedInAgain => "You were signed out because somebody signed in again in this browser.",
        EndCause::PasswordChanged => "You were signed out because the password was changed.",
        EndCause::UserDisabled => "You were signed out because the account was switched off.",
        EndCause::Administrator => "You were signed out by an administrator.",
        EndCause::CodeReuse | EndCause::RefreshReuse => {
            "You were signed out for your safety: somebody may have copied this sign-in."
        }
        EndCause::RevokedByClient => "You were signed out by the site you were using.",
        EndCause::ClientRemoved => "You were signed out because the site is not connected here any more.",
        EndCause::DevicePolicy => "You were signed out because you signed in on another device.",
        EndCause::TooManySessions => {
            "You were signed out because you signed in on too many devices; this one was used the longest time ago."
        }
        EndCause::Kicked => "You were signed out because you ended this sign-in from another device.",
        EndCause::Expired => {
            "You were signed out because this sign-in was not used for a while or reached its age."
        }
    }
}

const fn in_a_list(cause: EndCause) -> &'static str {
    match cause {
        EndCause::LoggedOut => "You signed out there",
        EndCause::SignedInAgain => "Another sign-in in that browser took its place",
        EndCause::PasswordChanged => "The password was changed",
        EndCause::UserDisabled => "The account was switched off",
        EndCause::Administrator => "An administrator ended it",
        EndCause::CodeReuse | EndCause::RefreshReuse => "Ended for your safety: it may have been copied",
        EndCause::RevokedByClient => "The site ended it",
        EndCause::ClientRemoved => "The site is not connected here any more",
        EndCause::DevicePolicy => "You signed in on another device",
        EndCause::TooManySessions => "You signed in on too many devices",
        EndCause::Kicked => "You ended it from another device",
        EndCause::Expired => "It was not used for a while or reached its age",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n09_every_cause_has_words_of_its_own() {
        let said = |words: fn(EndCause) -> &'static str| {
            EndCause::ALL.into_iter().map(words).collect::<std::collections::BTreeSet<_>>().len()
        };
        // Both kinds of reuse are one thing to a person.
        assert_eq!(said(to_its_browser), EndCause::ALL.len() - 1);
        assert_eq!(said(in_a_list), EndCause::ALL.len() - 1);
    }
}
