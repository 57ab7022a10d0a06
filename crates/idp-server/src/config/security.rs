//! The `[security]` table: whom to tell of a weakness. `http::metadata` publishes it as `security.txt` (RFC 9116).

use std::{fmt, str::FromStr};

use idp_core::web_link::WebLink;
use serde::{Deserialize, Serialize};
use url::Url;

/// The `[security]` table.
#[derive(Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SecurityConfig {
    /// Who takes a report, in the order of preference; nothing is published without.
    pub contact: Vec<SecurityContact>,
    /// The page that says how reports are dealt with.
    pub policy: Option<WebLink>,
}

/// An address that takes reports (RFC 9116 2.5.3): `mailto:`, `https:` or `tel:`.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SecurityContact(String);

/// Not an address that takes reports.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("must be mailto:security@example.com, an https address, or tel: with a number")]
pub struct UnfitContact;

impl FromStr for SecurityContact {
    type Err = UnfitContact;

    fn from_str(text: &str) -> Result<Self, UnfitContact> {
        let url = Url::parse(text).map_err(|_| UnfitContact)?;
        // A line break would begin another field of the file.
        let is_one_line = text.bytes().all(|byte| byte.is_ascii_graphic());
        let is_complete = match url.scheme() {
            "mailto" => url.path().contains('@'),
            "tel" => url.path().bytes().any(|byte| byte.is_ascii_digit()),
            "https" => url.username().is_empty() && url.password().is_none(),
            _ => false,
        };
        if is_one_line && is_complete { Ok(Self(text.to_owned())) } else { Err(UnfitContact) }
    }
}

impl TryFrom<String> for SecurityContact {
    type Error = UnfitContact;

    fn try_from(text: String) -> Result<Self, UnfitContact> {
        text.parse()
    }
}

impl From<SecurityContact> for String {
    fn from(contact: SecurityContact) -> Self {
        contact.0
    }
}

impl fmt::Display for SecurityContact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_no_report_is_refused() {
        for good in ["mailto:security@example.com", "https://example.com/report?x=1", "tel:+1-201-555-0123"] {
            assert!(good.parse::<SecurityContact>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "security@example.com",
            "http://example.com",
            "javascript:alert(1)",
            "mailto:",
            "tel:",
            "https://example.com/\nPolicy: https://evil.example",
            "https://example.com/ x",
            "https://ada:pw@example.com",
        ] {
            assert_eq!(bad.parse::<SecurityContact>(), Err(UnfitContact), "{bad:?}");
        }
    }
}
