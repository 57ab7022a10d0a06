//! Links in letters: what one is for, whose it is, and until when it is good. A person who opens one has read the letter, and
//! proves no more than that. The secret in it is [`SecretKind::MailLink`](crate::secret::SecretKind::MailLink); that it counts
//! once is the store's.

use crate::time::UnixTime;
use uuid::Uuid;

/// What a link is for.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum LinkPurpose {
    /// To choose a new password.
    ResetPassword,
    /// To show that the address of this id is the person's.
    VerifyAddress(Uuid),
    /// To say that the session of this id was not the person's, and have it end.
    EndSession(Uuid),
    /// To say that a change was not the person's, and have every session end. The id is that of the change: each has a letter of
    /// its own, and the link in it stays good when others are written later.
    EndEverySession(Uuid),
}

impl LinkPurpose {
    /// For how many seconds such a link is good. A person who asks for a new password waits for it; an address may be
    /// read at home in the evening; and what was not the person is found out when they are back from a journey.
    #[must_use]
    pub const fn lifetime(self) -> i64 {
        match self {
            Self::ResetPassword => 60 * 60,
            Self::VerifyAddress(_) => 24 * 60 * 60,
            Self::EndSession(_) | Self::EndEverySession(_) => 14 * 24 * 60 * 60,
        }
    }
}

/// A link that was sent.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct MailLink {
    /// Whose it is.
    pub user: Uuid,
    /// What it is for.
    pub purpose: LinkPurpose,
    /// Until when it is good.
    pub expires_at: UnixTime,
    /// Where the person was going when they asked for it, sealed.
    pub way_back: Option<String>,
}

impl MailLink {
    /// One that is sent now.
    #[must_use]
    pub const fn new(user: Uuid, purpose: LinkPurpose, way_back: Option<String>, now: UnixTime) -> Self {
        let expires_at = UnixTime(now.0.saturating_add(purpose.lifetime()));
        Self { user, purpose, expires_at, way_back }
    }

    /// Whether its time is not over. One that a clock ahead has sent would outlive all others, and is good for nothing.
    #[must_use]
    pub fn is_live(&self, now: UnixTime) -> bool {
        let latest = now.plus(self.purpose.lifetime());
        now < self.expires_at && !self.expires_at.is_ahead_of(latest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s82_a_link_is_good_for_its_time_and_no_longer() {
        let sent = UnixTime(1_700_000_000);
        for (purpose, seconds) in [
            (LinkPurpose::ResetPassword, 3600),
            (LinkPurpose::VerifyAddress(Uuid::nil()), 24 * 3600),
            (LinkPurpose::EndSession(Uuid::nil()), 14 * 24 * 3600),
            (LinkPurpose::EndEverySession(Uuid::nil()), 14 * 24 * 3600),
        ] {
            let link = MailLink::new(Uuid::nil(), purpose, None, sent);
            for (after, is_live) in [(0, true), (seconds - 1, true), (seconds, false), (i64::MAX, false)] {
                assert_eq!(link.is_live(sent.plus(after)), is_live, "{purpose:?} {after}");
            }
        }
    }

    #[test]
    fn a1_a_link_of_a_clock_that_was_ahead_is_good_for_nothing() {
        let now = UnixTime(1_700_000_000);
        for (ahead, is_live) in [(0, true), (120, true), (121, false), (7200, false)] {
            let link = MailLink::new(Uuid::nil(), LinkPurpose::ResetPassword, None, now.plus(ahead));
            assert_eq!(link.is_live(now), is_live, "{ahead}");
        }
        let link = MailLink::new(Uuid::nil(), LinkPurpose::ResetPassword, None, UnixTime(i64::MAX));
        assert!(!link.is_live(now));
    }
}
