//! Sentences with names in them. The words are ours and constant, the names come from outside; the
//! template shows each name in `<bdi>`, so that its direction cannot spread to our words.

use super::DisplayText;

/// One stretch of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    /// Our own words.
    Words(&'static str),
    /// A value from outside, to be isolated.
    Name(&'a str),
}

/// A sentence ready to be shown part by part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message<'a> {
    parts: Vec<Part<'a>>,
}

impl<'a> Message<'a> {
    /// A sentence without names.
    #[must_use]
    pub fn plain(words: &'static str) -> Self {
        Self { parts: vec![Part::Words(words)] }
    }

    /// Puts each name where `pattern` says `{its key}`. A key that is not in `names` stays as it is
    /// written, which a test over all words forbids.
    #[must_use]
    pub fn with(pattern: &'static str, names: &[(&str, &'a DisplayText)]) -> Self {
        let mut parts = Vec::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((key, tail)) = after.split_once('}') else {
                break;
            };
            let Some((_, name)) = names.iter().find(|(known, _)| *known == key) else {
                break;
            };
            parts.push(Part::Words(before));
            parts.push(Part::Name(name.as_str()));
            rest = tail;
        }
        parts.push(Part::Words(rest));
        Self { parts }
    }

    /// The parts in order.
    #[must_use]
    pub fn parts(&self) -> &[Part<'a>] {
        &self.parts
    }
}

/// A waiting time in English, rounded up.
pub(super) fn duration_in_english(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..=1 => (1, "second"),
        2..=90 => (seconds, "second"),
        91..=5400 => (seconds.div_ceil(60), "minute"),
        _ => (seconds.div_ceil(3600), "hour"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_where_the_pattern_puts_them() {
        let (site, person) = (DisplayText::name("A"), DisplayText::name("ann"));
        let sentence = Message::with("{who} goes to {site}.", &[("site", &site), ("who", &person)]);
        assert_eq!(
            sentence.parts(),
            [Part::Words(""), Part::Name("ann"), Part::Words(" goes to "), Part::Name("A"), Part::Words("."),]
        );
    }

    #[test]
    fn waiting_times_are_rounded_up_to_a_unit_people_use() {
        for (seconds, words) in [
            (0, "1 second"),
            (1, "1 second"),
            (30, "30 seconds"),
            (90, "90 seconds"),
            (91, "2 minutes"),
            (3600, "60 minutes"),
            (5401, "2 hours"),
        ] {
            assert_eq!(duration_in_english(seconds), words);
        }
    }

    #[test]
    fn a_name_is_never_read_as_a_pattern() {
        let name = DisplayText::name("{who} {{7*7}}");
        let sentence = Message::with("to {site}", &[("site", &name)]);
        assert_eq!(sentence.parts().get(1), Some(&Part::Name("{who} {{7*7}}")));
    }
}
