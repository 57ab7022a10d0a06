//! The READMEs in two languages say the same.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The lines within fences, the fences as well.
fn snippets(text: &str) -> Vec<&str> {
    let mut within = false;
    let is_code = |line: &&str| {
        let is_fence = line.starts_with("```");
        within ^= is_fence;
        within || is_fence
    };
    text.lines().filter(is_code).collect()
}

/// Where its links lead, sorted.
fn links(text: &str) -> Vec<&str> {
    let mut links: Vec<&str> = text.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    links.sort_unstable();
    links
}

fn count(text: &str, start: &str) -> usize {
    text.lines().filter(|line| line.starts_with(start)).count()
}

#[test]
fn the_chinese_readme_has_the_commands_rows_and_links_of_the_english_one() {
    let (english, chinese) = (read(&root().join("README.md")), read(&root().join("README.zh-CN.md")));
    assert_eq!(snippets(&english), snippets(&chinese));
    for start in ["#", "|", "- "] {
        assert_eq!(count(&english, start), count(&chinese, start), "lines that begin with {start:?}");
    }
    let but = |text, other| links(text).into_iter().filter(move |link| *link != other);
    assert!(but(&english, "README.zh-CN.md").eq(but(&chinese, "README.md")));
}
