//! Strict reading of a JSON body: no member twice, in whatever capitals, since names of attributes have none (RFC 7643 2.1), and no
//! nesting that no resource has.

use serde::Deserialize;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::collections::BTreeSet;
use std::fmt;

/// How deep a message nests: an operation of a list of values of a complex attribute, and some.
const DEEPEST: usize = 10;

/// Reads a whole body.
///
/// # Errors
/// In words for its sender.
pub fn read(bytes: &[u8]) -> Result<Value, String> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Strict(DEEPEST).deserialize(&mut deserializer).map_err(|error| error.to_string())?;
    deserializer.end().map_err(|error| error.to_string())?;
    Ok(value)
}

/// Reads a value that nests so deep at most.
struct Strict(usize);

impl Strict {
    fn inner<E: serde::de::Error>(&self) -> Result<Self, E> {
        self.0.checked_sub(1).map(Self).ok_or_else(|| E::custom(format!("more than {DEEPEST} levels deep")))
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut read = Vec::new();
        while let Some(item) = items.next_element_seed(self.inner()?)? {
            read.push(item);
        }
        Ok(Value::Array(read))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let (mut read, mut names) = (Map::new(), BTreeSet::new());
        while let Some(name) = members.next_key::<String>()? {
            if !names.insert(name.to_lowercase()) {
                return Err(A::Error::custom("a member that is there twice"));
            }
            let value = members.next_value_seed(self.inner()?)?;
            read.insert(name, value);
        }
        Ok(Value::Object(read))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn json_is_read_as_it_is() {
        let text = r#"{"a":[1,-2,1.5,true,null,{"b":"\u00e4"}],"c":""}"#;
        let expected = json!({ "a": [1, -2, 1.5, true, null, { "b": "ä" }], "c": "" });
        assert_eq!(read(text.as_bytes()), Ok(expected));
    }

    #[test]
    fn a_member_is_there_once_and_nothing_nests_without_end() {
        for twice in [r#"{"active":true,"Active":false}"#, r#"{"a":[{"b":1,"b":1}]}"#] {
            assert!(read(twice.as_bytes()).unwrap_err().contains("twice"), "{twice}");
        }
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(read(deep(DEEPEST).as_bytes()).is_ok());
        for levels in [DEEPEST + 1, 100, 100_000] {
            assert!(read(deep(levels).as_bytes()).is_err(), "{levels}");
        }
        for broken in ["", "{", "{} {}", "{\"a\":}", "\u{1}"] {
            assert!(read(broken.as_bytes()).is_err(), "{broken}");
        }
        assert!(read(b"\"\xff\"").is_err());
    }
}
