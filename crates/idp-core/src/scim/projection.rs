//! Which attributes an answer has (RFC 7644 3.9): all that are kept, only some, or all but some. `schemas` and `id` are always there.

use super::document::Document;
use super::refusal::Refusal;
use super::schema::CUSTOM;
use serde_json::{Map, Value};

const ALWAYS: [&str; 2] = ["schemas", "id"];

/// What a client wants to be answered.
#[derive(Clone, Eq, PartialEq, Default, Debug)]
pub struct Projection {
    is_exclusion: bool,
    /// Names in small letters, each with the part that is meant; `None`: everything.
    names: Option<Vec<(String, Option<String>)>>,
}

impl Projection {
    /// From the two parameters, of which at most one is given.
    ///
    /// # Errors
    /// When both are.
    pub fn new(attributes: &[String], excluded: &[String]) -> Result<Self, Refusal> {
        let names = |list: &[String]| Some(list.iter().filter_map(|name| read(name)).collect());
        match (attributes.is_empty(), excluded.is_empty()) {
            (true, true) => Ok(Self::default()),
            (false, true) => Ok(Self { is_exclusion: false, names: names(attributes) }),
            (true, false) => Ok(Self { is_exclusion: true, names: names(excluded) }),
            (false, false) => Err(Refusal::value("attributes and excludedAttributes exclude each other")),
        }
    }

    /// Whether anything of this attribute is answered.
    #[must_use]
    pub fn wants(&self, attribute: &str) -> bool {
        let name = attribute.to_ascii_lowercase();
        match &self.names {
            None => true,
            Some(names) if self.is_exclusion => !names.contains(&(name, None)),
            Some(names) => names.iter().any(|(wanted, _)| *wanted == name),
        }
    }

    /// What is answered of a resource.
    #[must_use]
    pub fn of(&self, document: Document) -> Document {
        let kept = document.into_iter().filter_map(|(name, value)| {
            if ALWAYS.contains(&name.as_str()) {
                return Some((name, value));
            }
            let value = if self.wants(&name) { self.parts_of(&name, value) } else { None };
            value.map(|value| (name, value))
        });
        kept.collect()
    }

    fn parts_of(&self, name: &str, value: Value) -> Option<Value> {
        let name = name.to_ascii_lowercase();
        let of_this: Vec<Option<&str>> = self
            .names
            .iter()
            .flatten()
            .filter(|(wanted, _)| *wanted == name)
            .map(|(_, part)| part.as_deref())
            .collect();
        if of_this.is_empty() || of_this.contains(&None) {
            return Some(value);
        }
        let is_answered = |part: &str| {
            let is_named = of_this.contains(&Some(part.to_ascii_lowercase().as_str()));
            is_named != self.is_exclusion
        };
        let narrowed = |members: Map<String, Value>| -> Map<String, Value> {
            members.into_iter().filter(|(part, _)| is_answered(part)).collect()
        };
        match value {
            Value::Object(members) => {
                Some(narrowed(members)).filter(|members| !members.is_empty()).map(Value::Object)
            }
            Value::Array(values) => Some(Value::Array(
                values
                    .into_iter()
                    .map(|value| match value {
                        Value::Object(members) => Value::Object(narrowed(members)),
                        value => value,
                    })
                    .collect(),
            )),
            value => Some(value),
        }
    }
}

/// A name without the URN of its schema.
fn read(name: &str) -> Option<(String, Option<String>)> {
    let name = name.trim().to_ascii_lowercase();
    let custom = CUSTOM.to_ascii_lowercase();
    match name.strip_prefix(&custom) {
        Some("") => return Some((custom, None)),
        Some(rest) => return rest.strip_prefix(':').map(|part| (custom, Some(part.to_owned()))),
        None => {}
    }
    let name = match name.starts_with("urn:") {
        true => name.rsplit_once(':').map(|(_, name)| name.to_owned())?,
        false => name,
    };
    match name.split_once('.') {
        Some((attribute, part)) => Some((attribute.to_owned(), Some(part.to_owned()))),
        None => (!name.is_empty()).then_some((name, None)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn answered(attributes: &str, excluded: &str) -> Value {
        let document = json!({
            "schemas": ["x"], "id": "7", "userName": "ada", "name": { "familyName": "L", "givenName": "A" },
            "emails": [{ "value": "a@x", "primary": true }],
        });
        let list = |text: &str| {
            text.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect::<Vec<_>>()
        };
        let projection = Projection::new(&list(attributes), &list(excluded)).unwrap();
        Value::Object(projection.of(document.as_object().unwrap().clone()))
    }

    #[test]
    fn an_answer_has_what_was_asked_for_and_always_the_id() {
        let always = json!({ "schemas": ["x"], "id": "7" });
        let with = |more: Value| {
            let mut all = always.as_object().unwrap().clone();
            all.extend(more.as_object().unwrap().clone());
            Value::Object(all)
        };
        assert_eq!(answered("USERNAME", ""), with(json!({ "userName": "ada" })));
        let urn = "urn:ietf:params:scim:schemas:core:2.0:User:name.familyName";
        assert_eq!(answered(urn, ""), with(json!({ "name": { "familyName": "L" } })));
        assert_eq!(answered("emails.value", ""), with(json!({ "emails": [{ "value": "a@x" }] })));
        assert_eq!(answered("nothing", ""), always);
        assert_eq!(
            answered("", "id,name,emails.primary,nothing"),
            with(json!({ "userName": "ada", "emails": [{ "value": "a@x" }] }))
        );
        assert_eq!(answered("", "").as_object().unwrap().len(), 5);
        assert!(Projection::new(&["a".to_owned()], &["b".to_owned()]).is_err());
    }
}
