//! A user: who may sign in, and what a client may learn about them. The claims themselves are `standard_claims`, a change of them
//! is `claims_change`, and what people change of them by themselves `profile`; an `account` is a user with the e-mail addresses,
//! `sign_in_name` what they sign in with, and `search_words` what an administrator
//! finds them by. An `attribute` is what an operator wants to know of people beside all that.

mod account;
pub mod attribute;
mod claims_change;
mod mail_addresses;
mod profile;
mod search_words;
mod sign_in_name;
mod standard_claims;

pub use account::Account;
pub use claims_change::{ClaimsChange, MalformedClaim, settable};
pub use mail_addresses::{AddressChange, KnownAddress, MOST_ADDRESSES, MailAddresses, UnfitAddress};
pub use profile::{NotEditable, PROFILE_FIELDS, ProfileClaim, ProfileEdit, field_value, profile_version};
pub use search_words::{
    LONGEST_SEARCH_WORD, MOST_SEARCH_WORDS, MOST_WORDS_OF_SEARCH, search_words, words_of_search,
};
pub use sign_in_name::SignInName;
pub(crate) use standard_claims::scope_of;
pub use standard_claims::{Address, STANDARD_CLAIMS, StandardClaims, UnfitClaim};

use crate::mail_address::MailAddress;
use crate::scope::Scope;
use crate::time::UnixTime;
use crate::username::Username;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use uuid::Uuid;

/// Whether a user may sign in.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum UserStatus {
    /// May sign in.
    Active,
    /// May not; everything issued before is void.
    Disabled,
    /// Asked for the account to be deleted. Everything issued before is void, and signing in takes that back first.
    Deleting {
        /// When it is deleted.
        due: UnixTime,
    },
}

impl UserStatus {
    /// The word for it, in the database and for operators.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Deleting { .. } => "deleting",
        }
    }

    /// When the account is deleted, if that is under way.
    #[must_use]
    pub const fn deleted_at(self) -> Option<UnixTime> {
        match self {
            Self::Deleting { due } => Some(due),
            Self::Active | Self::Disabled => None,
        }
    }
}

/// As the word.
impl Serialize for UserStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// What a person owes beyond what everybody does.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default)]
pub struct SecondFactorDuty {
    /// Whether they must prove two factors, whatever the installation asks of others.
    pub is_required: bool,
    /// Whether a role that they have, by themselves or by a group, asks it of its holders.
    pub is_required_by_role: bool,
    /// When they were first asked to set up a second factor and might have waited.
    pub asked_at: Option<UnixTime>,
}

/// A user, without the password hash.
#[derive(Clone, Debug)]
pub struct User {
    /// The subject (`sub`).
    pub id: Uuid,
    /// The name that the person goes by here; an address of theirs may be another to sign in with.
    pub username: Username,
    /// Whether they may sign in.
    pub status: UserStatus,
    /// All that was issued earlier is void; compare by [`User::honours`].
    pub not_before: UnixTime,
    /// The standard claims. `email` and `email_verified` are those of the primary address.
    pub claims: StandardClaims,
    /// When the account was made.
    pub created_at: UnixTime,
    /// What they owe at a sign-in beyond what everybody does.
    pub second_factor: SecondFactorDuty,
    /// Since when no browser counts for theirs by a sign-in from before; compare by [`User::knows_browser_since`].
    pub browsers_forgotten_at: Option<UnixTime>,
}

impl User {
    /// Whether a browser that signed in at `since` counts for theirs. A new password voids that, for an attacker who knew the old one
    /// may have gathered many; so does ending a sign-in as somebody else's.
    #[must_use]
    pub fn knows_browser_since(&self, since: UnixTime) -> bool {
        since > self.not_before && self.browsers_forgotten_at.is_none_or(|forgotten| since > forgotten)
    }

    /// The earliest time from which a browser counts for theirs that signs in at `now`: also in the very second in which others
    /// were forgotten.
    #[must_use]
    pub fn browser_known_from(&self, now: UnixTime) -> UnixTime {
        let forgotten = self.browsers_forgotten_at.unwrap_or(self.not_before).max(self.not_before);
        now.max(forgotten.plus(1))
    }

    /// Whether something issued to this user at `issued_at` can still count.
    #[must_use]
    pub fn honours(&self, issued_at: UnixTime, now: UnixTime) -> bool {
        self.status == UserStatus::Active && issued_at.is_honoured(self.not_before, now)
    }

    /// Whether they may prove who they are: to sign in, or to keep an account that is being deleted.
    #[must_use]
    pub fn may_prove(&self, now: UnixTime) -> bool {
        match self.status {
            UserStatus::Active => true,
            UserStatus::Disabled => false,
            UserStatus::Deleting { due } => now < due,
        }
    }

    /// Whether a proof made at `at` still counts.
    #[must_use]
    pub(crate) fn honours_proof(&self, at: UnixTime, now: UnixTime) -> bool {
        self.may_prove(now) && at.is_honoured(self.not_before, now)
    }

    /// Whether this is the username, or the primary address if that is verified. Other addresses are not known here.
    #[must_use]
    pub fn is_called(&self, name: &SignInName) -> bool {
        let email = self.claims.email.as_deref().filter(|_| self.claims.email_verified == Some(true));
        let email = email.and_then(|email| MailAddress::parse(email).ok());
        SignInName::from(&self.username) == *name
            || email.is_some_and(|email| SignInName::from(&email) == *name)
    }

    /// Everything that can be said about the user: the claims, and the username as `preferred_username`.
    #[must_use]
    pub fn known_claims(&self) -> StandardClaims {
        let preferred_username = Some(self.username.as_str().to_owned());
        StandardClaims { preferred_username, ..self.claims.clone() }
    }

    /// The claims that a client with `scope` may see (OpenID Connect Core 5.4), and those of `by_name` that were granted
    /// beside it (5.5).
    #[must_use]
    pub fn released_claims(&self, scope: &Scope, by_name: &[String]) -> Map<String, Value> {
        let mut claims = self.known_claims().into_members();
        claims.retain(|name, _| {
            by_name.iter().any(|wanted| wanted == name)
                || scope_of(name).is_some_and(|needed| scope.contains(needed))
        });
        claims
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    pub(super) fn ada(claims: StandardClaims) -> User {
        User {
            id: Uuid::nil(),
            username: Username::parse("ada").unwrap(),
            status: UserStatus::Active,
            not_before: UnixTime(0),
            claims,
            created_at: UnixTime(0),
            second_factor: SecondFactorDuty::default(),
            browsers_forgotten_at: None,
        }
    }

    fn released(user: &User, scope: &str, by_name: &[&str]) -> Vec<String> {
        let by_name: Vec<String> = by_name.iter().map(|&name| name.to_owned()).collect();
        user.released_claims(&Scope::parse(scope).unwrap(), &by_name).keys().cloned().collect()
    }

    #[test]
    fn claims_are_released_by_scope_and_by_name_only() {
        let claims =
            StandardClaims { name: Some("Ada".into()), email: Some("a@x".into()), ..Default::default() };
        let user = ada(claims);
        assert_eq!(released(&user, "openid email", &[]), ["email"]);
        assert_eq!(released(&user, "openid", &["name"]), ["name"]);
        assert!(released(&user, "openid", &[]).is_empty());
    }

    #[test]
    fn who_asked_for_deletion_may_prove_who_they_are_until_then_and_has_nothing_that_counts() {
        let due = UnixTime(100);
        let user = User {
            status: UserStatus::Deleting { due },
            not_before: UnixTime(10),
            ..ada(Default::default())
        };
        for (now, may) in [(10, true), (99, true), (100, false), (101, false)] {
            let now = UnixTime(now);
            assert_eq!((user.may_prove(now), user.honours_proof(UnixTime(10), now)), (may, may), "{now:?}");
            assert!(!user.honours(now, now));
        }
        assert!(!user.honours_proof(UnixTime(9), UnixTime(50)), "proven before it was asked for");
        assert_eq!(serde_json::to_value(user.status).unwrap(), "deleting");
    }

    #[test]
    fn a_verified_primary_address_is_what_a_person_is_called_too() {
        let called = |name: &str, email_verified| {
            let email = Some("Ada@x.example".to_owned());
            let user = ada(StandardClaims { email, email_verified, ..Default::default() });
            user.is_called(&SignInName::from(&Username::parse(name).unwrap()))
        };
        assert!(called("ADA", None) && called("ada@X.example", Some(true)));
        assert!(!called("ada@x.example", Some(false)) && !called("eve", Some(true)));
    }

    #[test]
    fn b8_the_sign_in_name_is_the_preferred_username() {
        let user = ada(StandardClaims::default());
        for (scope, by_name) in [("openid profile", &[][..]), ("openid", &["preferred_username"])] {
            assert_eq!(released(&user, scope, by_name), ["preferred_username"], "{scope}");
        }
        assert!(released(&user, "openid email", &[]).is_empty());
        let profile = Scope::parse("profile").unwrap();
        let name = |user: &User| user.released_claims(&profile, &[]).remove("preferred_username");
        assert_eq!(name(&user), Some("ada".into()));
        let claims =
            StandardClaims { preferred_username: Some("Countess".into()), ..StandardClaims::default() };
        assert_eq!(name(&ada(claims)), Some("ada".into()), "no other name counts");
    }
}
