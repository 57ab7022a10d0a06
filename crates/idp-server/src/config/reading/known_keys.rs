//! The keys that exist, read off the default configuration so that the list cannot fall behind, and the keys that a
//! file sets.

use std::collections::BTreeMap;

use ::config::{Map, Value, ValueKind};
use serde_json::Value as Json;

use crate::config::Config;

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

    /// The key that the operator most likely meant; for the name of a table one of its keys.
    pub(super) fn nearest(&self, key: &str) -> Option<&str> {
        let in_table =
            self.0.keys().find(|known| known.strip_prefix(key).is_some_and(|rest| rest.starts_with('.')));
        in_table.map(String::as_str).or_else(|| self.most_similar(key))
    }

    /// The dotted paths that a parsed file sets, unknown ones included. A table in the place of a value counts as one.
    pub(super) fn set_by(&self, values: &Map<String, Value>) -> Vec<String> {
        let mut paths = Vec::new();
        self.collect(values, "", &mut paths);
        paths.sort();
        paths
    }

    fn collect(&self, values: &Map<String, Value>, above: &str, paths: &mut Vec<String>) {
        for (key, value) in values {
            let path = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
            match &value.kind {
                ValueKind::Table(inner) if !self.contains(&path) => self.collect(inner, &path, paths),
                _ => paths.push(path),
            }
        }
    }

    fn most_similar(&self, key: &str) -> Option<&str> {
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
