//! Permission bundles: what a person with very many roles may do, apart from the token, which names it by its hash. A bundle never
//! changes, so who has it once has it for ever (ADR 66).

use crate::base64url;
use crate::client::claim_name::BUNDLE_SUFFIX;
use aws_lc_rs::digest::{SHA256, digest};
use serde_json::Value;

/// A list of values, and its name.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct PermissionBundle {
    /// The SHA-256 of the content in base64url.
    pub hash: String,
    /// The list as canonical JSON (RFC 8785): no white space, sorted as the claim was.
    pub content: String,
}

impl PermissionBundle {
    /// The bundle of a list of strings, which `serde_json` writes as RFC 8785 demands.
    #[must_use]
    pub fn of(list: &Value) -> Self {
        let content = list.to_string();
        let hash = base64url::encode(digest(&SHA256, content.as_bytes()).as_ref());
        Self { hash, content }
    }

    /// The name of the claim that names the bundle, in the place of `claim`.
    #[must_use]
    pub fn claim(claim: &str) -> String {
        format!("{claim}{BUNDLE_SUFFIX}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn m20_the_name_of_a_bundle_is_the_hash_of_its_canonical_json() {
        let bundle = PermissionBundle::of(&json!(["a", "b\n\u{8ca1}"]));
        assert_eq!(bundle.content, "[\"a\",\"b\\n\u{8ca1}\"]");
        let hash = digest(&SHA256, bundle.content.as_bytes());
        assert_eq!((bundle.hash.len(), bundle.hash), (43, base64url::encode(hash.as_ref())));
    }
}
