//! The ways to sign in that an installation offers. What a person has set up is asked for even where it is not offered any
//! more: a setting must not make the sign-ins of people weaker than they chose.

use super::level::Requirement;
use super::proof::{Factor, Proofs};
use crate::time::UnixTime;
use serde::{Deserialize, Serialize};

/// Some of the factors that people set up, each once, the password among them.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Methods(Vec<Factor>);

/// Not a list of methods.
#[derive(Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum MethodsError {
    /// No method has this name. What was written is shown: it is a name.
    #[error("must have methods from this list: {words}; {0:?} is none", words = words())]
    Unknown(String),
    /// A method that comes twice.
    #[error("must name each method once; {0:?} is there twice")]
    Repeated(String),
    /// Nothing to begin a sign-in with.
    #[error("must have \"password\", for nothing else begins a sign-in")]
    NoBeginning,
}

fn words() -> String {
    Methods::default().words().collect::<Vec<_>>().join(", ")
}

impl Default for Methods {
    /// All of them.
    fn default() -> Self {
        Self(Factor::ALL.into_iter().filter(|factor| factor.method().is_some()).collect())
    }
}

impl Methods {
    /// Whether people may set it up.
    #[must_use]
    pub fn offer(&self, factor: Factor) -> bool {
        self.0.contains(&factor)
    }

    /// Whether a person can meet the requirement with what they may set up.
    #[must_use]
    pub fn reach(&self, requirement: Requirement) -> bool {
        requirement.is_met_by(&Proofs::of(Factor::Password, UnixTime(0)).supposing(self.iter()))
    }

    /// Their words in the configuration.
    fn words(&self) -> impl Iterator<Item = &'static str> {
        self.iter().filter_map(Factor::method)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Factor> {
        self.0.iter().copied()
    }
}

impl TryFrom<Vec<String>> for Methods {
    type Error = MethodsError;

    fn try_from(words: Vec<String>) -> Result<Self, MethodsError> {
        let mut methods = Vec::new();
        for word in words {
            let Some(factor) = Factor::ALL.into_iter().find(|factor| factor.method() == Some(&*word)) else {
                return Err(MethodsError::Unknown(word));
            };
            if methods.contains(&factor) {
                return Err(MethodsError::Repeated(word));
            }
            methods.push(factor);
        }
        if methods.contains(&Factor::Password) { Ok(Self(methods)) } else { Err(MethodsError::NoBeginning) }
    }
}

impl From<Methods> for Vec<String> {
    fn from(methods: Methods) -> Self {
        methods.words().map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(words: &[&str]) -> Result<Methods, MethodsError> {
        Methods::try_from(words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn methods_are_a_closed_list_that_begins_with_something() {
        let alone = read(&["password"]).unwrap();
        assert!(alone.offer(Factor::Password) && !alone.offer(Factor::Totp));
        assert!(alone.reach(Requirement::Any) && !alone.reach(Requirement::TwoFactors));
        assert!(Methods::default().reach(Requirement::TwoFactors));
        assert_eq!(read(&["password", "totp", "passkey"]), Ok(Methods::default()));
        assert_eq!(Vec::from(Methods::default()), ["password", "totp", "passkey"]);
        for wrong in ["otp", "Password", "", "sms"] {
            assert_eq!(read(&["password", wrong]), Err(MethodsError::Unknown(wrong.to_owned())));
        }
        assert_eq!(read(&["password", "password"]), Err(MethodsError::Repeated("password".to_owned())));
        assert_eq!(read(&["totp"]), Err(MethodsError::NoBeginning));
        assert_eq!(read(&[]), Err(MethodsError::NoBeginning));
    }
}
