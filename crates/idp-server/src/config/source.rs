//! The sources of configuration and the keys that each one sets. Owns the translation of `IDP_TOKEN__ACCESS` and
//! `--set token.access=...` into keys, and the list of keys that exist, which is read off the
//! default configuration so that it cannot fall behind.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use ::config::{Map, Source, Value, ValueKind};
use serde_json::Value as Json;

use super::Config;

/// Variables that begin with this belong to the provider.
const PREFIX: &str = "IDP_";

/// Names the configuration file itself and is therefore no key.
const FILE_VARIABLE: &str = "IDP_CONFIG";

/// Where a value comes from; a later one wins over an earlier one.
#[derive(Clone, Eq, PartialEq, Ord, PartialOrd, Debug)]
pub enum Origin {
    /// Built in.
    Default,
    /// The configuration file.
    File(PathBuf),
    /// A variable `IDP_...`.
    Environment,
    /// `--set`, or a flag of its own.
    Flag,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment => f.write_str("environment"),
            Self::Flag => f.write_str("flag"),
        }
    }
}

/// Every key that exists; `true` marks the keys that hold a list.
pub(super) struct KnownKeys(BTreeMap<String, bool>);

impl KnownKeys {
    /// The keys of the default configuration.
    ///
    /// # Errors
    /// Only if a configuration struct cannot be serialised, which a test rules out.
    pub(super) fn read() -> Result<Self, serde_json::Error> {
        let mut keys = BTreeMap::new();
        flatten(&serde_json::to_value(Config::default())?, String::new(), &mut keys);
        Ok(Self(keys.into_iter().map(|(key, value)| (key, value.is_array())).collect()))
    }

    pub(super) fn contains(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    fn is_list(&self, key: &str) -> bool {
        self.0.get(key).copied().unwrap_or(false)
    }

    /// The key that a person most likely meant.
    pub(super) fn nearest(&self, key: &str) -> Option<&str> {
        self.0
            .keys()
            .map(|known| (strsim::jaro_winkler(known, key), known))
            .max_by(|(left, _), (right, _)| left.total_cmp(right))
            .filter(|(likeness, _)| *likeness > 0.7)
            .map(|(_, known)| known.as_str())
    }
}

/// The leaves of a JSON tree under their dotted paths; an empty table leaves nothing.
pub(super) fn flatten(value: &Json, path: String, leaves: &mut BTreeMap<String, Json>) {
    let Json::Object(table) = value else {
        leaves.insert(path, value.clone());
        return;
    };
    for (key, inner) in table {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        flatten(inner, path, leaves);
    }
}

/// The dotted paths that a parsed file sets.
pub(super) fn keys_of(values: &Map<String, Value>) -> Vec<String> {
    let mut keys = Vec::new();
    collect_keys(values, "", &mut keys);
    keys.sort();
    keys
}

fn collect_keys(values: &Map<String, Value>, above: &str, keys: &mut Vec<String>) {
    for (key, value) in values {
        let path = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
        match &value.kind {
            ValueKind::Table(inner) => collect_keys(inner, &path, keys),
            _ => keys.push(path),
        }
    }
}

/// `IDP_TOKEN__ACCESS` is `token.access`; variables of others are left out. An empty variable counts
/// as unset, because that is how container tools unset one.
pub(super) fn environment_keys(variables: &[(String, String)]) -> Vec<(String, String)> {
    variables
        .iter()
        .filter(|(name, value)| name != FILE_VARIABLE && !value.is_empty())
        .filter_map(|(name, value)| {
            let key = name.strip_prefix(PREFIX)?.to_ascii_lowercase().replace("__", ".");
            Some((key, value.clone()))
        })
        .collect()
}

/// Keys with values in text form, as the environment and the command line give them.
#[derive(Clone, Debug)]
pub(super) struct TextSource {
    values: Map<String, Value>,
}

impl TextSource {
    pub(super) fn new(origin: &Origin, pairs: &[(String, String)], known: &KnownKeys) -> Self {
        let origin = origin.to_string();
        let values = pairs
            .iter()
            .map(|(key, text)| (key.clone(), text_value(&origin, text, known.is_list(key))))
            .collect();
        Self { values }
    }
}

/// A list is written with commas between its entries; everything else stays text, which the structs
/// turn into numbers and switches themselves.
fn text_value(origin: &String, text: &str, is_list: bool) -> Value {
    let one = |text: &str| Value::new(Some(origin), ValueKind::String(text.to_owned()));
    if is_list {
        let entries = text.split(',').map(|entry| one(entry.trim())).collect();
        Value::new(Some(origin), ValueKind::Array(entries))
    } else {
        one(text)
    }
}

impl Source for TextSource {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ::config::ConfigError> {
        Ok(self.values.clone())
    }
}
