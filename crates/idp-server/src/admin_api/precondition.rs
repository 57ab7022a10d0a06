//! Of two administrators who edit the same thing, the second learns of it: each version has a tag, and a change may say
//! which one it was made on (RFC 9110 13.1.1).

use super::problem::Problem;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use std::fmt;

/// How much of the hash is enough to tell versions apart, in bytes.
const LENGTH: usize = 12;

/// The version of a representation (`ETag`).
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct EntityTag(String);

impl EntityTag {
    /// The tag of what is answered.
    #[must_use]
    pub fn of(representation: &impl Serialize) -> Self {
        let text = serde_json::to_vec(representation).unwrap_or_default();
        let hash = digest(&SHA256, &text);
        Self(URL_SAFE_NO_PAD.encode(hash.as_ref().get(..LENGTH).unwrap_or_default()))
    }
}

/// As in the header: quoted.
impl fmt::Display for EntityTag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "\"{}\"", self.0)
    }
}

/// The versions that a change may be made on.
#[derive(Clone, Eq, PartialEq, Debug, Default)]
pub enum IfMatch {
    /// Any, also where there was no header.
    #[default]
    Any,
    /// One of these.
    Tags(Vec<String>),
}

impl IfMatch {
    /// Reads the header, a list of tags or `*`. Weak tags never match (RFC 9110 13.1.1), so they are read and kept.
    #[must_use]
    pub fn parse(header: &str) -> Self {
        match header.trim() {
            "*" => Self::Any,
            list => Self::Tags(list.split(',').map(|tag| tag.trim().to_owned()).collect()),
        }
    }

    /// That the change is made on this version.
    ///
    /// # Errors
    /// [`Problem::changed_meanwhile`].
    pub fn check(&self, current: &impl Serialize) -> Result<(), Problem> {
        let tag = EntityTag::of(current).to_string();
        match self {
            Self::Tags(tags) if !tags.contains(&tag) => Err(Problem::changed_meanwhile()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_made_on_the_version_that_was_seen() {
        let (old, new) = (EntityTag::of(&"old").to_string(), EntityTag::of(&"new").to_string());
        assert_ne!(old, new);
        for header in ["*", &new, &format!("{old}, {new}")] {
            assert!(IfMatch::parse(header).check(&"new").is_ok(), "{header}");
        }
        for header in [&old, "", "new", &format!("W/{new}")] {
            assert_eq!(IfMatch::parse(header).check(&"new").unwrap_err().status, 412, "{header}");
        }
        assert!(IfMatch::default().check(&"new").is_ok());
    }
}
