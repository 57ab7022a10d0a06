//! Reading the sources in order and refusing mistakes: an unknown key, a value of the wrong kind, settings that do not
//! fit together. All unknown keys are reported at once, each with the known key nearest to it.

use std::{
    env,
    path::{Path, PathBuf},
};

use ::config::{ConfigBuilder, File, FileFormat, Source, builder::DefaultState};

use super::{
    environment::{Environment, FILE_VARIABLE},
    error::{ConfigError, UnknownKey},
    known_keys::KnownKeys,
    origin::{Origin, Origins},
    text_source::TextSource,
    validation::violations,
    wrong_value::wrong_value,
};
use crate::{config::Config, secret_file};

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
    pub origins: Origins,
    /// The file that was read.
    pub file: Option<PathBuf>,
    /// Variables `IDP_*` that Kubernetes or Docker made for a service, and that set nothing.
    pub ignored_variables: Vec<String>,
}

/// A configuration that a program has made: none of its values is written anywhere.
impl From<Config> for Loaded {
    fn from(config: Config) -> Self {
        Self { config, origins: Origins::new(), file: None, ignored_variables: Vec::new() }
    }
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
    origins: Origins,
    unknown: Vec<UnknownKey>,
}

impl Layers {
    fn new() -> Result<Self, ConfigError> {
        Ok(Self {
            known: KnownKeys::read()?,
            builder: ::config::Config::builder(),
            origins: Origins::new(),
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

    fn read(self) -> Result<(Config, Origins), ConfigError> {
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
