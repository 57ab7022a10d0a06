//! The book: every link of every document leads somewhere, to its heading too; every chapter is in the table of contents;
//! and the chapters in Chinese have the parts of those in English. The decisions at the end of the table are made from
//! their titles: `WRITE_BOOK=1` brings them up to date.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::fs;
use std::path::{Component, Path, PathBuf};

const DECISIONS: &str = "\n# Decisions\n\n";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The path without `..` in its middle.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        if part == Component::ParentDir && plain.file_name().is_some() {
            plain.pop();
        } else {
            plain.push(part);
        }
    }
    plain
}

/// The documents of a folder, and of those in it.
fn documents(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            documents(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
    found.sort();
}

fn chapters() -> Vec<PathBuf> {
    let mut chapters = Vec::new();
    documents(&root().join("docs"), &mut chapters);
    chapters
}

/// The lines outside fences, or those inside.
fn lines(text: &str, inside: bool) -> Vec<&str> {
    let mut within = false;
    let is_wanted = |line: &&str| {
        let is_fence = line.trim_start().starts_with("```");
        within ^= is_fence;
        !is_fence && within == inside
    };
    text.lines().filter(is_wanted).collect()
}

/// Where the links of a text lead.
fn links(text: &str) -> Vec<String> {
    let prose = lines(text, false).join("\n");
    prose.split("](").skip(1).filter_map(|rest| rest.split(')').next()).map(str::to_owned).collect()
}

/// The names under which browsers find the headings of a document, as mdBook and GitHub make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut times: HashMap<String, usize> = HashMap::new();
    let headings = lines(text, false)
        .into_iter()
        .filter_map(|line| line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#')));
    headings
        .map(|heading| {
            let kept = |letter: char| match letter {
                ' ' => Some('-'),
                letter if letter.is_alphanumeric() || "-_".contains(letter) => Some(letter),
                _ => None,
            };
            let name: String = heading.to_lowercase().chars().filter_map(kept).collect();
            let before = times.entry(name.clone()).or_default();
            *before += 1;
            if *before == 1 { name } else { format!("{name}-{}", *before - 1) }
        })
        .collect()
}

#[test]
fn every_link_of_the_documents_leads_somewhere() {
    let documentation = plain(&root().join("docs"));
    let at_root = fs::read_dir(root()).unwrap().map(|file| file.unwrap().path());
    let mut files: Vec<PathBuf> =
        at_root.filter(|path| path.extension().is_some_and(|is| is == "md")).collect();
    files.extend(chapters());
    let mut count = 0;
    for document in files.iter().map(|file| plain(file)) {
        for link in links(&read(&document))
            .into_iter()
            .filter(|link| !link.contains("://") && !link.starts_with("mailto:"))
        {
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if path.is_empty() {
                document.clone()
            } else {
                plain(&document.parent().unwrap().join(path))
            };
            assert!(target.exists(), "{} links to {link}", document.display());
            let leaves_the_book = document.starts_with(&documentation) && !target.starts_with(&documentation);
            assert!(!leaves_the_book, "{} links to {link}, which is no part of the book", document.display());
            let is_there = anchor.is_empty() || anchors(&read(&target)).contains(anchor);
            assert!(is_there, "{} links to {link}: there is no such heading", document.display());
            count += 1;
        }
    }
    assert!(count > 300, "links were looked at: {count}");
}

#[test]
fn every_chapter_is_in_the_table_of_contents_once() {
    let table = root().join("docs/SUMMARY.md");
    let written = read(&table);
    let (chosen, _) = written.split_once(DECISIONS).unwrap();
    let made = format!("{chosen}{DECISIONS}{}", decisions());
    if std::env::var_os("WRITE_BOOK").is_some() {
        fs::write(&table, &made).unwrap();
    }
    assert!(read(&table) == made, "docs/SUMMARY.md is out of date: run this test with WRITE_BOOK=1");
    let documentation = root().join("docs");
    let name = |path: &PathBuf| path.strip_prefix(&documentation).unwrap().display().to_string();
    let there: BTreeSet<String> = chapters().iter().map(name).filter(|name| name != "SUMMARY.md").collect();
    let links = links(&made);
    let told: BTreeSet<String> = links.iter().cloned().collect();
    assert_eq!(links.len(), told.len(), "a chapter is there twice");
    let differences: Vec<&String> = told.symmetric_difference(&there).collect();
    assert!(differences.is_empty(), "in the table or in the folder alone: {differences:?}");
}

/// A line for each decision, by its title.
fn decisions() -> String {
    let mut files = Vec::new();
    documents(&root().join("docs/adr"), &mut files);
    let mut text = String::new();
    for file in files {
        let decision = read(&file);
        let title = decision.lines().next().unwrap().trim_start_matches("# ");
        let title = title.replace('[', "\\[").replace(']', "\\]");
        writeln!(text, "- [{title}](adr/{})", file.file_name().unwrap().display()).unwrap();
    }
    text
}

#[test]
fn the_chinese_chapters_have_the_parts_of_the_english_ones() {
    let mut files = Vec::new();
    documents(&root().join("docs/zh-CN"), &mut files);
    for chinese in &files {
        let name = chinese.strip_prefix(root().join("docs/zh-CN")).unwrap();
        let (chinese, english) = (read(chinese), read(&root().join("docs").join(name)));
        let code = |text| lines(text, true).into_iter().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(code(&chinese), code(&english), "{}: what stands in fences", name.display());
        for start in ["#", "|", "- ", "1. "] {
            let count = |text| lines(text, false).iter().filter(|line| line.starts_with(start)).count();
            assert_eq!(
                count(&chinese),
                count(&english),
                "{}: lines that begin with {start:?}",
                name.display()
            );
        }
    }
    let explanations = |folder: &str| fs::read_dir(root().join("docs").join(folder)).unwrap().count();
    assert_eq!(explanations("zh-CN/explanations"), explanations("explanations"));
}
