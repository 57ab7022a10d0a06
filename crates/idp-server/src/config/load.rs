//! Reading the sources in order and refusing what nobody meant: an unknown key, a value of the wrong
//! kind, settings that contradict each other. All unknown keys are reported at once, each with the
//! known key nearest to it.

use std::{
    collections::BTreeMap,
    env, fmt,
    path::{Path, PathBuf},
};

use ::config::{ConfigBuilder, File, FileFormat, Source, builder::DefaultState};

use super::{
    Config,
    environment::{FILE_VARIABLE, environment_keys},
    known_keys::{KnownKeys, keys_of},
    origin::Origin,
    text_source::TextSource,
    validation::violations,
};
use crate::secret_file;

/// The file that is read when none is named and one of this name is in the current folder.
const DEFAULT_FILE: &str = "idp.toml";

/// What [`load`] reads, collected beforehand so that tests need no process-wide state.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// The configuration file; a file that is named must exist.
    pub file: Option<PathBuf>,
    /// Variables; only those that begin with `IDP_` count.
    pub environment: Vec<(String, String)>,
    /// Keys set on the command line, with their values in text form.
    pub flags: Vec<(String, String)>,
}

impl Inputs {
    /// The inputs of this process: `--config`, else `IDP_CONFIG`, else `idp.toml` when it is there.
    #[must_use]
    pub fn of_process(named: Option<PathBuf>, flags: Vec<(String, String)>) -> Self {
        let by_variable = || env::var_os(FILE_VARIABLE).filter(|name| !name.is_empty()).map(PathBuf::from);
        let by_default = || Some(PathBuf::from(DEFAULT_FILE)).filter(|file| file.exists());
        let environment = env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self { file: named.or_else(by_variable).or_else(by_default), environment, flags }
    }
}

/// A configuration and where each of its values comes from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// The origin of each key that is not at its default.
    pub origins: BTreeMap<String, Origin>,
    /// The file that was read.
    pub file: Option<PathBuf>,
}

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
        write!(f, "unknown key {:?} ({})", self.key, self.origin)?;
        match &self.nearest {
            Some(nearest) => write!(f, "; did you mean {nearest:?}?"),
            None => Ok(()),
        }
    }
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file may be read or written by others, or is not a file.
    #[error(transparent)]
    Exposed(#[from] secret_file::SecretFileError),
    /// The file is missing or is not TOML.
    #[error("{0}")]
    Unreadable(#[from] ::config::ConfigError),
    /// A value is of the wrong kind.
    #[error("{key} ({origin}): {problem}")]
    Value {
        /// The key, with its index when it is one entry of a list.
        key: String,
        /// Where the value was written.
        origin: Origin,
        /// What is wrong with it.
        problem: String,
    },
    /// Keys that do not exist.
    #[error("{}", lines(.0))]
    Unknown(Vec<UnknownKey>),
    /// Settings that cannot hold together.
    #[error("{}", lines(.0))]
    Invalid(Vec<String>),
    /// The list of known keys could not be made.
    #[error("the default configuration cannot be written down")]
    Defaults(#[from] serde_json::Error),
}

fn lines<T: fmt::Display>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Reads the file, then the environment, then the flags, over the defaults.
///
/// # Errors
/// [`ConfigError`] names every unknown key, the first value of a wrong kind, or every contradiction.
pub fn load(inputs: &Inputs) -> Result<Loaded, ConfigError> {
    let mut layers = Layers::new()?;
    if let Some(path) = &inputs.file {
        secret_file::refuse_foreign_writers(path)?;
        layers.add_file(path)?;
    }
    layers.add_text(Origin::Environment, &environment_keys(&inputs.environment));
    layers.add_text(Origin::Flag, &inputs.flags);
    let (config, origins) = layers.read()?;
    let violations = violations(&config);
    if !violations.is_empty() {
        return Err(ConfigError::Invalid(violations));
    }
    Ok(Loaded { config, origins, file: inputs.file.clone() })
}

/// The sources so far, and what they set.
struct Layers {
    known: KnownKeys,
    builder: ConfigBuilder<DefaultState>,
    origins: BTreeMap<String, Origin>,
    unknown: Vec<UnknownKey>,
}

impl Layers {
    fn new() -> Result<Self, ConfigError> {
        Ok(Self {
            known: KnownKeys::read()?,
            builder: ::config::Config::builder(),
            origins: BTreeMap::new(),
            unknown: Vec::new(),
        })
    }

    fn add_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let file = File::new(&path.to_string_lossy(), FileFormat::Toml);
        for key in keys_of(&file.collect()?) {
            self.note(key, Origin::File(path.to_owned()));
        }
        self.builder = std::mem::take(&mut self.builder).add_source(file);
        Ok(())
    }

    fn add_text(&mut self, origin: Origin, pairs: &[(String, String)]) {
        for (key, _) in pairs {
            self.note(key.clone(), origin.clone());
        }
        let source = TextSource::new(&origin, pairs, &self.known);
        self.builder = std::mem::take(&mut self.builder).add_source(source);
    }

    fn note(&mut self, key: String, origin: Origin) {
        if self.known.contains(&key) {
            self.origins.insert(key, origin);
        } else {
            let nearest = self.known.nearest(&key).map(str::to_owned);
            self.unknown.push(UnknownKey { key, origin, nearest });
        }
    }

    fn read(self) -> Result<(Config, BTreeMap<String, Origin>), ConfigError> {
        if !self.unknown.is_empty() {
            return Err(ConfigError::Unknown(self.unknown));
        }
        match self.builder.build()?.try_deserialize() {
            Ok(config) => Ok((config, self.origins)),
            Err(error) => Err(wrong_value(error, &self.origins)),
        }
    }
}

/// The library knows the key of a wrong value, but not always where it was written; we do.
fn wrong_value(error: ::config::ConfigError, origins: &BTreeMap<String, Origin>) -> ConfigError {
    use ::config::ConfigError::{At, Type};
    let (key, problem) = match error {
        At { error, key: Some(key), .. } => (key, error.to_string()),
        Type { unexpected, expected, key: Some(key), .. } => (key, format!("{unexpected} is not {expected}")),
        other => return ConfigError::Unreadable(other),
    };
    let list = key.split('[').next().unwrap_or_default();
    let origin = origins.get(list).cloned().unwrap_or(Origin::Default);
    ConfigError::Value { key, origin, problem }
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
