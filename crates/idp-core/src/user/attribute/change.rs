//! A change of a person's values: some are set, some go, the others stay.

use super::value::{AttributeValue, AttributeValues, UnfitValue};
use super::{Attribute, AttributeName};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The most bytes that all values of a person have together.
pub const MOST_BYTES_OF_PERSON: usize = 16 * 1024;

/// A value as it came, before its type is known.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum GivenValue {
    /// From a program; `null` takes the value away.
    Json(Value),
    /// From a form or a flag, one text of each value; none takes it away.
    Texts(Vec<String>),
}

/// What to change of a person's values, by the names of the attributes.
#[derive(Clone, Eq, PartialEq, Debug, Default)]
pub struct AttributesChange(pub BTreeMap<String, GivenValue>);

/// Why it is not done.
#[derive(Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum UnfitAttribute {
    /// No attribute is called so.
    #[error("there is no attribute {0:?}")]
    Unknown(String),
    /// A value that its type does not take.
    #[error("{0} {1}")]
    Value(AttributeName, UnfitValue),
    /// All together are too long.
    #[error("the values of a person have at most {MOST_BYTES_OF_PERSON} bytes together")]
    TooMuch,
}

impl AttributesChange {
    /// A merge patch (RFC 7396).
    #[must_use]
    pub fn merge(members: Map<String, Value>) -> Self {
        Self(members.into_iter().map(|(name, value)| (name, GivenValue::Json(value))).collect())
    }

    /// What makes `before` exactly these: those that are not named go.
    #[must_use]
    pub fn replacing(before: &AttributeValues, members: Map<String, Value>) -> Self {
        let gone = before.0.keys().map(|name| (name.to_string(), GivenValue::Json(Value::Null)));
        let mut change = Self(gone.collect());
        change.0.extend(Self::merge(members).0);
        change
    }

    /// What is wrong, value by value, for a form.
    #[must_use]
    pub fn problems(
        &self,
        before: &AttributeValues,
        defined: &[Attribute],
    ) -> BTreeMap<AttributeName, UnfitValue> {
        let mut problems = BTreeMap::new();
        for (name, given) in &self.0 {
            let Some(attribute) = defined.iter().find(|attribute| attribute.name.as_str() == name) else {
                continue;
            };
            if let Err(UnfitAttribute::Value(name, problem)) = given.read(attribute) {
                problems.insert(name, problem);
            }
        }
        if problems.is_empty() && self.apply(before, defined) == Err(UnfitAttribute::TooMuch) {
            let first = defined.iter().find(|attribute| self.0.contains_key(attribute.name.as_str()));
            problems.extend(first.map(|attribute| (attribute.name.clone(), UnfitValue::Together)));
        }
        problems
    }

    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The values after it.
    ///
    /// # Errors
    /// [`UnfitAttribute`], of the first that does not fit.
    pub fn apply(
        &self,
        before: &AttributeValues,
        defined: &[Attribute],
    ) -> Result<AttributeValues, UnfitAttribute> {
        let mut after = before.clone();
        for (name, given) in &self.0 {
            let attribute = defined.iter().find(|attribute| attribute.name.as_str() == name);
            let attribute =
                attribute.ok_or_else(|| UnfitAttribute::Unknown(name.chars().take(80).collect()))?;
            match given.read(attribute)? {
                Some(value) => after.0.insert(attribute.name.clone(), value),
                None => after.0.remove(&attribute.name),
            };
        }
        if after.bytes() > MOST_BYTES_OF_PERSON && after.bytes() > before.bytes() {
            return Err(UnfitAttribute::TooMuch);
        }
        Ok(after)
    }
}

impl GivenValue {
    fn read(&self, attribute: &Attribute) -> Result<Option<AttributeValue>, UnfitAttribute> {
        let read = match self {
            Self::Json(value) => attribute.of.read(value),
            Self::Texts(texts) => attribute.of.read_texts(texts.iter().map(String::as_str)),
        };
        read.map_err(|problem| UnfitAttribute::Value(attribute.name.clone(), problem))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::AttributeKind;
    use super::super::sample::{attribute, plain, text};
    use super::*;
    use serde_json::json;

    fn defined() -> Vec<Attribute> {
        vec![
            attribute("department", text(20, false)),
            attribute("projects", text(255, true)),
            attribute("floor", plain(AttributeKind::Integer)),
        ]
    }

    fn values(members: Value) -> AttributeValues {
        changed(&AttributeValues::default(), members).unwrap()
    }

    fn changed(before: &AttributeValues, members: Value) -> Result<AttributeValues, UnfitAttribute> {
        AttributesChange::merge(members.as_object().unwrap().clone()).apply(before, &defined())
    }

    #[test]
    fn what_is_named_is_set_or_goes_and_the_rest_stays() {
        let before = values(json!({ "department": "Sales", "floor": 3 }));
        let after = changed(&before, json!({ "floor": null, "projects": ["a", "b", "a"] })).unwrap();
        assert_eq!(
            Value::Object(after.to_members()),
            json!({ "department": "Sales", "projects": ["a", "b"] })
        );
        let names: Vec<String> = before.differences(&after).iter().map(ToString::to_string).collect();
        assert_eq!(names, ["floor", "projects"]);
        let members = json!({ "floor": 4 }).as_object().unwrap().clone();
        let replaced = AttributesChange::replacing(&after, members).apply(&after, &defined()).unwrap();
        assert_eq!(Value::Object(replaced.to_members()), json!({ "floor": 4 }));
    }

    #[test]
    fn what_does_not_fit_is_refused_by_name() {
        let refused = |members| changed(&AttributeValues::default(), members).unwrap_err().to_string();
        assert_eq!(refused(json!({ "salary": 1 })), "there is no attribute \"salary\"");
        assert_eq!(refused(json!({ "department": "x".repeat(21) })), "department has at most 20 characters");
        assert_eq!(
            refused(json!({ "floor": "3" })),
            UnfitAttribute::Value("floor".parse().unwrap(), UnfitValue::NoInteger).to_string()
        );
    }

    #[test]
    fn all_values_of_a_person_together_have_a_bound() {
        let long: Vec<String> = (0..20).map(|n| format!("{n:02}{}", "\u{1f600}".repeat(250))).collect();
        assert_eq!(
            changed(&AttributeValues::default(), json!({ "projects": long })),
            Err(UnfitAttribute::TooMuch)
        );
        let fit: Vec<String> = long.into_iter().take(16).collect();
        assert!(changed(&AttributeValues::default(), json!({ "projects": fit })).is_ok());
    }
}
