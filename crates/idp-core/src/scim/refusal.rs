//! Why a SCIM request is not met, in the words of RFC 7644 3.12 and RFC 9865 4.

use std::fmt;

/// What kind of fault a request has (`scimType`).
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum ScimType {
    /// The filter cannot be read, or is none that is answered.
    InvalidFilter,
    /// More would have to be looked at, changed or answered than is.
    TooMany,
    /// Another resource has it.
    Uniqueness,
    /// It is not for clients to change.
    Mutability,
    /// The body is no message of the protocol.
    InvalidSyntax,
    /// The path of an operation cannot be read, or leads nowhere.
    InvalidPath,
    /// There is nothing where the path of an operation leads.
    NoTarget,
    /// A value is missing, of another type, or cannot be stored.
    InvalidValue,
    /// It cannot be asked for by its value.
    Sensitive,
    /// The cursor is of no page before.
    InvalidCursor,
    /// So many rows cannot be asked for.
    InvalidCount,
}

impl ScimType {
    /// All of them.
    pub const EVERY: [Self; 11] = [
        Self::InvalidFilter,
        Self::TooMany,
        Self::Uniqueness,
        Self::Mutability,
        Self::InvalidSyntax,
        Self::InvalidPath,
        Self::NoTarget,
        Self::InvalidValue,
        Self::Sensitive,
        Self::InvalidCursor,
        Self::InvalidCount,
    ];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::Sensitive => "sensitive",
            Self::InvalidCursor => "invalidCursor",
            Self::InvalidCount => "invalidCount",
        }
    }
}

/// A request that is not met, with words for its sender.
#[derive(Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("{detail}")]
pub struct Refusal {
    /// The kind of fault.
    pub kind: ScimType,
    /// What is wrong.
    pub detail: String,
}

impl Refusal {
    /// One of this kind.
    #[must_use]
    pub fn new(kind: ScimType, detail: impl fmt::Display) -> Self {
        Self { kind, detail: detail.to_string() }
    }

    /// A value that cannot be taken.
    #[must_use]
    pub fn value(detail: impl fmt::Display) -> Self {
        Self::new(ScimType::InvalidValue, detail)
    }
}
