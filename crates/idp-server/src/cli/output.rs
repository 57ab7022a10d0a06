//! What a command prints: sentences for people, or with `--json` one JSON value for scripts. Only results go to standard
//! output; prompts and errors go to standard error.

use std::io::{self, Write};

use idp_core::time::UnixTime;
use serde::Serialize;
use serde_json::Value;
use unicode_width::UnicodeWidthStr as _;

use super::failure::Failure;
use crate::date::rfc3339;

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

    /// Whether scripts read it.
    #[must_use]
    pub(super) const fn is_json(self) -> bool {
        self.json
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
        let mut table = self.open_table(heading);
        if table.add(rows, values)? { table.close() } else { Ok(()) }
    }

    /// Begins the same for rows that come some at a time.
    #[must_use]
    pub fn open_table(self, heading: &[&str]) -> Table {
        let heading: Vec<String> = heading.iter().map(|title| title.to_uppercase()).collect();
        let widths = heading.iter().map(|title| title.width()).collect();
        Table { json: self.json, heading: Some(heading), widths, is_empty: true }
    }
}

/// A table under way.
pub struct Table {
    json: bool,
    /// Until it is printed.
    heading: Option<Vec<String>>,
    /// Columns only become wider.
    widths: Vec<usize>,
    is_empty: bool,
}

impl Table {
    /// Prints some more rows. Answers `false` when the reader has gone away.
    ///
    /// # Errors
    /// When they cannot be written for another reason.
    pub fn add(&mut self, rows: &[Vec<String>], values: &[Value]) -> io::Result<bool> {
        let text = if self.json { self.members(values) } else { self.lines(rows) };
        match io::stdout().lock().write_all(text.as_bytes()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
            written => written.map(|()| true),
        }
    }

    /// Prints the end.
    ///
    /// # Errors
    /// When standard output is closed.
    pub fn close(mut self) -> io::Result<()> {
        let end = match (self.json, self.is_empty) {
            (true, true) => "[]\n".to_owned(),
            (true, false) => "]\n".to_owned(),
            (false, _) => self.lines(&[]),
        };
        io::stdout().lock().write_all(end.as_bytes())
    }

    fn members(&mut self, values: &[Value]) -> String {
        let mut text = String::new();
        for value in values {
            text.push(if self.is_empty { '[' } else { ',' });
            text.push_str(&value.to_string());
            self.is_empty = false;
        }
        text
    }

    fn lines(&mut self, rows: &[Vec<String>]) -> String {
        let heading = self.heading.take();
        let lines: Vec<&Vec<String>> = heading.iter().chain(rows).collect();
        for line in &lines {
            for (width, cell) in self.widths.iter_mut().zip(line.iter()) {
                *width = (*width).max(cell.width());
            }
        }
        lines.iter().map(|line| aligned(line, &self.widths) + "\n").collect()
    }
}

/// A resource as the API writes it.
pub(super) fn value(resource: &impl Serialize) -> Result<Value, Failure> {
    Ok(serde_json::to_value(resource).map_err(anyhow::Error::from)?)
}

/// A time as every output has it: RFC 3339 in UTC.
pub(super) fn at(time: UnixTime) -> Value {
    rfc3339(time).into()
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

fn aligned(line: &[String], widths: &[usize]) -> String {
    let cells = line.iter().zip(widths).map(|(cell, width)| padded(cell, *width));
    cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
}

/// Padded to `width` columns of a terminal, of which a character takes none, one or two (UAX #11).
fn padded(cell: &str, width: usize) -> String {
    let missing = width.saturating_sub(cell.width());
    format!("{cell}{}", " ".repeat(missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(heading: &[&str], rows: &[Vec<String>]) -> String {
        Output::new(false).open_table(heading).lines(rows).trim_end().to_owned()
    }

    /// Columns of later rows line up with those before, and lists that come in pieces are one list.
    #[test]
    fn a_table_may_come_in_pieces() {
        let mut text = Output::new(false).open_table(&["name", "on"]);
        let row = |name: &str| vec![vec![name.to_owned(), "yes".to_owned()]];
        assert_eq!(text.lines(&row("alexandra")), "NAME       ON\nalexandra  yes\n");
        assert_eq!(text.lines(&row("al")), "al         yes\n");
        let mut json = Output::new(true).open_table(&["name"]);
        assert_eq!(json.members(&[1.into(), 2.into()]) + &json.members(&[3.into()]), "[1,2,3");
    }

    /// The column in which the second cell of each line begins.
    fn second_columns(table: &str) -> Vec<usize> {
        table.lines().filter_map(|line| Some(line.rsplit_once("  ")?.0.width() + 2)).collect()
    }

    #[test]
    fn columns_line_up_whatever_the_script() {
        let rows = [vec!["王小明".to_owned(), "yes".to_owned()], vec!["al".to_owned(), "no".to_owned()]];
        assert_eq!(table(&["name", "on"], &rows), "NAME    ON\n王小明  yes\nal      no");
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
            let table = table(&["name", "on"], &rows);
            assert_eq!(second_columns(&table), [columns.max(8) + 2; 3], "{table}");
        }
    }
}
