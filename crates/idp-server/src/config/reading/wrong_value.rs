//! From an error of the deserializer to words for the operator: the key, the value as far as it may be shown, where it
//! was written, and what belongs there. Names of Rust types never get through.

use std::collections::BTreeMap;

use ::config::{Config as Sources, ConfigError as SourceError, Value, ValueKind};
use serde_json::Value as Json;

use super::{error::ConfigError, mask::mask, origin::Origin};

/// The value that the deserializer refused. `sources` are all sources merged.
pub(super) fn wrong_value(
    error: SourceError,
    sources: &Sources,
    origins: &BTreeMap<String, Origin>,
) -> ConfigError {
    let (key, problem) = match error {
        SourceError::At { error, key: Some(key), .. } => (key, requirement(&error.to_string())),
        SourceError::Type { expected, key: Some(key), .. } => (key, must_be(expected)),
        other => return ConfigError::Merge(other),
    };
    let name = key.split('[').next().unwrap_or_default().to_owned();
    let origin = origins.get(&name).cloned().unwrap_or(Origin::Default);
    let value = sources.get::<Value>(&key).map_or_else(|_| "?".to_owned(), |value| shown(&name, value.kind));
    ConfigError::Value { key, value, origin, problem }
}

/// Our own types say what they want in words. What serde says by itself begins in one of these ways and ends with what
/// was expected.
fn requirement(message: &str) -> String {
    let is_serde = ["invalid type: ", "invalid value: ", "invalid length ", "unknown variant ", "enum "]
        .iter()
        .any(|start| message.starts_with(start));
    match message.rsplit_once("expected ") {
        Some((_, expected)) if is_serde => must_be(expected),
        _ if is_serde => must_be(""),
        _ => message.to_owned(),
    }
}

/// What a value must be, in the words of the configuration file.
fn must_be(expected: &str) -> String {
    let has = |words: &[&str]| words.iter().any(|word| expected.contains(word));
    let wanted = match () {
        () if has(&["boolean"]) => "true or false",
        () if has(&["unsigned 16 bit", "u16"]) => "a whole number from 0 to 65535",
        () if has(&["unsigned 32 bit", "u32"]) => "a whole number from 0 to 4294967295",
        () if has(&["floating", "f64"]) => "a number, such as 0.5",
        () if has(&["integer", "unsigned", "usize", "u64"]) => "a whole number, 0 or more",
        () if has(&["sequence", "array"]) => "a list in brackets, such as [\"first\", \"second\"]",
        () if has(&["string"]) => "text in quotes",
        () if has(&["map", "struct"]) => "a table",
        () => "a value of another kind; deploy/idp.toml shows one",
    };
    format!("must be {wanted}")
}

/// As JSON, with secrets masked; tables and lists by their kind alone.
fn shown(key: &str, kind: ValueKind) -> String {
    let mut json = match kind {
        ValueKind::Boolean(value) => Json::from(value),
        ValueKind::I64(value) => Json::from(value),
        ValueKind::U64(value) => Json::from(value),
        ValueKind::Float(value) => Json::from(value),
        ValueKind::String(value) => Json::from(value),
        ValueKind::I128(value) => return value.to_string(),
        ValueKind::U128(value) => return value.to_string(),
        ValueKind::Nil => return "nothing".to_owned(),
        ValueKind::Table(_) => return "a table".to_owned(),
        ValueKind::Array(_) => return "a list".to_owned(),
    };
    mask(key, &mut json);
    json.to_string()
}
