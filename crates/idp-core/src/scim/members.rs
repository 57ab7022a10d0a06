//! What a PATCH does to the members of a group, without a look at those there are: a group may have a hundred thousand.

use super::filter::{Comparison, Filter, Literal, shown};
use super::patch::{Change, PatchOp};
use super::path::Target;
use super::refusal::{Refusal, ScimType};
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Who comes and who goes.
#[derive(Clone, Eq, PartialEq, Default, Debug)]
pub struct MemberChange {
    /// Whether everybody goes who does not come.
    pub replaces_all: bool,
    /// Who comes.
    pub come: BTreeSet<Uuid>,
    /// Who goes.
    pub go: BTreeSet<Uuid>,
}

impl MemberChange {
    /// That these are the members.
    ///
    /// # Errors
    /// [`ScimType::InvalidValue`] for one that is no person.
    pub fn to_be(members: Option<&Value>) -> Result<Self, Refusal> {
        Ok(Self { replaces_all: true, come: people(members)?, go: BTreeSet::new() })
    }

    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.replaces_all && self.come.is_empty() && self.go.is_empty()
    }

    /// The same and then this, a change of `members`.
    ///
    /// # Errors
    /// [`Refusal`] for what leads to no person, or asks for them by something else than the id.
    pub fn then(&mut self, change: &Change) -> Result<(), Refusal> {
        let Target { filter, part, .. } = &change.target;
        if part.is_some() {
            return Err(Refusal::new(ScimType::Mutability, "a member is added and removed as a whole"));
        }
        let named = match filter {
            Some(filter) => named(filter)?,
            None => people(change.value.as_ref())?,
        };
        match (change.op, filter) {
            (PatchOp::Add, None) => self.let_come(named),
            (PatchOp::Remove, None) if change.value.is_none() => *self = Self::to_be(None)?,
            (PatchOp::Remove, _) => self.let_go(named),
            (PatchOp::Replace, None) => *self = Self { replaces_all: true, come: named, go: BTreeSet::new() },
            (PatchOp::Add | PatchOp::Replace, Some(_)) => {
                return Err(Refusal::new(ScimType::InvalidPath, "a member has nothing that changes"));
            }
        }
        Ok(())
    }

    fn let_come(&mut self, people: BTreeSet<Uuid>) {
        self.go.retain(|user| !people.contains(user));
        self.come.extend(people);
    }

    fn let_go(&mut self, people: BTreeSet<Uuid>) {
        self.come.retain(|user| !people.contains(user));
        if !self.replaces_all {
            self.go.extend(people);
        }
    }
}

/// The ids of these members.
fn people(members: Option<&Value>) -> Result<BTreeSet<Uuid>, Refusal> {
    let Some(Value::Array(members)) = members else { return Ok(BTreeSet::new()) };
    members.iter().map(person).collect()
}

fn person(member: &Value) -> Result<Uuid, Refusal> {
    let kind = member.get("type").and_then(Value::as_str).unwrap_or("User");
    if !kind.eq_ignore_ascii_case("User") {
        return Err(Refusal::value("groups are flat: only a User can be a member"));
    }
    id(member.get("value").and_then(Value::as_str).unwrap_or_default())
}

fn id(text: &str) -> Result<Uuid, Refusal> {
    text.parse().map_err(|_| Refusal::value(format!("there is no person {}", shown(text))))
}

/// Whom `value eq "…"`, or several of them with `or`, names.
fn named(filter: &Filter) -> Result<BTreeSet<Uuid>, Refusal> {
    match filter {
        Filter::Compare(name, Comparison::Eq, Literal::Text(text)) if name.is("value", None) => {
            Ok(BTreeSet::from([id(text)?]))
        }
        Filter::Or(one, other) => {
            let mut all = named(one)?;
            all.extend(named(other)?);
            Ok(all)
        }
        _ => Err(Refusal::new(ScimType::InvalidFilter, "members are named by value eq \"id\"")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::patch::read_patch;
    use super::super::schema::GROUPS;
    use super::*;
    use serde_json::json;

    fn user(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    fn folded(operations: Value) -> Result<MemberChange, ScimType> {
        let schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
        let message = json!({ "schemas": schemas, "Operations": operations });
        let mut change = MemberChange::default();
        for one in read_patch(&message, &GROUPS).map_err(|refusal| refusal.kind)? {
            change.then(&one).map_err(|refusal| refusal.kind)?;
        }
        Ok(change)
    }

    fn members(numbers: &[u128]) -> Value {
        numbers.iter().map(|number| json!({ "value": user(*number) })).collect()
    }

    #[test]
    fn members_come_and_go_in_the_order_of_the_operations() {
        let set = |numbers: &[u128]| numbers.iter().map(|number| user(*number)).collect::<BTreeSet<_>>();
        let add = |numbers: &[u128]| json!({ "op": "Add", "path": "members", "value": members(numbers) });
        let remove = |number: u128| json!({ "op": "remove", "path": format!("members[value eq \"{}\"]", user(number)) });
        let beside =
            |numbers: &[u128]| json!({ "op": "Remove", "path": "members", "value": members(numbers) });
        let change = |replaces_all, come: &[u128], go: &[u128]| {
            Ok(MemberChange { replaces_all, come: set(come), go: set(go) })
        };
        assert_eq!(folded(json!([add(&[1, 2]), remove(3)])), change(false, &[1, 2], &[3]));
        assert_eq!(folded(json!([add(&[1]), remove(1), remove(2), add(&[2])])), change(false, &[2], &[1]));
        assert_eq!(folded(json!([beside(&[1, 2])])), change(false, &[], &[1, 2]));
        assert_eq!(
            folded(json!([add(&[4]), { "op": "remove", "path": "members" }, add(&[1])])),
            change(true, &[1], &[])
        );
        let replace = json!({ "op": "replace", "path": "members", "value": members(&[1, 2]) });
        assert_eq!(folded(json!([replace, remove(2)])), change(true, &[1], &[]));
        assert_eq!(
            folded(json!([{ "op": "replace", "value": { "members": members(&[7]) } }])),
            change(true, &[7], &[])
        );
        let both = format!("members[value eq \"{}\" or value eq \"{}\"]", user(1), user(2));
        assert_eq!(folded(json!([{ "op": "remove", "path": both }])), change(false, &[], &[1, 2]));
    }

    #[test]
    fn only_people_are_members() {
        for (value, kind) in [
            (json!([{ "value": "x" }]), ScimType::InvalidValue),
            (json!([{ "value": user(1), "type": "Group" }]), ScimType::InvalidValue),
            (json!([{ "type": "User" }]), ScimType::InvalidValue),
            (json!(vec![json!({ "value": user(1) }); 1001]), ScimType::TooMany),
        ] {
            let operation = json!({ "op": "add", "path": "members", "value": value });
            assert_eq!(folded(json!([operation])), Err(kind));
        }
        for path in ["members[type eq \"User\"]", "members[value sw \"0\"]"] {
            assert_eq!(
                folded(json!([{ "op": "remove", "path": path }])),
                Err(ScimType::InvalidFilter),
                "{path}"
            );
        }
    }
}
