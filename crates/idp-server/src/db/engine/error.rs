//! What can go wrong in the database, sorted by what the caller can do about it.

use std::time::Duration;

use idp_core::administration::Permissions;

use crate::metrics::DatabaseFaults;

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error};

/// How long a statement or a lock may take on a server; shorter than the patience of the pool, so that the server's word
/// on what went wrong arrives.
pub(super) const STATEMENT_LIMIT: Duration = Duration::from_millis(2500);
/// How long a lock of another process on a file is waited for; shorter for the same reason.
pub(super) const LOCK_LIMIT: Duration = Duration::from_millis(2500);
/// The same for SQLite.
pub(super) const BUSY_TIMEOUT: &str = "PRAGMA busy_timeout = 2500";

/// What can go wrong in the database.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DbError {
    /// No connection can be made: the server is away or refuses the account, or the file is not a database.
    #[error("cannot open the database: {0}")]
    Connect(String),
    /// No answer came in time, or the work was given up. Trying later can help.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// Every thread is at work and the queue is full: trying later can help.
    #[error("the database is busy: too many requests wait for it")]
    Busy,
    /// The connection broke, or leads to a server that takes no writes any more: trying again can help, on another one.
    #[error("the connection to the database is lost: {0}")]
    Lost(String),
    /// What ended is stored, and sites that follow the feed refuse it; Redis did not confirm its copy.
    #[error("it is stored, but Redis has not confirmed its copy yet: {0}")]
    Unpublished(String),
    /// A statement, or the lock it waited for, took longer than it may. Trying later can help.
    #[error("the database took longer than {} s for a statement", .0.as_secs_f32())]
    TooSlow(Duration),
    /// The database refused a statement, as when the disk is full.
    #[error("the database refused a statement: {0}")]
    Refused(String),
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
    /// Nobody could administer the installation any more.
    #[error("this is the last administrator; make another person one first")]
    LastAdministrator,
    /// The principal does not have these permissions, by now.
    #[error("this takes the permission {0}")]
    NotPermitted(Permissions),
    /// Another master key seals by now, which this process does not have: nothing is written sealed under the former one.
    #[error("another master key seals by now, which is not here: try again once it is")]
    OtherMasterKey,
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
        !matches!(
            self,
            Self::Exists
                | Self::Corrupt(_)
                | Self::Constraint(_)
                | Self::UnknownSchema(_)
                | Self::LastAdministrator
                | Self::NotPermitted(_)
        )
    }

    /// Whether the database was reached and said so in time.
    #[must_use]
    pub const fn is_answer(&self) -> bool {
        !matches!(
            self,
            Self::Connect(_) | Self::Unavailable(_) | Self::Busy | Self::Lost(_) | Self::TooSlow(_)
        )
    }

    /// The word of a fault, for what counts them; empty for an answer that is none.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Connect(_) => "connect",
            Self::Unavailable(_) => "unavailable",
            Self::Busy => "busy",
            Self::Lost(_) => "lost",
            Self::Unpublished(_) => "unpublished",
            Self::TooSlow(_) => "too_slow",
            Self::Refused(_) => "refused",
            Self::ParentGone(_) => "parent_gone",
            Self::Constraint(_) => "constraint",
            Self::Corrupt(_) => "corrupt",
            Self::UnknownSchema(_) => "unknown_schema",
            Self::Exists | Self::LastAdministrator | Self::NotPermitted(_) | Self::OtherMasterKey => "",
        }
    }

    pub(super) fn connect(error: impl std::fmt::Display) -> Self {
        Self::Connect(one_line(&error.to_string()))
    }

    pub(super) fn unavailable(error: impl std::fmt::Display) -> Self {
        Self::Unavailable(one_line(&error.to_string()))
    }
}

/// Counters of what is a fault of the database, or of ours at it.
pub(super) fn faults() -> DatabaseFaults {
    DatabaseFaults::of(&[
        "connect",
        "unavailable",
        "busy",
        "lost",
        "too_slow",
        "refused",
        "parent_gone",
        "constraint",
        "corrupt",
        "unknown_schema",
    ])
}

/// libpq answers on several lines, indented by tabs.
fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl From<Error> for DbError {
    fn from(error: Error) -> Self {
        use DatabaseErrorKind::{
            CheckViolation, ClosedConnection, ForeignKeyViolation, NotNullViolation, ReadOnlyTransaction,
            UnableToSendCommand, UniqueViolation,
        };
        match error {
            Error::DatabaseError(UniqueViolation, _) => Self::Exists,
            Error::DatabaseError(ForeignKeyViolation, info) => Self::ParentGone(one_line(info.message())),
            Error::DatabaseError(CheckViolation | NotNullViolation, info) => {
                Self::Constraint(one_line(info.message()))
            }
            Error::DatabaseError(ClosedConnection | UnableToSendCommand | ReadOnlyTransaction, _)
            | Error::BrokenTransactionManager => Self::Lost(one_line(&error.to_string())),
            Error::DatabaseError(_, info) => {
                too_slow(info.as_ref()).map_or_else(|| Self::Refused(one_line(info.message())), Self::TooSlow)
            }
            other => Self::Refused(one_line(&other.to_string())),
        }
    }
}

/// What SQLite says where another connection writes.
pub(super) const LOCKED: &str = "database is locked";

/// The limit that was exceeded, if that is what happened. The client library passes no error code on, so this goes by
/// the words of a server that speaks English; in other languages the message itself is reported.
fn too_slow(info: &(dyn DatabaseErrorInformation + Send + Sync)) -> Option<Duration> {
    let message = info.message();
    if message.contains("statement timeout") || message.contains("lock timeout") {
        Some(STATEMENT_LIMIT)
    } else if message.contains(LOCKED) {
        Some(LOCK_LIMIT)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(message: &str) -> DbError {
        Error::DatabaseError(DatabaseErrorKind::Unknown, Box::new(message.to_owned())).into()
    }

    #[test]
    fn b10_a_statement_that_was_too_slow_is_not_a_database_that_is_away() {
        for (message, words) in [
            (
                "canceling statement due to statement timeout",
                "the database took longer than 2.5 s for a statement",
            ),
            (
                "canceling statement due to lock timeout",
                "the database took longer than 2.5 s for a statement",
            ),
            ("database is locked", "the database took longer than 2.5 s for a statement"),
            ("database or disk is full", "the database refused a statement: database or disk is full"),
        ] {
            let error = refused(message);
            assert_eq!(error.to_string(), words);
            assert!(error.is_temporary());
        }
    }
}
