//! Values of attributes.

use super::{AttributeName, LONGEST_TEXT, MOST_VALUES};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A value of an attribute, as its type has it.
#[derive(Clone, Eq, PartialEq, Debug, Serialize)]
#[serde(untagged)]
pub enum AttributeValue {
    /// A text, a choice or a day.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// True or false.
    Boolean(bool),
    /// Several texts or choices, each once; never none.
    Several(Vec<String>),
}

/// What a type does not take.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum UnfitValue {
    /// Not a text.
    #[error("must be a text")]
    NoText,
    /// Spaces at an end, or a character that no line shows.
    #[error("must be one line, without space at its ends and control characters")]
    NoLine,
    /// Too long a text.
    #[error("has at most {0} characters")]
    TooLong(usize),
    /// None of the choices.
    #[error("must be one of its choices")]
    NoChoice,
    /// Not a whole number that every program reads.
    #[error("must be a whole number between -9007199254740991 and 9007199254740991")]
    NoInteger,
    /// Neither.
    #[error("must be true or false")]
    NoTruth,
    /// Not a day.
    #[error("must be a day, such as 2026-11-30")]
    NoDate,
    /// Several values where one may be.
    #[error("has one value")]
    Several,
    /// Too much beside the other values of the person.
    #[error("is too long beside the other values of this person")]
    Together,
    /// Too many values.
    #[error("has at most {MOST_VALUES} values")]
    TooMany,
}

const _: () =
    assert!(LONGEST_TEXT < 650, "a value fits an index of PostgreSQL, whose rows have at most 2704 bytes");

impl AttributeValue {
    /// As JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Integer(number) => (*number).into(),
            Self::Boolean(truth) => (*truth).into(),
            Self::Several(texts) => texts.as_slice().into(),
        }
    }

    /// As texts, one of each value, by which it is stored.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        match self {
            Self::Text(text) => vec![text.clone()],
            Self::Integer(number) => vec![number.to_string()],
            Self::Boolean(truth) => vec![truth.to_string()],
            Self::Several(texts) => texts.clone(),
        }
    }

    /// Whether `later` says less: this value is another there, or one of several is gone.
    #[must_use]
    pub fn is_lost_in(&self, later: Option<&Self>) -> bool {
        match (self, later) {
            (Self::Several(before), Some(Self::Several(after))) => {
                before.iter().any(|value| !after.contains(value))
            }
            (before, after) => Some(before) != after,
        }
    }
}

/// The values of a person; an attribute that they have no value of is not among them.
#[derive(Clone, Eq, PartialEq, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct AttributeValues(pub BTreeMap<AttributeName, AttributeValue>);

impl AttributeValues {
    /// The value of an attribute.
    #[must_use]
    pub fn get(&self, name: &AttributeName) -> Option<&AttributeValue> {
        self.0.get(name)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As the members of a JSON object.
    #[must_use]
    pub fn to_members(&self) -> Map<String, Value> {
        self.0.iter().map(|(name, value)| (name.to_string(), value.to_json())).collect()
    }

    /// The names of those that differ, in order.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<AttributeName> {
        let names = self.0.keys().chain(other.0.keys().filter(|name| !self.0.contains_key(name)));
        let mut names: Vec<AttributeName> =
            names.filter(|name| self.get(name) != other.get(name)).cloned().collect();
        names.sort();
        names
    }

    /// The bytes of all values together.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.values().flat_map(AttributeValue::texts).map(|text| text.len()).sum()
    }
}

/// A day of the Gregorian calendar.
pub(super) fn date(text: &str) -> Result<String, UnfitValue> {
    let numbers = || {
        let (year, rest) = text.split_once('-')?;
        let (month, day) = rest.split_once('-')?;
        let number = |part: &str, length: usize| {
            let is_fit = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
            is_fit.then(|| part.parse::<u32>().ok()).flatten()
        };
        Some((number(year, 4)?, number(month, 2)?, number(day, 2)?))
    };
    let (year, month, day) = numbers().ok_or(UnfitValue::NoDate)?;
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => 0,
    };
    if year >= 1 && (1..=days).contains(&day) { Ok(text.to_owned()) } else { Err(UnfitValue::NoDate) }
}
