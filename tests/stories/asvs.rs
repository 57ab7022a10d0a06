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
            "6.1.1", "6.2.1", "6.2.2", "6.2.3", "6.2.4", "6.2.5", "6.2.6", "6.2.7", "6.2.8", "6.3.1",
            "6.3.2", "6.4.1", "6.4.2", "7.2.1", "7.2.2", "7.2.3", "7.2.4", "7.4.1", "7.4.2",
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
    let numbered = page.lines().filter(|line| line.starts_with("| 6.") || line.starts_with("| 7."));
    numbered.map(row).collect()
}

fn row(line: &str) -> Row<'_> {
    let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
    let [number, level, _, state, place, shown_by] = cells[..] else {
        panic!("a row has six cells: {line}");
    };
    Row { number, level, state, place, shown_by }
}

/// What stands between two of these marks.
fn between(text: &str, mark: char) -> impl Iterator<Item = &str> {
    text.split(mark).skip(1).step_by(2)
}

/// The names of all tests.
fn tests() -> BTreeSet<String> {
    const ATTRIBUTES: [&str; 3] = ["#[test]", "#[tokio::test", "#[actix_web::test"];
    let mut found = BTreeSet::new();
    for file in sources(&root()) {
        let text = fs::read_to_string(file).unwrap();
        let mut lines = text.lines().map(str::trim);
        while let Some(line) = lines.next() {
            if ATTRIBUTES.iter().any(|attribute| line.starts_with(attribute)) {
                let name = lines.by_ref().find_map(|line| line.split_once("fn "));
                found.extend(name.and_then(|(_, rest)| rest.split(['(', '<']).next()).map(str::to_owned));
            }
        }
    }
    found
}

/// Whether the sources have what the page calls so: an address, a file or folder, a setting.
fn exists(name: &str) -> bool {
    match name {
        address if address.starts_with('/') => {
            read("crates/idp-core/src/discovery.rs").contains(&format!("\"{address}\""))
        }
        path if path.contains('/') || path.ends_with(".toml") => root().join(path).exists(),
        setting if setting.contains('.') => is_setting(setting),
        // A word of a command line, of a token, of Rust.
        _ => true,
    }
}

/// Whether the sample of the configuration has this key of this table, set or described.
fn is_setting(name: &str) -> bool {
    let (table, key) = name.split_once('.').unwrap();
    let (sample, begins) = (read("deploy/idp.toml"), format!("[{table}]"));
    let within = sample.lines().skip_while(|line| *line != begins).skip(1);
    let mut within = within.take_while(|line| !line.starts_with('['));
    within.any(|line| line.trim_start_matches("# ").starts_with(&format!("{key} =")))
}

/// Whether a guide has a section or a paragraph under this name.
fn is_heading(text: &str) -> bool {
    let guides =
        ["docs/operate/sign-ins.md", "docs/operate/users.md", "docs/integrate-a-site.md", "docs/asvs.md"];
    let guides = guides.map(read);
    let (section, paragraph) = (format!("\n## {text}\n"), format!("**{text}**"));
    guides.iter().any(|guide| guide.contains(&section) || guide.contains(&paragraph))
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
    let (page, tests) = (read("docs/asvs.md"), tests());
    assert!(tests.len() > 1000, "tests were found: {}", tests.len());
    for Row { number, state, place, shown_by, .. } in rows(&page) {
        assert!(STATES.contains(&state), "{number}: {state}");
        assert!(state != "met" || place.contains('`'), "{number}: met, and where?");
        assert!(shown_by == "–" || shown_by.contains('`'), "{number}: {shown_by}");
        for test in between(shown_by, '`') {
            assert!(tests.contains(test), "{number}: there is no test {test}");
        }
        for name in between(place, '`') {
            assert!(exists(name), "{number}: there is no {name}");
        }
        for heading in between(place, '"') {
            assert!(is_heading(heading), "{number}: no guide has \"{heading}\"");
        }
    }
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
