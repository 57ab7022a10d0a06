//! The members in which a thing differs from what is declared.

use serde::Serialize;
use serde_json::{Map, Value, json};

/// The members of a thing by their names.
pub(super) type Members = Map<String, Value>;

/// One member.
#[derive(Clone, Eq, PartialEq, Debug)]
pub(in crate::cli) struct Difference {
    pub(super) member: String,
    pub(super) is: Value,
    pub(super) shall_be: Value,
}

/// A thing as its members.
pub(super) fn members(thing: &impl Serialize) -> Members {
    match serde_json::to_value(thing) {
        Ok(Value::Object(members)) => members,
        _ => Members::new(),
    }
}

/// What is otherwise, by the names of the members.
pub(super) fn differences(is: &Members, shall_be: &Members) -> Vec<Difference> {
    let names = shall_be.iter().filter(|(name, value)| is.get(*name) != Some(value));
    names
        .map(|(name, value)| Difference {
            member: name.clone(),
            is: is.get(name).cloned().unwrap_or_default(),
            shall_be: value.clone(),
        })
        .collect()
}

impl Difference {
    /// What a patch says of it.
    pub(super) fn patch(differences: &[Self]) -> Value {
        let members = differences.iter().map(|one| (one.member.clone(), one.shall_be.clone()));
        Value::Object(members.collect())
    }

    /// In one line; of a list what comes and what goes.
    pub(super) fn sentence(&self) -> String {
        let Self { member, is, shall_be } = self;
        let (Value::Array(before), Value::Array(after)) = (is, shall_be) else {
            return format!("{member}: {} -> {}", word(is), word(shall_be));
        };
        let gone = before.iter().filter(|item| !after.contains(item)).map(|item| format!("-{}", word(item)));
        let new = after.iter().filter(|item| !before.contains(item)).map(|item| format!("+{}", word(item)));
        let changes: Vec<String> = gone.chain(new).collect();
        match changes.is_empty() {
            true => format!("{member}: in another order"),
            false => format!("{member}: {}", changes.join(" ")),
        }
    }

    pub(super) fn value(&self) -> Value {
        json!({ "member": self.member, "from": self.is, "to": self.shall_be })
    }
}

fn word(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) if !text.is_empty() && !text.contains(char::is_whitespace) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: Value) -> Members {
        members(&value)
    }

    #[test]
    fn each_member_that_is_declared_is_compared_and_no_other() {
        let is = of(json!({ "a": 1, "b": ["x", "y"], "c": null, "d": "old name", "id": 7 }));
        let shall_be = of(json!({ "a": 1, "b": ["y", "z"], "c": "new", "d": "" }));
        let found = differences(&is, &shall_be);
        let sentences: Vec<String> = found.iter().map(Difference::sentence).collect();
        assert_eq!(sentences, ["b: -x +z", "c: none -> new", "d: \"old name\" -> \"\""]);
        assert_eq!(Difference::patch(&found), json!({ "b": ["y", "z"], "c": "new", "d": "" }));
        assert_eq!(differences(&shall_be, &shall_be), []);
    }
}
