//! What a command prints: sentences for people, or with `--json` one JSON value for scripts. Only results go to
//! standard output; questions and complaints go to standard error.

use std::io::{self, Write};

use serde_json::Value;

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

fn aligned(heading: &[&str], rows: &[Vec<String>]) -> String {
    let heading: Vec<String> = heading.iter().map(|title| title.to_uppercase()).collect();
    let lines: Vec<&Vec<String>> = std::iter::once(&heading).chain(rows).collect();
    let width = |column: usize| {
        lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heading.len()).map(width).collect();
    let write = |line: &&Vec<String>| {
        let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    lines.iter().map(write).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_whatever_the_script() {
        let rows = [vec!["王小明".to_owned(), "yes".to_owned()], vec!["al".to_owned(), "no".to_owned()]];
        assert_eq!(aligned(&["name", "on"], &rows), "NAME  ON\n王小明   yes\nal    no");
    }
}
