//! The `claims` parameter (OpenID Connect Core 5.5): which claims the client wants from userinfo by
//! name, about whom the answer must be, and how they must have signed in. ID tokens stay small: other
//! `id_token` members are ignored, and every ID token has `auth_time` and `acr` anyway.

use crate::authentication::{Acr, AcrRequest};
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
    /// Of which class the sign-in should or must be (`id_token.acr`, Core 5.5.1.1; or `acr_values`).
    #[serde(default, skip_serializing_if = "AcrRequest::is_nothing")]
    pub acr: AcrRequest,
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
        let acr = of_id_token("acr").map(acr_request).unwrap_or_default();
        Ok(Self { userinfo, subject, acr })
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

/// What a request for `acr` asks for. One that names no value asks for the claim alone, and that every ID token has.
fn acr_request(wanted: &Value) -> AcrRequest {
    let (value, values) = (wanted.get("value"), wanted.get("values").and_then(Value::as_array));
    let named: Vec<&Value> = match (value, values) {
        (None, None) => return AcrRequest::Nothing,
        (Some(value), None) => vec![value],
        (value, Some(values)) => {
            values.iter().filter(|one| value.is_none_or(|value| value == *one)).collect()
        }
    };
    let names = named.into_iter().filter_map(Value::as_str).filter_map(Acr::parse).collect();
    match wanted.get("essential") {
        Some(Value::Bool(true)) => AcrRequest::Demands(names),
        _ => AcrRequest::Prefers(names),
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
    fn an_acr_is_wished_for_or_demanded_by_its_values() {
        let asked =
            |acr: &str| ClaimsRequest::parse(&format!(r#"{{"id_token":{{"acr":{acr}}}}}"#)).unwrap().acr;
        let names = |names: &[&str]| names.iter().filter_map(|name| Acr::parse(name)).collect::<Vec<_>>();
        for nothing in ["null", "{}", r#"{"essential":true}"#, r#"{"values":"1"}"#] {
            assert_eq!(asked(nothing), AcrRequest::Nothing, "{nothing}");
        }
        assert_eq!(asked(r#"{"values":["2","1"]}"#), AcrRequest::Prefers(names(&["2", "1"])));
        assert_eq!(asked(r#"{"essential":false,"value":"2"}"#), AcrRequest::Prefers(names(&["2"])));
        assert_eq!(asked(r#"{"essential":true,"value":"2"}"#), AcrRequest::Demands(names(&["2"])));
        for unmet in
            [r#""value":"2","values":["1"]"#, r#""values":[]"#, r#""value":1"#, r#""values":[1,"a b"]"#]
        {
            let unmet = format!(r#"{{"essential":true,{unmet}}}"#);
            assert_eq!(asked(&unmet), AcrRequest::Demands(Vec::new()), "{unmet}");
        }
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
