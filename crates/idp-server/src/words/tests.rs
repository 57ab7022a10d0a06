//! The files of words: complete in every language, with nothing in them that no page says.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use fluent_bundle::FluentResource;

use super::Language;
use super::catalogue::{ENGLISH, OTHERS};

const CRATE: &str = env!("CARGO_MANIFEST_DIR");

fn files() -> impl Iterator<Item = (&'static str, &'static str)> {
    std::iter::once(("en", ENGLISH)).chain(OTHERS.iter().copied())
}

/// The messages of a file: each id with its variables.
fn messages(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut messages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut id = String::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if line.starts_with(|c: char| c.is_ascii_alphabetic()) {
            id = line.split_once('=').unwrap().0.trim().to_owned();
            assert!(messages.insert(id.clone(), BTreeSet::new()).is_none(), "{id} is there twice");
        }
        for variable in line.split('$').skip(1) {
            let end = variable.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap();
            messages.get_mut(&id).unwrap().insert(variable[..end].to_owned());
        }
    }
    messages
}

#[test]
fn every_file_is_read_without_an_error() {
    for (tag, text) in files() {
        assert!(FluentResource::try_new(text.to_owned()).is_ok(), "{tag}");
        assert!(tag.parse::<Language>().unwrap().tag() == tag);
    }
}

#[test]
fn every_language_has_the_same_messages_with_the_same_variables() {
    let english = messages(ENGLISH);
    assert!(english.len() > 150);
    for (tag, text) in files() {
        let found = messages(text);
        let missing: Vec<_> = english.keys().filter(|id| !found.contains_key(*id)).collect();
        let unknown: Vec<_> = found.keys().filter(|id| !english.contains_key(*id)).collect();
        assert!(missing.is_empty() && unknown.is_empty(), "{tag}: missing {missing:?}, unknown {unknown:?}");
        for (id, variables) in &english {
            assert_eq!(&found[id], variables, "{tag}: {id}");
        }
    }
}

#[test]
fn a_language_says_what_it_is_called_and_how_it_is_written() {
    for language in Language::all() {
        assert!(["ltr", "rtl"].contains(&&*language.say("direction")), "{language}");
        assert!(!language.name().is_empty());
    }
    let names: BTreeSet<_> = files().map(|(tag, _)| tag.parse::<Language>().unwrap().name()).collect();
    assert_eq!(names.len(), files().count(), "each by a name of its own");
}

#[test]
fn a_count_follows_the_plural_rules_of_the_language() {
    for (id, counts) in [
        ("minutes", ["0 minutes", "1 minute", "2 minutes", "5 minutes"]),
        ("days-ago", ["0 days ago", "1 day ago", "2 days ago", "5 days ago"]),
    ] {
        let said = [0_u64, 1, 2, 5].map(|count| Language::english().say_with(id, &[("count", count.into())]));
        assert_eq!(said, counts);
    }
}

/// No mark that Fluent or a page gives a meaning is written into a sentence.
#[test]
fn no_words_carry_marks_that_nobody_sees() {
    for (tag, text) in files() {
        let found = text.chars().find(|c| {
            matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{E000}'..='\u{F8FF}' | '\u{FEFF}')
        });
        assert_eq!(found, None, "{tag}");
    }
}

fn files_under(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let all = entries.flat_map(|path| if path.is_dir() { files_under(&path, extension) } else { vec![path] });
    all.filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
}

/// What is said: the text of the pages and of the code that fills them.
fn speakers() -> Vec<String> {
    let mut files = files_under(&Path::new(CRATE).join("../../web-templates"), "html");
    files.extend(files_under(&Path::new(CRATE).join("../../web-templates/mail"), "txt"));
    files.extend(files_under(&Path::new(CRATE).join("src/page"), "rs"));
    files.extend(["language.rs", "time.rs"].map(|file| Path::new(CRATE).join("src/words").join(file)));
    files.iter().map(|file| fs::read_to_string(file).unwrap()).collect()
}

/// The literals that stand right after one of `calls`.
fn literals<'t>(text: &'t str, calls: &[&str]) -> Vec<&'t str> {
    let after = |call: &str| text.split(call).skip(1).map(str::trim_start).collect::<Vec<_>>();
    let all = calls.iter().flat_map(|call| after(call));
    all.filter_map(|rest| rest.strip_prefix('"')?.split('"').next()).collect()
}

#[test]
fn every_message_that_is_said_is_there() {
    let english = messages(ENGLISH);
    let mut said = 0;
    for text in speakers() {
        for id in literals(&text, &["say(", "say_with(", "message(", "counted(", "wait("]) {
            assert!(english.contains_key(id), "{id}");
            said += 1;
        }
        for kind in literals(&text, &["said!("]) {
            for part in ["title", "happened", "next"] {
                assert!(english.contains_key(&format!("error-{kind}-{part}")), "{kind} {part}");
            }
        }
    }
    assert!(said > 100, "only {said} calls found");
}

#[test]
fn every_message_is_said_somewhere() {
    let all: String = speakers().concat();
    let errors: Vec<_> = literals(&all, &["said!("]);
    let is_of_an_error = |id: &str| {
        errors
            .iter()
            .any(|kind| ["title", "happened", "next"].iter().any(|part| id == format!("error-{kind}-{part}")))
    };
    for id in messages(ENGLISH).keys() {
        assert!(all.contains(&format!("\"{id}\"")) || is_of_an_error(id), "no page says {id}");
    }
}

#[test]
fn a_message_that_no_language_has_is_not_a_panic() {
    assert_eq!(Language::english().say("nowhere"), "nowhere");
    assert_eq!(Language::english().say_with("nowhere", &[]), "nowhere");
}
