//! A change of a user's claims: a JSON merge patch (RFC 7396) of standard claims, in which a value sets a claim and null
//! removes it. Each member is a claim that there is, with a value of its type; whether that value may be stored is
//! [`StandardClaims::checked`]'s to say.

use super::standard_claims::{STANDARD_CLAIMS, StandardClaims};
use serde_json::{Map, Value, json};

/// A change that is well-formed.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ClaimsChange(Map<String, Value>);

/// Why a change is not well-formed.
#[derive(Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum MalformedClaim {
    /// No JSON, or a member twice.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// JSON that has no members.
    #[error("must be a JSON object, such as {{\"locale\":\"de\"}}")]
    NotAnObject,
    /// A name that the specification does not have.
    #[error("{0} is not a standard claim")]
    Unknown(String),
    /// A value of another type.
    #[error("{0} must be {1}")]
    Type(String, &'static str),
    /// A claim that the provider answers for.
    #[error("{0} is kept by the provider and cannot be set")]
    Kept(String),
    /// Two values for one claim.
    #[error("{0} is given twice, with different values")]
    Contradiction(String),
}

const OBJECT: &str = "a JSON object";
/// The subject is the user's id, `updated_at` the time of the last change, `preferred_username` the username, and the others
/// speak of the primary address.
const KEPT: [&str; 5] = ["sub", "updated_at", "preferred_username", "email", "email_verified"];
/// A claim, and the one that says whether it was verified.
const VERIFIED: (&str, &str) = ("phone_number", "phone_number_verified");

impl ClaimsChange {
    /// Reads a JSON object.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Vec<MalformedClaim>> {
        let not_json = |error: serde_json::Error| vec![MalformedClaim::NotJson(error.to_string())];
        let Value::Object(members) = serde_json::from_str(text).map_err(not_json)? else {
            return Err(vec![MalformedClaim::NotAnObject]);
        };
        let problems: Vec<_> = members.iter().filter_map(|(name, value)| problem(&[name], value)).collect();
        if !problems.is_empty() {
            return Err(problems);
        }
        // A map keeps the last of two members of one name; this refuses them.
        serde_json::from_str::<StandardClaims>(text).map_err(not_json)?;
        Ok(Self(members))
    }

    /// Sets one claim, such as `locale`, or a member of one, such as `address.country`, to a value as it is written on a
    /// command line.
    ///
    /// # Errors
    /// When there is no such claim, or its type is another.
    pub fn set(name: &str, text: &str) -> Result<Self, MalformedClaim> {
        let path: Vec<&str> = name.split('.').collect();
        let truth = text.parse().map_or_else(|_| json!(text), Value::Bool);
        let value = if takes(&path, &truth) { truth } else { json!(text) };
        problem(&path, &value).map_or_else(|| Ok(Self::of(&path, value)), Err)
    }

    /// Removes one claim, or a member of one.
    ///
    /// # Errors
    /// When there is no such claim.
    pub fn remove(name: &str) -> Result<Self, MalformedClaim> {
        let path: Vec<&str> = name.split('.').collect();
        problem(&path, &Value::Null).map_or_else(|| Ok(Self::of(&path, Value::Null)), Err)
    }

    /// Both changes.
    ///
    /// # Errors
    /// When they say different things of one claim.
    pub fn and(mut self, other: Self) -> Result<Self, MalformedClaim> {
        join(&mut self.0, other.0, "")?;
        Ok(self)
    }

    /// The change as a JSON merge patch (RFC 7396).
    #[must_use]
    pub fn into_members(self) -> Map<String, Value> {
        self.0
    }

    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The claims as they are after it. A value that is new was not verified, unless the change says so.
    ///
    /// # Errors
    /// Never, because each member has the type of its claim.
    pub fn apply(self, claims: StandardClaims) -> Result<StandardClaims, MalformedClaim> {
        let before = claims.into_members();
        let mut after = before.clone();
        let (claim, verified) = VERIFIED;
        if self.0.get(claim).is_some_and(|value| before.get(claim) != Some(value)) {
            after.remove(verified);
        }
        merge(&mut after, self.0);
        serde_json::from_value(Value::Object(after))
            .map_err(|error| MalformedClaim::NotJson(error.to_string()))
    }

    fn of(path: &[&str], value: Value) -> Self {
        match nested(path, value) {
            Value::Object(members) => Self(members),
            _ => Self::default(),
        }
    }
}

/// RFC 7396 2. An object that has lost its last member goes with it.
fn merge(into: &mut Map<String, Value>, patch: Map<String, Value>) {
    for (name, value) in patch {
        match value {
            Value::Null => drop(into.remove(&name)),
            Value::Object(members) => {
                let mut inner = match into.remove(&name) {
                    Some(Value::Object(inner)) => inner,
                    _ => Map::new(),
                };
                let was_empty = inner.is_empty();
                merge(&mut inner, members);
                if was_empty || !inner.is_empty() {
                    into.insert(name, Value::Object(inner));
                }
            }
            value => drop(into.insert(name, value)),
        }
    }
}

/// Joins two patches.
fn join(into: &mut Map<String, Value>, other: Map<String, Value>, place: &str) -> Result<(), MalformedClaim> {
    for (name, value) in other {
        let path = format!("{place}{name}");
        match (into.get_mut(&name), value) {
            (None, value) => drop(into.insert(name, value)),
            (Some(Value::Object(mine)), Value::Object(theirs)) => join(mine, theirs, &format!("{path}."))?,
            (Some(mine), theirs) if *mine == theirs => {}
            (Some(_), _) => return Err(MalformedClaim::Contradiction(path)),
        }
    }
    Ok(())
}

/// What is wrong with the member at `path`.
fn problem(path: &[&str], value: &Value) -> Option<MalformedClaim> {
    let name = path.join(".");
    if KEPT.contains(&name.as_str()) {
        return Some(MalformedClaim::Kept(name));
    }
    if takes(path, value) {
        return None;
    }
    let Some(expected) = expected(path) else {
        return Some(MalformedClaim::Unknown(name));
    };
    let members = value.as_object().filter(|_| expected == OBJECT);
    let inner = members.and_then(|members| {
        members.iter().find_map(|(name, value)| problem(&[path, &[name]].concat(), value))
    });
    Some(inner.unwrap_or(MalformedClaim::Type(name, expected)))
}

/// The type of the member at `path`, found by trying one value of each; `None` when there is no such member.
fn expected(path: &[&str]) -> Option<&'static str> {
    [(json!(""), "a string"), (json!(true), "true or false"), (json!({}), OBJECT)]
        .into_iter()
        .find(|(value, _)| takes(path, value))
        .map(|(_, words)| words)
}

/// Whether claims with only this member are well-formed.
fn takes(path: &[&str], value: &Value) -> bool {
    serde_json::from_value::<StandardClaims>(nested(path, value.clone())).is_ok()
}

fn nested(path: &[&str], value: Value) -> Value {
    path.iter().rev().fold(value, |inner, name| Value::Object(Map::from_iter([((*name).to_owned(), inner)])))
}

/// The claims that a change may name, for a suggestion.
pub fn settable() -> impl Iterator<Item = &'static str> {
    STANDARD_CLAIMS.iter().copied().filter(|name| !KEPT.contains(name))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn after(claims: &Value, changes: &[ClaimsChange]) -> Result<Value, String> {
        let claims: StandardClaims = serde_json::from_value(claims.clone()).unwrap();
        let mut all = ClaimsChange::default();
        for change in changes {
            all = all.and(change.clone()).map_err(|error| error.to_string())?;
        }
        let claims = all.apply(claims).unwrap().checked().map_err(|error| error.to_string())?;
        Ok(serde_json::to_value(claims).unwrap())
    }

    fn json_change(value: &Value) -> ClaimsChange {
        ClaimsChange::parse(&value.to_string()).unwrap()
    }

    #[test]
    fn b8_a_verified_number_that_is_given_in_two_places_is_kept() {
        let number = ClaimsChange::set("phone_number", "+4912").unwrap();
        let verified = json_change(&json!({ "phone_number_verified": true }));
        let both = json!({ "phone_number": "+4912", "phone_number_verified": true });
        assert_eq!(after(&json!({}), &[number.clone(), verified.clone()]), Ok(both.clone()));
        assert_eq!(after(&json!({}), &[verified, number.clone()]), Ok(both.clone()));
        assert_eq!(after(&both, &[number]), Ok(both), "the same number again");
    }

    #[test]
    fn b8_a_new_value_is_not_verified_and_a_removed_one_leaves_nothing_behind() {
        let known = json!({ "email": "a@example.com", "email_verified": true, "phone_number": "+4912",
            "phone_number_verified": true });
        let new = json_change(&json!({ "phone_number": "+4913" }));
        let expected = json!({ "email": "a@example.com", "email_verified": true, "phone_number": "+4913",
            "phone_number_verified": false });
        assert_eq!(after(&known, &[new]), Ok(expected));
        for gone in
            [ClaimsChange::remove("phone_number").unwrap(), json_change(&json!({ "phone_number": null }))]
        {
            let left = json!({ "email": "a@example.com", "email_verified": true });
            assert_eq!(after(&known, &[gone]), Ok(left));
        }
    }

    #[test]
    fn b8_two_values_for_one_claim_are_refused() {
        let set = |name, text| ClaimsChange::set(name, text).unwrap();
        let france = json_change(&json!({ "address": { "country": "FR" } }));
        for (one, other, claim) in [
            (set("nickname", "a"), set("nickname", "d"), "nickname"),
            (set("name", "A"), json_change(&json!({ "name": "B" })), "name"),
            (set("name", "A"), ClaimsChange::remove("name").unwrap(), "name"),
            (set("address.country", "DE"), france.clone(), "address.country"),
            (france.clone(), ClaimsChange::remove("address").unwrap(), "address"),
        ] {
            let message = format!("{claim} is given twice, with different values");
            assert_eq!(after(&json!({}), &[one, other]), Err(message));
        }
        let town = set("address.locality", "Paris");
        let expected = json!({ "address": { "country": "FR", "locality": "Paris" } });
        assert_eq!(after(&json!({}), &[france.clone(), town, france]), Ok(expected));
        let twice = ClaimsChange::parse(r#"{"name":"A","name":"B"}"#).unwrap_err();
        assert!(
            matches!(twice.as_slice(), [MalformedClaim::NotJson(why)] if why.contains("duplicate field"))
        );
    }

    #[test]
    fn b9_single_claims_are_set_and_removed() {
        let known = json!({ "name": "A", "locale": "de", "address": { "country": "FR" } });
        let changes = [
            ClaimsChange::set("nickname", "true").unwrap(),
            ClaimsChange::remove("locale").unwrap(),
            ClaimsChange::remove("address.country").unwrap(),
            ClaimsChange::remove("gender").unwrap(),
        ];
        assert_eq!(after(&known, &changes), Ok(json!({ "name": "A", "nickname": "true" })));
    }

    #[test]
    fn b8_what_is_no_claim_is_refused() {
        let refused = |name, text| ClaimsChange::set(name, text).unwrap_err().to_string();
        assert_eq!(refused("emial", "x"), "emial is not a standard claim");
        assert_eq!(refused("phone_number_verified", "yes"), "phone_number_verified must be true or false");
        assert_eq!(refused("address", "Paris"), "address must be a JSON object");
        assert_eq!(refused("address.zip", "1"), "address.zip is not a standard claim");
        assert_eq!(refused("name.first", "x"), "name.first is not a standard claim");
        assert_eq!(refused("sub", "1"), "sub is kept by the provider and cannot be set");
        for kept in ["updated_at", "preferred_username", "email", "email_verified"] {
            assert_eq!(refused(kept, "1"), format!("{kept} is kept by the provider and cannot be set"));
        }
        assert_eq!(ClaimsChange::remove("updated_at"), Err(MalformedClaim::Kept("updated_at".to_owned())));
        assert_eq!(ClaimsChange::remove("x"), Err(MalformedClaim::Unknown("x".to_owned())));
        let sub = ClaimsChange::parse(r#"{"updated_at":1,"sub":"x"}"#).unwrap_err();
        assert_eq!(sub.len(), 2);
    }
}
