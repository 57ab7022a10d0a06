//! The commands of docs/operate/, docs/administration.md and docs/import.md are run as they stand there, one after the other; so
//! are those of the quick start, the tutorials and the recipes, each page in an installation of its own.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod workspace;

use std::process::Command;
use workspace::{Workspace, text};

const USERS: &str = include_str!("../../../docs/operate/users.md");
const CLIENTS: &str = include_str!("../../../docs/operate/clients.md");
const ADMINISTRATION: &str = include_str!("../../../docs/administration.md");
const IMPORT: &str = include_str!("../../../docs/import.md");

const LOGO: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>"#;

/// The shell blocks under a heading.
fn blocks(guide: &'static str, heading: &str) -> Vec<&'static str> {
    let section = guide.split_once(&format!("# {heading}\n")).unwrap().1;
    let section = section.split("\n##").next().unwrap();
    section.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap()).collect()
}

/// The commands of a block; one that ends with a backslash goes on in the next line.
fn commands(block: &str) -> Vec<String> {
    block.replace("\\\n", " ").lines().map(str::to_owned).collect()
}

fn run(workspace: &Workspace, command: &str) {
    let binary = env!("CARGO_BIN_EXE_idp-server");
    let script = format!("idp-server() {{ {binary} \"$@\"; }}\n{command}");
    // A name with a hyphen is a function's in bash only.
    let output = Command::new("bash").arg("-c").arg(script).current_dir(workspace.path()).output().unwrap();
    assert!(output.status.success(), "{command}: {}", text(&output.stderr));
}

#[test]
fn b9_the_examples_of_the_guide_run_in_their_order() {
    let workspace = Workspace::new();
    std::fs::write(workspace.path().join("site.pub"), include_str!("../testdata/encryption_key.pem"))
        .unwrap();
    std::fs::write(workspace.path().join("site.svg"), LOGO).unwrap();
    let sections = [
        (USERS, "Users", 18),
        (USERS, "People of another system", 1),
        (CLIENTS, "Clients", 20),
        (ADMINISTRATION, "Groups and roles", 18),
        (ADMINISTRATION, "Attributes", 13),
        (ADMINISTRATION, "The audit log", 4),
        (IMPORT, "The commands", 4),
        (IMPORT, "JSON Lines", 2),
    ];
    for (guide, heading, fewest) in sections {
        let commands: Vec<String> = blocks(guide, heading).into_iter().flat_map(commands).collect();
        assert!(commands.len() >= fewest, "{commands:?}");
        commands.iter().for_each(|command| run(&workspace, command));
    }
}

/// What the recipes take for granted.
const THERE_ALREADY: [&str; 3] = [
    "idp-server user add alice --generate --name Alice --vouch-mail alice@example.com",
    "idp-server user add bob --generate",
    "idp-server client add site --name Site --audience https://site.example --redirect-uri https://site.example/auth/callback",
];

/// The commands of a page, of all its shell blocks.
fn commands_of_page(page: &str) -> Vec<String> {
    page.split("```sh\n").skip(1).flat_map(|block| commands(block.split("```").next().unwrap())).collect()
}

#[test]
fn the_commands_of_the_quick_start_and_the_tutorials_run_in_their_order() {
    for (page, fewest) in [
        (include_str!("../../../docs/quick-start.md"), 3),
        (include_str!("../../../docs/tutorials/first-installation.md"), 11),
    ] {
        let commands = commands_of_page(page);
        assert!(commands.len() >= fewest, "{commands:?}");
        let workspace = Workspace::empty();
        run(&workspace, "idp-server migrate");
        commands.iter().for_each(|command| run(&workspace, command));
    }
}

#[test]
fn the_commands_of_the_recipes_run_in_their_order() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/how-to");
    let mut count = 0;
    for page in std::fs::read_dir(folder).unwrap() {
        let commands = commands_of_page(&std::fs::read_to_string(page.unwrap().path()).unwrap());
        let workspace = Workspace::new();
        THERE_ALREADY.iter().for_each(|command| run(&workspace, command));
        commands.iter().for_each(|command| run(&workspace, command));
        count += commands.len();
    }
    assert!(count > 30, "commands were run: {count}");
}

/// The runbook is read at night: each command in it is one that there is, with the flags that it has.
#[test]
fn the_commands_of_the_runbook_are_those_of_the_binary() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/runbook");
    let workspace = Workspace::new();
    let mut count = 0;
    for page in std::fs::read_dir(folder).unwrap() {
        let page = std::fs::read_to_string(page.unwrap().path()).unwrap();
        // What the server writes to standard error has one priority in the journal, whatever its level.
        assert!(!page.contains("journalctl -u idp-server -p"), "{page}");
        for rest in page.split("idp-server ").skip(1) {
            let command = rest.split(['`', '\n', '#', '|']).next().unwrap().trim();
            // Something stands for the id that the operator has found.
            let id = |word: &str| {
                if word == "ID" { "019ad000-0000-7000-8000-000000000000".to_owned() } else { word.to_owned() }
            };
            let words: Vec<String> = command.split_whitespace().map(id).collect();
            // The name of the unit, in commands of the system.
            if words.first().is_none_or(|word| word.starts_with('-')) {
                continue;
            }
            let words: Vec<&str> = words.iter().map(String::as_str).chain(["--help"]).collect();
            let output = workspace.run(&words);
            assert!(output.status.success(), "{command}: {}", text(&output.stderr));
            count += 1;
        }
    }
    assert!(count >= 15, "commands were found: {count}");
}

/// Every flag of the commands that change users and clients stands in a guide.
#[test]
fn b9_the_guide_names_every_flag() {
    let workspace = Workspace::new();
    for command in [
        ["user", "add"],
        ["user", "set"],
        ["user", "remove"],
        ["client", "add"],
        ["client", "set"],
        ["role", "set"],
        ["attribute", "add"],
        ["attribute", "set"],
    ] {
        let help = text(&workspace.run(&[&command[..], &["--help"]].concat()).stdout);
        let flags = help.split_whitespace().filter(|word| word.starts_with("--") && word.len() > 2);
        for flag in flags.map(|flag| flag.trim_end_matches([',', ';', ':', ']'])) {
            let is_general = ["--config", "--set", "--json", "--help", "--version"].contains(&flag);
            assert!(
                is_general || [USERS, CLIENTS, ADMINISTRATION].iter().any(|guide| guide.contains(flag)),
                "{command:?} {flag}"
            );
        }
    }
}
