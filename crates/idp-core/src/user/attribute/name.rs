//! The names of attributes, and those that no attribute may have.

use crate::user::scope_of;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The longest name, in bytes.
const LONGEST: usize = 40;

/// What people and resources have already, in SCIM (RFC 7643 3.1, 4.1) and here. As names of attributes are written: without capitals.
const RESERVED: [&str; 27] = [
    "id",
    "sub",
    "schemas",
    "meta",
    "externalid",
    "username",
    "displayname",
    "nickname",
    "profileurl",
    "title",
    "usertype",
    "preferredlanguage",
    "timezone",
    "active",
    "status",
    "password",
    "emails",
    "phonenumbers",
    "ims",
    "photos",
    "addresses",
    "groups",
    "entitlements",
    "roles",
    "permissions",
    "x509certificates",
    "attributes",
];

/// The name of an attribute: 1 to 40 small letters of ASCII, digits and `_`, a letter first. It is a name in SCIM too (RFC 7643 2.1),
/// where capitals do not count; so it has none.
#[derive(Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AttributeName(String);

/// Not a name of an attribute.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum UnfitAttributeName {
    /// Its characters or its length.
    #[error(
        "the name of an attribute has 1 to {LONGEST} letters from a to z, digits and _, and begins with a letter"
    )]
    Malformed,
    /// People have something of this name already.
    #[error("people have something of this name already: a standard claim, or an attribute of SCIM")]
    Reserved,
}

impl AttributeName {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AttributeName {
    type Err = UnfitAttributeName;

    fn from_str(text: &str) -> Result<Self, UnfitAttributeName> {
        let is_sign = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let is_fit = (1..=LONGEST).contains(&text.len())
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(is_sign);
        if !is_fit {
            return Err(UnfitAttributeName::Malformed);
        }
        match RESERVED.contains(&text) || scope_of(text).is_some() {
            true => Err(UnfitAttributeName::Reserved),
            false => Ok(Self(text.to_owned())),
        }
    }
}

impl TryFrom<String> for AttributeName {
    type Error = UnfitAttributeName;

    fn try_from(text: String) -> Result<Self, UnfitAttributeName> {
        text.parse()
    }
}

impl From<AttributeName> for String {
    fn from(name: AttributeName) -> Self {
        name.0
    }
}

impl fmt::Display for AttributeName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::user::STANDARD_CLAIMS;

    #[test]
    fn an_attribute_has_a_name_that_nothing_else_of_a_person_has() {
        for fit in ["department", "employee_number", "x", "a1", &"x".repeat(LONGEST)] {
            assert_eq!(fit.parse::<AttributeName>().as_ref().map(AttributeName::as_str), Ok(fit));
        }
        let claims = STANDARD_CLAIMS.iter().copied();
        for taken in RESERVED.into_iter().chain(claims) {
            assert_eq!(taken.parse::<AttributeName>(), Err(UnfitAttributeName::Reserved), "{taken}");
        }
        for malformed in
            ["", "1a", "_a", "Department", "a-b", "a b", "a.b", "\u{e9}", "a\0", &"x".repeat(LONGEST + 1)]
        {
            assert_eq!(
                malformed.parse::<AttributeName>(),
                Err(UnfitAttributeName::Malformed),
                "{malformed:?}"
            );
        }
    }
}
