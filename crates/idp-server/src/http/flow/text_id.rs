//! Ids that are words: those of clients (`ClientId`) and of keys (RFC 7638), as the address of a page carries them.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest that a client may have.
const LONGEST: usize = 64;

/// One of them, which is copied about with its page. Whether there is such a client or key is for the page to find out.
#[derive(Copy, Clone, Eq, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TextId {
    bytes: [u8; LONGEST],
    length: usize,
}

impl TextId {
    /// `None` for what no client or key is called.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"._~-".contains(&byte);
        if text.is_empty() || !text.bytes().all(is_word) {
            return None;
        }
        let mut bytes = [0; LONGEST];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(Self { bytes, length: text.len() })
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let text = self.bytes.get(..self.length).unwrap_or_default();
        std::str::from_utf8(text).unwrap_or_default()
    }
}

impl fmt::Display for TextId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Debug for TextId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.as_str())
    }
}

impl TryFrom<String> for TextId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("no id of a client or key")
    }
}

impl From<TextId> for String {
    fn from(id: TextId) -> Self {
        id.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_id_is_a_word_of_the_length_that_ids_have() {
        for word in ["a", "site-a", &"x".repeat(64)] {
            let id = TextId::parse(word).unwrap();
            assert_eq!((id.as_str(), id.to_string()), (word, word.to_owned()));
            let text = serde_json::to_string(&id).unwrap();
            assert_eq!(serde_json::from_str::<TextId>(&text).unwrap(), id);
        }
        for none in ["", "a b", "a/b", "a?b=c", "\u{e9}", &"x".repeat(65)] {
            assert_eq!(TextId::parse(none), None, "{none:?}");
        }
        assert!(serde_json::from_str::<TextId>("\"a b\"").is_err());
    }
}
