//! How a command ends: the exit code, and the message on standard error. Scripts may rely on the codes.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | something outside failed: a file, the database, the network |
//! | 2 | the command line cannot be read (clap's own code) |
//! | 3 | the configuration is wrong |
//! | 4 | refused: what was asked for is not possible, and nothing was changed |

use std::process::ExitCode;

use idp_core::{client::UnfitClient, user::UnfitClaim};

use crate::{
    config::ConfigError, db::DbError, directory::DirectoryError, error_chain::Chain,
    installation::InstallationError,
};

/// Why a command did not do what it was asked to. This is where chains of causes end and are printed, so it has no
/// source of its own.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The configuration is wrong.
    #[error("the configuration is wrong:\n{}", Chain(.0))]
    Config(ConfigError),
    /// Nothing was changed, because the request itself cannot be met.
    #[error("{0}")]
    Refused(String),
    /// Something outside failed.
    #[error("{:#}", .0)]
    Failed(anyhow::Error),
}

impl Failure {
    /// A refusal with this message.
    pub fn refused(message: impl ToString) -> Self {
        Self::Refused(message.to_string())
    }

    /// The exit code.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Failed(_) => 1,
            Self::Config(_) => 3,
            Self::Refused(_) => 4,
        })
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<InstallationError> for Failure {
    fn from(error: InstallationError) -> Self {
        if let InstallationError::NotThere { .. } = error {
            return Self::refused(error);
        }
        Self::Failed(error.into())
    }
}

impl From<DirectoryError> for Failure {
    fn from(error: DirectoryError) -> Self {
        if !error.is_refusal() {
            return Self::Failed(error.into());
        }
        let flag = flag_of(&error).map_or_else(String::new, |flag| format!("{flag}: "));
        Self::Refused(format!("{flag}{error}{}", mend_of(&error)))
    }
}

/// The flag that an act was refused for, where it is one.
fn flag_of(error: &DirectoryError) -> Option<&'static str> {
    match error {
        DirectoryError::UnreachableLogoutUri { .. } => Some("--backchannel-logout-uri"),
        DirectoryError::AudienceOfPermissions { .. } => Some("--audience"),
        DirectoryError::UnknownAllowedRole(_) => Some("--allow-role"),
        DirectoryError::UnknownAllowedGroup(_) => Some("--allow-group"),
        DirectoryError::OverBudget(over) => match over.heaviest.first()?.0.as_str() {
            "scope" => Some("--scope"),
            "aud" => Some("--audience"),
            _ => None,
        },
        DirectoryError::UnfitClient(unfit) => match unfit {
            UnfitClient::PublicWithoutPkce => Some("--no-pkce"),
            UnfitClient::PublicWithClientCredentials | UnfitClient::NoGrantType => Some("--grant"),
            UnfitClient::PublicWithFeed => Some("--feed"),
            UnfitClient::NoRedirectUri => Some("--redirect-uri"),
            UnfitClient::Name => Some("--name"),
            UnfitClient::Audience => Some("--audience"),
            UnfitClient::SessionWithoutLogoutUri => Some("--backchannel-logout-session-required"),
            UnfitClient::Lifetime => Some("--access-token-lifetime"),
            UnfitClient::ClaimsMapping => Some("--map-claim"),
            UnfitClient::NoSecret | UnfitClient::AccessRules => None,
        },
        _ => None,
    }
}

/// What to do on the command line, where the refusal itself cannot know it.
fn mend_of(error: &DirectoryError) -> &'static str {
    match error {
        DirectoryError::UnreachableLogoutUri { .. } => {
            " (for one command: --set backchannel.allow_networks=...)"
        }
        DirectoryError::UnfitClient(UnfitClient::SessionWithoutLogoutUri) => {
            "; give --backchannel-logout-uri as well"
        }
        DirectoryError::UnfitClaim(UnfitClaim::VerifiesNothing(..)) => {
            "; give --claim phone_number=... as well"
        }
        _ => "",
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
