//! How a command ends: the exit code, and the message on standard error. Scripts may rely on the codes.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | something outside failed: a file, the database, the network |
//! | 2 | the command line cannot be read (clap's own code) |
//! | 3 | the configuration, or a file that it names, is wrong: trying again does not help |
//! | 4 | refused: what was asked for is not possible, and nothing was changed |

mod lasting;

use std::process::ExitCode;

use self::lasting::no_restart_mends;
use crate::{
    admin_api::Problem, backup::BackupError, config::ConfigError, db::DbError, directory::DirectoryError,
    error_chain::Chain, installation::InstallationError,
};

/// Why a command did not do what it was asked to. This is where chains of causes end and are printed, so it has no
/// source of its own.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The configuration is wrong.
    #[error("the configuration is wrong:\n{}", Chain(.0))]
    Config(ConfigError),
    /// What the configuration names is wrong: a file, a key, tables of another version.
    #[error("{:#}", .0)]
    Unusable(anyhow::Error),
    /// Nothing was changed, because the request itself cannot be met.
    #[error("{0}")]
    Refused(String),
    /// Likewise, as an operation of the administration API says it.
    #[error("{0}")]
    Problem(Box<Problem>),
    /// Something outside failed.
    #[error("{:#}", .0)]
    Failed(anyhow::Error),
}

impl Failure {
    /// A refusal with this message.
    pub fn refused(message: impl ToString) -> Self {
        Self::Refused(message.to_string())
    }

    /// Whether it was refused for want of a permission.
    #[must_use]
    pub fn is_not_permitted(&self) -> bool {
        matches!(self, Self::Problem(problem) if problem.status == 403)
    }

    /// Whether what was named is not there.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Problem(problem) if problem.status == 404)
    }

    /// The same refusal with more said before it, as of which thing.
    #[must_use]
    pub fn about(self, what: impl std::fmt::Display) -> Self {
        match self {
            Self::Refused(_) | Self::Problem(_) => Self::Refused(format!("{what}: {self}")),
            other => other,
        }
    }

    /// The exit code.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code())
    }

    /// The same as a number.
    #[must_use]
    pub const fn code(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::Config(_) | Self::Unusable(_) => 3,
            Self::Refused(_) | Self::Problem(_) => 4,
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        match no_restart_mends(&error) {
            true => Self::Unusable(error),
            false => Self::Failed(error),
        }
    }
}

impl From<InstallationError> for Failure {
    fn from(error: InstallationError) -> Self {
        if let InstallationError::NotThere { .. } = error {
            return Self::refused(error);
        }
        anyhow::Error::from(error).into()
    }
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        match error {
            BackupError::Installation(error) => error.into(),
            BackupError::Db(error) => error.into(),
            error if error.is_of_the_system() => anyhow::Error::from(error).into(),
            error => Self::refused(Chain(&error)),
        }
    }
}

impl From<DirectoryError> for Failure {
    fn from(error: DirectoryError) -> Self {
        match error.is_refusal() {
            true => Self::refused(error),
            false => Self::Failed(error.into()),
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        match problem.status {
            500.. => Self::Failed(anyhow::anyhow!(problem.cause.unwrap_or(problem.detail))),
            _ => Self::Problem(Box::new(problem)),
        }
    }
}

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.into())
    }
}
