//! Attributes of people that an operator defines beside the standard claims: what one is called, which values it takes, and who
//! sees and changes them. Nothing that a person may do rests on one: rights come from roles and groups alone.

mod attribute_type;
mod change;
mod name;
mod value;

pub use attribute_type::{
    AttributeKind, AttributeType, LONGEST_CHOICE, LONGEST_TEXT, MOST_CHOICES, MOST_VALUES, Narrowing,
    UnfitType,
};
pub use change::{AttributesChange, GivenValue, MOST_BYTES_OF_PERSON, UnfitAttribute};
pub use name::{AttributeName, UnfitAttributeName};
pub use value::{AttributeValue, AttributeValues, UnfitValue};

use crate::base64url;
use crate::time::UnixTime;
use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The most attributes of an installation.
pub const MOST_ATTRIBUTES: usize = 50;
/// The longest label of an attribute, in characters.
pub const LONGEST_ATTRIBUTE_LABEL: usize = 100;

/// The definition of an attribute.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Attribute {
    /// Its id.
    pub id: Uuid,
    /// What sites, programs and files call it. It stays.
    pub name: AttributeName,
    /// What pages call it; empty: by its name.
    pub label: String,
    /// What it is for, in words for people.
    pub description: String,
    /// Which values it takes.
    pub of: AttributeType,
    /// Who sees and changes them.
    pub access: AttributeAccess,
    /// Since when it exists.
    pub created_at: UnixTime,
}

impl Attribute {
    /// What pages call it.
    #[must_use]
    pub fn label(&self) -> &str {
        if self.label.is_empty() { self.name.as_str() } else { &self.label }
    }
}

/// Names the state of the values that a form shows and of their definitions: another one once any of them is another.
#[must_use]
pub fn attributes_version(defined: &[Attribute], values: &AttributeValues) -> String {
    if defined.is_empty() {
        return String::new();
    }
    let of_one = |attribute: &Attribute| {
        let value = values.get(&attribute.name).map(AttributeValue::to_json);
        serde_json::json!([attribute.id, attribute.of, attribute.access, attribute.label, value])
    };
    let all: serde_json::Value = defined.iter().map(of_one).collect();
    base64url::encode(digest(&SHA256, all.to_string().as_bytes()).as_ref())
}

/// Who sees and changes the values of an attribute, beside administrators who may see and manage people.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributeAccess {
    /// Nobody.
    Administrators,
    /// The person sees their own.
    PersonSees,
    /// The person sees and changes their own.
    PersonChanges,
}

impl AttributeAccess {
    /// Every one, the narrowest first.
    pub const ALL: [Self; 3] = [Self::Administrators, Self::PersonSees, Self::PersonChanges];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Administrators => "administrators",
            Self::PersonSees => "person_sees",
            Self::PersonChanges => "person_changes",
        }
    }

    /// The one of this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|access| access.as_str() == word)
    }

    /// Whether the person sees their own value on their pages.
    #[must_use]
    pub const fn shows_person(self) -> bool {
        !matches!(self, Self::Administrators)
    }

    /// Whether the person changes their own value.
    #[must_use]
    pub const fn is_persons(self) -> bool {
        matches!(self, Self::PersonChanges)
    }
}

#[cfg(test)]
pub(crate) mod sample {
    #![allow(clippy::unwrap_used)]
    use super::*;

    pub(crate) fn attribute(name: &str, of: AttributeType) -> Attribute {
        Attribute {
            id: Uuid::nil(),
            name: name.parse().unwrap(),
            label: String::new(),
            description: String::new(),
            of,
            access: AttributeAccess::Administrators,
            created_at: UnixTime(0),
        }
    }

    pub(crate) fn text(max_length: usize, is_multiple: bool) -> AttributeType {
        AttributeType::new(AttributeKind::String, Some(max_length), vec![], is_multiple).unwrap()
    }

    pub(crate) fn plain(kind: AttributeKind) -> AttributeType {
        AttributeType::new(kind, None, vec![], false).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sees_and_changes_is_read_back_from_its_word() {
        for access in AttributeAccess::ALL {
            assert_eq!(AttributeAccess::parse(access.as_str()), Some(access));
            assert_eq!(serde_json::to_value(access).ok(), Some(access.as_str().into()));
            assert!(access.shows_person() || !access.is_persons());
        }
        assert_eq!(AttributeAccess::parse("everybody"), None);
    }
}
