//! The `claims` parameter (OpenID Connect Core 5.5): which claims the client wants from userinfo by
//! name. ID tokens stay small: `id_token` members are read for well-formedness and otherwise ignored,
//! except that every ID token has `auth_time` and `acr` anyway.

use crate::user::STANDARD_CLAIMS;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

const MAX_BYTES: usize = 4096;

/// The standard claims asked for by name at userinfo.
#[derive(Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClaimsRequest {
    /// Names out of [`STANDARD_CLAIMS`]; others are ignored, as Core 5.5 demands.
    pub userinfo: Vec<String>,
}

/// Not a claims request.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("malformed claims parameter")]
pub struct MalformedClaims;

impl ClaimsRequest {
    /// Reads the JSON text of the parameter.
    ///
    /// # Errors
    /// [`MalformedClaims`] when it is not an object of objects.
    pub fn parse(text: &str) -> Result<Self, MalformedClaims> {
        if text.len() > MAX_BYTES {
            return Err(MalformedClaims);
        }
        let request: Map<String, Value> = serde_json::from_str(text).map_err(|_| MalformedClaims)?;
        members(&request, "id_token")?;
        let mut userinfo = members(&request, "userinfo")?;
        userinfo.retain(|name| STANDARD_CLAIMS.contains(&name.as_str()));
        Ok(Self { userinfo })
    }
}

/// The member names below `place`; each must be null or an object.
fn members(request: &Map<String, Value>, place: &str) -> Result<Vec<String>, MalformedClaims> {
    let wanted = match request.get(place) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Object(wanted)) => wanted,
        Some(_) => return Err(MalformedClaims),
    };
    if !wanted.values().all(|value| value.is_null() || value.is_object()) {
        return Err(MalformedClaims);
    }
    Ok(wanted.keys().cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_names_are_kept_and_unknown_ones_ignored() {
        let text = r#"{"userinfo":{"name":{"essential":true},"http://x":null,"email":null},"id_token":{"auth_time":{}}}"#;
        let mut names = ClaimsRequest::parse(text).unwrap().userinfo;
        names.sort();
        assert_eq!(names, ["email", "name"]);
    }

    #[test]
    fn s10_garbage_is_refused() {
        let deep = "[".repeat(3000);
        for text in ["", "x", "[]", "1", r#"{"userinfo":[]}"#, r#"{"userinfo":{"name":1}}"#, r#"{"id_token":"x"}"#, &deep] {
            assert!(ClaimsRequest::parse(text).is_err(), "{text}");
        }
    }
}
