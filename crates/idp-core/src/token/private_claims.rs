//! Private claims (RFC 7519 4.3) that an operator adds to the access tokens of a client. None has the name of a claim
//! that this provider or a protocol defines.

use crate::client::claim_name::is_reserved;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A private claim has a reserved name.
#[derive(Debug, Clone, Eq, PartialEq, thiserror::Error)]
#[error("the claim name {0:?} is reserved")]
pub struct ReservedClaim(
    /// The name.
    pub String,
);

/// Private claims, none of which can override a registered one.
#[derive(Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PrivateClaims(#[serde(deserialize_with = "without_reserved")] Map<String, Value>);

impl PrivateClaims {
    /// No private claims.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// The claims by name.
    #[must_use]
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }

    /// The claims by name, to be changed.
    #[must_use]
    pub fn into_map(self) -> Map<String, Value> {
        self.0
    }
}

impl TryFrom<Map<String, Value>> for PrivateClaims {
    type Error = ReservedClaim;

    fn try_from(claims: Map<String, Value>) -> Result<Self, ReservedClaim> {
        match claims.keys().find(|name| is_reserved(name)) {
            Some(name) => Err(ReservedClaim(name.clone())),
            None => Ok(Self(claims)),
        }
    }
}

fn without_reserved<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Map<String, Value>, D::Error> {
    let claims = Map::deserialize(deserializer)?;
    PrivateClaims::try_from(claims).map(|claims| claims.0).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::client::claim_name::RESERVED;
    use serde_json::json;

    #[test]
    fn a_private_claim_never_has_a_reserved_name() {
        for name in RESERVED {
            let claims = Map::from_iter([("team".to_owned(), json!(1)), (name.to_owned(), json!(2))]);
            let text = serde_json::to_string(&claims).unwrap();
            assert_eq!(PrivateClaims::try_from(claims), Err(ReservedClaim(name.to_owned())));
            assert!(serde_json::from_str::<PrivateClaims>(&text).is_err());
        }
    }

    #[test]
    fn other_names_are_kept() {
        let claims = Map::from_iter([("https://example.com/team".to_owned(), json!(["red"]))]);
        assert_eq!(PrivateClaims::try_from(claims.clone()).unwrap().as_map(), &claims);
    }
}
