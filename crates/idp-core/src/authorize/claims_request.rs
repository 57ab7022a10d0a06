//! The `claims` parameter (OpenID Connect Core 5.5): which claims the client wants from userinfo by
//! name, about whom the answer must be, and how they must have signed in. ID tokens stay small: other
//! `id_token` members are ignored, and every ID token has `auth_time` and `acr` anyway.

use crate::authentication::Acr;
use crate::scope::Scope;
use crate::user::{STANDARD_CLAIMS, scope_of};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

const MAX_BYTES: usize = 4096;

/// What is asked for by name.
#[derive(Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct ClaimsRequest {
    /// Standard claims wanted at userinfo; others are ignored, as Core 5.5 demands.
    pub userinfo: Vec<String>,
    /// The one subject that the answer may be about (`id_token.sub.value`, Core 5.5.1).
    pub subject: Option<String>,
    /// Whether an `acr` is essential that no sign-in here can have (Core 5.5.1.1).
    pub unmet_acr: bool,
}

/// Not a claims request.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("malformed claims parameter")]
pub struct MalformedClaims;

impl ClaimsRequest {
    /// Reads the JSON text of the parameter.
    ///
    /// # Errors
    /// `MalformedClaims` when it is not an object of objects.
    pub fn parse(text: &str) -> Result<Self, MalformedClaims> {
        if text.len() > MAX_BYTES {
            return Err(MalformedClaims);
        }
        let request: Map<String, Value> = serde_json::from_str(text).map_err(|_| MalformedClaims)?;
        members(&request, "id_token")?;
        let mut userinfo = members(&request, "userinfo")?;
        userinfo.retain(|name| STANDARD_CLAIMS.contains(&name.as_str()));
        let of_id_token = |claim: &str| request.get("id_token").and_then(|members| members.get(claim));
        let subject =
            of_id_token("sub").and_then(|sub| sub.get("value")).and_then(Value::as_str).map(str::to_owned);
        let is_essential = |acr: &Value| acr.get("essential") == Some(&Value::Bool(true));
        let can_be_met = |acr: &Value| Acr::ALL.into_iter().any(|class| allows(acr, class.as_str()));
        let unmet_acr = of_id_token("acr").is_some_and(|acr| is_essential(acr) && !can_be_met(acr));
        Ok(Self { userinfo, subject, unmet_acr })
    }

    /// Leaves out what this client could not ask for by scope either.
    #[must_use]
    pub fn within(mut self, scopes: &Scope) -> Self {
        self.userinfo.retain(|claim| scope_of(claim).is_some_and(|scope| scopes.contains(scope)));
        self
    }

    /// The scopes of the claims asked for by name: consent to a claim is consent to its scope.
    pub fn scopes(&self) -> impl Iterator<Item = &'static str> {
        self.userinfo.iter().filter_map(|claim| scope_of(claim))
    }
}

/// Whether a claims request is met by the value `offered`.
fn allows(wanted: &Value, offered: &str) -> bool {
    let values = wanted.get("values").and_then(Value::as_array);
    let listed = values.is_none_or(|values| values.iter().any(|value| value == offered));
    listed && wanted.get("value").is_none_or(|value| value == offered)
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
        for text in [
            "",
            "x",
            "[]",
            "1",
            r#"{"userinfo":[]}"#,
            r#"{"userinfo":{"name":1}}"#,
            r#"{"id_token":"x"}"#,
            &deep,
        ] {
            assert!(ClaimsRequest::parse(text).is_err(), "{text}");
        }
    }
}
