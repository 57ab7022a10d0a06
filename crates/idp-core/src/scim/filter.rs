//! Filters (RFC 7644 3.4.2.2), as trees: held against a schema, and compared with a resource. `filter_parser` reads them.

use super::document::Document;
use super::refusal::{Refusal, ScimType};
use super::schema::{Attribute, Kind, Mutability, Schema};
use serde_json::{Map, Value};

/// The name of an attribute, or of a part of one.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct AttributeName {
    /// The attribute, without the URN of its schema.
    pub attribute: String,
    /// The part.
    pub part: Option<String>,
}

impl AttributeName {
    /// Whether it is this one, in whatever capitals.
    #[must_use]
    pub fn is(&self, attribute: &str, part: Option<&str>) -> bool {
        let same_part = match (&self.part, part) {
            (Some(mine), Some(other)) => mine.eq_ignore_ascii_case(other),
            (None, None) => true,
            _ => false,
        };
        same_part && self.attribute.eq_ignore_ascii_case(attribute)
    }
}

/// How two values are compared.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Comparison {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Contains.
    Co,
    /// Begins with.
    Sw,
    /// Ends with.
    Ew,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
}

impl Comparison {
    pub(super) fn parse(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "eq" => Self::Eq,
            "ne" => Self::Ne,
            "co" => Self::Co,
            "sw" => Self::Sw,
            "ew" => Self::Ew,
            "gt" => Self::Gt,
            "ge" => Self::Ge,
            "lt" => Self::Lt,
            "le" => Self::Le,
            _ => return None,
        })
    }

    fn holds(self, own: &str, other: &str) -> bool {
        match self {
            Self::Eq => own == other,
            Self::Ne => own != other,
            Self::Co => own.contains(other),
            Self::Sw => own.starts_with(other),
            Self::Ew => own.ends_with(other),
            Self::Gt => own > other,
            Self::Ge => own >= other,
            Self::Lt => own < other,
            Self::Le => own <= other,
        }
    }
}

/// What an attribute is compared with.
#[derive(Clone, PartialEq, Debug)]
pub enum Literal {
    /// Nothing.
    Null,
    /// True or false.
    Truth(bool),
    /// A number, as it is written.
    Number(String),
    /// A text.
    Text(String),
}

/// A filter.
#[derive(Clone, PartialEq, Debug)]
pub enum Filter {
    /// An attribute has such a value.
    Compare(AttributeName, Comparison, Literal),
    /// An attribute has a value.
    Present(AttributeName),
    /// Both.
    And(Box<Self>, Box<Self>),
    /// Either, or both.
    Or(Box<Self>, Box<Self>),
    /// Not.
    Not(Box<Self>),
    /// An attribute has one value for which all of this holds.
    Values(AttributeName, Box<Self>),
}

impl Filter {
    /// That every attribute in it is one of the schema's that may be asked for by its value.
    ///
    /// # Errors
    /// [`ScimType::InvalidFilter`], or [`ScimType::Sensitive`] for a secret.
    pub fn check(&self, schema: &Schema) -> Result<(), Refusal> {
        match self {
            Self::Compare(name, comparison, literal) => {
                let attribute = named(schema, name)?;
                check_comparison(leaf(attribute, name)?, *comparison, literal)
            }
            Self::Present(name) => leaf(named(schema, name)?, name).map(drop),
            Self::And(one, other) | Self::Or(one, other) => {
                one.check(schema)?;
                other.check(schema)
            }
            Self::Not(filter) => filter.check(schema),
            Self::Values(name, filter) => filter.check_within(named(schema, name)?),
        }
    }

    /// The same of the parts of one attribute.
    ///
    /// # Errors
    /// [`ScimType::InvalidFilter`].
    pub(super) fn check_within(&self, attribute: &'static Attribute) -> Result<(), Refusal> {
        let part = |name: &AttributeName| match (attribute.part(&name.attribute), &name.part) {
            (Some(part), None) => Ok(part),
            _ => Err(unreadable(format!("{} has no such part", attribute.name))),
        };
        match self {
            Self::Compare(name, comparison, literal) => check_comparison(part(name)?, *comparison, literal),
            Self::Present(name) => part(name).map(drop),
            Self::And(one, other) | Self::Or(one, other) => {
                one.check_within(attribute)?;
                other.check_within(attribute)
            }
            Self::Not(filter) => filter.check_within(attribute),
            Self::Values(..) => Err(unreadable("brackets within brackets")),
        }
    }

    /// Whether it holds for a resource. Attributes that the schema does not have are taken for absent.
    #[must_use]
    pub fn matches(&self, schema: &Schema, document: &Document) -> bool {
        match self {
            Self::And(one, other) => one.matches(schema, document) && other.matches(schema, document),
            Self::Or(one, other) => one.matches(schema, document) || other.matches(schema, document),
            Self::Not(filter) => !filter.matches(schema, document),
            Self::Compare(name, ..) | Self::Present(name) => {
                let Some(attribute) = schema.attribute(&name.attribute) else { return false };
                let value = document.get(attribute.name);
                let Ok(leaf) = leaf(attribute, name) else { return false };
                let values = each(attribute, value);
                let of = |value: &'_ Value| match leaf.name == attribute.name {
                    true => Some(value.clone()),
                    false => value.get(leaf.name).cloned(),
                };
                self.holds_of_any(leaf, values.iter().filter_map(of))
            }
            Self::Values(name, filter) => {
                let Some(attribute) = schema.attribute(&name.attribute) else { return false };
                let values = each(attribute, document.get(attribute.name));
                values
                    .iter()
                    .any(|value| value.as_object().is_some_and(|value| filter.holds_within(attribute, value)))
            }
        }
    }

    /// Whether it holds for one value of an attribute of several.
    #[must_use]
    pub(super) fn holds_within(&self, attribute: &'static Attribute, value: &Map<String, Value>) -> bool {
        match self {
            Self::And(one, other) => {
                one.holds_within(attribute, value) && other.holds_within(attribute, value)
            }
            Self::Or(one, other) => {
                one.holds_within(attribute, value) || other.holds_within(attribute, value)
            }
            Self::Not(filter) => !filter.holds_within(attribute, value),
            Self::Compare(name, ..) | Self::Present(name) => {
                let Some(part) = attribute.part(&name.attribute) else { return false };
                self.holds_of_any(part, value.get(part.name).cloned().into_iter())
            }
            Self::Values(..) => false,
        }
    }

    fn holds_of_any(&self, leaf: &Attribute, mut values: impl Iterator<Item = Value>) -> bool {
        match self {
            Self::Present(_) => values.any(|value| !value.is_null()),
            Self::Compare(_, Comparison::Eq, Literal::Null) => values.next().is_none(),
            Self::Compare(_, Comparison::Ne, Literal::Null) => values.next().is_some(),
            Self::Compare(_, Comparison::Ne, literal) => {
                !values.any(|value| holds(leaf, &value, Comparison::Eq, literal))
            }
            Self::Compare(_, comparison, literal) => {
                values.any(|value| holds(leaf, &value, *comparison, literal))
            }
            _ => false,
        }
    }
}

fn holds(leaf: &Attribute, value: &Value, comparison: Comparison, literal: &Literal) -> bool {
    match (value, literal) {
        (Value::Bool(own), Literal::Truth(other)) => comparison == Comparison::Eq && own == other,
        (Value::String(own), Literal::Text(other)) => match (leaf.kind, leaf.is_case_exact) {
            (Kind::Time, _) => comparison.holds(own, &to_the_second(other)),
            (_, true) => comparison.holds(own, other),
            (_, false) => comparison.holds(&own.to_lowercase(), &other.to_lowercase()),
        },
        _ => false,
    }
}

/// Times are kept to the second; a fraction is what others have.
fn to_the_second(time: &str) -> String {
    match time.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => time.to_owned(),
    }
}

/// The values of an attribute that is there.
fn each(attribute: &Attribute, value: Option<&Value>) -> Vec<Value> {
    match value {
        None => Vec::new(),
        Some(Value::Array(values)) if attribute.is_many => values.clone(),
        Some(value) => vec![value.clone()],
    }
}

fn named(schema: &Schema, name: &AttributeName) -> Result<&'static Attribute, Refusal> {
    let found = schema.attribute(&name.attribute);
    let found = found
        .ok_or_else(|| unreadable(format!("{} is no attribute that is kept", shown(&name.attribute))))?;
    match found.mutability {
        Mutability::WriteOnly => Err(Refusal::new(ScimType::Sensitive, "nobody is found by that")),
        _ => Ok(found),
    }
}

/// What is compared: the part that is named, or `value` of an attribute of several.
fn leaf(attribute: &'static Attribute, name: &AttributeName) -> Result<&'static Attribute, Refusal> {
    let no_part = || unreadable(format!("{} has no such part", attribute.name));
    match (&name.part, attribute.kind) {
        (Some(part), _) => attribute.part(part).ok_or_else(no_part),
        (None, Kind::Complex(_)) if attribute.is_many => attribute.part("value").ok_or_else(no_part),
        (None, _) => Ok(attribute),
    }
}

fn check_comparison(leaf: &Attribute, comparison: Comparison, literal: &Literal) -> Result<(), Refusal> {
    let is_equality = matches!(comparison, Comparison::Eq | Comparison::Ne);
    let fits = match (leaf.kind, literal) {
        // Nothing that is stored has it, and PostgreSQL does not take it.
        (_, Literal::Text(text)) if text.contains('\0') => false,
        (_, Literal::Null) | (Kind::Truth, Literal::Truth(_)) => is_equality,
        (Kind::Text | Kind::Reference(_), Literal::Text(_)) => true,
        (Kind::Time, Literal::Text(time)) => time.ends_with('Z') && time.len() >= 20,
        _ => false,
    };
    match fits {
        true => Ok(()),
        false => Err(unreadable(format!("{} cannot be compared so", leaf.name))),
    }
}

pub(super) fn unreadable(detail: impl std::fmt::Display) -> Refusal {
    Refusal::new(ScimType::InvalidFilter, detail)
}

/// So much of a text from outside.
pub(super) fn shown(text: &str) -> String {
    format!("{:?}", text.chars().take(60).collect::<String>())
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;
