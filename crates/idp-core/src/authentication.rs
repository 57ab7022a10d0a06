//! What a person has proven when they sign in, and how tokens state it: `amr` (RFC 8176) and `acr` (OpenID Connect
//! Core 2), both computed from the factors. Checking a factor is left to its own module, such as [`crate::password`].

use std::collections::BTreeSet;

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::base64url;
use crate::time::UnixTime;
use crate::user::User;

/// A person who has just proven who they are.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
pub struct Authentication {
    /// Who they are.
    pub user: Uuid,
    /// What they proved it with.
    pub factors: Factors,
    /// When (`auth_time`).
    pub at: UnixTime,
    /// The credentials that the proof rests on.
    pub evidence: BTreeSet<CredentialDigest>,
}

impl Authentication {
    /// A person who entered the password that `hash` (a PHC string) was made of.
    #[must_use]
    pub fn by_password(user: Uuid, hash: &str, at: UnixTime) -> Self {
        let evidence = BTreeSet::from([CredentialDigest::of_password(hash)]);
        Self { user, factors: Factors::from(Factor::Password), at, evidence }
    }

    /// Whether the proof still counts for `user`, who has these credentials today: not once one that it rests on was
    /// changed or removed, the person was signed out everywhere, or the account was disabled.
    #[must_use]
    pub fn holds(&self, user: &User, credentials: &BTreeSet<CredentialDigest>, now: UnixTime) -> bool {
        user.id == self.user && user.honours(self.at, now) && self.evidence.is_subset(credentials)
    }
}

/// Tells one state of a credential from another: a changed password has another digest. It is the SHA-256 of what the
/// store keeps, which must have random bits enough that no guess finds it.
#[derive(Clone, Eq, PartialEq, Ord, PartialOrd, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CredentialDigest(String);

impl CredentialDigest {
    /// Of a password, stored as a PHC string: its salt has 128 random bits.
    #[must_use]
    pub fn of_password(hash: &str) -> Self {
        Self::of(Factor::Password, hash)
    }

    fn of(factor: Factor, stored: &str) -> Self {
        let input = format!("{}\0{stored}", factor.as_str());
        Self(base64url::encode(digest(&SHA256, input.as_bytes()).as_ref()))
    }
}

/// One way to prove who one is, under its name in the registry of RFC 8176.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
pub enum Factor {
    /// A password (`pwd`).
    #[serde(rename = "pwd")]
    Password,
}

impl Factor {
    /// The authentication method reference.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "pwd",
        }
    }
}

/// The factors of one sign-in: at least one, each once, in the order in which they were proven.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(try_from = "Vec<Factor>", into = "Vec<Factor>")]
pub struct Factors(Vec<Factor>);

/// A sign-in without any factor.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("a sign-in has at least one factor")]
pub struct NoFactor;

impl Factors {
    /// The value of `amr`.
    #[must_use]
    pub fn amr(&self) -> Vec<String> {
        self.0.iter().map(|factor| factor.as_str().to_owned()).collect()
    }

    /// The class that these factors reach.
    #[must_use]
    pub const fn acr(&self) -> Acr {
        Acr::SingleFactor
    }
}

impl From<Factor> for Factors {
    fn from(factor: Factor) -> Self {
        Self(vec![factor])
    }
}

impl TryFrom<Vec<Factor>> for Factors {
    type Error = NoFactor;

    fn try_from(factors: Vec<Factor>) -> Result<Self, NoFactor> {
        let mut distinct: Vec<Factor> = Vec::new();
        for factor in factors {
            if !distinct.contains(&factor) {
                distinct.push(factor);
            }
        }
        if distinct.is_empty() { Err(NoFactor) } else { Ok(Self(distinct)) }
    }
}

impl From<Factors> for Vec<Factor> {
    fn from(factors: Factors) -> Self {
        factors.0
    }
}

/// An authentication context class: how strong a sign-in was. Discovery advertises the list.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Acr {
    /// One factor.
    SingleFactor,
}

impl Acr {
    /// Every class that a sign-in here can reach, the weakest first.
    pub const ALL: [Self; 1] = [Self::SingleFactor];

    /// The value of `acr`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SingleFactor => "1",
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::user::{StandardClaims, UserStatus};
    use crate::username::Username;

    #[test]
    fn a_password_alone_is_stated_as_pwd_and_class_1() {
        let proven = Authentication::by_password(Uuid::nil(), "$argon2id$1", UnixTime(10));
        assert_eq!(proven.factors.amr(), ["pwd"]);
        assert_eq!(proven.factors.acr().as_str(), "1");
    }

    #[test]
    fn a_proof_holds_as_long_as_its_credential_and_the_person_stay_as_they_are() {
        let user = user();
        let now = UnixTime(1000);
        let proof = Authentication::by_password(user.id, "$argon2id$1", UnixTime(900));
        let stored =
            |hashes: &[&str]| hashes.iter().map(|hash| CredentialDigest::of_password(hash)).collect();
        assert!(proof.holds(&user, &stored(&["$argon2id$1"]), now));
        assert!(
            proof.holds(&user, &stored(&["$argon2id$1", "$argon2id$2"]), now),
            "another credential was added"
        );
        assert!(!proof.holds(&user, &stored(&["$argon2id$2"]), now), "the password was changed");
        assert!(!proof.holds(&user, &stored(&[]), now), "it was removed");
        let disabled = User { status: UserStatus::Disabled, ..user.clone() };
        assert!(!proof.holds(&disabled, &stored(&["$argon2id$1"]), now));
        let signed_out = User { not_before: UnixTime(901), ..user.clone() };
        assert!(!proof.holds(&signed_out, &stored(&["$argon2id$1"]), now));
        let another = User { id: Uuid::from_u128(7), ..user };
        assert!(!proof.holds(&another, &stored(&["$argon2id$1"]), now));
    }

    fn user() -> User {
        User {
            id: Uuid::from_u128(1),
            username: Username::parse("alice").unwrap(),
            status: UserStatus::Active,
            not_before: UnixTime(0),
            claims: StandardClaims::default(),
            created_at: UnixTime(0),
        }
    }

    #[test]
    fn factors_read_back_from_the_database_and_are_never_empty() {
        let stored = serde_json::to_string(&Factors::from(Factor::Password)).unwrap();
        assert_eq!(stored, r#"["pwd"]"#);
        assert_eq!(serde_json::from_str::<Factors>(&stored).unwrap(), Factors::from(Factor::Password));
        assert!(serde_json::from_str::<Factors>("[]").is_err());
        assert!(serde_json::from_str::<Factors>(r#"["none"]"#).is_err());
        let twice = Factors::try_from(vec![Factor::Password, Factor::Password]).unwrap();
        assert_eq!(twice.amr(), ["pwd"], "a repeated factor counts once");
    }

    #[test]
    fn a_factor_has_one_spelling_on_the_wire_and_in_the_database() {
        assert_eq!(serde_json::to_value(Factor::Password).unwrap(), Factor::Password.as_str());
    }
}
