//! The tables: how many rows each can have, what forgets them, and whether a backup has them.

use super::{MADE, cell, code};
use idp_server::db::tables::{Forgotten, InBackup, TABLES};
use std::fmt::Write as _;

pub fn page() -> String {
    let mut page = format!("# Tables\n\nFor operators. {MADE}\n");
    page.push_str(
        "No table grows without an end. The clean-up, once an hour on each node, forgets what is of no more use: 200 rows in one
transaction, found by an index, with a pause of 50 ms between two. A [backup](../how-to/back-up.md) has every table but those about processes that
run.\n\n| table | its rows | what forgets them | index | in a backup |\n|---|---|---|---|---|\n",
    );
    let mut tables: Vec<_> = TABLES.iter().collect();
    tables.sort_by_key(|table| table.name);
    for table in tables {
        let (what, index) = match table.forgotten {
            Forgotten::BySlices(index) => ("the clean-up".to_owned(), index_of(index)),
            Forgotten::With(owner, index) => (format!("go with {}", code(owner)), index_of(index)),
            Forgotten::ByHand => ("an operator".to_owned(), String::new()),
            Forgotten::Handful => ("written over".to_owned(), String::new()),
        };
        let backup = if table.in_backup == InBackup::Yes { "yes" } else { "no" };
        writeln!(page, "| {} | {} | {what} | {index} | {backup} |", code(table.name), cell(table.rows))
            .unwrap();
    }
    page
}

/// Words in place of a name are none.
fn index_of(index: &str) -> String {
    if index.contains(' ') { cell(index) } else { code(index) }
}
