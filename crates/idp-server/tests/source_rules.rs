//! Rules that the source itself must keep. A `Display` never includes its own source, because the place that prints an
//! error joins the chain of causes, and the operator would read the cause twice. And the configuration depends on no other
//! part of the server.

#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    fs,
    path::{Path, PathBuf},
};

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The format of each `#[error("...")]` and the text up to the next one: the variant with its fields.
fn variants(source: &str) -> Vec<(String, String)> {
    let mut variants = Vec::new();
    for part in source.split("#[error(").skip(1) {
        let Some((attribute, item)) = part.split_once(")]") else { continue };
        // A variant ends where the enum does, at the latest.
        let item = item.split("\n}").next().unwrap_or_default();
        variants.push((attribute.to_owned(), item.to_owned()));
    }
    variants
}

/// Whether the format names the field that is the source.
fn repeats_its_source(attribute: &str, item: &str) -> bool {
    let is_transparent = attribute.trim() == "transparent";
    let first_field_is_source = item.contains("(#[from]") || item.contains("(#[source]");
    let named_source = item.contains("source:");
    !is_transparent
        && ((first_field_is_source && (attribute.contains("{0") || attribute.contains(".0")))
            || (named_source && attribute.contains("{source")))
}

#[test]
fn b10_no_error_type_displays_its_source() {
    let mut files = Vec::new();
    for krate in ["idp-core", "idp-server", "demo-site"] {
        rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(krate).join("src"), &mut files);
    }
    let mut seen = 0;
    for path in files {
        for (attribute, item) in variants(&fs::read_to_string(&path).unwrap()) {
            let repeats = repeats_its_source(&attribute, &item);
            assert!(!repeats, "{}: #[error({attribute})] shows its source", path.display());
            seen += 1;
        }
    }
    assert!(seen > 80, "only {seen} messages were found");
}

#[test]
fn b10_the_rule_finds_what_it_looks_for() {
    let shown =
        r#"enum E { #[error("cannot read: {0}")] A(#[from] io::Error), #[error("x")] B(#[from] io::Error) }"#;
    let found: Vec<bool> = variants(shown).iter().map(|(a, i)| repeats_its_source(a, i)).collect();
    assert_eq!(found, [true, false]);
    let named = "#[error(\"{path}: {source}\")] A { path: PathBuf, source: io::Error },";
    assert!(variants(named).iter().all(|(attribute, item)| repeats_its_source(attribute, item)));
}

#[test]
fn the_configuration_reaches_into_no_other_part_of_the_server() {
    let mut files = Vec::new();
    rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/config"), &mut files);
    assert!(files.len() > 15);
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        for used in text.split("crate::").skip(1) {
            let module = used.trim_start_matches('{').trim_start();
            // Which languages there are is in the words alone, and which colours a theme sets in the palette.
            let allowed = ["config", "secret_file", "error_chain", "words", "palette"];
            let is_allowed = allowed.iter().any(|name| module.starts_with(name));
            assert!(is_allowed, "{}: crate::{}", path.display(), used.lines().next().unwrap_or_default());
        }
    }
}
