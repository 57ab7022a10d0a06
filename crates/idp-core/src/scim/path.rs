//! Where an operation of a PATCH leads (RFC 7644 3.5.2), and the scanner that paths and filters share.

use super::filter::{AttributeName, Filter, Literal, shown};
use super::refusal::{Refusal, ScimType};
use super::schema::{Attribute, CUSTOM, Schema, is_known_elsewhere};
use crate::user::attribute::AttributeName as CustomName;

/// The longest path, in bytes.
const LONGEST: usize = 1024;
const EXTENSION: &str = "urn:ietf:params:scim:schemas:extension:";

/// An attribute, and what of it.
#[derive(Clone, Debug)]
pub struct Target {
    /// The attribute.
    pub attribute: &'static Attribute,
    /// Which of its values, where there are several.
    pub filter: Option<Filter>,
    /// Which part of each.
    pub part: Option<&'static Attribute>,
    /// Which attribute of an extension; `None`: all of it.
    pub member: Option<String>,
}

/// Where a path leads.
#[derive(Clone, Debug)]
pub enum Path {
    /// To something that is kept.
    Kept(Target),
    /// To an attribute that SCIM has, or an extension of it, and that is not kept here.
    PassedOver,
}

impl Path {
    /// Reads one.
    ///
    /// # Errors
    /// [`ScimType::InvalidPath`], or [`ScimType::InvalidFilter`] for what stands in the brackets.
    pub fn parse(text: &str, schema: &Schema) -> Result<Self, Refusal> {
        let unfit = |detail: String| Refusal::new(ScimType::InvalidPath, detail);
        if text.len() > LONGEST {
            return Err(unfit(format!("a path has at most {LONGEST} bytes")));
        }
        if let Some(rest) = text.get(..CUSTOM.len()).filter(|urn| urn.eq_ignore_ascii_case(CUSTOM)) {
            let rest = text.get(rest.len()..).unwrap_or_default();
            if let Some(attribute) = schema.attribute(CUSTOM) {
                let member = match rest.strip_prefix(':').map(str::to_ascii_lowercase) {
                    None if rest.is_empty() => None,
                    Some(name) if name.parse::<CustomName>().is_ok() => Some(name),
                    _ => return Err(unfit(format!("{} is no path", shown(text)))),
                };
                return Ok(Self::Kept(Target { attribute, filter: None, part: None, member }));
            }
        }
        if text.get(..EXTENSION.len()).is_some_and(|start| start.eq_ignore_ascii_case(EXTENSION)) {
            return Ok(Self::PassedOver);
        }
        let mut scanner = Scanner::new(text.trim());
        let name = scanner.attribute().ok_or_else(|| unfit(format!("{} is no path", shown(text))))?;
        let Some(attribute) = schema.attribute(&name.attribute) else {
            let is_known = is_known_elsewhere(&name.attribute);
            return if is_known {
                Ok(Self::PassedOver)
            } else {
                Err(unfit(format!("{} is no attribute that is kept", shown(&name.attribute))))
            };
        };
        let mut filter = None;
        let mut part = name.part;
        if part.is_none() && scanner.takes('[') {
            let (found, rest) = Filter::within_brackets(scanner)?;
            found.check_within(attribute)?;
            scanner = rest;
            filter = Some(found);
            part = scanner.takes('.').then(|| scanner.word().to_owned());
        }
        if !scanner.is_at_end() || filter.is_some() && !attribute.is_many {
            return Err(unfit(format!("{} is no path", shown(text))));
        }
        let part = match part {
            None => None,
            // A name or a number has parts of RFC 7643 that are not kept.
            Some(part) => match attribute.part(&part) {
                Some(part) => Some(part),
                None if !attribute.parts().is_empty() && is_part_elsewhere(&part) => {
                    return Ok(Self::PassedOver);
                }
                None => return Err(unfit(format!("{} has no such part", attribute.name))),
            },
        };
        Ok(Self::Kept(Target { attribute, filter, part, member: None }))
    }
}

/// Parts of RFC 7643 that are not kept.
fn is_part_elsewhere(part: &str) -> bool {
    ["honorificPrefix", "honorificSuffix", "display", "$ref", "type"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(part))
}

/// Reads a text from left to right.
#[derive(Copy, Clone)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    rest: &'a str,
}

impl<'a> Scanner<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, rest: text }
    }

    /// The number of the next character, from 1.
    pub(super) fn place(&self) -> usize {
        self.text.chars().count() - self.rest.chars().count() + 1
    }

    pub(super) const fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches(' ');
    }

    pub(super) fn takes(&mut self, sign: char) -> bool {
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn take_while(&mut self, fits: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !fits(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    /// ATTRNAME (RFC 7644 3.4.2.2), with the `$` of `$ref`.
    pub(super) fn word(&mut self) -> &'a str {
        self.take_while(|c| c.is_ascii_alphanumeric() || ['_', '-', '$'].contains(&c))
    }

    /// An attribute, with the URN of its schema or without, and a part of it.
    pub(super) fn attribute(&mut self) -> Option<AttributeName> {
        let start = *self;
        let is_urn = self.rest.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:"));
        if is_urn {
            // The URN ends at the last colon before a sign that no name has.
            let whole = self.take_while(|c| c.is_ascii_alphanumeric() || "_-$:.".contains(c));
            let (urn, _) = whole.rsplit_once(':')?;
            self.rest = start.rest.get(urn.len() + 1..)?;
        }
        let attribute = self.word();
        let part = match self.takes('.') {
            true => Some(self.word().to_owned()).filter(|part| !part.is_empty()),
            false => None,
        };
        let is_name = attribute.starts_with(|c: char| c.is_ascii_alphabetic() || c == '$');
        let has_part =
            self.text.get(..self.text.len() - self.rest.len()).is_some_and(|read| !read.ends_with('.'));
        (is_name && has_part).then(|| AttributeName { attribute: attribute.to_owned(), part })
    }

    /// compValue: `null`, `true`, `false`, a number, or a text as JSON writes it.
    pub(super) fn literal(&mut self) -> Option<Literal> {
        if self.rest.starts_with('"') {
            let end = end_of_text(self.rest)?;
            let (text, rest) = self.rest.split_at_checked(end)?;
            self.rest = rest;
            return serde_json::from_str(text).ok().map(Literal::Text);
        }
        let word = self.take_while(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
        match word.to_ascii_lowercase().as_str() {
            "null" => Some(Literal::Null),
            "true" => Some(Literal::Truth(true)),
            "false" => Some(Literal::Truth(false)),
            number => serde_json::from_str::<serde_json::Number>(number)
                .ok()
                .map(|n| Literal::Number(n.to_string())),
        }
    }
}

/// Behind the quote that ends a text, which begins with one.
fn end_of_text(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::schema::{GROUPS, USERS};
    use super::*;

    fn led(text: &str) -> String {
        match Path::parse(text, &USERS) {
            Ok(Path::PassedOver) => "passed over".to_owned(),
            Ok(Path::Kept(Target { attribute, filter, part, .. })) => {
                let filter = if filter.is_some() { "[]" } else { "" };
                format!("{}{filter} {}", attribute.name, part.map_or("", |part| part.name))
            }
            Err(refusal) => refusal.kind.as_str().to_owned(),
        }
    }

    #[test]
    fn a_path_leads_to_an_attribute_to_a_part_or_to_some_of_its_values() {
        for (path, expected) in [
            ("userName", "userName "),
            ("USERNAME", "userName "),
            ("urn:ietf:params:scim:schemas:core:2.0:User:userName", "userName "),
            ("urn:ietf:params:scim:schemas:core:2.0:User:name.familyName", "name familyName"),
            ("name.familyname", "name familyName"),
            ("emails[type eq \"work\"].value", "emails[] value"),
            ("emails[value eq \"a]b@x.example\" and primary eq true]", "emails[] "),
            ("externalId", "externalId "),
        ] {
            assert_eq!(led(path), expected, "{path}");
        }
        for path in [
            "title",
            "name.honorificPrefix",
            "addresses[type eq \"work\"].country",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
            "phoneNumbers.display",
        ] {
            assert_eq!(led(path), "passed over", "{path}");
        }
        for path in [
            "",
            " ",
            "foo",
            "name.foo",
            "emails[",
            "userName[value eq \"x\"]",
            "emails[type eq \"work\"",
            "emails[type eq \"work\"]x",
            "emails[type eq \"work\"].foo",
            "a b",
            "name..x",
            "name.",
            "urn:",
            "urn:x:",
            "members",
            ".value",
            "emails[].value",
            "\u{fc}",
            "emails[foo eq 1]",
        ] {
            let word = led(path);
            assert!(["invalidPath", "invalidFilter"].contains(&word.as_str()), "{path:?}: {word}");
        }
        for (path, member) in [
            ("", Some(None)),
            (":Department", Some(Some("department"))),
            (":a.b", None),
            (":roles", None),
            ("x", None),
        ] {
            let led = match Path::parse(&format!("{}{path}", CUSTOM.to_uppercase()), &USERS) {
                Ok(Path::Kept(Target { member, .. })) => Some(member),
                _ => None,
            };
            assert_eq!(led.as_ref().map(Option::as_deref), member, "{path}");
        }
        assert!(matches!(Path::parse(CUSTOM, &GROUPS), Ok(Path::PassedOver)));
        assert!(Path::parse(&"x".repeat(2000), &USERS).is_err());
        assert!(matches!(Path::parse("members[value eq \"x\"]", &GROUPS), Ok(Path::Kept(_))));
    }
}
