//! The commands, from what each says of itself with `--help`.

use super::{MADE, cell};
use std::fmt::Write as _;
use std::process::Command;

/// Where the options begin that many commands share.
const SHARED: [&str; 2] = ["\nOn a server elsewhere:\n", "\nOptions of every command:\n"];

pub fn page() -> String {
    let mut page = format!("# Commands\n\nFor operators. {MADE}\n");
    page.push_str(
        "How commands find the installation, what they ask before they end something, and what their exit codes mean is in
[Day to day](../operate/day-to-day.md) and [Configuration](../operate/configuration.md); examples that run are in
[Users](../operate/users.md), [Clients](../operate/clients.md) and [Administration](../administration.md).\n",
    );
    let user = help(&["user"]);
    let shared = user.find(SHARED[0]).unwrap();
    write!(page, "\n## Options that many share\n\n```text{}```\n", end(&user[shared..])).unwrap();
    let mut count = 0;
    add(&mut page, &[], &mut count);
    assert!(count > 60, "commands were found: {count}");
    page
}

/// Adds what is below a command, each before its own.
fn add(page: &mut String, path: &[&str], count: &mut usize) {
    let help = help(path);
    let own = SHARED.iter().filter_map(|shared| help.find(shared)).min().map_or(&*help, |at| &help[..at]);
    if !path.is_empty() {
        let (about, usage) = own.split_once("\n\nUsage:").unwrap_or_else(|| panic!("{path:?}: {own}"));
        let elsewhere = if help.contains(SHARED[0]) { " Works with `--server`." } else { "" };
        let level = if path.len() == 1 { "##" } else { "###" };
        let about = cell(about);
        let stop = if about.ends_with('.') { "" } else { "." };
        write!(page, "\n{level} {}\n\n{about}{stop}{elsewhere}\n", path.join(" ")).unwrap();
        if !own.contains("\nCommands:\n") {
            *count += 1;
            write!(page, "\n```text\nUsage:{}```\n", end(&without_help(usage))).unwrap();
        }
    }
    let Some((_, listed)) = own.split_once("\nCommands:\n") else { return };
    let listed = listed.split("\n\n").next().unwrap();
    for name in
        listed.lines().filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help")
    {
        add(page, &[path, &[name]].concat(), count);
    }
}

/// What a command says of itself, whatever the terminal of this test is.
fn help(path: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_idp-server"));
    let output = command.args(path).arg("--help").env_remove("COLUMNS").output().unwrap();
    assert!(output.status.success(), "{path:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The help of a command without the options that ask for help and version.
fn without_help(usage: &str) -> String {
    let of_help = ["-h, --help", "-V, --version", "Print help", "Print version"];
    let is_own = |line: &&str| !of_help.iter().any(|start| line.trim_start().starts_with(start));
    let left = usage.lines().filter(is_own).collect::<Vec<_>>().join("\n");
    left.trim_end().trim_end_matches("\nOptions:").to_owned()
}

/// A text that ends with one line feed.
fn end(text: &str) -> String {
    format!("{}\n", text.trim_end())
}
