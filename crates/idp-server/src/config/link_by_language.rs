//! A link that may lead to another address in each language of the pages.

use idp_core::web_link::WebLink;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};
use std::fmt;

use crate::words::Language;

/// One address, or one for each of these languages, in the order of the file.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum LinkByLanguage {
    /// Whatever the language of the page.
    One(WebLink),
    /// By the language of the page.
    Each(Vec<(Language, WebLink)>),
}

impl LinkByLanguage {
    /// Where it leads on a page in `language`; without an address in it, where it leads in `default`. `None` without either.
    #[must_use]
    pub fn to(&self, language: Language, default: Language) -> Option<&WebLink> {
        match self {
            Self::One(link) => Some(link),
            Self::Each(links) => {
                let of =
                    |wanted| links.iter().find(|(language, _)| *language == wanted).map(|(_, link)| link);
                of(language).or_else(|| of(default))
            }
        }
    }
}

impl From<WebLink> for LinkByLanguage {
    fn from(link: WebLink) -> Self {
        Self::One(link)
    }
}

impl Serialize for LinkByLanguage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(link) => link.serialize(serializer),
            Self::Each(links) => {
                let mut map = serializer.serialize_map(Some(links.len()))?;
                for (language, link) in links {
                    map.serialize_entry(language.tag(), link)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for LinkByLanguage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LinkVisitor)
    }
}

struct LinkVisitor;

impl<'de> Visitor<'de> for LinkVisitor {
    type Value = LinkByLanguage;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an https address, or a table with one for each language")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<LinkByLanguage, E> {
        WebLink::parse(text).map(LinkByLanguage::One).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<LinkByLanguage, A::Error> {
        let mut links = Vec::new();
        while let Some((tag, link)) = map.next_entry::<String, WebLink>()? {
            let language: Language = tag.parse().map_err(de::Error::custom)?;
            links.push((language, link));
        }
        Ok(LinkByLanguage::Each(links))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn chinese() -> Language {
        "zh-CN".parse().unwrap()
    }

    fn read(json: &str) -> Result<LinkByLanguage, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn one_address_counts_in_every_language() {
        let link = read(r#""https://a.example/terms""#).unwrap();
        assert_eq!(serde_json::to_string(&link).unwrap(), r#""https://a.example/terms""#);
        for language in Language::all() {
            assert_eq!(link.to(language, chinese()).unwrap().as_str(), "https://a.example/terms");
        }
    }

    #[test]
    fn a_language_without_an_address_has_that_of_the_default_language() {
        let written = r#"{"zh-CN":"https://a.example/zh"}"#;
        let link = read(written).unwrap();
        assert_eq!(serde_json::to_string(&link).unwrap(), written);
        let english = Language::english();
        assert_eq!(link.to(chinese(), english).unwrap().as_str(), "https://a.example/zh");
        assert_eq!(link.to(english, chinese()).unwrap().as_str(), "https://a.example/zh");
        assert_eq!(link.to(english, english), None);
    }

    #[test]
    fn s66_what_is_no_address_or_no_language_of_the_pages_is_refused() {
        for wrong in [
            r#""javascript:alert(1)""#,
            r#"{"en":"javascript:alert(1)"}"#,
            r#"{"xx":"https://a.example"}"#,
            "7",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(read("7").unwrap_err().contains("an https address, or a table with one for each language"));
    }
}
