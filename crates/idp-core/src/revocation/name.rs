//! The name of an entry on the wire: a hash of what it revokes, which only a holder of a token can compute and so match.
//! Every listener reads the same entries, and learns nothing about tokens that it was never shown.

use aws_lc_rs::digest::{Context, SHA256};

use super::Kind;
use crate::base64url;

/// Keeps these hashes apart from any others of the same values.
const DOMAIN: &str = "revocation-feed name";
/// Octets that are kept of SHA-256: an attacker needs 2^128 tries to find a second value for a given name.
const LENGTH: usize = 16;

/// The name of `value` at this issuer, in 22 characters of base64url. No part but the last contains an octet 0, so two
/// different inputs never read the same.
pub(super) fn hashed(issuer: &str, kind: Kind, value: &str) -> String {
    let mut context = Context::new(&SHA256);
    for part in [DOMAIN, issuer, kind.as_str()] {
        context.update(part.as_bytes());
        context.update(&[0]);
    }
    context.update(value.as_bytes());
    let digest = context.finish();
    base64url::encode(digest.as_ref().get(..LENGTH).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a11_a_name_depends_on_issuer_kind_and_value_and_on_their_borders() {
        let names = [
            hashed("https://a.example", Kind::Session, "value"),
            hashed("https://b.example", Kind::Session, "value"),
            hashed("https://a.example", Kind::Grant, "value"),
            hashed("https://a.example", Kind::Session, "valu"),
            hashed("https://a.example\0sid", Kind::Session, "value"),
        ];
        for (place, name) in names.iter().enumerate() {
            assert_eq!(name.len(), 22);
            assert!(!names.iter().skip(place + 1).any(|other| other == name), "{place}");
        }
    }
}
