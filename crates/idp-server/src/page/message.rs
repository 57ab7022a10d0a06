//! Sentences with values in them. The words are ours, the names come from outside; the template shows each name in
//! `<bdi>`, so that its direction cannot spread to our words, and a time as `<time>`.

use std::borrow::Cow;

use super::{DisplayText, RelativeTime};
use crate::words::{Arg, Language};

/// What stands for the first value while a sentence is made, and so on: characters without a meaning (Unicode 23.5), none of
/// which is in our words. So no name is ever read as part of the sentence.
const FIRST_PLACE: u32 = 0xE000;

/// One stretch of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part<'a> {
    /// Our own words.
    Words(String),
    /// A value from outside, to be isolated.
    Name(&'a str),
    /// A point in time.
    Time(RelativeTime),
}

/// What stands in a sentence for one of its variables.
#[derive(Debug, Clone)]
pub enum Value<'a> {
    /// A name from outside.
    Name(&'a DisplayText),
    /// Several, one after another.
    Names(&'a [DisplayText]),
    /// A point in time.
    Time(RelativeTime),
    /// A number of things, which the plural rules of the language are asked about.
    Count(usize),
    /// Words of ours, in the same language.
    Words(Cow<'static, str>),
}

/// A sentence ready to be shown part by part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message<'a> {
    parts: Vec<Part<'a>>,
}

impl<'a> Message<'a> {
    /// The message of this id with these values.
    #[must_use]
    pub fn new(language: Language, id: &str, values: &[(&str, Value<'a>)]) -> Self {
        let places = values.iter().zip(FIRST_PLACE..);
        let args: Vec<(&str, Arg<'_>)> = places
            .map(|((name, value), place)| match value {
                Value::Words(words) => (*name, Arg::from(words.as_ref())),
                Value::Count(count) => (*name, Arg::from(*count)),
                _ => (*name, Arg::from(char::from_u32(place).map(String::from).unwrap_or_default())),
            })
            .collect();
        let mut message = Self { parts: Vec::new() };
        for c in language.say_with(id, &args).chars() {
            match value_at(c, values) {
                Some(value) => message.push(value, language),
                None => message.push_word(c),
            }
        }
        message
    }

    /// A sentence without values, of these words.
    #[must_use]
    pub fn plain(words: &str) -> Self {
        Self { parts: vec![Part::Words(words.to_owned())] }
    }

    /// The parts in order.
    #[must_use]
    pub fn parts(&self) -> &[Part<'a>] {
        &self.parts
    }

    /// The whole sentence as plain text.
    #[must_use]
    pub fn text(&self) -> String {
        let text = |part: &Part<'_>| match part {
            Part::Words(words) => words.clone(),
            Part::Name(name) => (*name).to_owned(),
            Part::Time(time) => time.exact(),
        };
        self.parts.iter().map(text).collect()
    }

    fn push(&mut self, value: Value<'a>, language: Language) {
        match value {
            Value::Name(name) => self.parts.push(Part::Name(name.as_str())),
            Value::Time(time) => self.parts.push(Part::Time(time)),
            Value::Words(words) => self.parts.push(Part::Words(words.into_owned())),
            Value::Count(count) => self.parts.push(Part::Words(count.to_string())),
            Value::Names(names) => {
                for (at, name) in names.iter().enumerate() {
                    if at > 0 {
                        self.parts.push(Part::Words(language.say("list-separator").into_owned()));
                    }
                    self.parts.push(Part::Name(name.as_str()));
                }
            }
        }
    }

    fn push_word(&mut self, c: char) {
        match self.parts.last_mut() {
            Some(Part::Words(words)) => words.push(c),
            _ => self.parts.push(Part::Words(c.to_string())),
        }
    }
}

/// The value that `c` stands for.
fn value_at<'a>(c: char, values: &[(&str, Value<'a>)]) -> Option<Value<'a>> {
    let at = u32::from(c).checked_sub(FIRST_PLACE)?;
    values.get(usize::try_from(at).ok()?).map(|(_, value)| value.clone())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn message<'a>(id: &str, values: &[(&str, Value<'a>)]) -> Message<'a> {
        Message::new(Language::english(), id, values)
    }

    fn words(text: &str) -> Part<'_> {
        Part::Words(text.to_owned())
    }

    #[test]
    fn names_stand_where_the_sentence_puts_them() {
        let client = DisplayText::name("A");
        let sentence = message("consent-intro", &[("client", Value::Name(&client))]);
        assert_eq!(sentence.parts(), [words("If you allow it, "), Part::Name("A"), words(" can:")]);
    }

    #[test]
    fn names_of_a_list_are_isolated_one_by_one() {
        let names = ["A", "B"].map(DisplayText::name);
        let sentence = message("devices-sites", &[("sites", Value::Names(&names))]);
        assert_eq!(sentence.parts(), [words("In use at "), Part::Name("A"), words(", "), Part::Name("B")]);
    }

    #[test]
    fn s66_a_name_is_never_read_as_a_pattern() {
        for hostile in ["{client} {{7*7}}", "{ $client }", "\u{E000}\u{E001}", "\u{2069}{ login-title }"] {
            let name = DisplayText::name(hostile);
            let sentence = message("login-heading", &[("client", Value::Name(&name))]);
            assert_eq!(sentence.parts().len(), 2, "{hostile}");
            assert_eq!(sentence.parts().last().unwrap(), &Part::Name(name.as_str()));
        }
    }
}
