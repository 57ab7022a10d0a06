//! Makes `src/password/common_passwords.txt` of lists with one password a line:
//!
//! ```sh
//! cargo run -p idp-core --example common_passwords -- LIST... >crates/idp-core/src/password/common_passwords.txt
//! ```
//!
//! The file that is there was made of `passwords.json` of the npm package `@zxcvbn-ts/language-common` 4.1.3 (MIT) and of
//! `common-passwords.txt` of Django 5.2 (BSD-3-Clause, Royce Williams' list), with the short list of `common.txt`.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::collections::BTreeSet;

/// Shorter ones are caught as pieces of a password, by `common.txt`.
const SHORTEST: usize = 6;

fn main() {
    let lists = std::env::args().skip(1).map(|path| std::fs::read_to_string(path).unwrap());
    let all: BTreeSet<String> =
        lists.flat_map(|list| list.lines().filter_map(folded).collect::<Vec<_>>()).collect();
    let mut last = String::new();
    for entry in all {
        let shared = entry.chars().zip(last.chars()).take_while(|(a, b)| a == b).count().min(35);
        println!("{}{}", char::from_digit(u32::try_from(shared).unwrap(), 36).unwrap(), &entry[shared..]);
        last = entry;
    }
}

/// As the policy compares them: lower case, letters and digits only. Others than ASCII are too few to keep.
fn folded(password: &str) -> Option<String> {
    let bare = password.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    (bare.is_ascii() && bare.len() >= SHORTEST).then_some(bare)
}
