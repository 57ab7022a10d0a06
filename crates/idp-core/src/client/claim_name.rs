//! The names of claims that an operator chooses, and those that no such claim may have.

use crate::user::scope_of;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Names that a private claim may not have: everything we put into a token ourselves, and registered
/// names by which a verifier would be misled (RFC 7519 4.1, RFC 7800, RFC 8693, RFC 9068, OpenID
/// Connect Core 2 and 5.6, OpenID Connect logout), or an answer of the introspection endpoint (RFC 7662 2.2).
pub const RESERVED: [&str; 35] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "client_id",
    "scope",
    "sid",
    "auth_time",
    "acr",
    "amr",
    "azp",
    "nonce",
    "at_hash",
    "c_hash",
    "s_hash",
    "cnf",
    "act",
    "may_act",
    "events",
    "toe",
    "txn",
    "sub_id",
    "sub_jwk",
    "typ",
    "vc",
    "vp",
    "token_introspection",
    "active",
    "token_type",
    "username",
    "_claim_names",
    "_claim_sources",
];

/// What the name of a claim ends with that names a permission bundle instead of saying what is in it.
pub const BUNDLE_SUFFIX: &str = "_bundle";

/// The longest name, in bytes.
const LONGEST: usize = 128;

/// The last words of claims by which sites learn what a person may do.
const OF_RIGHTS: [&str; 9] = [
    "role",
    "roles",
    "group",
    "groups",
    "permission",
    "permissions",
    "entitlement",
    "entitlements",
    "authorities",
];

/// Whether no claim of an operator may have this name, because a token or the introspection endpoint says something else by it.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// The name of a claim that an operator chose: 1 to 128 visible ASCII characters without quotes and backslashes. A URI is fine.
#[derive(Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClaimName(String);

/// Not a name that an operator may choose.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum UnfitClaimName {
    /// Its characters or its length.
    #[error(
        "the name of a claim has 1 to {LONGEST} visible ASCII characters, without quotes and backslashes"
    )]
    Malformed,
    /// It has a meaning already.
    #[error("this name of a claim means something else already")]
    Reserved,
    /// It ends like the name of a bundle.
    #[error("the name of a claim must not end in {BUNDLE_SUFFIX}: such a claim names a permission bundle")]
    Bundle,
}

impl ClaimName {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a site is likely to take it for what the person may do, as its last word says: `roles`, `https://shop.example/groups`.
    #[must_use]
    pub fn is_of_rights(&self) -> bool {
        let last = self.0.rsplit(['/', ':', '.', '#']).next().unwrap_or_default();
        OF_RIGHTS.iter().any(|word| word.eq_ignore_ascii_case(last))
    }
}

impl FromStr for ClaimName {
    type Err = UnfitClaimName;

    fn from_str(text: &str) -> Result<Self, UnfitClaimName> {
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\"\\".contains(&byte);
        if !(1..=LONGEST).contains(&text.len()) || !text.bytes().all(is_plain) {
            return Err(UnfitClaimName::Malformed);
        }
        if text.ends_with(BUNDLE_SUFFIX) {
            return Err(UnfitClaimName::Bundle);
        }
        // Standard claims of a person (OpenID Connect Core 5.1) as well, which userinfo says.
        match is_reserved(text) || scope_of(text).is_some() {
            true => Err(UnfitClaimName::Reserved),
            false => Ok(Self(text.to_owned())),
        }
    }
}

impl TryFrom<String> for ClaimName {
    type Error = UnfitClaimName;

    fn try_from(text: String) -> Result<Self, UnfitClaimName> {
        text.parse()
    }
}

impl From<ClaimName> for String {
    fn from(name: ClaimName) -> Self {
        name.0
    }
}

impl fmt::Display for ClaimName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m02_a_chosen_name_means_nothing_else_already() {
        for fit in ["roles", "groups", "entitlements", "https://example.com/roles", "shop.roles"] {
            assert_eq!(fit.parse::<ClaimName>().as_ref().map(ClaimName::as_str), Ok(fit));
        }
        for taken in RESERVED.into_iter().chain(["name", "email", "email_verified", "address", "updated_at"])
        {
            assert_eq!(taken.parse::<ClaimName>(), Err(UnfitClaimName::Reserved), "{taken}");
        }
        for malformed in ["", "a b", "a\"b", "a\\b", "\u{e9}", "a\n", &"x".repeat(LONGEST + 1)] {
            assert_eq!(malformed.parse::<ClaimName>(), Err(UnfitClaimName::Malformed), "{malformed:?}");
        }
        assert_eq!("roles_bundle".parse::<ClaimName>(), Err(UnfitClaimName::Bundle));
    }

    #[test]
    fn a_claim_of_rights_is_known_by_its_last_word() {
        let is_of_rights = |name: &str| name.parse::<ClaimName>().is_ok_and(|name| name.is_of_rights());
        for name in ["roles", "Groups", "https://shop.example/permissions", "urn:x:role", "shop.entitlements"]
        {
            assert!(is_of_rights(name), "{name}");
        }
        for name in ["department", "https://roles.example/team", "rolescope"] {
            assert!(!is_of_rights(name), "{name}");
        }
    }
}
