//! What an operator reads when something is wrong: the setting or flag, the value, the mend, each said once, in words
//! that need no knowledge of Rust, and the documented exit code.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

mod commands;
mod configuration;
mod servers;
mod start;
#[path = "../workspace/mod.rs"]
mod workspace;

use std::process::Output;

use workspace::{code, text};

const FAILED: i32 = 1;
const BAD_COMMAND_LINE: i32 = 2;
const BAD_CONFIGURATION: i32 = 3;
const REFUSED: i32 = 4;

/// No fragment between colons or line ends is there twice, nothing is Rust, and all of `words` are there.
fn assert_says(output: &Output, expected: i32, words: &[&str]) {
    let printed = text(&output.stderr);
    assert_eq!(code(output), expected, "{printed}");
    // Log lines come first, of the form that every log has.
    let message = printed.find("idp-server: ").map_or(printed.as_str(), |start| &printed[start..]);
    for word in words {
        assert!(message.contains(word), "{word:?} is missing: {message}");
    }
    for foreign in [
        "Os {",
        "struct ",
        "Error(",
        "Some(",
        "None",
        "expected struct",
        "invalid type",
        "u16",
        "DatabaseError",
    ] {
        assert!(!message.contains(foreign), "{foreign:?}: {message}");
    }
    assert!(!has_rust_path(message), "{message}");
    let fragments = message.split([':', '\n', ';']).map(str::trim).filter(|fragment| fragment.len() > 8);
    for fragment in fragments {
        assert_eq!(message.matches(fragment).count(), 1, "{fragment:?} is doubled: {message}");
    }
}

/// `a::b`, but not the address `::1`.
fn has_rust_path(message: &str) -> bool {
    message.match_indices("::").any(|(at, _)| {
        let before = message[..at].chars().next_back().is_some_and(char::is_alphabetic);
        before && message[at + 2..].chars().next().is_some_and(|c| c.is_alphabetic() || c == '<')
    })
}
