//! A language that the pages are written in, and how a message of it is said.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use fluent_bundle::{FluentArgs, FluentValue};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::catalogue::{CATALOGUES, Catalogue};

/// What a message is given for one of its variables: text as it is, or a number that its plural rules look at.
pub type Arg<'a> = FluentValue<'a>;

/// A language with a file of words.
#[derive(Copy, Clone)]
pub struct Language(&'static Catalogue);

/// There is no file of words for a tag.
#[derive(Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("must be a language of the pages: {}", all_tags())]
pub struct UnknownLanguage;

impl Language {
    /// The one that every message is written in first.
    #[must_use]
    pub fn english() -> Self {
        Self(&CATALOGUES.english)
    }

    /// All of them, English first.
    pub fn all() -> impl Iterator<Item = Self> {
        std::iter::once(&CATALOGUES.english).chain(&CATALOGUES.others).map(Self)
    }

    /// Its BCP 47 tag, for `lang`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        self.0.tag
    }

    /// Its own name for itself.
    #[must_use]
    pub fn name(self) -> Cow<'static, str> {
        self.say("language-name")
    }

    /// The writing direction, for `dir`.
    #[must_use]
    pub fn direction(self) -> &'static str {
        if self.say("direction") == "rtl" { "rtl" } else { "ltr" }
    }

    /// A message that has no variables.
    #[must_use]
    pub fn say(self, id: &str) -> Cow<'static, str> {
        self.0.plain(id).or_else(|| CATALOGUES.english.plain(id)).unwrap_or_else(|| unknown(id).into())
    }

    /// A message with a value for each of its variables.
    #[must_use]
    pub fn say_with(self, id: &str, values: &[(&str, Arg<'_>)]) -> String {
        let values: FluentArgs<'_> = values.iter().map(|(name, value)| (*name, value.clone())).collect();
        let english = || CATALOGUES.english.filled(id, &values);
        self.0.filled(id, &values).or_else(english).unwrap_or_else(|| unknown(id))
    }

    /// One sentence after another.
    #[must_use]
    pub fn sentences(self, first: &str, second: &str) -> String {
        self.say_with("two-sentences", &[("first", first.into()), ("second", second.into())])
    }
}

/// A test holds that no code asks for one.
fn unknown(id: &str) -> String {
    tracing::error!(id, "no language has this message");
    id.to_owned()
}

fn all_tags() -> String {
    Language::all().map(Language::tag).collect::<Vec<_>>().join(", ")
}

impl Default for Language {
    fn default() -> Self {
        Self::english()
    }
}

impl PartialEq for Language {
    fn eq(&self, other: &Self) -> bool {
        self.tag() == other.tag()
    }
}

impl Eq for Language {}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

/// By the tag, in any case (RFC 5646 2.1.1).
impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(tag: &str) -> Result<Self, UnknownLanguage> {
        Self::all().find(|language| language.tag().eq_ignore_ascii_case(tag)).ok_or(UnknownLanguage)
    }
}

impl Serialize for Language {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.tag())
    }
}

impl<'de> Deserialize<'de> for Language {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
