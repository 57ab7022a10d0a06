//! Reading the sources in order and refusing mistakes: an unknown key, a value of the wrong kind, settings that do not
//! fit together. All unknown keys are reported at once, each with the known key nearest to it.

use std::{
    collections::BTreeMap,
    env, fmt,
    path::{Path, PathBuf},
};

use ::config::{ConfigBuilder, File, FileFormat, Source, builder::DefaultState};

use super::{
    Config,
    environment::{Environment, FILE_VARIABLE, variable_of},
    known_keys::KnownKeys,
    origin::Origin,
    text_source::TextSource,
    validation::violations,
    wrong_value::wrong_value,
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
    /// Variables `IDP_*` that Kubernetes or Docker made for a service, and that set nothing.
    pub ignored_variables: Vec<String>,
}

impl Loaded {
    /// What the operator is told about variables that set nothing; `None` when there are none.
    #[must_use]
    pub fn ignored_variables_note(&self) -> Option<String> {
        let names = self.ignored_variables.join(", ");
        (!names.is_empty()).then(|| {
            format!(
                "these variables describe a service of Kubernetes or Docker and set nothing here: {names}"
            )
        })
    }
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

/// Reads the file, then the environment, then the flags, over the defaults.
///
/// # Errors
/// [`ConfigError`] names every unknown key, the first value of a wrong kind, or every rule that is broken.
pub fn load(inputs: &Inputs) -> Result<Loaded, ConfigError> {
    let mut layers = Layers::new()?;
    if let Some(path) = &inputs.file {
        layers.add_file(path)?;
    }
    let environment = Environment::read(&inputs.environment, &layers.known);
    layers.add_text(Origin::Environment, &environment.settings);
    layers.add_text(Origin::Flag, &inputs.flags);
    let (config, origins) = layers.read()?;
    let violations = violations(&config);
    if !violations.is_empty() {
        return Err(ConfigError::Invalid(violations));
    }
    Ok(Loaded { config, origins, file: inputs.file.clone(), ignored_variables: environment.ignored })
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
        let file = File::from_str(&secret_file::read_configuration(path)?, FileFormat::Toml);
        let values = file.collect().map_err(|error| syntax_error(path, &error))?;
        for key in self.known.set_by(&values) {
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
        let sources = self.builder.build()?;
        match sources.clone().try_deserialize() {
            Ok(config) => Ok((config, self.origins)),
            Err(error) => Err(wrong_value(error, &sources, &self.origins)),
        }
    }
}

/// The parser quotes the line that it does not understand. A line may hold a password, so the quotation is left out.
fn syntax_error(path: &Path, error: &::config::ConfigError) -> ConfigError {
    let is_quotation =
        |line: &&str| line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ').starts_with('|');
    let words = error.to_string();
    let words = words.strip_prefix("TOML parse error at ").unwrap_or(&words);
    let words: Vec<&str> = words.lines().filter(|line| !is_quotation(line)).collect();
    ConfigError::Syntax { path: path.to_owned(), problem: words.join(": ") }
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
