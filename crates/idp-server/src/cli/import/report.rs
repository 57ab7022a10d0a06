//! What is told of an import: a line for each thing, and the numbers. A dry run tells every line; an import those of which something
//! was refused or left out. Names come from the file and are shown without control characters; a hash or a secret is never shown.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Stdout, Write as _};

use serde_json::{Value, json};

use super::people::Mode;
use crate::cli::{failure::Failure, output::Output};

/// The longest name that is shown, in characters.
const LONGEST_NAME: usize = 120;

/// What a line is about.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Debug)]
pub(super) enum Kind {
    User,
    Role,
    Group,
    Client,
    /// Something of a realm that has no place here.
    Realm,
}

/// What became of it.
#[derive(Clone, Eq, PartialEq, Debug)]
pub(super) enum Outcome {
    Added,
    Exists,
    /// It cannot be taken as it is.
    Refused(String),
    /// There is nothing here that it could become.
    LeftOut(String),
}

pub(super) struct Report {
    out: BufWriter<Stdout>,
    is_json: bool,
    mode: Mode,
    is_empty: bool,
    counts: BTreeMap<&'static str, BTreeMap<Kind, u64>>,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Role => "role",
            Self::Group => "group",
            Self::Client => "client",
            Self::Realm => "realm",
        }
    }
}

impl Outcome {
    const ALL: [&'static str; 4] = ["added", "existed", "refused", "left_out"];

    const fn as_str(&self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Exists => "existed",
            Self::Refused(_) => "refused",
            Self::LeftOut(_) => "left_out",
        }
    }

    const fn mark(&self) -> &'static str {
        match self {
            Self::Added => "+",
            Self::Exists => "=",
            Self::Refused(_) => "!",
            Self::LeftOut(_) => "?",
        }
    }

    fn why(&self) -> Option<&str> {
        match self {
            Self::Added => None,
            Self::Exists => Some("exists already, and stays as it is"),
            Self::Refused(why) | Self::LeftOut(why) => Some(why),
        }
    }
}

impl Report {
    pub(super) fn new(output: Output, mode: Mode) -> Self {
        let out = BufWriter::new(io::stdout());
        Self { out, is_json: output.is_json(), mode, is_empty: true, counts: BTreeMap::new() }
    }

    /// Tells of one thing: where it stands, what became of it, and what of it was left out.
    ///
    /// # Errors
    /// When standard output is closed.
    pub(super) fn line(
        &mut self,
        (kind, place, name): (Kind, &str, &str),
        outcome: &Outcome,
        notes: &[String],
    ) -> io::Result<()> {
        *self.counts.entry(outcome.as_str()).or_default().entry(kind).or_default() += 1;
        let is_plain = matches!(outcome, Outcome::Added | Outcome::Exists) && notes.is_empty();
        if is_plain && self.mode == Mode::Import {
            return Ok(());
        }
        let name = shown(name);
        match self.is_json {
            true => self.member((kind, place, &name), outcome, notes),
            false => self.sentence((kind, place, &name), outcome, notes),
        }
    }

    fn sentence(
        &mut self,
        (kind, place, name): (Kind, &str, &str),
        outcome: &Outcome,
        notes: &[String],
    ) -> io::Result<()> {
        let place = if place.is_empty() { String::new() } else { format!("{place}: ") };
        let why = outcome.why().map(|why| format!(": {why}")).unwrap_or_default();
        writeln!(self.out, "{} {place}{} {name}{why}", outcome.mark(), kind.as_str())?;
        notes.iter().try_for_each(|note| writeln!(self.out, "    {note}"))
    }

    fn member(
        &mut self,
        (kind, place, name): (Kind, &str, &str),
        outcome: &Outcome,
        notes: &[String],
    ) -> io::Result<()> {
        let begin = if self.is_empty { "{\"lines\":[" } else { "," };
        self.is_empty = false;
        let line = json!({ "kind": kind.as_str(), "place": place, "name": name, "outcome": outcome.as_str(),
            "reason": outcome.why(), "notes": notes });
        write!(self.out, "{begin}{line}")
    }

    /// Tells the numbers.
    ///
    /// # Errors
    /// [`Failure::Refused`] when something was.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        let (text, value) = (self.totals(), self.numbers());
        match self.is_json {
            true => {
                let begin = if self.is_empty { "{\"lines\":[" } else { "" };
                let numbers = value.to_string();
                writeln!(self.out, "{begin}],{}", numbers.trim_start_matches('{'))?;
            }
            false => writeln!(self.out, "{text}")?,
        }
        self.out.flush()?;
        let refused: u64 = self.counts.get("refused").into_iter().flat_map(BTreeMap::values).sum();
        match (refused, self.mode) {
            (0, _) => Ok(()),
            (_, Mode::Import) => Err(Failure::refused(format!("{refused} were not taken; the others were"))),
            (_, Mode::DryRun) => Err(Failure::refused(format!("{refused} would not be taken"))),
        }
    }

    fn numbers(&self) -> Value {
        let of = |outcome| {
            let kinds = self.counts.get(outcome).into_iter().flatten();
            kinds.map(|(kind, number)| (kind.as_str().to_owned(), json!(number))).collect::<Value>()
        };
        let mut all: serde_json::Map<String, Value> =
            Outcome::ALL.into_iter().map(|outcome| (outcome.to_owned(), of(outcome))).collect();
        all.insert("dry_run".to_owned(), json!(self.mode == Mode::DryRun));
        Value::Object(all)
    }

    fn totals(&self) -> String {
        let words = match self.mode {
            Mode::Import => ["Added", "existed already", "refused", "left out"],
            Mode::DryRun => ["Would add", "exist already", "would refuse", "would leave out"],
        };
        let of = |(word, outcome): (&str, &str)| {
            let kinds = self.counts.get(outcome).into_iter().flatten();
            let numbers: Vec<String> = kinds.map(|(kind, number)| counted(*number, *kind)).collect();
            format!("{word}: {}", if numbers.is_empty() { "none".to_owned() } else { numbers.join(", ") })
        };
        words.into_iter().zip(Outcome::ALL).map(of).collect::<Vec<_>>().join("; ")
    }
}

fn counted(number: u64, kind: Kind) -> String {
    let (one, many) = match kind {
        Kind::User => ("person", "people"),
        Kind::Role => ("role", "roles"),
        Kind::Group => ("group", "groups"),
        Kind::Client => ("client", "clients"),
        Kind::Realm => ("thing of the realm", "things of the realm"),
    };
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A text of the file, fit for a terminal.
pub(super) fn shown(text: &str) -> String {
    let cut: String = text.chars().take(LONGEST_NAME).collect();
    let escaped = cut.chars().any(|c| c.is_control() || idp_core::username::is_invisible(c));
    let end = if cut.len() < text.len() { "..." } else { "" };
    format!("{}{end}", if escaped { cut.escape_debug().to_string() } else { cut })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_a_file_is_no_command_to_a_terminal() {
        assert_eq!(shown("王小明"), "王小明");
        assert_eq!(shown("a\u{1b}[2J\n"), "a\\u{1b}[2J\\n");
        assert_eq!(shown("a\u{202e}b"), "a\\u{202e}b");
        assert_eq!(shown(&"x".repeat(500)).len(), LONGEST_NAME + 3);
    }
}
