//! How members of a body are read where serde's own way is not JSON's.

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Number, Value};

/// The largest number up to which a float tells every integer from its neighbours.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A member that is there, be it `null` (RFC 7396).
pub(super) fn some<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A member that may be left out and cannot be `null`.
pub(super) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// An object. By itself serde takes an array as well, for the members in their order.
pub(super) fn object<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Ok(Some(of_object(Map::deserialize(deserializer)?)?))
}

/// Some objects.
pub(super) fn objects<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    Vec::deserialize(deserializer)?.into_iter().map(of_object).collect()
}

/// [`objects`] and [`given`].
pub(super) fn given_objects<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<Vec<T>>, D::Error> {
    objects(deserializer).map(Some)
}

fn of_object<T: DeserializeOwned, E: Error>(members: Map<String, Value>) -> Result<T, E> {
    serde_json::from_value(Value::Object(members)).map_err(E::custom)
}

/// An integer as JSON Schema has it: `60.0` is one.
pub(super) fn integer<'de, D: Deserializer<'de>, N: TryFrom<i64>>(
    deserializer: D,
) -> Result<Option<N>, D::Error> {
    let number: Option<Number> = Option::deserialize(deserializer)?;
    let refusal = || D::Error::custom("must be an integer, and not as large or small");
    let read =
        |number: Number| exact(&number).and_then(|number| N::try_from(number).ok()).ok_or_else(refusal);
    number.map(read).transpose()
}

/// [`integer`] and [`some`].
pub(super) fn some_integer<'de, D: Deserializer<'de>, N: TryFrom<i64>>(
    deserializer: D,
) -> Result<Option<Option<N>>, D::Error> {
    integer(deserializer).map(Some)
}

fn exact(number: &Number) -> Option<i64> {
    let whole = |float: &f64| float.fract() == 0.0 && float.abs() <= EXACT;
    #[expect(clippy::cast_possible_truncation, reason = "whole and within the range of exact integers")]
    number.as_i64().or_else(|| number.as_f64().filter(whole).map(|float| float as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Body {
        #[serde(default, deserialize_with = "some_integer")]
        seconds: Option<Option<i64>>,
    }

    fn read(text: &str) -> Option<Option<Option<i64>>> {
        serde_json::from_str(text).ok().map(|body: Body| body.seconds)
    }

    #[test]
    fn an_integer_may_be_written_with_a_fraction_of_nothing() {
        for (text, expected) in [
            ("{}", None),
            (r#"{"seconds":null}"#, Some(None)),
            (r#"{"seconds":60}"#, Some(Some(60))),
            (r#"{"seconds":60.0}"#, Some(Some(60))),
            (r#"{"seconds":6e1}"#, Some(Some(60))),
            (r#"{"seconds":-9007199254740992.0}"#, Some(Some(-9_007_199_254_740_992))),
        ] {
            assert_eq!(read(text), Some(expected), "{text}");
        }
        for text in ["60.5", "1e300", "9007199254740994.0", "\"60\"", "true", "18446744073709551615"] {
            assert_eq!(read(&format!(r#"{{"seconds":{text}}}"#)), None, "{text}");
        }
    }
}
