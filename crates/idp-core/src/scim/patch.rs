//! The operations of a PATCH (RFC 7644 3.5.2), in the dialects of the systems that send them: `"op": "Replace"`, texts for truths,
//! an object of paths where the path is left out, values to remove beside the path.

use super::document::{Document, check_schemas, typed};
use super::filter::{Comparison, Filter, Literal};
use super::path::{Path, Target};
use super::refusal::{Refusal, ScimType};
use super::schema::{Attribute, Schema};
use serde_json::{Map, Value};

/// The message.
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// The most operations of one request.
const MOST_OPERATIONS: usize = 1000;

/// What is done at a place.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum PatchOp {
    /// A value is added; of several, to those there are.
    Add,
    /// It goes.
    Remove,
    /// It takes the place of what is there.
    Replace,
}

/// One thing to do.
#[derive(Clone, Debug)]
pub struct Change {
    /// What.
    pub op: PatchOp,
    /// Where.
    pub target: Target,
    /// The value; `None` for what goes, and for one that stands for none.
    pub value: Option<Value>,
}

/// Reads the message, one change after the other. What leads to attributes that are not kept is left out.
///
/// # Errors
/// [`Refusal`] says what is wrong with it.
pub fn read_patch(value: &Value, schema: &Schema) -> Result<Vec<Change>, Refusal> {
    let syntax = |detail: String| Refusal::new(ScimType::InvalidSyntax, detail);
    let message = value.as_object().ok_or_else(|| syntax("a PATCH is a JSON object".to_owned()))?;
    check_schemas(message, PATCH)?;
    let operations = member(message, "Operations").and_then(Value::as_array);
    let operations = operations.ok_or_else(|| syntax("Operations must be a list".to_owned()))?;
    if operations.is_empty() || operations.len() > MOST_OPERATIONS {
        return Err(Refusal::new(
            ScimType::TooMany,
            format!("a PATCH has 1 to {MOST_OPERATIONS} operations"),
        ));
    }
    let mut changes = Vec::new();
    for operation in operations {
        let operation =
            operation.as_object().ok_or_else(|| syntax("an operation is a JSON object".to_owned()))?;
        read_operation(operation, schema, &mut changes)?;
    }
    Ok(changes)
}

fn member<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    members.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn read_operation(operation: &Document, schema: &Schema, into: &mut Vec<Change>) -> Result<(), Refusal> {
    let word = member(operation, "op").and_then(Value::as_str).unwrap_or_default();
    let op = match word.to_ascii_lowercase().as_str() {
        "add" => PatchOp::Add,
        "remove" => PatchOp::Remove,
        "replace" => PatchOp::Replace,
        _ => return Err(Refusal::new(ScimType::InvalidSyntax, "op must be add, remove or replace")),
    };
    let value = member(operation, "value");
    let path = match member(operation, "path") {
        None | Some(Value::Null) => None,
        Some(Value::String(path)) => Some(path.as_str()),
        Some(_) => return Err(Refusal::new(ScimType::InvalidPath, "a path is a text")),
    };
    match (path, value) {
        (Some(path), value) => {
            if let Path::Kept(target) = Path::parse(path, schema)? {
                if !is_writable(&target) {
                    let detail = format!("{} is not for clients to change", target.attribute.name);
                    return Err(Refusal::new(ScimType::Mutability, detail));
                }
                into.extend(change(op, target, value)?);
            }
            Ok(())
        }
        (None, _) if op == PatchOp::Remove => {
            Err(Refusal::new(ScimType::NoTarget, "what to remove is said by a path"))
        }
        (None, Some(Value::Object(members))) => {
            for (path, value) in members {
                match Path::parse(path, schema)? {
                    // Some send the id and more along.
                    Path::Kept(target) if is_writable(&target) => {
                        into.extend(change(op, target, Some(value))?)
                    }
                    _ => {}
                }
            }
            Ok(())
        }
        (None, _) => Err(Refusal::value("without a path the value is an object of attributes")),
    }
}

fn is_writable(target: &Target) -> bool {
    target.attribute.is_writable() && target.part.is_none_or(Attribute::is_writable)
}

/// `None` for an object of which no part is kept: it changes nothing.
fn change(op: PatchOp, target: Target, value: Option<&Value>) -> Result<Option<Change>, Refusal> {
    let (leaf, given) = (target.part.unwrap_or(target.attribute), value);
    if target.member.is_some() {
        // Its type is the installation's to know.
        let value = value.filter(|value| !value.is_null()).cloned();
        return Ok(Some(Change { op, target, value }));
    }
    let value = match (op, value) {
        (PatchOp::Remove, None) => None,
        (PatchOp::Remove, Some(_)) if target.part.is_some() || !target.attribute.is_many => None,
        (_, None) => return Err(Refusal::value(format!("there is no value for {}", leaf.name))),
        (_, Some(value)) => typed(leaf, value)?,
    };
    let says_nothing = op != PatchOp::Remove && value.is_none() && given.is_some_and(Value::is_object);
    Ok((!says_nothing).then_some(Change { op, target, value }))
}

/// Makes a change to a resource.
///
/// # Errors
/// [`ScimType::NoTarget`], [`ScimType::InvalidPath`], or [`ScimType::InvalidValue`].
pub fn apply(document: &mut Document, change: &Change) -> Result<(), Refusal> {
    let Target { attribute, filter, part, member } = &change.target;
    if let Some(member) = member {
        apply_to_extension(document, (attribute.name, member), change);
        return Ok(());
    }
    match (attribute.is_many, part) {
        (true, _) => apply_to_values(document, change),
        (false, Some(part)) => {
            let members = document.entry(attribute.name).or_insert_with(|| Value::Object(Map::new()));
            if let Some(members) = members.as_object_mut() {
                set(members, part.name, change.value.clone());
            }
            forget_if_empty(document, attribute.name);
            Ok(())
        }
        (false, None) if filter.is_none() => {
            match (&change.value, change.op) {
                // RFC 7644 3.5.2.3: the parts that are said take the place of those there are, and the others stay.
                (Some(Value::Object(parts)), PatchOp::Add | PatchOp::Replace) => {
                    let members = document.entry(attribute.name).or_insert_with(|| Value::Object(Map::new()));
                    if let Some(members) = members.as_object_mut() {
                        members.extend(parts.clone());
                    }
                }
                // Nothing to add.
                (None, PatchOp::Add) => {}
                (value, _) => set(document, attribute.name, value.clone()),
            }
            Ok(())
        }
        (false, None) => {
            Err(Refusal::new(ScimType::InvalidPath, format!("{} has one value", attribute.name)))
        }
    }
}

/// Values of an extension's attribute, of which there may be several: those that are said come or go.
fn apply_to_extension(document: &mut Document, (urn, name): (&str, &str), change: &Change) {
    let entry = document.entry(urn).or_insert_with(|| Value::Object(Map::new()));
    let Some(members) = entry.as_object_mut() else { return };
    match (change.op, members.get_mut(name), &change.value) {
        (PatchOp::Add, _, None) => {}
        (PatchOp::Add, Some(Value::Array(known)), Some(said)) => {
            let said = said.as_array().cloned().unwrap_or_else(|| vec![said.clone()]);
            let new: Vec<Value> = said.into_iter().filter(|value| !known.contains(value)).collect();
            known.extend(new);
        }
        (PatchOp::Remove, Some(Value::Array(known)), Some(said)) => {
            known.retain(|value| value != said && !said.as_array().is_some_and(|gone| gone.contains(value)));
        }
        (PatchOp::Remove, ..) => drop(members.remove(name)),
        (_, _, value) => set(members, name, value.clone()),
    }
    forget_if_empty(document, urn);
}

fn set(members: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    match value {
        Some(value) => drop(members.insert(name.to_owned(), value)),
        None => drop(members.remove(name)),
    }
}

fn forget_if_empty(document: &mut Document, name: &str) {
    let is_empty = match document.get(name) {
        Some(Value::Object(members)) => members.is_empty(),
        Some(Value::Array(values)) => values.is_empty(),
        _ => false,
    };
    if is_empty {
        document.remove(name);
    }
}

fn apply_to_values(document: &mut Document, change: &Change) -> Result<(), Refusal> {
    let Target { attribute, filter, part, .. } = &change.target;
    let mut values = match document.remove(attribute.name) {
        Some(Value::Array(values)) => values,
        _ => Vec::new(),
    };
    let outcome = match (filter, part) {
        (None, None) => {
            whole(&mut values, change);
            Ok(())
        }
        (None, Some(part)) => {
            values
                .iter_mut()
                .filter_map(Value::as_object_mut)
                .for_each(|value| set(value, part.name, change.value.clone()));
            Ok(())
        }
        (Some(filter), part) => selected(&mut values, (attribute, filter), *part, change),
    };
    values.retain(|value| value.as_object().is_none_or(|members| !members.is_empty()));
    if !values.is_empty() {
        document.insert(attribute.name.to_owned(), Value::Array(values));
    }
    outcome
}

/// All values of an attribute.
fn whole(values: &mut Vec<Value>, change: &Change) {
    let said: Vec<Value> = match &change.value {
        Some(Value::Array(said)) => said.clone(),
        _ => Vec::new(),
    };
    match change.op {
        PatchOp::Replace => *values = said,
        PatchOp::Remove if said.is_empty() => values.clear(),
        PatchOp::Remove => values.retain(|value| !said.iter().any(|gone| is_same(gone, value))),
        PatchOp::Add => said.into_iter().for_each(|value| add(values, value)),
    }
}

/// Of two primary ones the new one is it (RFC 7644 3.5.2).
fn add(values: &mut Vec<Value>, new: Value) {
    if new.get("primary") == Some(&Value::Bool(true)) {
        no_other_is_primary(values);
    }
    match values.iter_mut().find(|value| is_same(value, &new)) {
        Some(Value::Object(known)) => known.extend(new.as_object().cloned().unwrap_or_default()),
        _ => values.push(new),
    }
}

fn no_other_is_primary(values: &mut [Value]) {
    values.iter_mut().filter_map(Value::as_object_mut).for_each(|value| drop(value.remove("primary")));
}

fn is_same(one: &Value, other: &Value) -> bool {
    let text = |value: &Value| value.get("value").and_then(Value::as_str).map(str::to_lowercase);
    text(one).is_some() && text(one) == text(other)
}

/// The values for which a filter holds.
fn selected(
    values: &mut Vec<Value>,
    (attribute, filter): (&'static Attribute, &Filter),
    part: Option<&'static Attribute>,
    change: &Change,
) -> Result<(), Refusal> {
    let fits = |value: &Value| value.as_object().is_some_and(|value| filter.holds_within(attribute, value));
    if change.op == PatchOp::Remove && part.is_none() {
        values.retain(|value| !fits(value));
        return Ok(());
    }
    if !values.iter().any(fits) {
        return match change.op {
            PatchOp::Remove => Ok(()),
            PatchOp::Replace => {
                Err(Refusal::new(ScimType::NoTarget, format!("no value of {} is such", attribute.name)))
            }
            // As Microsoft Entra adds a value of a type: the filter says what it is like.
            PatchOp::Add => {
                let mut new = Map::new();
                described(filter, attribute, &mut new)?;
                change_one(&mut new, part, change.value.as_ref());
                add(values, Value::Object(new));
                Ok(())
            }
        };
    }
    let is_primary =
        part.is_some_and(|part| part.name == "primary") && change.value == Some(Value::Bool(true));
    let places: Vec<bool> = values.iter().map(fits).collect();
    if is_primary {
        no_other_is_primary(values);
    }
    for (value, _) in values.iter_mut().zip(places).filter(|(_, fits)| *fits) {
        if let Some(members) = value.as_object_mut() {
            change_one(members, part, change.value.as_ref());
        }
    }
    Ok(())
}

fn change_one(members: &mut Map<String, Value>, part: Option<&'static Attribute>, value: Option<&Value>) {
    match (part, value) {
        (Some(part), value) => set(members, part.name, value.cloned()),
        (None, Some(Value::Array(said))) => {
            let parts = said.first().and_then(Value::as_object).cloned();
            members.extend(parts.unwrap_or_default());
        }
        (None, _) => {}
    }
}

/// What a filter says of a value for which it holds.
fn described(
    filter: &Filter,
    attribute: &'static Attribute,
    into: &mut Map<String, Value>,
) -> Result<(), Refusal> {
    match filter {
        Filter::And(one, other) => {
            described(one, attribute, into)?;
            described(other, attribute, into)
        }
        Filter::Compare(name, Comparison::Eq, literal) => {
            let value = match literal {
                Literal::Text(text) => Value::String(text.clone()),
                Literal::Truth(truth) => Value::Bool(*truth),
                Literal::Null | Literal::Number(_) => return Ok(()),
            };
            if let Some(part) = attribute.part(&name.attribute) {
                into.insert(part.name.to_owned(), value);
            }
            Ok(())
        }
        _ => Err(Refusal::new(ScimType::NoTarget, format!("no value of {} is such", attribute.name))),
    }
}

#[cfg(test)]
#[path = "patch_tests.rs"]
mod tests;
