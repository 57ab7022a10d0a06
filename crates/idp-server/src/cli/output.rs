//! What a command prints: sentences for people, or with `--json` one JSON value for scripts. Only results go to standard
//! output; prompts and errors go to standard error.

use std::io::{self, Write};

use serde_json::Value;
use unicode_width::UnicodeWidthStr as _;

/// Standard output in the form that was asked for.
#[derive(Copy, Clone, Debug)]
pub struct Output {
    json: bool,
}

impl Output {
    /// Sentences, or JSON.
    #[must_use]
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints a result, which is the same in both forms.
    ///
    /// # Errors
    /// When standard output is closed.
    pub fn show(self, text: &str, value: &Value) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if self.json { writeln!(out, "{value}") } else { writeln!(out, "{}", text.trim_end()) }
    }

    /// Prints rows under a heading, their columns aligned; JSON is a list of objects.
    ///
    /// # Errors
    /// When standard output is closed.
    pub fn table(self, heading: &[&str], rows: &[Vec<String>], values: &[Value]) -> io::Result<()> {
        self.show(&aligned(heading, rows), &Value::from(values))
    }
}

/// One line a member, in the order of their names; the members of an object as `object.member`.
pub(super) fn lines(value: &Value) -> String {
    let members = value.as_object().into_iter().flatten();
    let lines = members.map(|(name, member)| match member {
        Value::String(text) => format!("{name}: {}", text.replace('\n', "\\n")),
        Value::Array(items) => format!("{name}:{}", items.iter().map(item).collect::<String>()),
        Value::Object(_) => {
            let inner = lines(member);
            inner.lines().map(|line| format!("{name}.{line}")).collect::<Vec<_>>().join("\n")
        }
        Value::Null if name == "access_token_lifetime" => format!("{name}: the server's default"),
        Value::Null => format!("{name}: none"),
        other => format!("{name}: {other}"),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A word behind the others, or an object on a line of its own.
fn item(item: &Value) -> String {
    match item {
        Value::Object(members) => {
            let members = members.iter().filter(|(_, member)| !member.is_null());
            let words = members.map(|(name, member)| format!(" {name}={member}"));
            format!("\n {}", words.collect::<String>())
        }
        item => format!(" {}", item.as_str().unwrap_or_default()),
    }
}

fn aligned(heading: &[&str], rows: &[Vec<String>]) -> String {
    let heading: Vec<String> = heading.iter().map(|title| title.to_uppercase()).collect();
    let lines: Vec<&Vec<String>> = std::iter::once(&heading).chain(rows).collect();
    let width = |column: usize| {
        lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.width()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heading.len()).map(width).collect();
    let write = |line: &&Vec<String>| {
        let cells = line.iter().zip(&widths).map(|(cell, width)| padded(cell, *width));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    lines.iter().map(write).collect::<Vec<_>>().join("\n")
}

/// Padded to `width` columns of a terminal, of which a character takes none, one or two (UAX #11).
fn padded(cell: &str, width: usize) -> String {
    let missing = width.saturating_sub(cell.width());
    format!("{cell}{}", " ".repeat(missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The column in which the second cell of each line begins.
    fn second_columns(table: &str) -> Vec<usize> {
        table.lines().filter_map(|line| Some(line.rsplit_once("  ")?.0.width() + 2)).collect()
    }

    #[test]
    fn columns_line_up_whatever_the_script() {
        let rows = [vec!["王小明".to_owned(), "yes".to_owned()], vec!["al".to_owned(), "no".to_owned()]];
        assert_eq!(aligned(&["name", "on"], &rows), "NAME    ON\n王小明  yes\nal      no");
    }

    #[test]
    fn combining_marks_emoji_and_zero_width_characters_take_the_columns_they_take_on_screen() {
        for (name, columns) in [
            ("al", 2),
            ("Zoe\u{301}", 3),
            ("한글", 4),
            ("ｈａｌｆ", 8),
            ("👍🏽", 2),
            ("👩‍🚀", 2),
            ("🇩🇪", 2),
            ("zero\u{200b}width", 9),
            ("שלום", 4),
        ] {
            assert_eq!(padded(name, 12), format!("{name}{}", " ".repeat(12 - columns)), "{name}");
            let rows =
                [vec![name.to_owned(), "yes".to_owned()], vec!["somebody".to_owned(), "no".to_owned()]];
            let table = aligned(&["name", "on"], &rows);
            assert_eq!(second_columns(&table), [columns.max(8) + 2; 3], "{table}");
        }
    }
}
