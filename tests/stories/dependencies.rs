//! What the product is made of: no crate below the version that mended a known hole, no second cryptographic
//! library, and the lints that keep panics and unsafe code out, everywhere.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Name and version of every locked package.
fn locked() -> Vec<(String, Vec<u64>)> {
    let text = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let field = |block: &str, name: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(&format!("{name} = \"")))?;
        Some(line.trim_end_matches('"').to_owned())
    };
    let packages = text.split("[[package]]").skip(1);
    packages
        .map(|block| {
            let version = field(block, "version").unwrap();
            let numbers =
                version.split(['.', '-', '+']).take(3).map(|part| part.parse().unwrap_or(0)).collect();
            (field(block, "name").unwrap(), numbers)
        })
        .collect()
}

#[test]
fn s114_no_crate_is_below_the_version_that_mended_it() {
    let locked = locked();
    assert!(locked.len() > 100);
    for (name, floor) in [
        ("jsonwebtoken", [10, 3, 0]),
        ("diesel", [2, 3, 10]),
        ("aws-lc-sys", [0, 39, 0]),
        ("idna", [1, 0, 0]),
        ("actix-http", [3, 0, 0]),
        ("rustls", [0, 23, 0]),
    ] {
        let found: Vec<_> = locked.iter().filter(|(known, _)| known == name).collect();
        assert!(!found.is_empty(), "{name} is used");
        for (_, version) in found {
            assert!(version.as_slice() >= floor.as_slice(), "{name} {version:?}");
        }
    }
}

#[test]
fn s114_no_system_tls_comes_in() {
    for (name, _) in locked() {
        assert!(!["openssl-sys", "native-tls"].contains(&name.as_str()), "{name}");
    }
}

/// What of the packages that are locked is built, with every feature of ours: those that need this one, by name.
fn built_with(name: &str) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments =
        ["tree", "--workspace", "--all-features", "--offline", "--locked", "--prefix", "none", "-i", name];
    let done = std::process::Command::new(cargo).args(arguments).current_dir(root()).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

/// Both are locked as options of crates, which no crate takes (ADR 83, 84). `cargo deny` refuses `ring` as well.
#[test]
fn s114_no_second_cryptographic_library_and_no_http2_are_built() {
    assert!(built_with("aws-lc-rs").contains("idp-server"), "the question is understood");
    for name in ["h2", "ring"] {
        assert_eq!(built_with(name).trim(), "", "{name} is built");
    }
}

#[test]
fn s114_panics_and_unsafe_code_are_kept_out_by_lints_in_every_crate() {
    let workspace = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    for lint in [
        "unsafe_code = \"forbid\"",
        "unwrap_used = \"deny\"",
        "indexing_slicing = \"deny\"",
        "panic = \"deny\"",
    ] {
        assert!(workspace.contains(lint), "{lint}");
    }
    for krate in fs::read_dir(root().join("crates")).unwrap() {
        let manifest = fs::read_to_string(krate.unwrap().path().join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{manifest}");
    }
}
