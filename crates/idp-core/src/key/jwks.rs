//! The published key set (RFC 7517 5): public members only, in an order that depends on nothing but
//! the keys, with an entity tag for conditional requests (RFC 9110 8.8.3).

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::Jwk;
use crate::base64url;

/// The MIME type of a key set (RFC 7517 8.5.2).
pub const CONTENT_TYPE: &str = "application/jwk-set+json";

/// A set of public keys, in the order of their `kid`.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
pub struct Jwks {
    /// The keys.
    pub keys: Vec<Jwk>,
}

impl Jwks {
    /// The set of these keys; one that is named twice appears once.
    pub fn new(keys: impl IntoIterator<Item = Jwk>) -> Self {
        let mut keys: Vec<Jwk> = keys.into_iter().collect();
        keys.sort_by(|a, b| a.kid.cmp(&b.kid));
        keys.dedup_by(|a, b| a.kid == b.kid);
        Self { keys }
    }

    /// A strong entity tag, quotes included: two sets have the same one only if they are equal.
    #[must_use]
    pub fn etag(&self) -> String {
        // A kid is the hash of its key, so the list of kids stands for the set.
        let kids: Vec<&str> = self.keys.iter().map(|key| key.kid.as_str()).collect();
        let hash = base64url::encode(digest(&SHA256, kids.join(",").as_bytes()));
        format!("\"{}\"", hash.get(..22).unwrap_or(&hash))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::sample;

    fn jwk(number: usize) -> Jwk {
        sample::key(number).public_jwk().clone()
    }

    #[test]
    fn the_same_keys_make_the_same_document_in_any_order() {
        let one = Jwks::new([jwk(0), jwk(1), jwk(2)]);
        let other = Jwks::new([jwk(2), jwk(0), jwk(1), jwk(0)]);
        assert_eq!(one, other);
        assert_eq!(one.etag(), other.etag());
    }

    #[test]
    fn the_entity_tag_tells_sets_apart() {
        let tags = [Jwks::new([]), Jwks::new([jwk(0)]), Jwks::new([jwk(0), jwk(1)])].map(|set| set.etag());
        assert!(tags.iter().all(|tag| tag.len() == 24 && tag.starts_with('"') && tag.ends_with('"')));
        assert_ne!(tags[0], tags[1]);
        assert_ne!(tags[1], tags[2]);
    }
}
