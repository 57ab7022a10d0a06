//! The list of threats and the tests that answer them: `docs/threats.md` is made from the names of the tests, and
//! held to them here. `WRITE_THREATS=1` brings it up to date.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

const HEAD: &str = "# Threats and the tests that answer them

Each row is an attack or a mishap, by the number that its tests carry: `z` for traps in the design itself, `j` for hostile
tokens at a site, `s` for the server and the sign-in of a site, `a` and `b` for faults that were found from outside. What must hold is the test's own name. The list is made
from the sources (`WRITE_THREATS=1 cargo test -p idp-tests --test stories threats`) and held to them by a test.

| row | what holds | where |
|---|---|---|
";

#[test]
fn the_list_of_threats_names_every_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let listed = listing(root);
    let page = root.join("docs/threats.md");
    if std::env::var_os("WRITE_THREATS").is_some() {
        fs::write(&page, &listed).unwrap();
    }
    let is_current = fs::read_to_string(page).unwrap() == listed;
    assert!(is_current, "docs/threats.md is out of date: run this test with WRITE_THREATS=1");
}

fn listing(root: &Path) -> String {
    let mut rows: BTreeMap<(String, String), String> = BTreeMap::new();
    for file in sources(root) {
        let place = file.strip_prefix(root).unwrap().display().to_string();
        for line in fs::read_to_string(&file).unwrap().lines() {
            let Some((_, name)) = line.trim_start().split_once("fn ") else { continue };
            let name = name.split(['(', '<']).next().unwrap();
            let mut words = name.split('_').peekable();
            while let Some(row) = words.next_if(|word| is_row(word)) {
                let rest = words.clone().skip_while(|word| is_row(word)).collect::<Vec<_>>().join(" ");
                rows.insert((row.to_owned(), rest), place.clone());
            }
        }
    }
    let mut text = HEAD.to_owned();
    for ((row, what), place) in rows {
        writeln!(text, "| {row} | {what} | `{place}` |").unwrap();
    }
    text
}

fn is_row(word: &str) -> bool {
    let (letter, digits) = word.split_at(word.len().min(1));
    let shortest = if ["a", "b"].contains(&letter) { 1 } else { 2 };
    ["z", "j", "s", "a", "b"].contains(&letter)
        && digits.len() >= shortest
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Every Rust file of ours.
pub fn sources(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root.join("crates"), root.join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
