//! Request parameters, each readable once: RFC 6749 3.1 and 3.2 forbid a repeated parameter, and an
//! empty value counts as absent. `name[]` and `name[x]` are how some readers spell a list, so here they count
//! as `name` repeated: a proxy before the provider must not read another request than the provider does.

use zeroize::Zeroizing;

/// The decoded pairs of a query or a form body, in the order sent. The values, which may be secrets, are wiped from memory
/// when dropped.
#[derive(Clone, Default)]
pub struct Params(Vec<(String, Zeroizing<String>)>);

/// The named parameter came more than once.
#[derive(Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("parameter repeated")]
pub struct Repeated;

impl Params {
    /// Wraps decoded pairs.
    #[must_use]
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name, Zeroizing::new(value))).collect())
    }

    /// Decodes a query or a form body; `None` unless every part is form-urlencoded UTF-8.
    #[must_use]
    pub fn decode(encoded: &str) -> Option<Self> {
        let pairs = encoded.split('&').filter(|pair| !pair.is_empty());
        let decoded = pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decode_component(name)?, Zeroizing::new(decode_component(value)?)))
        });
        decoded.collect::<Option<Vec<_>>>().map(Self)
    }

    /// The value of `name`; `None` when it is absent or empty.
    ///
    /// # Errors
    /// [`Repeated`] when it came twice, even with the same value, or as a list.
    pub fn once(&self, name: &str) -> Result<Option<&str>, Repeated> {
        let mut values = self.0.iter().filter(|(known, _)| base(known) == name);
        let first = values.next();
        if values.next().is_some() || first.is_some_and(|(known, _)| known != name) {
            return Err(Repeated);
        }
        Ok(first.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty()))
    }

    /// A name that came more than once, if any did.
    #[must_use]
    pub fn repeated(&self) -> Option<&str> {
        self.0.iter().enumerate().find_map(|(place, (name, _))| {
            let again = self.0.iter().skip(place + 1).any(|(later, _)| base(later) == base(name));
            (again || base(name) != name).then_some(name.as_str())
        })
    }

    /// Every pair, in the order sent.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// The name without the brackets of a list.
fn base(name: &str) -> &str {
    name.split_once('[').map_or(name, |(base, _)| base)
}

impl<'a> FromIterator<(&'a str, &'a str)> for Params {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(pairs: I) -> Self {
        Self::new(pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

/// Decodes one form-urlencoded value. A `%` without two hex digits or bytes that are not UTF-8 are refused: two
/// readers must never see two texts.
pub(crate) fn decode_component(text: &str) -> Option<String> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let high = char::from(rest.next()?).to_digit(16)?;
                let low = char::from(rest.next()?).to_digit(16)?;
                bytes.push(u8::try_from(high * 16 + low).ok()?);
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8(std::mem::take(&mut *bytes))
        .map_err(|error| drop(Zeroizing::new(error.into_bytes())))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s05_a_list_is_a_repetition() {
        for pairs in [
            [("a", "1"), ("a", "1")],
            [("a", "1"), ("a[]", "2")],
            [("a[0]", ""), ("b", "")],
            [("b", ""), ("a[x][y]", "")],
        ] {
            let params = Params::from_iter(pairs);
            assert_eq!(params.once("a"), Err(Repeated), "{pairs:?}");
            assert!(params.repeated().is_some(), "{pairs:?}");
        }
        let plain = Params::from_iter([("a", "1"), ("b", ""), ("a]", "2")]);
        assert_eq!((plain.once("a"), plain.once("b"), plain.repeated()), (Ok(Some("1")), Ok(None), None));
    }
}
