//! ARCHITECTURE.md says which module stands on which. Its lists are read here and held against the code: a module names
//! only modules that are listed below it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The fenced blocks ```` ```layers <folder> ````: the folder, and its modules by floor, the top one first.
fn documented() -> Vec<(String, Vec<Vec<String>>)> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let blocks = text.split("```layers ").skip(1).map(|block| block.split("```").next().unwrap());
    blocks
        .map(|block| {
            let (folder, floors) = block.split_once('\n').unwrap();
            let floor = |line: &str| line.split_whitespace().map(str::to_owned).collect();
            (folder.trim().to_owned(), floors.lines().map(floor).collect())
        })
        .collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.extend(rust_files(&path)),
            false if path.extension().is_some_and(|extension| extension == "rs") => files.push(path),
            false => {}
        }
    }
    files
}

/// The code of a file: without comments, and without its tests, which may look anywhere.
fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    let tests = text.match_indices("#[cfg(test)]\nmod ").find(|(at, _)| {
        let rest = &text[*at..];
        // `mod tests;` names another file, and the code goes on.
        rest.find('{').is_some_and(|brace| rest.find(';').is_none_or(|end| brace < end))
    });
    let text = &text[..tests.map_or(text.len(), |(at, _)| at)];
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Every path in `text` that begins with `start`, with the braces of a `use` multiplied out.
fn paths(text: &str, start: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices(start) {
        let before = text[..at].chars().next_back();
        if !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            read_path(&text[at..], Vec::new(), &mut found);
        }
    }
    found
}

/// Reads one path, or one element of a `use` list, and returns how many bytes it took.
fn read_path(text: &str, mut prefix: Vec<String>, found: &mut Vec<Vec<String>>) -> usize {
    let mut at = 0;
    loop {
        at += text[at..].len() - text[at..].trim_start().len();
        if text[at..].starts_with('{') {
            return at + read_list(&text[at..], &prefix, found);
        }
        let word = text[at..].find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len() - at);
        if word > 0 {
            prefix.push(text[at..at + word].to_owned());
        }
        at += word;
        if !text[at..].starts_with("::") {
            found.push(prefix);
            return at;
        }
        at += 2;
    }
}

fn read_list(text: &str, prefix: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let mut at = 1;
    while at < text.len() && !text[at..].starts_with('}') {
        match text[at..].chars().next().unwrap() {
            c if c.is_alphanumeric() || c == '_' || c == '{' => {
                at += read_path(&text[at..], prefix.to_owned(), found);
            }
            c => at += c.len_utf8(),
        }
    }
    at + 1
}

/// The module that a file is, as a path from the crate: `["http", "login", "form"]`.
fn module(source: &Path, file: &Path) -> Vec<String> {
    let relative = file.strip_prefix(source).unwrap().with_extension("");
    let mut parts: Vec<_> = relative.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    parts.pop_if(|last| last == "mod" || last == "lib");
    parts
}

/// What a file names, as paths from the crate.
fn named(source: &Path, file: &Path) -> Vec<Vec<String>> {
    let (text, module) = (code(file), module(source, file));
    let absolute = paths(&text, "crate::").into_iter().map(|path| path[1..].to_vec());
    let relative = paths(&text, "super::").into_iter().filter_map(|path| {
        let up = path.iter().take_while(|part| *part == "super").count();
        let kept = module.get(..module.len().checked_sub(up)?)?;
        Some([kept, &path[up..]].concat())
    });
    absolute.chain(relative).collect()
}

/// The items that the `mod.rs` of `folder` exports, by name, and the module each comes from.
fn exported(folder: &Path) -> BTreeMap<String, String> {
    let Some(file) =
        ["mod.rs", "lib.rs"].map(|name| folder.join(name)).into_iter().find(|file| file.exists())
    else {
        return BTreeMap::new();
    };
    let text = code(&file);
    let exports = text.split("use ").skip(1).flat_map(|statement| {
        let mut found = Vec::new();
        read_path(statement, Vec::new(), &mut found);
        found
    });
    let by_item = exports.filter_map(|path| Some((path.last()?.clone(), path.first()?.clone())));
    by_item.filter(|(item, module)| item != module).collect()
}

/// Which module below `folder` names which other, and where.
fn arrows(folder: &Path) -> BTreeMap<(String, String), BTreeSet<PathBuf>> {
    let source = folder.ancestors().find(|path| path.ends_with("src")).unwrap();
    let inside = module(source, &folder.join("mod.rs"));
    let (exported, modules) = (exported(folder), modules(folder));
    let child = |path: &[String]| {
        let name = path.strip_prefix(&*inside)?.first()?.clone();
        if modules.contains(&name) { Some(name) } else { Some(exported.get(&name).cloned().unwrap_or(name)) }
    };
    let mut arrows: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for file in rust_files(folder) {
        // Files of tests may look anywhere.
        let Some(from) = child(&module(source, &file)).filter(|from| modules.contains(from)) else {
            continue;
        };
        for to in named(source, &file).iter().filter_map(|path| child(path)).filter(|to| *to != from) {
            arrows.entry((from.clone(), to)).or_default().insert(file.clone());
        }
    }
    arrows
}

fn modules(folder: &Path) -> BTreeSet<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_module = |path: &PathBuf| path.is_dir() || path.extension().is_some_and(|end| end == "rs");
    let names = names.filter(is_module).map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned());
    names
        .filter(|name| !["mod", "lib", "main", "scripts"].contains(&&**name) && !name.ends_with("tests"))
        .collect()
}

#[test]
fn modules_name_only_those_that_the_architecture_lists_below_them() {
    let documented = documented();
    assert!(documented.len() >= 5);
    let mut faults = Vec::new();
    for (folder, floors) in documented {
        let path = root().join(&folder);
        let listed: Vec<_> = floors.iter().flatten().cloned().collect();
        let unique: BTreeSet<_> = listed.iter().cloned().collect();
        assert_eq!(listed.len(), unique.len(), "{folder}: a module is listed twice");
        assert_eq!(unique, modules(&path), "{folder}: the modules that are listed, and those that are there");
        let floor = |module: &str| floors.iter().position(|floor| floor.iter().any(|name| name == module));
        for ((from, to), files) in arrows(&path) {
            // A name that is no module is an item of `mod.rs` itself.
            if floor(&to).is_some_and(|to| to <= floor(&from).unwrap()) {
                let first = files.first().unwrap().strip_prefix(root()).unwrap().to_owned();
                faults.push(format!("{folder}: {from} -> {to} ({})", first.display()));
            }
        }
    }
    assert!(faults.is_empty(), "these arrows point up or sideways:\n{}", faults.join("\n"));
}

#[test]
fn crates_depend_on_each_other_as_the_architecture_says() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for name in ["idp-core", "resource-sdk", "demo-site", "idp-server"] {
        let manifest = fs::read_to_string(root().join("crates").join(name).join("Cargo.toml")).unwrap();
        let ours = manifest.split("[dev-dependencies]").next().unwrap();
        let names = |line: &str, other: &str| {
            line.strip_prefix(other).is_some_and(|rest| rest.starts_with([' ', '.', '=']))
        };
        for other in ["idp-core", "resource-sdk", "demo-site", "idp-server"] {
            if !ours.lines().any(|line| names(line, other)) {
                continue;
            }
            assert!(text.contains(&format!("`{name} -> {other}`")), "{name} -> {other}");
        }
    }
}

#[test]
fn sql_pages_and_actix_stay_where_they_belong() {
    let source = root().join("crates/idp-server/src");
    for (word, at_home) in [
        ("diesel", &["db"][..]),
        ("deadpool_redis", &["store", "db"]),
        (
            "actix_web",
            &["http", "page", "serve", "app", "main", "log", "client_address", "cli", "feed", "tls"],
        ),
        ("askama", &["page"]),
    ] {
        for file in rust_files(&source) {
            let module = module(&source, &file);
            let is_at_home = module.first().is_none_or(|first| at_home.contains(&&**first));
            assert!(
                is_at_home || !code(&file).contains(&format!("{word}::")),
                "{word} in {}",
                file.display()
            );
        }
    }
}

#[test]
fn the_lists_of_a_use_are_multiplied_out() {
    let text = "use crate::{a::{b, c::d}, e};\nlet x = crate::f::G::new(super::h);";
    let found = paths(text, "crate::");
    let found: Vec<_> = found.iter().map(|path| path.join("::")).collect();
    assert_eq!(found, ["crate::a::b", "crate::a::c::d", "crate::e", "crate::f::G::new"]);
}
