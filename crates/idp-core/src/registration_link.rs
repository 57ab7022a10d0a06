//! Links by which people open an account: one that they asked for, or an invitation. The address it was sent to is on no account
//! yet, and opening the link shows that it is theirs. That a link counts once is the store's.

use crate::mail_address::MailAddress;
use crate::time::UnixTime;
use crate::username::Username;
use uuid::Uuid;

/// For how many seconds a link is good that a visitor asked for: the letter may be read at home in the evening.
pub const ASKED_LIFETIME: i64 = 24 * 60 * 60;
/// For how many seconds an invitation is good at most.
pub const LONGEST_INVITATION: i64 = 30 * 24 * 60 * 60;

/// A link to an account that is to be opened.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct RegistrationLink {
    /// Where it was sent.
    pub address: MailAddress,
    /// Who wanted it.
    pub origin: RegistrationOrigin,
    /// Where the person was going when they asked for it, sealed.
    pub way_back: Option<String>,
    /// When it was sent.
    pub created_at: UnixTime,
    /// Until when it is good.
    pub expires_at: UnixTime,
    /// The account that was opened by it.
    pub opened: Option<Uuid>,
}

/// Who wanted an account to be opened.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum RegistrationOrigin {
    /// A visitor who typed the address.
    Asked,
    /// An operator.
    Invited {
        /// What the person is called, as far as the operator knows.
        name: Option<String>,
        /// The username that they get, whatever they wish.
        username: Option<Username>,
    },
}

impl RegistrationLink {
    /// One that a visitor asks for at `now`.
    #[must_use]
    pub const fn asked(address: MailAddress, way_back: Option<String>, now: UnixTime) -> Self {
        let expires_at = UnixTime(now.0.saturating_add(ASKED_LIFETIME));
        Self {
            address,
            origin: RegistrationOrigin::Asked,
            way_back,
            created_at: now,
            expires_at,
            opened: None,
        }
    }

    /// Whether an operator sent it.
    #[must_use]
    pub const fn is_invitation(&self) -> bool {
        matches!(self.origin, RegistrationOrigin::Invited { .. })
    }

    /// Whether its time is not over. One that a clock ahead has sent would outlive all others, and is good for nothing.
    #[must_use]
    pub fn is_live(&self, now: UnixTime) -> bool {
        let longest = if self.is_invitation() { LONGEST_INVITATION } else { ASKED_LIFETIME };
        now < self.expires_at && !self.expires_at.is_ahead_of(now.plus(longest))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SENT: UnixTime = UnixTime(1_700_000_000);

    fn asked() -> RegistrationLink {
        RegistrationLink::asked(MailAddress::parse("ada@x.example").unwrap(), None, SENT)
    }

    #[test]
    fn s82_a_link_to_a_new_account_is_good_for_its_time_and_no_longer() {
        for (after, is_live) in
            [(0, true), (ASKED_LIFETIME - 1, true), (ASKED_LIFETIME, false), (i64::MAX, false)]
        {
            assert_eq!(asked().is_live(SENT.plus(after)), is_live, "{after}");
        }
        let origin = RegistrationOrigin::Invited { name: None, username: None };
        let expires_at = SENT.plus(LONGEST_INVITATION);
        let invited = RegistrationLink { origin, expires_at, ..asked() };
        for (after, is_live) in [(0, true), (LONGEST_INVITATION - 1, true), (LONGEST_INVITATION, false)] {
            assert_eq!(invited.is_live(SENT.plus(after)), is_live, "{after}");
        }
    }

    #[test]
    fn a1_a_link_to_a_new_account_of_a_clock_that_was_ahead_is_good_for_nothing() {
        for (behind, is_live) in [(0, true), (120, true), (121, false)] {
            assert_eq!(asked().is_live(SENT.plus(-behind)), is_live, "{behind}");
        }
    }
}
