//! What can go wrong below, sorted by what somebody can do about it.

use diesel::result::{DatabaseErrorKind, Error};

/// What can go wrong below.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// No connection, a full disk, a lock that did not clear: trying later can help.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The connection broke, or leads to a server that takes no writes any more: trying again can help, on another one.
    #[error("the connection to the database is lost: {0}")]
    Lost(String),
    /// What ended is stored, and sites that follow the feed refuse it; Redis did not confirm its copy.
    #[error("it is stored, but Redis has not confirmed its copy yet: {0}")]
    Unpublished(String),
    /// The row exists already.
    #[error("it exists already")]
    Exists,
    /// A row that does not read back as what it should be.
    #[error("column {0} holds a value that does not read back")]
    Corrupt(&'static str),
}

impl DbError {
    /// Whether trying later can help.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Lost(_) | Self::Unpublished(_))
    }

    pub(super) fn unavailable(error: impl std::fmt::Display) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<Error> for DbError {
    fn from(error: Error) -> Self {
        use DatabaseErrorKind::{
            ClosedConnection, ReadOnlyTransaction, UnableToSendCommand, UniqueViolation,
        };
        match error {
            Error::DatabaseError(UniqueViolation, _) => Self::Exists,
            Error::DatabaseError(ClosedConnection | UnableToSendCommand | ReadOnlyTransaction, _)
            | Error::BrokenTransactionManager => Self::Lost(error.to_string()),
            other => Self::Unavailable(other.to_string()),
        }
    }
}
