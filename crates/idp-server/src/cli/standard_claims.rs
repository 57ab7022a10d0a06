//! `--claims`: standard claims (OpenID Connect Core 5.1) as a JSON object. An error names the claim and what belongs
//! there.

use idp_core::user::{STANDARD_CLAIMS, StandardClaims};
use serde_json::{Map, Value, json};

/// Reads the claims.
///
/// # Errors
/// A message for the operator: text that is no JSON object, an unknown claim, or a claim of the wrong type.
pub(super) fn parse(text: &str) -> Result<StandardClaims, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
    let Value::Object(members) = &value else {
        return Err("must be a JSON object, such as {\"locale\":\"de\"}".to_owned());
    };
    let problems = members.iter().filter_map(|(name, value)| problem(&[name], value));
    let problems: Vec<String> = problems.collect();
    if !problems.is_empty() {
        return Err(problems.join("; "));
    }
    serde_json::from_value(value).map_err(|_| "these claims do not go together".to_owned())
}

/// What is wrong with the member at `path`.
fn problem(path: &[&str], value: &Value) -> Option<String> {
    if takes(path, value) {
        return None;
    }
    let name = path.join(".");
    let Some(expected) = expected(path) else {
        return Some(format!("{name} is not a standard claim{}", did_you_mean(path)));
    };
    let inner = value.as_object().filter(|_| expected == OBJECT);
    let inner = inner.and_then(|members| {
        members.iter().find_map(|(name, value)| problem(&[path, &[name]].concat(), value))
    });
    Some(inner.unwrap_or_else(|| format!("{name} must be {expected}")))
}

const OBJECT: &str = "a JSON object";

/// The type of the member at `path`, found by trying one value of each; `None` when there is no such member.
fn expected(path: &[&str]) -> Option<&'static str> {
    [
        (json!(""), "a string"),
        (json!(true), "true or false"),
        (json!(0), "a whole number"),
        (json!({}), OBJECT),
    ]
    .into_iter()
    .find(|(value, _)| takes(path, value))
    .map(|(_, words)| words)
}

/// Whether claims with only this member are well-formed.
fn takes(path: &[&str], value: &Value) -> bool {
    let claims = path
        .iter()
        .rev()
        .fold(value.clone(), |inner, name| Value::Object(Map::from_iter([((*name).to_owned(), inner)])));
    serde_json::from_value::<StandardClaims>(claims).is_ok()
}

fn did_you_mean(path: &[&str]) -> String {
    let &[name] = path else {
        return String::new();
    };
    STANDARD_CLAIMS
        .iter()
        .map(|claim| (strsim::jaro_winkler(claim, name), claim))
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .filter(|(similarity, _)| *similarity > 0.8)
        .map_or_else(String::new, |(_, claim)| format!("; did you mean {claim}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b10_each_claim_of_the_wrong_type_is_named_with_the_right_one() {
        for (text, message) in [
            (r#"{"address":"1 High Street"}"#, "address must be a JSON object"),
            (r#"{"address":{"locality":5}}"#, "address.locality must be a string"),
            (r#"{"address":{"zip":"1"}}"#, "address.zip is not a standard claim"),
            (r#"{"address":[]}"#, "address must be a JSON object"),
            (r#"{"email_verified":"yes"}"#, "email_verified must be true or false"),
            (r#"{"updated_at":1.5}"#, "updated_at must be a whole number"),
            (r#"{"name":true}"#, "name must be a string"),
            (r#"{"locale":{}}"#, "locale must be a string"),
            (r#"{"emial":"a@example.com"}"#, "emial is not a standard claim; did you mean email?"),
            (r#"{"sub":"1"}"#, "sub is not a standard claim"),
            (r#"{"name":1,"email":2}"#, "email must be a string; name must be a string"),
            (r#"["name"]"#, "must be a JSON object, such as {\"locale\":\"de\"}"),
        ] {
            assert_eq!(parse(text), Err(message.to_owned()), "{text}");
        }
        for text in ["", "{", "{name:1}", "name"] {
            assert!(parse(text).is_err_and(|message| message.starts_with("not JSON: ")), "{text}");
        }
    }

    #[test]
    fn standard_claims_are_read() {
        let claims = parse(r#"{"locale":"de","email_verified":true,"address":{"country":"DE"}}"#);
        assert!(
            claims.is_ok_and(|claims| claims.locale.as_deref() == Some("de") && claims.address.is_some())
        );
        assert_eq!(parse("{}"), Ok(StandardClaims::default()));
    }
}
