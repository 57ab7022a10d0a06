//! Text from outside, made fit to be shown: names of clients and accounts, scopes, reasons, and
//! what a person typed before.
//!
//! Removes what hides or reorders other text; the template engine does the HTML escaping, and the
//! templates isolate each value in `<bdi>`. Owns no judgement on whether a name is allowed.

use idp_core::user::User;
use std::fmt;

/// A name longer than this many characters is cut; the rest of the page stays readable.
const NAME_CHARS: usize = 80;
/// The same for a reason in words.
const REASON_CHARS: usize = 300;
/// Longer than any sign-in name; what is longer is not offered again.
const TYPED_CHARS: usize = 320;
/// Longer than any claim.
const LINES_CHARS: usize = 4096;
/// As long as a form can be that is sent back.
const LIST_CHARS: usize = 64 * 1024;
/// Marks stacked on one letter; real scripts need fewer.
const STACKED_MARKS: usize = 4;

/// Text from outside on one line, without control, bidirectional and invisible characters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DisplayText(String);

impl DisplayText {
    /// A name: at most 80 characters, then an ellipsis.
    #[must_use]
    pub fn name(raw: &str) -> Self {
        Self(shorten(&visible(raw, NAME_CHARS), NAME_CHARS))
    }

    /// A user as they are shown to themselves.
    #[must_use]
    pub fn account(user: &User) -> Self {
        match &user.claims.name {
            Some(name) if name != user.username.as_str() => {
                Self::name(&format!("{name} ({})", user.username.as_str()))
            }
            _ => Self::name(user.username.as_str()),
        }
    }

    /// A reason in words: at most 300 characters, then an ellipsis.
    #[must_use]
    pub fn reason(raw: &str) -> Self {
        Self(shorten(&visible(raw, REASON_CHARS), REASON_CHARS))
    }

    /// The text, not yet escaped for HTML.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing visible was left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first letter or digit, in upper case, for a monogram.
    #[must_use]
    pub fn initial(&self) -> Option<String> {
        let first = self.0.chars().find(|c| c.is_alphanumeric())?;
        Some(first.to_uppercase().collect())
    }
}

impl fmt::Display for DisplayText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What was typed into a field, to be offered again: whole or not at all, because it will be sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypedText(String);

impl TypedText {
    /// Keeps `raw` without invisible characters; what is longer than any sign-in name is dropped.
    #[must_use]
    pub fn new(raw: &str) -> Self {
        if raw.chars().nth(TYPED_CHARS).is_some() {
            return Self::default();
        }
        Self(typed(raw, TYPED_CHARS))
    }

    /// The same of several lines, for the value of a claim.
    #[must_use]
    pub fn lines(raw: &str) -> Self {
        Self::lines_up_to(raw, LINES_CHARS)
    }

    /// The same of a list with many entries, one a line. `None`: it is longer than a form that could be sent back, so that it
    /// must not be offered, or it would be lost.
    #[must_use]
    pub fn list(raw: &str) -> Option<Self> {
        let fits = raw.chars().nth(LIST_CHARS).is_none();
        fits.then(|| Self::lines_up_to(raw, LIST_CHARS))
    }

    fn lines_up_to(raw: &str, limit: usize) -> Self {
        if raw.chars().nth(limit).is_some() {
            return Self::default();
        }
        let lines: Vec<String> = raw.lines().map(|line| typed(line, limit)).collect();
        Self(lines.join("\n").trim().to_owned())
    }

    /// Whether there is nothing to offer.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for TypedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The visible characters of `raw` with runs of white space as one space; reads no further than
/// needed to see that more than `limit` are left.
fn visible(raw: &str, limit: usize) -> String {
    seen(raw, limit, |spaces, _| {
        if spaces.is_empty() {
            spaces.push(' ');
        }
    })
}

/// The same with each space as it is: what is sent back must not differ by what a page made of it.
fn typed(raw: &str, limit: usize) -> String {
    seen(raw, limit, |spaces, c| {
        let breaks = c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
        spaces.push(if breaks { ' ' } else { c });
    })
}

fn seen(raw: &str, limit: usize, add_space: impl Fn(&mut String, char)) -> String {
    let mut kept = String::new();
    let mut count = 0;
    let mut marks = 0;
    // Spaces count once something follows them: what ends in spaces is not longer for them.
    let mut spaces = String::new();
    for c in raw.chars() {
        if count > limit {
            break;
        }
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        if is_invisible(c) || marks > STACKED_MARKS {
            continue;
        }
        if c.is_whitespace() {
            if !kept.is_empty() {
                add_space(&mut spaces, c);
            }
            continue;
        }
        count += spaces.chars().count() + 1;
        kept.push_str(&spaces);
        spaces.clear();
        kept.push(c);
    }
    kept
}

fn shorten(text: &str, limit: usize) -> String {
    if text.chars().nth(limit).is_none() {
        return text.to_owned();
    }
    let kept: String = text.chars().take(limit.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// Characters that show nothing themselves but change how others are read. The two joiners
/// (U+200C, U+200D) stay: Persian, Indic scripts and emoji need them, and they reorder nothing.
fn is_invisible(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{180E}'
            | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{FFF9}'..='\u{FFFC}' | '\u{E0000}'..='\u{E0FFF}')
}

fn is_combining_mark(c: char) -> bool {
    matches!(c,
        '\u{0300}'..='\u{036F}' | '\u{0483}'..='\u{0489}' | '\u{1AB0}'..='\u{1AFF}'
        | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s66_bidirectional_and_invisible_characters_are_removed() {
        let name = DisplayText::name("\u{202E}evil\u{2066} \u{200B}bank\u{0}\u{7}\u{E0041}\u{2069}");
        assert_eq!(name.as_str(), "evil bank");
    }

    #[test]
    fn white_space_of_every_kind_becomes_one_space() {
        let name = DisplayText::name("  Site\r\n\t\u{2028}\u{3000}A \u{A0}");
        assert_eq!(name.as_str(), "Site A");
    }

    #[test]
    fn ordinary_names_of_every_script_stay_as_they_are() {
        for name in ["Zoë's Café & Söhne", "站点甲", "متجر", "फ़ोरम", "👩‍💻 Dev", "می‌خواهم"]
        {
            assert_eq!(DisplayText::name(name).as_str(), name);
        }
    }

    #[test]
    fn long_text_is_cut_with_an_ellipsis_and_exact_text_is_not() {
        let exact = "x".repeat(NAME_CHARS);
        assert_eq!(DisplayText::name(&exact).as_str(), exact);
        let cut = DisplayText::name(&"字".repeat(10_000));
        assert_eq!(cut.as_str().chars().count(), NAME_CHARS);
        assert!(cut.as_str().ends_with('…'));
        let at_a_word = DisplayText::name(&format!("{exact} more"));
        assert!(at_a_word.as_str().ends_with("x…"));
        assert_eq!(DisplayText::name(&format!("{exact}  ")).as_str(), exact);
    }

    #[test]
    fn stacked_marks_are_limited() {
        let tower = format!("a{}b", "\u{0301}".repeat(50));
        assert_eq!(DisplayText::name(&tower).as_str().chars().count(), 2 + STACKED_MARKS);
    }

    #[test]
    fn typed_text_is_kept_whole_or_dropped() {
        let long_address = format!("{}@example.org", "a".repeat(240));
        assert_eq!(TypedText::new(&long_address).to_string(), long_address);
        assert!(TypedText::new(&"a".repeat(10_000)).is_empty());
    }

    #[test]
    fn spaces_that_were_typed_stay_as_they_are() {
        for name in ["Shop  of   Tea", "王\u{3000}小明", "10\u{A0}%"] {
            assert_eq!(TypedText::new(&format!(" {name} ")).to_string(), name);
            assert_eq!(TypedText::lines(name).to_string(), name);
        }
        assert_eq!(TypedText::new("a\u{2028}\tb").to_string(), "a  b");
    }

    #[test]
    fn lines_that_were_typed_stay_lines() {
        assert_eq!(TypedText::lines("1 High\u{202E} Street\r\nTown\n").to_string(), "1 High Street\nTown");
        assert!(TypedText::lines(&"a".repeat(5_000)).is_empty());
    }

    #[test]
    fn the_initial_is_the_first_letter_or_digit() {
        assert_eq!(DisplayText::name("\"(site)").initial().as_deref(), Some("S"));
        assert_eq!(DisplayText::name("站点").initial().as_deref(), Some("站"));
        assert_eq!(DisplayText::name("<>").initial(), None);
    }
}
