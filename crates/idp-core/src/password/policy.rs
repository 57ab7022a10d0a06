//! Which passwords a person may choose (NIST SP 800-63B-4 3.1.1.2): long enough, and not what a guesser
//! tries first. There are no rules about kinds of characters, for they make passwords worse. Length is
//! counted in code points, and what is predictable counts for less: a common password, the person's own
//! name or a service's, a run, a walk over the keyboard, a repetition.

use super::{Password, blocklist};
use std::collections::BTreeSet;

/// Common passwords that are looked for as a piece of one too, in lower case, one a line.
const COMMON: &str = include_str!("common.txt");
/// Walks over a keyboard; each counts forwards and backwards.
const KEYBOARD: [&str; 9] = [
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "yxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
];
/// What a predictable piece counts for, however long it is: a guesser has to find one such piece.
const PIECE: usize = 2;
/// Digits and signs around a common password that hide it from no guesser: a date at most.
const DECORATION: usize = 8;
/// What the repetition of an earlier piece counts for.
const REPETITION: usize = 1;

/// What is asked of a new password.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct PasswordPolicy {
    minimum: usize,
}

/// The minimum is below 8 code points, which no use of a password allows, or beyond reason.
#[derive(Debug, Clone, Copy, Eq, PartialEq, thiserror::Error)]
#[error("passwords must have a minimum of 8 to 64 characters")]
pub struct MinimumOutOfRange;

/// Why a password may not be chosen.
#[derive(Debug, Clone, Copy, Eq, PartialEq, thiserror::Error)]
pub enum Weakness {
    /// Fewer code points than the minimum.
    #[error("Use at least {minimum} characters.")]
    TooShort {
        /// The minimum.
        minimum: usize,
    },
    /// Little is left of it without the names that belong to the account.
    #[error("Leave out your own names, and the names of this service and of the organisation behind it.")]
    Name,
    /// Little is left of it without common passwords.
    #[error("This password is among those that are guessed first.")]
    Common,
    /// Little is left of it without runs and repetitions.
    #[error("This password follows a pattern that is easily guessed.")]
    Pattern,
    /// It is on a list of passwords that were stolen elsewhere. The policy has no such list; the server may.
    #[error("This password is on a list of passwords that were stolen elsewhere.")]
    Leaked,
}

impl Default for PasswordPolicy {
    /// 15 characters: SP 800-63B-4 demands them of a password that is the only factor, and here it may be.
    /// An installation that always asks for a second factor may go down to 8.
    fn default() -> Self {
        Self { minimum: 15 }
    }
}

impl PasswordPolicy {
    /// A policy with this minimum, in code points.
    ///
    /// # Errors
    /// Below 8, or above 64.
    pub fn new(minimum: usize) -> Result<Self, MinimumOutOfRange> {
        (8..=64).contains(&minimum).then_some(Self { minimum }).ok_or(MinimumOutOfRange)
    }

    /// The minimum, in code points.
    #[must_use]
    pub fn minimum(&self) -> usize {
        self.minimum
    }

    /// Whether this password may be chosen. `names` are those that a guesser knows: sign-in name, real
    /// name, mail address, the name of the service.
    ///
    /// # Errors
    /// The first reason why not, in words for the person.
    pub fn check(&self, password: &Password, names: &[&str]) -> Result<(), Weakness> {
        let password = password.expose();
        if password.chars().count() < self.minimum {
            return Err(Weakness::TooShort { minimum: self.minimum });
        }
        let bare = bare(password);
        if !bare.is_empty() && names.iter().any(|name| self::bare(name) == bare) {
            return Err(Weakness::Name);
        }
        if COMMON.lines().any(|common| common == bare) {
            return Err(Weakness::Common);
        }
        let enough = self.minimum / 2 + 2;
        let weighed = Text::new(password).weigh(&words_of(names), enough);
        if weighed.strength < enough {
            return Err(weighed.weakness());
        }
        if blocklist::has_any(&undisguised(password)) { Err(Weakness::Common) } else { Ok(()) }
    }
}

/// The text in lower case, without spaces and punctuation.
fn bare(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).map(lower).collect()
}

/// What a guesser takes the password for: the whole of it and what is between decorations, with letters for the signs
/// that stand for them or as it is, and once where it is the same several times.
fn undisguised(password: &str) -> BTreeSet<String> {
    let inner = password.trim_matches(|c: char| !c.is_alphabetic());
    let decoration = password.chars().count().saturating_sub(inner.chars().count());
    let inner = if decoration <= DECORATION { inner } else { password };
    let mut found = BTreeSet::new();
    for text in [password, inner] {
        let letters: String = text.chars().map(lower).map(letter_for).collect();
        for spelling in [text, &letters] {
            let bare = bare(spelling);
            found.insert(repeated(&bare).to_owned());
            found.insert(bare);
        }
    }
    found
}

/// The part of which the text is several; the text itself when there is none.
fn repeated(text: &str) -> &str {
    let parts = (1..=text.len() / 2).filter_map(|length| text.get(..length));
    let mut whole = parts.filter(|part| text.split(part).all(str::is_empty));
    whole.next().unwrap_or(text)
}

/// The words in names that are long enough to be recognised, as lower case characters.
fn words_of(names: &[&str]) -> Vec<Vec<char>> {
    let words = names.iter().flat_map(|name| name.split(|c: char| !c.is_alphanumeric()));
    words.map(lower_case).filter(|word| word.len() >= 3).collect()
}

fn lower_case(text: &str) -> Vec<char> {
    text.chars().map(lower).collect()
}

/// One character for one character, so that places in the text stay places.
fn lower(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(only), None) => only,
        _ => c,
    }
}

/// The letter that a digit or sign is commonly written for.
fn letter_for(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' | '|' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

/// A password in lower case, and the same with letters for the digits that stand for them.
struct Text {
    plain: Vec<char>,
    letters: Vec<char>,
}

/// How much there is to guess, and what kinds of piece were found.
#[derive(Default)]
struct Weighed {
    strength: usize,
    name: bool,
    common: bool,
}

impl Weighed {
    fn weakness(&self) -> Weakness {
        match (self.name, self.common) {
            (true, _) => Weakness::Name,
            (false, true) => Weakness::Common,
            (false, false) => Weakness::Pattern,
        }
    }
}

impl Text {
    fn new(password: &str) -> Self {
        let plain = lower_case(password);
        let letters = plain.iter().copied().map(letter_for).collect();
        Self { plain, letters }
    }

    /// Goes through the text and takes the longest predictable piece at each place, until there is `enough`: a long text costs no
    /// more than a short one, for each piece adds to it.
    fn weigh(&self, names: &[Vec<char>], enough: usize) -> Weighed {
        let mut weighed = Weighed::default();
        let mut at = 0;
        while at < self.plain.len() && weighed.strength < enough {
            let name = self.name_at(at, names);
            let common = self.common_at(at);
            let pattern = self.pattern_at(at);
            let repetition = self.repetition_at(at);
            let longest = name.max(common).max(pattern).max(repetition);
            weighed.name |= name > 0 && name == longest;
            weighed.common |= common > 0 && common == longest;
            weighed.strength += match longest {
                0 => 1,
                length if length == repetition => REPETITION,
                _ => PIECE,
            };
            at += longest.max(1);
        }
        weighed
    }

    fn name_at(&self, at: usize, names: &[Vec<char>]) -> usize {
        names.iter().map(|name| self.word_at(at, name.iter().copied())).max().unwrap_or(0)
    }

    fn common_at(&self, at: usize) -> usize {
        COMMON.lines().map(|common| self.word_at(at, common.chars())).max().unwrap_or(0)
    }

    /// The length of this word if it stands here, in either spelling; else 0.
    fn word_at(&self, at: usize, word: impl Iterator<Item = char> + Clone) -> usize {
        let stands_in = |text: &[char]| {
            let mut rest = text.iter().skip(at);
            word.clone().all(|c| rest.next() == Some(&c))
        };
        if stands_in(&self.plain) || stands_in(&self.letters) { word.count() } else { 0 }
    }

    /// The longest of a run (`aaa`, `345`, `cba`), a walk over the keyboard and a year.
    fn pattern_at(&self, at: usize) -> usize {
        let rest = self.plain.get(at..).unwrap_or_default();
        let runs = [0, 1, -1].map(|step| at_least(3, run_length(rest, step)));
        let walks = KEYBOARD.iter().map(|walk| at_least(4, walk_length(rest, walk)));
        runs.into_iter().chain(walks).chain([year_length(rest)]).max().unwrap_or(0)
    }

    /// How much of what follows was there before, if at least four characters. May overlap: `abcdabcd`.
    fn repetition_at(&self, at: usize) -> usize {
        let rest = self.plain.get(at..).unwrap_or_default();
        let earlier = (0..at).filter_map(|start| self.plain.get(start..));
        let longest = earlier.map(|earlier| common_length(earlier, rest)).max().unwrap_or(0);
        at_least(4, longest)
    }
}

fn at_least(minimum: usize, length: usize) -> usize {
    if length >= minimum { length } else { 0 }
}

fn common_length(a: &[char], b: &[char]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// How many characters each lie `step` behind the one before.
fn run_length(rest: &[char], step: i64) -> usize {
    let pairs = rest.iter().zip(rest.iter().skip(1));
    let follows = |(a, b): &(&char, &char)| i64::from(u32::from(**b)) - i64::from(u32::from(**a)) == step;
    1 + pairs.take_while(follows).count()
}

/// How many characters lie side by side on this walk, in either direction.
fn walk_length(rest: &[char], walk: &str) -> usize {
    let forwards: Vec<char> = walk.chars().collect();
    let backwards: Vec<char> = walk.chars().rev().collect();
    let from = |walk: &[char]| {
        (0..walk.len()).filter_map(|start| walk.get(start..).map(|walk| common_length(walk, rest))).max()
    };
    from(&forwards).max(from(&backwards)).unwrap_or(0)
}

/// Four characters if they are a year that a living person would think of.
fn year_length(rest: &[char]) -> usize {
    match rest {
        ['1', '9', c, d, ..] | ['2', '0', c, d, ..] if c.is_ascii_digit() && d.is_ascii_digit() => 4,
        _ => 0,
    }
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
