//! What can go wrong with the database, sorted by what the caller can do about it.

use diesel::result::{DatabaseErrorKind, Error};

/// What can go wrong with the database.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// No connection, a full disk, a lock that was not released: trying later can help.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// Every thread is at work and the queue is full: trying later can help.
    #[error("the database is busy: too many wait for it")]
    Busy,
    /// The connection broke, or leads to a server that takes no writes any more: trying again, on another one, can help.
    #[error("the connection to the database is lost: {0}")]
    Lost(String),
    /// What ended is stored, and sites that follow the feed refuse it; Redis did not confirm its copy.
    #[error("it is stored, but Redis has not confirmed its copy yet: {0}")]
    Unpublished(String),
    /// The row exists already.
    #[error("it exists already")]
    Exists,
    /// A row that another one belongs to was removed meanwhile: a second try finds it gone.
    #[error("what it belongs to is gone: {0}")]
    ParentGone(String),
    /// A row breaks a rule of its table (`CHECK`, `NOT NULL`): a fault of ours.
    #[error("a row breaks a rule of its table: {0}")]
    Constraint(String),
    /// A row that does not read back as what it should be.
    #[error("column {0} holds a value that does not read back")]
    Corrupt(&'static str),
    /// The tables were made by a version with migrations that this one does not have.
    #[error(
        "its tables were made by another version of idp-server (migration {0} is unknown to this one); run the version \
         that made them, or give this one an empty database"
    )]
    UnknownSchema(String),
}

impl DbError {
    /// Whether trying later can help.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(_) | Self::Busy | Self::Lost(_) | Self::Unpublished(_) | Self::ParentGone(_)
        )
    }

    pub(super) fn unavailable(error: impl std::fmt::Display) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<Error> for DbError {
    fn from(error: Error) -> Self {
        use DatabaseErrorKind::{
            CheckViolation, ClosedConnection, ForeignKeyViolation, NotNullViolation, ReadOnlyTransaction,
            UnableToSendCommand, UniqueViolation,
        };
        match error {
            Error::DatabaseError(UniqueViolation, _) => Self::Exists,
            Error::DatabaseError(ForeignKeyViolation, _) => Self::ParentGone(error.to_string()),
            Error::DatabaseError(CheckViolation | NotNullViolation, _) => Self::Constraint(error.to_string()),
            Error::DatabaseError(ClosedConnection | UnableToSendCommand | ReadOnlyTransaction, _)
            | Error::BrokenTransactionManager => Self::Lost(error.to_string()),
            other => Self::Unavailable(other.to_string()),
        }
    }
}
