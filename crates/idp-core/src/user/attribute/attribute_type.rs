//! Which values an attribute takes: the kind, its bounds, and when a definition may become another one.

use super::value::{AttributeValue, UnfitValue, date};
use crate::username::is_plain;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// The longest text, in characters.
pub const LONGEST_TEXT: usize = 255;
/// The most choices.
pub const MOST_CHOICES: usize = 100;
/// The longest choice, in characters.
pub const LONGEST_CHOICE: usize = 100;
/// The most values of an attribute that has several.
pub const MOST_VALUES: usize = 20;
/// The largest integer of both signs that every program reads as it is written (RFC 8259 6).
const LARGEST: i64 = 9_007_199_254_740_991;
/// The most bytes of a character in UTF-8.
const BYTES_OF_CHARACTER: usize = 4;

/// A kind of value.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributeKind {
    /// A line of text.
    String,
    /// One of some texts.
    Choice,
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
    /// A day (ISO 8601, `YYYY-MM-DD`).
    Date,
}

impl AttributeKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::String, Self::Choice, Self::Integer, Self::Boolean, Self::Date];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Choice => "choice",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Date => "date",
        }
    }

    /// The one of this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// The type of an attribute.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
pub struct AttributeType {
    kind: AttributeKind,
    /// Of texts, in characters.
    max_length: usize,
    choices: Vec<String>,
    is_multiple: bool,
}

/// A type that contradicts itself.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum UnfitType {
    /// Of a string, and none.
    #[error("max_length is 1 to {LONGEST_TEXT}, of a string alone")]
    MaxLength,
    /// Of a choice, and none.
    #[error(
        "choices are 1 to {MOST_CHOICES} different texts of 1 to {LONGEST_CHOICE} characters on one line, of a choice alone"
    )]
    Choices,
    /// Several numbers, truths or days.
    #[error("only strings and choices may have several values")]
    Multiple,
}

impl UnfitType {
    /// The member of a definition that is wrong.
    #[must_use]
    pub const fn member(self) -> &'static str {
        match self {
            Self::MaxLength => "max_length",
            Self::Choices => "choices",
            Self::Multiple => "multiple",
        }
    }
}

impl AttributeType {
    /// The type of these parts; without a `max_length` a string has the longest.
    ///
    /// # Errors
    /// [`UnfitType`].
    pub fn new(
        kind: AttributeKind,
        max_length: Option<usize>,
        choices: Vec<String>,
        is_multiple: bool,
    ) -> Result<Self, UnfitType> {
        let is_string = kind == AttributeKind::String;
        if max_length.is_some_and(|length| !is_string || !(1..=LONGEST_TEXT).contains(&length)) {
            return Err(UnfitType::MaxLength);
        }
        let all_differ = choices.iter().collect::<BTreeSet<_>>().len() == choices.len();
        let is_fit = |choice: &String| line(choice, LONGEST_CHOICE).is_ok() && is_visible(choice);
        let are_fit = choices.iter().all(is_fit) && all_differ;
        let is_counted = match kind {
            AttributeKind::Choice => (1..=MOST_CHOICES).contains(&choices.len()),
            _ => choices.is_empty(),
        };
        if !are_fit || !is_counted {
            return Err(UnfitType::Choices);
        }
        if is_multiple && !matches!(kind, AttributeKind::String | AttributeKind::Choice) {
            return Err(UnfitType::Multiple);
        }
        let max_length = if is_string { max_length.unwrap_or(LONGEST_TEXT) } else { 0 };
        Ok(Self { kind, max_length, choices, is_multiple })
    }

    /// The kind of value.
    #[must_use]
    pub const fn kind(&self) -> AttributeKind {
        self.kind
    }

    /// The longest text, in characters, of a string.
    #[must_use]
    pub fn max_length(&self) -> Option<usize> {
        (self.kind == AttributeKind::String).then_some(self.max_length)
    }

    /// What there is to choose from, of a choice.
    #[must_use]
    pub fn choices(&self) -> &[String] {
        &self.choices
    }

    /// Whether there may be several values.
    #[must_use]
    pub const fn is_multiple(&self) -> bool {
        self.is_multiple
    }

    /// What of `later` does not take values that this takes.
    #[must_use]
    pub fn narrowed_by(&self, later: &Self) -> Narrowing {
        if self.kind != later.kind || self.is_multiple != later.is_multiple {
            return Narrowing::Other;
        }
        if later.max_length < self.max_length {
            return Narrowing::Shorter(later.max_length);
        }
        let gone: Vec<String> =
            self.choices.iter().filter(|choice| !later.choices.contains(choice)).cloned().collect();
        if gone.is_empty() { Narrowing::None } else { Narrowing::Without(gone) }
    }

    /// The value that a program says by JSON; `None` for none: `null`, an empty text, an empty list.
    ///
    /// # Errors
    /// [`UnfitValue`].
    pub fn read(&self, value: &Value) -> Result<Option<AttributeValue>, UnfitValue> {
        match value {
            Value::Null => Ok(None),
            Value::Array(values) if self.is_multiple => {
                let texts = values.iter().map(|value| value.as_str().ok_or(UnfitValue::NoText));
                self.many(texts.collect::<Result<Vec<_>, _>>()?)
            }
            Value::String(text) if self.is_multiple => self.many(vec![text]),
            _ if self.is_multiple => Err(UnfitValue::NoText),
            Value::Array(_) => Err(UnfitValue::Several),
            Value::String(text)
                if matches!(
                    self.kind,
                    AttributeKind::String | AttributeKind::Choice | AttributeKind::Date
                ) =>
            {
                self.one(text)
            }
            Value::Number(number) if self.kind == AttributeKind::Integer => {
                number.as_i64().map_or(Err(UnfitValue::NoInteger), integer).map(Some)
            }
            Value::Bool(truth) if self.kind == AttributeKind::Boolean => {
                Ok(Some(AttributeValue::Boolean(*truth)))
            }
            _ => Err(match self.kind {
                AttributeKind::String | AttributeKind::Choice => UnfitValue::NoText,
                AttributeKind::Integer => UnfitValue::NoInteger,
                AttributeKind::Boolean => UnfitValue::NoTruth,
                AttributeKind::Date => UnfitValue::NoDate,
            }),
        }
    }

    /// The value that a form, a flag or a file of lines says by texts; `None` where all are empty.
    ///
    /// # Errors
    /// [`UnfitValue`].
    pub fn read_texts<'a>(
        &self,
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Result<Option<AttributeValue>, UnfitValue> {
        let texts: Vec<&str> = texts.into_iter().map(str::trim).filter(|text| !text.is_empty()).collect();
        match texts.as_slice() {
            [] => Ok(None),
            _ if self.is_multiple => self.many(texts),
            [text] => self.one(text),
            _ => Err(UnfitValue::Several),
        }
    }

    /// The value that was stored as these texts ([`AttributeValue::texts`]); `None` where it cannot be one of this kind.
    #[must_use]
    pub fn stored(&self, texts: Vec<String>) -> Option<AttributeValue> {
        if self.is_multiple {
            return (!texts.is_empty()).then_some(AttributeValue::Several(texts));
        }
        let text = texts.into_iter().next()?;
        match self.kind {
            AttributeKind::String | AttributeKind::Choice | AttributeKind::Date => {
                Some(AttributeValue::Text(text))
            }
            AttributeKind::Integer => text.parse().ok().map(AttributeValue::Integer),
            AttributeKind::Boolean => text.parse().ok().map(AttributeValue::Boolean),
        }
    }

    /// Whether a value is one of this type.
    #[must_use]
    pub fn fits(&self, value: &AttributeValue) -> bool {
        self.read(&value.to_json()).is_ok_and(|read| read.as_ref() == Some(value))
    }

    /// A value as long as any of this type is, in a token: what its size is measured with.
    #[must_use]
    pub fn largest(&self) -> Value {
        let longest = match self.kind {
            AttributeKind::String => "x".repeat(self.max_length.saturating_mul(BYTES_OF_CHARACTER)),
            AttributeKind::Choice => {
                // As JSON writes it, with quotes escaped.
                let weight = |choice: &&String| Value::from(choice.as_str()).to_string().len();
                self.choices.iter().max_by_key(weight).cloned().unwrap_or_default()
            }
            AttributeKind::Integer => return Value::from(-LARGEST),
            AttributeKind::Boolean => return Value::from(false),
            AttributeKind::Date => "9999-12-31".to_owned(),
        };
        match self.is_multiple {
            true => Value::from(vec![longest; MOST_VALUES]),
            false => Value::from(longest),
        }
    }

    fn one(&self, text: &str) -> Result<Option<AttributeValue>, UnfitValue> {
        if text.is_empty() {
            return Ok(None);
        }
        match self.kind {
            AttributeKind::String | AttributeKind::Choice => {
                self.text(text).map(|text| Some(AttributeValue::Text(text)))
            }
            AttributeKind::Integer => {
                let number = text.parse().map_err(|_| UnfitValue::NoInteger)?;
                integer(number).map(Some)
            }
            AttributeKind::Boolean => {
                let truth = text.parse().map_err(|_| UnfitValue::NoTruth)?;
                Ok(Some(AttributeValue::Boolean(truth)))
            }
            AttributeKind::Date => date(text).map(|day| Some(AttributeValue::Text(day))),
        }
    }

    /// Each once, in the order in which they were said.
    fn many(&self, texts: Vec<&str>) -> Result<Option<AttributeValue>, UnfitValue> {
        let mut values: Vec<String> = Vec::new();
        for text in texts {
            let text = self.text(text)?;
            if !values.contains(&text) {
                values.push(text);
            }
        }
        if values.len() > MOST_VALUES {
            return Err(UnfitValue::TooMany);
        }
        Ok((!values.is_empty()).then_some(AttributeValue::Several(values)))
    }

    fn text(&self, text: &str) -> Result<String, UnfitValue> {
        if self.kind == AttributeKind::Choice {
            let is_one = self.choices.iter().any(|choice| choice == text);
            return if is_one { Ok(text.to_owned()) } else { Err(UnfitValue::NoChoice) };
        }
        line(text, self.max_length)
    }
}

/// How a later type takes less than an earlier one.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum Narrowing {
    /// It takes all that the earlier one takes.
    None,
    /// Its values are of another kind, or several where there was one.
    Other,
    /// Its texts have at most so many characters.
    Shorter(usize),
    /// It is without these choices.
    Without(Vec<String>),
}

fn integer(number: i64) -> Result<AttributeValue, UnfitValue> {
    if (-LARGEST..=LARGEST).contains(&number) {
        Ok(AttributeValue::Integer(number))
    } else {
        Err(UnfitValue::NoInteger)
    }
}

/// A line of text that shows all of itself, of 1 to so many characters.
/// A choice stands in the attributes of a page, where nothing isolates it: so nothing in it may turn the direction of what follows,
/// or be unseen.
fn is_visible(text: &str) -> bool {
    text.chars().all(|c| c == ' ' || is_plain(c))
}

fn line(text: &str, longest: usize) -> Result<String, UnfitValue> {
    if text.chars().take(longest + 1).count() > longest {
        return Err(UnfitValue::TooLong(longest));
    }
    match text.trim() == text && !text.is_empty() && !text.chars().any(char::is_control) {
        true => Ok(text.to_owned()),
        false => Err(UnfitValue::NoLine),
    }
}

#[cfg(test)]
#[path = "attribute_type_tests.rs"]
mod tests;
