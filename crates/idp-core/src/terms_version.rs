//! The version of the terms of use that people accept: a short name that the operator gives it, such as `2026-11`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The longest, in bytes.
const LONGEST: usize = 32;

/// A version, by its name. Two names are two versions; none is newer than another.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct TermsVersion(String);

/// Not such a name.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("must have 1 to {LONGEST} letters, digits, dots, hyphens and underscores, such as 2026-11")]
pub struct NotTermsVersion;

impl TermsVersion {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TermsVersion {
    type Err = NotTermsVersion;

    fn from_str(text: &str) -> Result<Self, NotTermsVersion> {
        let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        let is_version = (1..=LONGEST).contains(&text.len()) && text.bytes().all(is_fit);
        is_version.then(|| Self(text.to_owned())).ok_or(NotTermsVersion)
    }
}

impl TryFrom<String> for TermsVersion {
    type Error = NotTermsVersion;

    fn try_from(text: String) -> Result<Self, NotTermsVersion> {
        text.parse()
    }
}

impl From<TermsVersion> for String {
    fn from(version: TermsVersion) -> Self {
        version.0
    }
}

impl fmt::Display for TermsVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_a_short_plain_name() {
        for fit in ["2026-11", "v1.2_b", "7", "a".repeat(LONGEST).as_str()] {
            assert_eq!(fit.parse::<TermsVersion>().map(|version| version.to_string()).as_deref(), Ok(fit));
        }
        for unfit in ["", " ", "2026 11", "a/b", "v\n1", "第二版", "a".repeat(LONGEST + 1).as_str()] {
            assert_eq!(unfit.parse::<TermsVersion>(), Err(NotTermsVersion), "{unfit:?}");
        }
    }
}
