//! What holds for every template and every script, however a page is filled. What holds for every page, filled, is
//! tested over the list of their states, in `tests/src/page_states`.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use super::assets;

/// Every template, by its path.
fn templates() -> Vec<(PathBuf, String)> {
    let files = files_under(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../web-templates")));
    let templates =
        files.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "html"));
    templates.map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

fn files_under(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_under(&path) } else { vec![path] }).collect()
}

#[test]
fn s66_no_template_switches_escaping_off() {
    let templates = templates();
    for (path, template) in &templates {
        let template: String = template.split_whitespace().collect();
        for escape_hatch in ["|safe", "|escape(", "|e(", "{%filter", "{%raw"] {
            assert!(!template.contains(escape_hatch), "{} has {escape_hatch}", path.display());
        }
    }
    assert!(templates.len() >= 8, "only {} templates found", templates.len());
}

/// So that what the layout says of language and direction holds for all of them.
#[test]
fn no_template_but_the_layout_begins_a_page() {
    let begins = |(path, template): &(PathBuf, String)| {
        template.contains("<html") && !path.ends_with("mail/letter.html")
    };
    let found: Vec<_> = templates().into_iter().filter(begins).map(|(path, _)| path).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found.iter().all(|path| path.ends_with("partial/layout.html")), "{found:?}");
}

/// WCAG 2.2, 3.2.6: help is at the same place on every page, after everything that a page is about.
#[test]
fn what_helps_is_below_each_page() {
    let layout = include_str!("../../../../web-templates/partial/layout.html");
    let (main, links) = (layout.find("</main>").unwrap(), layout.find("layout.links()").unwrap());
    assert!(main < links);
}

#[test]
fn the_script_beside_a_new_password_is_small_and_sends_nothing() {
    let script = assets::strength_script().body();
    assert!(script.len() <= 2048, "{} bytes", script.len());
    asks_nobody(script);
}

#[test]
fn the_script_that_solves_a_puzzle_is_small_and_asks_nobody() {
    let script = assets::work_script().body();
    assert!(script.len() <= 4096, "{} bytes", script.len());
    asks_nobody(script);
}

#[track_caller]
fn asks_nobody(script: &str) {
    for way_out in ["fetch", "XMLHttpRequest", "sendBeacon", "Storage", "cookie", "src", "console"] {
        assert!(!script.contains(way_out), "{way_out}");
    }
}

#[test]
fn the_script_for_passkeys_is_small_and_sends_nothing_but_the_form() {
    let script = assets::passkey_script().body();
    assert!(script.len() <= 4096, "{} bytes", script.len());
    // That a passkey was offered, and nothing else (ADR 60): who removed it is not given another.
    assert_eq!((script.matches("Storage").count(), script.matches("localStorage.").count()), (2, 2));
    asks_nobody(&script.replace("localStorage", ""));
}
