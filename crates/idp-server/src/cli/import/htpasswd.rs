//! `NAME:HASH` in each line, as web servers read it. A hash of bcrypt is taken. The other kinds that such files have (MD5, SHA-1,
//! the crypt of the system) are guessed at billions a second and are not known here (ADR 43).

use std::path::Path;

use super::entry::{Draft, Entry, Options};
use super::reading::{self, Sink};
use crate::cli::failure::Failure;

/// Reads the file.
///
/// # Errors
/// When it cannot be read.
pub(super) fn read(file: &Path, options: &Options, sink: Sink<'_>) -> Result<(), Failure> {
    reading::lines(file, sink, |place, text| {
        if text.starts_with('#') {
            return None;
        }
        let Some((name, hash)) = text.split_once(':') else {
            return Some(Entry::refused(place, "", "this must be a name, a colon and a hash"));
        };
        let drafted = Draft::of(name).and_then(|mut draft| {
            match kind(hash) {
                None => draft.hash(hash.to_owned(), options)?,
                Some(kind) => draft.no_hash(&format!("a hash of {kind} is not taken"), options)?,
            }
            Ok(draft)
        });
        Some(Entry::of(place, name, drafted))
    })
}

/// A kind that such files have and that is not known here.
fn kind(hash: &str) -> Option<&'static str> {
    let known = [
        ("$apr1$", "MD5"),
        ("$1$", "MD5"),
        ("{SHA}", "SHA-1 without a salt"),
        ("{SSHA}", "SHA-1"),
        ("$5$", "SHA-256 crypt"),
        ("$6$", "SHA-512 crypt"),
        ("$y$", "yescrypt"),
    ];
    let found = known.into_iter().find(|(prefix, _)| hash.starts_with(prefix)).map(|(_, kind)| kind);
    found.or_else(|| (hash.len() == 13).then_some("crypt"))
}
