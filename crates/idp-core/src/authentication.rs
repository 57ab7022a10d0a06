//! What a person has proven when they sign in, and how tokens state it: `amr` (RFC 8176) and `acr` (OpenID Connect
//! Core 2), both computed from the factors. Checking a factor is left to its own module, such as [`crate::password`].

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::time::UnixTime;

/// A person who has just proven who they are.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Authentication {
    /// Who they are.
    pub user: Uuid,
    /// What they proved it with.
    pub factors: Factors,
    /// When (`auth_time`).
    pub at: UnixTime,
}

impl Authentication {
    /// A person who entered their password.
    #[must_use]
    pub fn by_password(user: Uuid, at: UnixTime) -> Self {
        Self { user, factors: Factors::from(Factor::Password), at }
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

    #[test]
    fn a_password_alone_is_stated_as_pwd_and_class_1() {
        let proven = Authentication::by_password(Uuid::nil(), UnixTime(10));
        assert_eq!(proven.factors.amr(), ["pwd"]);
        assert_eq!(proven.factors.acr().as_str(), "1");
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
