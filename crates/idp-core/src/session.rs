//! The single sign-on session: one sign-in of one user in one browser, how long it lasts, and why it
//! ended. Whether a particular request needs a fresh sign-in is `authorize::decision`.

use crate::authentication::Proofs;
use crate::time::UnixTime;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How long a session lasts, in seconds.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct SessionPolicy {
    /// Without any use.
    pub idle: i64,
    /// Since the person last proved who they are, used or not.
    pub absolute: i64,
}

/// Why a session, or a grant within it, ended. Kept with it, so that the person can be told.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndCause {
    /// The person signed out.
    LoggedOut,
    /// Another sign-in took its place in the same browser.
    SignedInAgain,
    /// The password was changed.
    PasswordChanged,
    /// The account was disabled.
    UserDisabled,
    /// The person asked for their account to be deleted.
    AccountDeleted,
    /// An administrator ended it.
    Administrator,
    /// An authorization code was presented twice (RFC 6749 4.1.2).
    CodeReuse,
    /// A spent refresh token was presented (RFC 9700 4.14).
    RefreshReuse,
    /// The client revoked its token (RFC 7009).
    RevokedByClient,
    /// The client was removed.
    ClientRemoved,
    /// A sign-in on another device took its place: by the installation's policy, or because that device had its cookie.
    DevicePolicy,
    /// The person had too many open, and this was the one unused for longest.
    TooManySessions,
    /// The person ended it from another device.
    Kicked,
    /// The person disconnected the site from their account.
    ConsentWithdrawn,
    /// The second factors of the account were removed for the person.
    FactorRemoved,
    /// It was not used for too long, or reached its age.
    Expired,
}

impl EndCause {
    /// Every cause there is.
    pub const ALL: [Self; 16] = [
        Self::LoggedOut,
        Self::SignedInAgain,
        Self::PasswordChanged,
        Self::UserDisabled,
        Self::AccountDeleted,
        Self::Administrator,
        Self::CodeReuse,
        Self::RefreshReuse,
        Self::RevokedByClient,
        Self::ClientRemoved,
        Self::DevicePolicy,
        Self::TooManySessions,
        Self::Kicked,
        Self::ConsentWithdrawn,
        Self::FactorRemoved,
        Self::Expired,
    ];

    /// The word kept in the database and the audit log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LoggedOut => "logged_out",
            Self::SignedInAgain => "signed_in_again",
            Self::PasswordChanged => "password_changed",
            Self::UserDisabled => "user_disabled",
            Self::AccountDeleted => "account_deleted",
            Self::Administrator => "administrator",
            Self::CodeReuse => "code_reuse",
            Self::RefreshReuse => "refresh_reuse",
            Self::RevokedByClient => "revoked_by_client",
            Self::ClientRemoved => "client_removed",
            Self::DevicePolicy => "device_policy",
            Self::TooManySessions => "too_many_sessions",
            Self::Kicked => "kicked",
            Self::ConsentWithdrawn => "consent_withdrawn",
            Self::FactorRemoved => "factor_removed",
            Self::Expired => "expired",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.as_str() == word)
    }
}

/// When and why something ended.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Ended {
    /// When.
    pub at: UnixTime,
    /// Why.
    pub cause: EndCause,
}

/// One sign-in of one user in one browser.
#[derive(Clone, Debug)]
pub struct Session {
    /// Its public name, the `sid` claim.
    pub sid: Uuid,
    /// Whose it is.
    pub user: Uuid,
    /// What the person last proved who they are with, and when.
    pub proofs: Proofs,
    /// When it began.
    pub created_at: UnixTime,
    /// When it was last used, to the minute or so.
    pub last_seen_at: UnixTime,
    /// The device it is open on; `None` for one that began before devices were known.
    pub device: Option<Uuid>,
    /// The address it was last used from, as far as the provider saw it.
    pub address: Option<String>,
    /// When and why it was ended, if it was.
    pub ended: Option<Ended>,
}

impl Session {
    /// Whether it is of the browser on this device. Its cookie alone does not move it to another one. Of a session whose device
    /// is not known, its cookie is all there is.
    #[must_use]
    pub fn is_of_device(&self, device: Option<Uuid>) -> bool {
        self.device.is_none() || self.device == device
    }

    /// When the person last proved who they are.
    #[must_use]
    pub fn auth_time(&self) -> UnixTime {
        self.proofs.auth_time()
    }

    /// Whether it can be used at `now`: not ended, neither limit passed, and not begun before `user_not_before`
    /// (everything issued to the user earlier is void).
    #[must_use]
    pub fn is_alive(&self, now: UnixTime, policy: SessionPolicy, user_not_before: UnixTime) -> bool {
        self.end(now, policy, user_not_before).is_none()
    }

    /// When and why it ended, also when it has expired and the store does not know it yet; `None` while it can be used.
    #[must_use]
    pub fn end(&self, now: UnixTime, policy: SessionPolicy, user_not_before: UnixTime) -> Option<Ended> {
        self.ended.or_else(|| self.voided(user_not_before, now)).or_else(|| self.expired(policy, now))
    }

    fn voided(&self, user_not_before: UnixTime, now: UnixTime) -> Option<Ended> {
        if self.created_at.is_ahead_of(now) {
            // Begun under a clock that was ahead: the person signs in again, under the right one.
            return Some(Ended { at: now, cause: EndCause::Expired });
        }
        let voided = !self.created_at.is_honoured(user_not_before, now);
        voided.then_some(Ended { at: user_not_before.believed(now), cause: EndCause::Administrator })
    }

    fn expired(&self, policy: SessionPolicy, now: UnixTime) -> Option<Ended> {
        // An `auth_time` ahead tells only that it was after the beginning: the limit must not move with it.
        let proven_at = if self.auth_time().is_ahead_of(now) { self.created_at } else { self.auth_time() };
        let idle_limit = self.last_seen_at.believed(now).plus(policy.idle);
        let limit = idle_limit.min(proven_at.plus(policy.absolute));
        (now >= limit).then_some(Ended { at: limit, cause: EndCause::Expired })
    }

    /// Whether more than `max_age` seconds have passed since the person proved who they are (OpenID Connect Core
    /// 3.1.2.1). An `auth_time` ahead of `now` may be of any age.
    #[must_use]
    pub fn is_older_than(&self, max_age: i64, now: UnixTime) -> bool {
        self.auth_time().is_ahead_of(now) || now.seconds_since(self.auth_time()) > max_age
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authentication::Factor;

    const POLICY: SessionPolicy = SessionPolicy { idle: 100, absolute: 1000 };

    fn proven(at: UnixTime) -> Proofs {
        Proofs::of(Factor::Password, at)
    }

    fn session() -> Session {
        let at = UnixTime(10_000);
        Session {
            sid: Uuid::nil(),
            user: Uuid::nil(),
            proofs: proven(at),
            created_at: at,
            last_seen_at: at,
            device: None,
            address: None,
            ended: None,
        }
    }

    #[test]
    fn s44_idle_and_absolute_limits_hold_to_the_second() {
        let mut session = session();
        assert!(session.is_alive(UnixTime(10_099), POLICY, UnixTime(0)));
        assert!(!session.is_alive(UnixTime(10_100), POLICY, UnixTime(0)));
        session.last_seen_at = UnixTime(10_990);
        assert!(session.is_alive(UnixTime(10_999), POLICY, UnixTime(0)));
        assert!(!session.is_alive(UnixTime(11_000), POLICY, UnixTime(0)));
    }

    #[test]
    fn everything_before_the_users_not_before_is_void() {
        assert!(session().is_alive(UnixTime(10_001), POLICY, UnixTime(10_000)));
        assert!(!session().is_alive(UnixTime(10_001), POLICY, UnixTime(10_001)));
    }

    #[test]
    fn a_session_that_ended_by_itself_says_when_and_why() {
        let ended = |at: i64, cause| Some(Ended { at: UnixTime(at), cause });
        let end = |session: &Session, not_before| session.end(UnixTime(20_000), POLICY, UnixTime(not_before));
        let mut session = session();
        assert_eq!(end(&session, 0), ended(10_100, EndCause::Expired));
        session.last_seen_at = UnixTime(10_990);
        assert_eq!(end(&session, 0), ended(11_000, EndCause::Expired));
        assert_eq!(end(&session, 10_500), ended(10_500, EndCause::Administrator));
        session.ended = ended(10_200, EndCause::Kicked);
        assert_eq!(end(&session, 10_500), ended(10_200, EndCause::Kicked), "a stored end stays");
    }

    #[test]
    fn a1_a_mark_of_a_clock_that_was_ahead_voids_the_sessions_before_it_and_none_after() {
        let (now, mark) = (UnixTime(10_010), UnixTime(17_200));
        assert!(!session().is_alive(now, POLICY, mark), "signed out, as was asked for");
        let brought_back = mark.believed(now);
        let again = Session { proofs: proven(now), created_at: now, last_seen_at: now, ..session() };
        for later in [0, 1, 99] {
            assert!(again.is_alive(now.plus(later), POLICY, brought_back), "{later}");
            assert!(!session().is_alive(now.plus(later), POLICY, brought_back), "{later}");
        }
    }

    #[test]
    fn a1_a_session_that_began_under_a_clock_ahead_is_over_when_the_clock_is_right() {
        let now = UnixTime(10_000);
        let ahead = |at: i64| Session { proofs: proven(now.plus(at)), created_at: now.plus(at), ..session() };
        assert!(ahead(120).is_alive(now, POLICY, UnixTime(0)), "clocks may differ by so much");
        let over = Some(Ended { at: now, cause: EndCause::Expired });
        assert_eq!(ahead(121).end(now, POLICY, UnixTime(0)), over);
        assert_eq!(ahead(7200).end(now, POLICY, UnixTime(0)), over);
    }

    #[test]
    fn a1_a_clock_that_was_ahead_neither_ends_a_session_nor_moves_its_limits() {
        let (now, ahead) = (UnixTime(10_010), UnixTime(17_200));
        let used = Session { last_seen_at: ahead, ..session() };
        assert!(used.is_alive(now, POLICY, UnixTime(0)), "it was used");
        let again = Session { proofs: proven(ahead), last_seen_at: ahead, ..session() };
        assert!(again.is_alive(now, POLICY, UnixTime(0)));
        assert!(!again.is_alive(UnixTime(11_000), POLICY, UnixTime(0)), "its age counts from its beginning");
        assert!(again.is_older_than(60, now), "nothing says that the person was here within the minute");
        assert!(!Session { proofs: proven(now.plus(5)), ..session() }.is_older_than(60, now));
    }

    #[test]
    fn causes_survive_the_database() {
        for cause in EndCause::ALL {
            assert_eq!(EndCause::parse(cause.as_str()), Some(cause));
        }
    }
}
