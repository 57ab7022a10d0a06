//! The name of an authentication context class (`acr`, OpenID Connect Core 2), and what a request asks of it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest name: it is in every token of a person.
const MAX_BYTES: usize = 64;

/// A name that a class may have: 1 to 64 visible ASCII characters without `"` and `\`, for names stand side by side in
/// `acr_values` and in quotes in a challenge (RFC 9470 3).
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Acr(String);

/// Not a name of a class.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("not the name of an authentication context class")]
pub struct NotAcr;

impl Acr {
    /// Reads a name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let may_have = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
        let is_name = (1..=MAX_BYTES).contains(&text.len()) && text.bytes().all(may_have);
        is_name.then(|| Self(text.to_owned()))
    }

    /// The value of `acr`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Acr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for Acr {
    type Error = NotAcr;

    fn try_from(text: String) -> Result<Self, NotAcr> {
        Self::parse(&text).ok_or(NotAcr)
    }
}

impl From<Acr> for String {
    fn from(acr: Acr) -> Self {
        acr.0
    }
}

/// The class that a client wants a sign-in to be of, the most wanted first.
#[derive(Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AcrRequest {
    /// Any.
    #[default]
    Nothing,
    /// One of these if that can be: `acr_values`, or a voluntary claim (Core 3.1.2.1, 5.5.1.1).
    Prefers(Vec<Acr>),
    /// One of these, or no answer: an essential claim (Core 5.5.1.1).
    Demands(Vec<Acr>),
}

impl AcrRequest {
    /// What `acr_values` asks for: names separated by spaces. What is no name is passed over.
    #[must_use]
    pub fn of_parameter(text: &str) -> Self {
        Self::Prefers(text.split(' ').filter_map(Acr::parse).collect())
    }

    /// The same with the names that `keep` lets through, each once.
    #[must_use]
    pub fn retain(self, keep: impl Fn(&Acr) -> bool) -> Self {
        let distinct = |some: Vec<Acr>| {
            let mut kept: Vec<Acr> = Vec::new();
            for acr in some {
                if keep(&acr) && !kept.contains(&acr) {
                    kept.push(acr);
                }
            }
            kept
        };
        match self {
            Self::Nothing => Self::Nothing,
            Self::Prefers(some) => Self::Prefers(distinct(some)),
            Self::Demands(some) => Self::Demands(distinct(some)),
        }
    }

    /// Whether every class will do.
    #[must_use]
    pub const fn is_nothing(&self) -> bool {
        match self {
            Self::Nothing => true,
            Self::Prefers(some) => some.is_empty(),
            Self::Demands(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_name_is_short_visible_and_unquoted() {
        for name in ["1", "phr", "urn:mace:incommon:iap:silver", "https://a.example/loa?n=2", &"a".repeat(64)]
        {
            assert_eq!(Acr::parse(name).unwrap().as_str(), name);
        }
        for wrong in ["", " ", "a b", "a\"", "a\\", "a\n", "é", &"a".repeat(65)] {
            assert_eq!(Acr::parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn s10_acr_values_are_read_whatever_they_hold_and_kept_once() {
        let long = "x".repeat(5000);
        let text = format!("  2 {long} \u{e9} 1 2 1 ");
        let names = ["2", "1"].map(|name| Acr::parse(name).unwrap()).to_vec();
        assert_eq!(AcrRequest::of_parameter(&text).retain(|_| true), AcrRequest::Prefers(names));
        assert!(AcrRequest::of_parameter("").is_nothing());
        assert!(!AcrRequest::Demands(Vec::new()).is_nothing(), "nothing meets it");
    }
}
