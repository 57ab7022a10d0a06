//! The scope of a token: a set of case-sensitive words separated by single spaces, compared whole.
//! RFC 6749 section 3.3. Which scope a route needs is the site's business.

use std::fmt;

/// The scope values that a token carries.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ScopeSet(Box<str>);

impl ScopeSet {
    /// Reads the value of a `scope` claim. Only the space separates; a tab is part of a word.
    #[must_use]
    pub fn new(value: &str) -> Self {
        Self(value.into())
    }

    /// Whether `scope` is one of the values, byte for byte. An empty word is in no set.
    #[must_use]
    pub fn contains(&self, scope: &str) -> bool {
        self.iter().any(|granted| granted == scope)
    }

    /// The values in the order in which the token lists them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split(' ').filter(|word| !word.is_empty())
    }

    /// Whether the token carries no scope at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}

impl fmt::Debug for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn j36_a_scope_is_a_whole_word() {
        for granted in ["reader", "read:all", "READ", "x\tread", "", " ", "rea d", "read\u{a0}"] {
            assert!(!ScopeSet::new(granted).contains("read"), "{granted:?}");
        }
        for granted in ["read", "write read", "read write", " read ", "a  read"] {
            assert!(ScopeSet::new(granted).contains("read"), "{granted:?}");
        }
        assert!(!ScopeSet::new("a  b").contains(""));
    }
}
