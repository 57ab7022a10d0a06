//! The keys that exist, read off the default configuration so that the list cannot fall behind, and the keys that a
//! source sets.

use std::collections::BTreeMap;

use ::config::{Map, Value, ValueKind};
use serde_json::Value as Json;

use super::Config;

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

    pub(super) fn is_list(&self, key: &str) -> bool {
        self.0.get(key).copied().unwrap_or(false)
    }

    /// The key that the operator most likely meant.
    pub(super) fn nearest(&self, key: &str) -> Option<&str> {
        self.0
            .keys()
            .map(|known| (strsim::jaro_winkler(known, key), known))
            .max_by(|(left, _), (right, _)| left.total_cmp(right))
            .filter(|(similarity, _)| *similarity > 0.7)
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
