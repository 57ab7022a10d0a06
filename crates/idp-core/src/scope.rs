//! Scope values (RFC 6749 3.3): a list of case-sensitive words, parsed strictly so that a `Scope`
//! that exists is well formed. Which words exist is the client's registration, not this module.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest `scope` parameter that is read, in bytes.
pub const MAX_SCOPE_BYTES: usize = 2048;

/// The scopes OpenID Connect defines, with the standard claims they stand for (Core 5.4).
pub const OPENID_SCOPES: [&str; 5] = ["openid", "profile", "email", "address", "phone"];

/// A set of scope words, in the order given, without repeats.
#[derive(Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scope(Vec<String>);

/// Not a scope by RFC 6749 3.3.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error(
    "a scope is at most 2048 bytes of words with one space between them, without quotes, backslashes and accents"
)]
pub struct MalformedScope;

impl Scope {
    /// Reads `scope-token *( SP scope-token )`: exactly one space between words, no empty word.
    ///
    /// # Errors
    /// [`MalformedScope`] for an empty value, a double space, a control character or an over-long value.
    pub fn parse(text: &str) -> Result<Self, MalformedScope> {
        if text.len() > MAX_SCOPE_BYTES {
            return Err(MalformedScope);
        }
        let mut words: Vec<String> = Vec::new();
        for word in text.split(' ') {
            if !is_scope_token(word) {
                return Err(MalformedScope);
            }
            if !words.iter().any(|known| known == word) {
                words.push(word.to_owned());
            }
        }
        Ok(Self(words))
    }

    /// The scope of nothing: what a client-credentials request without `scope` may end with.
    #[must_use]
    pub const fn empty() -> Self {
        Self(Vec::new())
    }

    /// Whether `word` is among them, compared byte for byte.
    #[must_use]
    pub fn contains(&self, word: &str) -> bool {
        self.0.iter().any(|known| known == word)
    }

    /// Whether every word of `self` is in `other`.
    #[must_use]
    pub fn is_subset_of(&self, other: &Self) -> bool {
        self.0.iter().all(|word| other.contains(word))
    }

    /// The words of both, those of `self` first.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let added = other.0.iter().filter(|word| !self.contains(word));
        Self(self.0.iter().chain(added).cloned().collect())
    }

    /// The words that `other` does not have.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        Self(self.0.iter().filter(|word| !other.contains(word)).cloned().collect())
    }

    /// The same with one word more; `word` is a scope by construction.
    #[must_use]
    pub(crate) fn with(mut self, word: &'static str) -> Self {
        if !self.contains(word) {
            self.0.push(word.to_owned());
        }
        self
    }

    /// The words, in order.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether there is no word at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// `1*( %x21 / %x23-5B / %x5D-7E )`
fn is_scope_token(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5B | 0x5D..=0x7E))
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

impl TryFrom<String> for Scope {
    type Error = MalformedScope;
    fn try_from(text: String) -> Result<Self, MalformedScope> {
        if text.is_empty() { Ok(Self::empty()) } else { Self::parse(&text) }
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s11_malformed_scopes_are_refused() {
        for text in ["", " ", "openid  email", " openid", "openid ", "a\tb", "a\"b", "a\\b", "é", "a\u{0}"] {
            assert_eq!(Scope::parse(text), Err(MalformedScope), "{text:?}");
        }
        assert_eq!(Scope::parse(&"x".repeat(10_000)), Err(MalformedScope));
    }

    #[test]
    fn words_are_kept_in_order_and_once() {
        let scope = Scope::parse("openid email openid").unwrap();
        assert_eq!(scope.to_string(), "openid email");
        assert!(scope.contains("email") && !scope.contains("Email") && !scope.contains("mail"));
    }
}
