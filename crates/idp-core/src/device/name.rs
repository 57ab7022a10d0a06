//! What a person calls a device of theirs, so that they can tell it from another of the same make.

use std::fmt;

/// As much of a name as is kept, in characters.
const MOST_CHARS: usize = 60;

/// A name on one line, never empty.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct DeviceName(String);

impl DeviceName {
    /// What was typed: on one line, without control characters, and no more of it than fits. `None` when nothing is left,
    /// which takes a name away.
    #[must_use]
    pub fn typed(text: &str) -> Option<Self> {
        // A line break or a tab stands between two words.
        let spaced: String = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
        let words: String = spaced.chars().filter(|c| !c.is_control()).collect();
        let one_line = words.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        let kept: String = one_line.chars().take(MOST_CHARS).collect();
        let kept = kept.trim_end();
        (!kept.is_empty()).then(|| Self(kept.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Option<String> {
        DeviceName::typed(text).map(|name| name.to_string())
    }

    #[test]
    fn a_name_is_one_line_of_a_bounded_length() {
        assert_eq!(typed("  Work \t laptop\r\n"), Some("Work laptop".to_owned()));
        assert_eq!(typed("a\u{0}b\u{7}c\u{85}d\u{2028}e"), Some("abc d e".to_owned()));
        assert_eq!(typed("书房的电脑"), Some("书房的电脑".to_owned()));
        let long = typed(&"字".repeat(10_000)).unwrap_or_default();
        assert_eq!(long.chars().count(), MOST_CHARS);
        assert_eq!(typed(&format!("{} x", "a".repeat(59))), Some("a".repeat(59)), "no space at its end");
    }

    #[test]
    fn nothing_is_no_name() {
        for nothing in ["", "   ", "\u{0}\u{1}", "\r\n\t\u{3000}"] {
            assert_eq!(typed(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn what_was_kept_is_kept_again_as_it_is() {
        for text in ["Work laptop", "  a  b ", &"x y".repeat(50), "\u{85}z"] {
            let once = typed(text);
            assert_eq!(once.as_deref().and_then(typed), once);
        }
    }
}
