//! What the tests read out of a page.

use super::{Look, all};
use idp_server::words::Language;

/// A name that does no harm.
pub(super) const FRIENDLY: &str = "Marker";

/// Each state in each language with `text` wherever a text from outside can go.
pub(super) fn every_page(text: &'static str) -> Vec<(&'static str, String)> {
    every_page_carrying(text, text)
}

/// The same with `carried` in hidden fields and as request id.
pub(super) fn every_page_carrying(text: &'static str, carried: &'static str) -> Vec<(&'static str, String)> {
    Language::all().flat_map(|language| every_state(&Look::filled(language, text, carried))).collect()
}

/// Each state as `look` shows it.
pub(super) fn every_state(look: &Look) -> Vec<(&'static str, String)> {
    all().iter().map(|state| (state.name, state.draw(look))).collect()
}

/// Each tag as `name attribute="value"...`, in order. The engine escapes `<` and `>` in values, so
/// that a bare one can only be a tag's own.
pub(super) fn tags(html: &str) -> Vec<&str> {
    html.split('<').skip(1).map(|rest| rest.split_once('>').unwrap().0).collect()
}

/// The attributes of one tag as name and value.
pub(super) fn attributes(tag: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = tag.split_once(char::is_whitespace).map_or("", |(_, rest)| rest).trim();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        assert!(end > 0, "a value without a name in <{tag}>");
        let (name, tail) = rest.split_at(end);
        let (value, tail) = match tail.strip_prefix("=\"") {
            Some(quoted) => quoted.split_once('"').unwrap(),
            None => ("", tail),
        };
        found.push((name, value));
        rest = tail.trim_start();
    }
    found
}

/// Tag and attribute names without values.
pub(super) fn skeleton(html: &str) -> Vec<String> {
    let name = |tag: &str| tag.split(char::is_whitespace).next().unwrap().to_owned();
    let names = |tag: &str| attributes(tag).into_iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>();
    tags(html).into_iter().map(|tag| format!("{} {}", name(tag), names(tag).join(" "))).collect()
}
