//! Request parameters, each readable once: RFC 6749 3.1 and 3.2 forbid a repeated parameter, and an
//! empty value counts as absent.

/// The decoded pairs of a query or a form body, in the order sent.
#[derive(Clone, Default)]
pub struct Params(Vec<(String, String)>);

/// The named parameter came more than once.
#[derive(Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("parameter repeated")]
pub struct Repeated;

impl Params {
    /// Wraps decoded pairs.
    #[must_use]
    pub const fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// The value of `name`; `None` when it is absent or empty.
    ///
    /// # Errors
    /// [`Repeated`] when it came twice, even with the same value.
    pub fn once(&self, name: &str) -> Result<Option<&str>, Repeated> {
        let mut values = self.0.iter().filter(|(known, _)| known == name);
        let first = values.next();
        if values.next().is_some() {
            return Err(Repeated);
        }
        Ok(first.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty()))
    }

    /// A name that came more than once, if any did.
    #[must_use]
    pub fn repeated(&self) -> Option<&str> {
        self.0.iter().enumerate().find_map(|(place, (name, _))| {
            self.0.iter().skip(place + 1).any(|(later, _)| later == name).then_some(name.as_str())
        })
    }

    /// Every pair, in the order sent.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Params {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}
