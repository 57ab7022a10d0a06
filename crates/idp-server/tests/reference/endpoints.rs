//! The addresses of the provider, from the one module that has them, and its metadata document.

use super::{MADE, cell, code, read, root};
use idp_core::authentication::Levels;
use idp_core::discovery::Metadata;
use std::fmt::Write as _;
use std::fs;

/// Those that programs call; all others are pages.
const OF_PROGRAMS: [&str; 20] = [
    "OPENID_CONFIGURATION",
    "AUTHORIZATION_SERVER",
    "JWKS",
    "AUTHORIZE",
    "TOKEN",
    "USERINFO",
    "REVOKE",
    "INTROSPECT",
    "END_SESSION",
    "REVOCATIONS",
    "REVOCATION_ACKNOWLEDGEMENTS",
    "BUNDLES",
    "ADMINISTRATION",
    "SCIM",
    "PICTURES",
    "HEALTH_LIVE",
    "HEALTH_STARTED",
    "HEALTH_READY",
    "HEALTH_PROBE",
    "ASSETS",
];

pub fn page() -> String {
    let paths = paths(&read("crates/idp-core/src/discovery.rs"));
    assert!(paths.len() > 100, "paths were found: {}", paths.len());
    let of_programs = |path: &&Path| OF_PROGRAMS.contains(&path.name.as_str());
    assert_eq!(paths.iter().filter(of_programs).count(), OF_PROGRAMS.len());
    let (of_administrators, of_people): (Vec<&Path>, Vec<&Path>) =
        paths.iter().filter(|path| !of_programs(path)).partition(|path| path.path.starts_with("/admin"));
    let mut page = format!("# Endpoints\n\nFor programmers, and operators of proxies. {MADE}\n");
    page.push_str(
        "All are below the issuer. What is offered at each, and what is refused, is in [A site in another
language](../integrate-a-site.md#a-site-in-another-language); errors are [here](errors.md).\n",
    );
    add(&mut page, "For programs", &paths.iter().filter(of_programs).collect::<Vec<_>>());
    add(&mut page, "Pages of people", &of_people);
    add(&mut page, "Pages of administrators", &of_administrators);
    let metadata = Metadata::new("https://id.example.com", languages(), &Levels::default());
    let metadata = serde_json::to_string_pretty(&metadata).unwrap();
    write!(page, "\n## The metadata document\n\nWith the defaults:\n\n```json\n{metadata}\n```\n").unwrap();
    page
}

struct Path {
    name: String,
    path: String,
    what: String,
}

/// The constants of the module, each with its documentation.
fn paths(source: &str) -> Vec<Path> {
    let (_, module) = source.split_once("pub mod path {\n").unwrap();
    let mut found = Vec::new();
    let mut said = String::new();
    for line in module.split("\n}").next().unwrap().lines().map(str::trim) {
        if let Some(words) = line.strip_prefix("/// ") {
            said.push_str(words);
            said.push(' ');
        } else if let Some((name, value)) =
            line.strip_prefix("pub const ").and_then(|rest| rest.split_once(": &str = \""))
        {
            let path = value.trim_end_matches("\";").to_owned();
            found.push(Path { name: name.to_owned(), path, what: std::mem::take(&mut said) });
        }
    }
    found
}

fn add(page: &mut String, title: &str, paths: &[&Path]) {
    write!(page, "\n## {title}\n\n| path | what it is |\n|---|---|\n").unwrap();
    for path in paths {
        writeln!(page, "| {} | {} |", code(&path.path), cell(&path.what)).unwrap();
    }
}

/// The tags of the languages that the pages are written in, by their files.
fn languages() -> Vec<String> {
    let files = fs::read_dir(root().join("web-templates/words")).unwrap().map(|file| file.unwrap().path());
    let words = files.filter(|file| file.extension().is_some_and(|extension| extension == "ftl"));
    let mut tags: Vec<String> = words.map(|file| file.file_stem().unwrap().display().to_string()).collect();
    tags.sort();
    tags
}
