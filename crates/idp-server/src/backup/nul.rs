//! Rows with a NUL character within a text: SQLite stores them, and PostgreSQL does not.

use std::collections::BTreeMap;

use serde::Serialize;

/// How many there are, by table.
#[derive(Clone, Eq, PartialEq, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct NulRows(BTreeMap<String, u64>);

impl NulRows {
    /// Where they are, for an operator; `None` where there is none.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        let tables: Vec<String> = self.0.iter().map(|(table, rows)| format!("{rows} of {table}")).collect();
        (!tables.is_empty()).then(|| format!("rows with a NUL character ({})", tables.join(", ")))
    }

    /// Looks at a row of a table, in JSON.
    pub(super) fn look_at(&mut self, table: &str, row: &str) {
        if has_nul(row) {
            *self.0.entry(table.to_owned()).or_default() += 1;
        }
    }
}

/// Whether a text in this JSON has one, which is always escaped there.
fn has_nul(json: &str) -> bool {
    let mut rest = if json.contains("\\u0000") { json } else { "" };
    while let Some((_, escaped)) = rest.split_once('\\') {
        if escaped.starts_with("u0000") {
            return true;
        }
        // What is escaped may be a backslash.
        rest = escaped.get(1..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_with_a_nul_character_are_counted_by_table() {
        for (row, has_it) in [
            (r#"["a\u0000b"]"#, true),
            (r#"["a\\\u0000"]"#, true),
            (r#"["a\\u0000b"]"#, false),
            (r#"["\\\\u0000", "\n", "u0000"]"#, false),
            (r#"["plain"]"#, false),
        ] {
            assert_eq!(has_nul(row), has_it, "{row}");
        }
        let mut rows = NulRows::default();
        assert_eq!(rows.words(), None);
        for (table, row) in [
            ("users", r#"["a\u0000"]"#),
            ("users", r#"["b"]"#),
            ("mails", r#"["\u0000"]"#),
            ("users", r#"["\u0000"]"#),
        ] {
            rows.look_at(table, row);
        }
        assert_eq!(rows.words().as_deref(), Some("rows with a NUL character (1 of mails, 2 of users)"));
    }
}
