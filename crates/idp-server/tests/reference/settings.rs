//! The settings, from `deploy/idp.toml`: a heading for each table, a row for each key.

use super::{MADE, cell, code};
use std::fmt::Write as _;

#[derive(Default)]
struct Table {
    name: String,
    notes: String,
    keys: Vec<Key>,
}

struct Key {
    name: String,
    /// What it is when nothing is said, unless the sample only shows how it would look.
    default: Option<String>,
    examples: Vec<String>,
    what: String,
}

pub fn page(sample: &str) -> String {
    let tables = tables(sample);
    let count: usize = tables.iter().map(|table| table.keys.len()).sum();
    assert!(count > 90, "keys were found: {count}");
    let mut page = format!(
        "# Settings\n\nFor operators. {MADE}
Each table of `idp.toml` is below with its keys. The variable of a key has two underscores between table and key: `session.idle` is
`IDP_SESSION__IDLE`, and `theme.light.accent` is `IDP_THEME__LIGHT__ACCENT`. As a flag it is `--set session.idle=1h`. Which source wins,
and what an unknown key does, is in [Configuration](../operate/configuration.md); the file to begin with is `deploy/idp.toml`.
A duration is a whole number and a unit: `90s`, `30m`, `12h`, `3d`.\n"
    );
    for table in tables {
        write!(page, "\n## {}\n", table.name).unwrap();
        if !table.notes.is_empty() {
            write!(page, "\n{}\n", table.notes.trim()).unwrap();
        }
        if table.keys.is_empty() {
            continue;
        }
        page.push_str("\n| key | default | what it is |\n|---|---|---|\n");
        let mut is_said = false;
        for key in table.keys {
            let examples = key.examples.iter().map(|example| code(example)).collect::<Vec<_>>().join(" or ");
            let default =
                key.default.map_or_else(|| format!("unset; such as {examples}"), |value| code(&value));
            let what = if key.what.is_empty() && is_said { "As above." } else { &*key.what };
            is_said |= !what.is_empty();
            writeln!(page, "| {} | {default} | {} |", code(&key.name), cell(what)).unwrap();
        }
    }
    page
}

fn tables(sample: &str) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    let mut said = String::new();
    let mut lines = sample.lines();
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let notes = std::mem::take(&mut said);
            tables.push(Table { name: name.to_owned(), notes, keys: Vec::new() });
        } else if line.is_empty() {
            let notes = std::mem::take(&mut said);
            // Before the first table the file speaks of itself.
            if let Some(table) = tables.last_mut() {
                table.notes.push_str(&notes);
            }
        } else if let Some((name, example)) = line.strip_prefix("# ").and_then(assignment) {
            let what = std::mem::take(&mut said);
            let keys = &mut tables.last_mut().unwrap().keys;
            match keys.last_mut().filter(|key| key.name == name) {
                Some(key) => key.examples.push(example.to_owned()),
                None => keys.push(Key {
                    name: name.to_owned(),
                    default: None,
                    examples: vec![example.to_owned()],
                    what,
                }),
            }
        } else if let Some(comment) = line.strip_prefix('#') {
            said.push_str(comment.trim_start());
            said.push(' ');
        } else {
            let (name, value) = assignment(line).unwrap_or_else(|| panic!("{line}"));
            let mut value = value.to_owned();
            while value.starts_with('[') && !value.ends_with(']') {
                value.push_str(lines.next().unwrap());
            }
            let what = std::mem::take(&mut said);
            let key = Key { name: name.to_owned(), default: Some(value), examples: Vec::new(), what };
            tables.last_mut().unwrap().keys.push(key);
        }
    }
    tables
}

/// A key and its value, where the line is such.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(" = ")?;
    let is_name = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    is_name.then_some((name, value))
}
