//! Settings that arrive as text, from the environment and from `--set`, as a source of the `config` crate.

use ::config::{ConfigError, Map, Source, Value, ValueKind};

use super::{known_keys::KnownKeys, origin::Origin};

/// Keys with their values in text form.
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

/// A list is written with commas between its entries. Everything else stays text, which the structs turn into numbers
/// and booleans themselves.
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

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.values.clone())
    }
}
