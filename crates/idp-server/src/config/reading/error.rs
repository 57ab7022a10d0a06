//! What can be wrong with a configuration, in words for the operator.

use std::{fmt, path::PathBuf};

use super::{environment::variable_of, origin::Origin};
use crate::secret_file;

/// A key that does not exist.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct UnknownKey {
    /// As it was written, with dots between levels.
    pub key: String,
    /// Where it was written.
    pub origin: Origin,
    /// The known key most like it.
    pub nearest: Option<String>,
}

impl fmt::Display for UnknownKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_table() {
            return write!(
                f,
                "{:?} ({}) must be a table that holds keys such as {:?}",
                self.key,
                self.origin,
                self.nearest()
            );
        }
        match self.origin {
            Origin::Environment => write!(f, "unknown variable {} (environment)", variable_of(&self.key))?,
            _ => write!(f, "unknown key {:?} ({})", self.key, self.origin)?,
        }
        match (&self.nearest, &self.origin) {
            (Some(nearest), Origin::Environment) => write!(f, "; did you mean {}?", variable_of(nearest)),
            (Some(nearest), _) => write!(f, "; did you mean {nearest:?}?"),
            (None, _) => Ok(()),
        }
    }
}

impl UnknownKey {
    fn nearest(&self) -> &str {
        self.nearest.as_deref().unwrap_or_default()
    }

    /// Whether it is the name of a table, to which a value was given.
    fn is_table(&self) -> bool {
        self.nearest().strip_prefix(self.key.as_str()).is_some_and(|rest| rest.starts_with('.'))
    }
}

/// Why there is no configuration. The first line says what is wrong; a cause follows where there is one.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is missing, cannot be read, or may be written by others.
    #[error("the configuration file, named by --config or IDP_CONFIG")]
    File(#[from] secret_file::SecretFileError),
    /// The file is not TOML.
    #[error("{} is not TOML, {problem}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Line, column and what was expected there. Never the line itself, which may hold a password.
        problem: String,
    },
    /// A value is of the wrong kind.
    #[error("{key} = {value} ({origin}): {problem}")]
    Value {
        /// The key, with its index when it is one entry of a list.
        key: String,
        /// The value, secrets masked.
        value: String,
        /// Where the value was written.
        origin: Origin,
        /// What is wrong with it.
        problem: String,
    },
    /// Keys that do not exist.
    #[error("{}", lines(.0))]
    Unknown(Vec<UnknownKey>),
    /// Settings out of range, or that do not fit together.
    #[error("{}", lines(.0))]
    Invalid(Vec<String>),
    /// The sources cannot be merged.
    #[error("the file, the environment and the flags cannot be merged")]
    Merge(#[from] ::config::ConfigError),
    /// The list of known keys could not be made.
    #[error("the default configuration cannot be written down")]
    Defaults(#[from] serde_json::Error),
}

fn lines<T: fmt::Display>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
