//! `docs/asvs.md` compares the provider with OWASP ASVS 5.0.0. It names tests, files, addresses and settings; here it is held
//! to them, and to the list of requirements. What a test shows is for readers to judge.

use crate::threats::sources;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The requirements of V6 and V7 at levels 1 and 2, as release 5.0.0 numbers them.
const REQUIREMENTS: [(&str, &[&str]); 2] = [
    (
        "1",
        &[
            "6.1.1", "6.2.1", "6.2.2", "6.2.3", "6.2.4", "6.2.5", "6.2.6", "6.2.7", "6.2.8", "6.3.1", "6.3.2",
            "6.4.1", "6.4.2", "7.2.1", "7.2.2", "7.2.3", "7.2.4", "7.4.1", "7.4.2",
        ],
    ),
    (
        "2",
        &[
            "6.1.2", "6.1.3", "6.2.9", "6.2.10", "6.2.11", "6.2.12", "6.3.3", "6.3.4", "6.4.3", "6.4.4",
            "6.5.1", "6.5.2", "6.5.3", "6.5.4", "6.5.5", "6.6.1", "6.6.2", "6.6.3", "6.8.1", "6.8.2",
            "6.8.3", "6.8.4", "7.1.1", "7.1.2", "7.1.3", "7.3.1", "7.3.2", "7.4.3", "7.4.4", "7.4.5",
            "7.5.1", "7.5.2", "7.6.1", "7.6.2",
        ],
    ),
];
const STATES: [&str; 4] = ["met", "partly", "not yet", "does not apply"];

/// A row of one of its tables.
struct Row<'a> {
    number: &'a str,
    level: &'a str,
    state: &'a str,
    place: &'a str,
    shown_by: &'a str,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn rows(page: &str) -> Vec<Row<'_>> {
    let numbered = |line: &&str| line.starts_with("| 6.") || line.starts_with("| 7.");
    let row = |line: &'_ str| -> Vec<_> { line.trim_matches('|').split('|').map(str::trim).collect() };
    page.lines()
        .filter(numbered)
        .map(|line| match row(line)[..] {
            [number, level, _, state, place, shown_by] => Row { number, level, state, place, shown_by },
            _ => panic!("a row has six cells: {line}"),
        })
        .collect()
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The names of all tests.
fn tests() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in sources(&root()) {
        let text = fs::read_to_string(file).unwrap();
        let mut lines = text.lines().map(str::trim);
        while let Some(attribute) = lines.next() {
            let is_test = ["#[test]", "#[tokio::test", "#[actix_web::test", "#[actix_rt::test"];
            if is_test.iter().any(|start| attribute.starts_with(start)) {
                let name = lines.by_ref().find_map(|line| line.split_once("fn ")).map(|(_, rest)| rest);
                found.extend(name.and_then(|rest| rest.split(['(', '<']).next()).map(str::to_owned));
            }
        }
    }
    found
}

/// Whether the sample of the configuration has this key of this table, set or described.
fn is_setting(sample: &str, name: &str) -> bool {
    let Some((table, key)) = name.split_once('.') else { return false };
    let begins = format!("[{table}]");
    let within = sample.lines().skip_while(|line| *line != begins).skip(1);
    let mut within = within.take_while(|line| !line.starts_with('['));
    within.any(|line| line.trim_start_matches("# ").starts_with(&format!("{key} =")))
}

#[test]
fn every_requirement_of_the_two_chapters_is_in_the_page_once() {
    let page = read("docs/asvs.md");
    let told: Vec<(&str, &str)> = rows(&page).iter().map(|row| (row.level, row.number)).collect();
    let mut expected: Vec<(&str, &str)> = REQUIREMENTS
        .iter()
        .flat_map(|(level, numbers)| numbers.iter().map(move |number| (*level, *number)))
        .collect();
    let mut sorted = told.clone();
    sorted.sort_unstable();
    expected.sort_unstable();
    assert_eq!(sorted, expected);
    let place = |number: &str| -> Vec<u32> { number.split('.').map(|part| part.parse().unwrap()).collect() };
    assert!(told.is_sorted_by_key(|(_, number)| place(number)), "the order of the standard");
}

#[test]
fn what_the_page_names_exists() {
    let (page, sample, addresses) =
        (read("docs/asvs.md"), read("deploy/idp.toml"), read("crates/idp-core/src/discovery.rs"));
    let tests = tests();
    assert!(tests.len() > 1000, "tests were found: {}", tests.len());
    for Row { number, state, place, shown_by, .. } in rows(&page) {
        assert!(STATES.contains(&state), "{number}: {state}");
        for test in quoted(shown_by) {
            assert!(tests.contains(test), "{number}: there is no test {test}");
        }
        assert!(quoted(shown_by).next().is_some() || shown_by == "–", "{number}: {shown_by}");
        let names: Vec<&str> = quoted(place).collect();
        assert!(state != "met" || !names.is_empty(), "{number}: met, and where?");
        for name in names {
            let exists = match name {
                address if address.starts_with('/') => addresses.contains(&format!("\"{address}\"")),
                path if path.contains('/') || path.ends_with(".toml") => root().join(path).exists(),
                setting if setting.contains('.') => is_setting(&sample, setting),
                // Words of a command line, of a token, of Rust.
                _ => true,
            };
            assert!(exists, "{number}: there is no {name}");
        }
    }
    for heading in quoted_headings(&page) {
        let is_there = ["docs/operate.md", "docs/integrate-a-site.md", "docs/asvs.md"]
            .iter()
            .any(|guide| is_heading(&read(guide), heading));
        assert!(is_there, "no guide has \"{heading}\"");
    }
}

/// What stands between double quotes in the cells that say where.
fn quoted_headings(page: &str) -> Vec<&str> {
    rows(page).iter().flat_map(|row| row.place.split('"').skip(1).step_by(2)).collect()
}

fn is_heading(guide: &str, text: &str) -> bool {
    let bold = format!("**{text}**");
    guide.contains(&bold) || guide.lines().any(|line| line.trim_start_matches('#').trim() == text && line.starts_with('#'))
}

#[test]
fn password_fields_hide_what_is_typed_and_take_what_a_password_manager_fills_in() {
    let mut seen = 0;
    for template in templates(&root().join("web-templates")) {
        let text = fs::read_to_string(&template).unwrap();
        for input in text.split("<input ").skip(1).filter_map(|rest| rest.split('>').next()) {
            let name = input.split("name=\"").nth(1).and_then(|rest| rest.split('"').next());
            if !name.is_some_and(|name| name.contains("password")) {
                continue;
            }
            let fits = ["autocomplete=\"current-password\"", "autocomplete=\"new-password\""];
            assert!(input.contains("type=\"password\""), "{}: {input}", template.display());
            assert!(fits.iter().any(|hint| input.contains(hint)), "{}: {input}", template.display());
            assert!(!input.contains("readonly") && !input.contains("maxlength"), "{input}");
            seen += 1;
        }
        assert!(!text.contains("onpaste"), "{}", template.display());
    }
    assert!(seen >= 3, "fields were looked at: {seen}");
    for script in fs::read_dir(root().join("web-templates/assets")).unwrap() {
        let path = script.unwrap().path();
        if path.extension().is_some_and(|is| is == "js") {
            assert!(!fs::read_to_string(&path).unwrap().contains("paste"), "{}", path.display());
        }
    }
}

fn templates(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let html = files.into_iter().filter(|path| path.extension().is_some_and(|is| is == "html"));
    html.chain(folders.iter().flat_map(|folder| templates(folder))).collect()
}
