//! One event, one line: every event becomes a single line of bounded length in plain characters, so that no input can
//! forge a second event, recolour a terminal or reorder what a reader sees (CWE-117).

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use serde_json::json;

/// Longer lines are cut here, in characters.
const LONGEST_LINE: usize = 8 * 1024;

/// A writer for one event.
pub fn stderr() -> OneLine<io::Stderr> {
    OneLine(io::stderr())
}

/// The same for events that are JSON objects, and stay such.
pub fn json_stderr() -> OneObject<io::Stderr> {
    OneObject(io::stderr())
}

/// Writes each buffer that it is given, which is one event, as one line.
pub struct OneLine<W>(pub(super) W);

impl<W: Write> Write for OneLine<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        self.0.write_all(one_line(&String::from_utf8_lossy(event)).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Writes each buffer that it is given, which is one event and one JSON object, as one line that is such an object.
pub struct OneObject<W>(pub(super) W);

impl<W: Write> Write for OneObject<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        self.0.write_all(one_object(&String::from_utf8_lossy(event)).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// What misleads is in no place but in strings, where JSON has an escape for it. A part of an object would be none: what is too long
/// is told of by its beginning.
fn one_object(event: &str) -> String {
    let event = event.trim_end_matches('\n');
    if event.chars().count() > LONGEST_LINE {
        let begins: String = event.chars().take(LONGEST_LINE / 8).collect();
        let shorter =
            json!({ "level": "WARN", "message": "an event was too long for a line", "begins": begins });
        return one_object(&shorter.to_string());
    }
    let mut line = String::with_capacity(event.len() + 1);
    for character in event.chars() {
        if misleads(character) {
            // All of them have four digits at most. Writing to a string cannot fail.
            let _ = write!(line, "\\u{:04x}", u32::from(character));
        } else {
            line.push(character);
        }
    }
    line.push('\n');
    line
}

fn one_line(event: &str) -> String {
    let mut line = String::with_capacity(event.len() + 1);
    for character in event.trim_end_matches('\n').chars().take(LONGEST_LINE) {
        if misleads(character) {
            // Writing to a string cannot fail.
            let _ = write!(line, "\\u{{{:x}}}", u32::from(character));
        } else {
            line.push(character);
        }
    }
    line.push('\n');
    line
}

/// Control characters, other line ends, and the marks that reverse the order of what is shown.
fn misleads(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s94_nothing_in_an_event_makes_a_second_line() {
        let hostile = "user=\"x\n2026-01-01 INFO signed in user=root\r\u{2028}\u{85}\u{1b}[2J\u{202e}txt\"\n";
        let line = one_line(hostile);
        assert_eq!(line.matches('\n').count(), 1);
        assert!(line.ends_with("\"\n"));
        assert!(!line.trim_end().chars().any(misleads), "{line:?}");
        assert!(line.contains("\\u{a}2026-01-01"), "{line}");
    }

    #[test]
    fn s94_an_object_stays_one_whatever_is_in_it() {
        let hostile = "x\n2026 INFO\r\u{2028}\u{85}\u{1b}[2J\u{202e}txt\u{7f}\"";
        let event = json!({ "message": "signed in", "user": hostile }).to_string();
        let line = one_object(&format!("{event}\n"));
        assert_eq!(line.matches('\n').count(), 1);
        assert!(!line.trim_end().chars().any(misleads), "{line:?}");
        let read: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
        assert_eq!(read["user"], hostile);
        let long = json!({ "message": hostile.repeat(10_000) }).to_string();
        let line = one_object(&long);
        assert!(line.chars().count() <= LONGEST_LINE, "{}", line.len());
        let read: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
        assert!(read["begins"].as_str().is_some_and(|begins| begins.contains("INFO")), "{line}");
    }

    #[test]
    fn s94_a_line_is_bounded() {
        assert_eq!(one_line(&"é".repeat(100_000)).chars().count(), LONGEST_LINE + 1);
    }

    #[test]
    fn plain_text_stays_as_it_is() {
        assert_eq!(one_line("INFO answered name=王 status=200\n"), "INFO answered name=王 status=200\n");
    }
}
