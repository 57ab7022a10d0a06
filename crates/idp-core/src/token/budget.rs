//! How large an access token may become. It travels with every request, and headers have limits: so
//! the size is checked when claims are configured, with a representative token, not when a person
//! with many rights signs in.

use serde_json::{Map, Value};

use super::mint::header;
use super::{ACCESS_TOKEN_TYPE, AccessTokenClaims};

/// Length of an RFC 7638 thumbprint, as every key of ours is named.
const KID_CHARS: usize = 43;
/// How many of the heaviest claims an error names.
const NAMED_CLAIMS: usize = 5;

/// The most bytes an access token may have, signature included.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct TokenBudget {
    /// Bytes of the compact token.
    pub bytes: usize,
    /// Bits of the signing key.
    pub key_bits: usize,
}

impl Default for TokenBudget {
    fn default() -> Self {
        Self { bytes: 1024, key_bits: 2048 }
    }
}

/// A token is too large; says where its weight lies.
#[derive(Debug, Clone, Eq, PartialEq, thiserror::Error)]
#[error("an access token would have {size} bytes, more than {budget}; heaviest claims: {}", list(.heaviest))]
pub struct OverBudget {
    /// Bytes of the compact token.
    pub size: usize,
    /// Bytes it may have.
    pub budget: usize,
    /// The heaviest claims with the bytes each adds, heaviest first.
    pub heaviest: Vec<(String, usize)>,
}

impl TokenBudget {
    /// The size of this token in bytes.
    ///
    /// # Errors
    /// When it is over the budget.
    pub fn check(&self, representative: &AccessTokenClaims) -> Result<usize, OverBudget> {
        let claims = as_map(representative);
        let size = self.size(&claims);
        if size <= self.bytes {
            return Ok(size);
        }
        Err(OverBudget { size, budget: self.bytes, heaviest: heaviest(&claims) })
    }

    fn size(&self, claims: &Map<String, Value>) -> usize {
        let header = header(&"k".repeat(KID_CHARS), ACCESS_TOKEN_TYPE);
        let header = serde_json::to_string(&header).unwrap_or_default();
        let claims = serde_json::to_string(claims).unwrap_or_default();
        let signature = self.key_bits.div_ceil(8);
        base64_length(header.len()) + 1 + base64_length(claims.len()) + 1 + base64_length(signature)
    }
}

fn as_map(claims: &AccessTokenClaims) -> Map<String, Value> {
    match serde_json::to_value(claims) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

fn heaviest(claims: &Map<String, Value>) -> Vec<(String, usize)> {
    let mut weights: Vec<(String, usize)> = claims
        .iter()
        .map(|(name, value)| (name.clone(), base64_length(member_length(name, value))))
        .collect();
    weights.sort_by(|(a_name, a), (b_name, b)| b.cmp(a).then_with(|| a_name.cmp(b_name)));
    weights.truncate(NAMED_CLAIMS);
    weights
}

/// Length of `"name":value,`.
fn member_length(name: &str, value: &Value) -> usize {
    Value::from(name).to_string().len() + value.to_string().len() + 2
}

/// Base64url without padding makes 4 characters of 3 bytes.
fn base64_length(bytes: usize) -> usize {
    (bytes * 4).div_ceil(3)
}

fn list(weights: &[(String, usize)]) -> String {
    let words: Vec<String> = weights.iter().map(|(name, bytes)| format!("{name} {bytes}")).collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::key;
    use crate::token::{PrivateClaims, access_token::sample, mint_access_token};
    use serde_json::json;

    fn with_private(claims: Value) -> AccessTokenClaims {
        let claims = claims.as_object().unwrap().clone();
        AccessTokenClaims { private: PrivateClaims::try_from(claims).unwrap(), ..sample::person() }
    }

    #[test]
    fn m20_the_estimate_is_the_size_of_the_token() {
        for claims in [sample::person(), sample::client(), with_private(json!({ "team": "\"red\"" }))] {
            let token = mint_access_token(&key::sample::key(0), &claims).unwrap();
            assert_eq!(TokenBudget::default().check(&claims), Ok(token.len()));
        }
    }

    #[test]
    fn m20_an_ordinary_token_fits_the_default_budget_with_room() {
        let size = TokenBudget::default().check(&sample::person()).unwrap();
        assert!(size <= 1024 - 64, "{size}");
    }

    #[test]
    fn m20_too_many_permissions_are_refused_by_name() {
        let permissions: Vec<String> = (0..100).map(|n| format!("invoice:{n}:read")).collect();
        let claims = with_private(json!({ "permissions": permissions, "team": "red" }));
        let error = TokenBudget::default().check(&claims).unwrap_err();
        assert!(error.size > error.budget && error.budget == 1024);
        assert_eq!(error.heaviest.first().unwrap().0, "permissions");
        assert!(error.to_string().contains("permissions"));
        let token = mint_access_token(&key::sample::key(0), &claims).unwrap();
        assert_eq!(error.size, token.len());
        assert!(TokenBudget { bytes: token.len(), key_bits: 2048 }.check(&claims).is_ok());
        assert!(TokenBudget { bytes: token.len() - 1, key_bits: 2048 }.check(&claims).is_err());
    }

    #[test]
    fn m20_a_larger_key_weighs_more() {
        let size = |key_bits| TokenBudget { bytes: 4096, key_bits }.check(&sample::person()).unwrap();
        assert_eq!(size(4096) - size(2048), 683 - 342);
    }
}
