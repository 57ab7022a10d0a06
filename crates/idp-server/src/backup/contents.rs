//! What stands in a backup: lines of JSON. A head, then for each table its columns, a line for each row, and how many they were;
//! last of all how many in all, a digest of everything before, and a mark that only one who has the master key can make.

use std::io::{BufRead, Read as _, Write};

use aws_lc_rs::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

use super::{ReadError, nul::NulRows};
use crate::{age::AgeError, db::copied_rows::Column, seals::Mac, version::VERSION as VERSION_OF_PROGRAM};

/// What the head of every backup says that it is.
const FORMAT: &str = "idp-server backup";
/// Raised when a line means something else than before.
const VERSION: u32 = 1;
/// No row is longer: a picture of a person has a tenth of it.
const LONGEST_LINE: u64 = 64 * 1024 * 1024;

/// What a backup says of itself before its rows.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
pub struct Head {
    format: String,
    version: u32,
    /// When the snapshot was taken, seconds since 1970.
    pub made_at: i64,
    /// The version of this program.
    pub made_by: String,
    /// The migrations of its tables.
    pub migrations: Vec<String>,
    /// The issuer of its tokens.
    pub issuer: String,
    /// The fingerprints of the master keys that its secrets are sealed under.
    pub master_keys: Vec<String>,
    /// The key by which dummy hashes are chosen, sealed under one of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dummy_hash_key: Option<String>,
}

impl Head {
    /// One of this version.
    pub(super) fn new(made_at: i64, issuer: &str, migrations: Vec<String>, master_keys: Vec<String>) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            made_at,
            made_by: VERSION_OF_PROGRAM.to_owned(),
            migrations,
            issuer: issuer.to_owned(),
            master_keys,
            dummy_hash_key: None,
        }
    }
}

/// Where the rows of a table begin.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TableHead {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
}

/// Where they end.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TableEnd {
    rows: u64,
}

/// Where all of it ends.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    tables: u64,
    rows: u64,
    sha256: String,
    mark: String,
}

/// A line that is no row.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Head(Head),
    Table(TableHead),
    TableEnd(TableEnd),
    End(End),
}

/// What was written, or read to its end.
#[derive(Clone, Debug)]
pub struct Contents {
    /// What it says of itself.
    pub head: Head,
    /// How many tables.
    pub tables: u64,
    /// How many rows in all.
    pub rows: u64,
    /// How many people.
    pub people: u64,
    /// Rows that PostgreSQL does not take.
    pub with_nul: NulRows,
    /// The digest of everything, in hexadecimal digits.
    pub sha256: String,
    mark: String,
}

impl Contents {
    /// Whether one who has the master key of `key` made it.
    #[must_use]
    pub fn is_marked_by(&self, key: &Mac) -> bool {
        let mark = self.mark.as_bytes().chunks(2).map(|digits| {
            std::str::from_utf8(digits).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok())
        });
        let mark: Option<Vec<u8>> = mark.collect();
        mark.is_some_and(|mark| key.verify(self.sha256.as_bytes(), &mark))
    }
}

/// Counts what goes by.
struct Tally {
    digest: Context,
    tables: u64,
    rows: u64,
    people: u64,
    with_nul: NulRows,
    /// The table under way, and how many rows of it went by.
    table: Option<(String, u64)>,
}

impl Tally {
    fn new() -> Self {
        let (digest, with_nul) = (Context::new(&SHA256), NulRows::default());
        Self { digest, tables: 0, rows: 0, people: 0, with_nul, table: None }
    }

    /// A line goes into the digest, with its line feed.
    fn line(&mut self, line: &str) {
        self.digest.update(line.as_bytes());
        self.digest.update(b"\n");
    }

    fn begin(&mut self, table: &str) {
        self.table = Some((table.to_owned(), 0));
    }

    fn row(&mut self, row: &str) {
        if let Some((table, rows)) = &mut self.table {
            *rows += 1;
            self.with_nul.look_at(table, row);
        }
    }

    /// How many rows the table had that ends here.
    fn end(&mut self) -> Option<u64> {
        let (name, rows) = self.table.take()?;
        self.tables += 1;
        self.rows += rows;
        if name == "users" {
            self.people = rows;
        }
        Some(rows)
    }

    fn sha256(&self) -> String {
        hexadecimal(self.digest.clone().finish().as_ref())
    }
}

fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Writes a backup, line by line.
pub(super) struct Writer<W> {
    head: Head,
    tally: Tally,
    out: W,
}

impl<W: Write> Writer<W> {
    pub(super) fn begin(head: Head, out: W) -> Result<Self, ReadError> {
        let mut writer = Self { head: head.clone(), tally: Tally::new(), out };
        writer.line(&Line::Head(head))?;
        Ok(writer)
    }

    pub(super) fn table(&mut self, name: &str, columns: &[Column]) -> Result<(), ReadError> {
        self.tally.begin(name);
        self.line(&Line::Table(TableHead { name: name.to_owned(), columns: columns.to_vec() }))
    }

    /// A JSON array. PostgreSQL writes none over several lines.
    pub(super) fn row(&mut self, row: &str) -> Result<(), ReadError> {
        self.tally.row(row);
        self.write(row)
    }

    pub(super) fn end_of_table(&mut self) -> Result<(), ReadError> {
        let rows = self.tally.end().unwrap_or(0);
        self.line(&Line::TableEnd(TableEnd { rows }))
    }

    /// Ends it, with the mark of this key.
    pub(super) fn finish(mut self, key: &Mac) -> Result<(Contents, W), ReadError> {
        let sha256 = self.tally.sha256();
        let mark = hexadecimal(key.sign(sha256.as_bytes()).as_ref());
        let (tables, rows, people) = (self.tally.tables, self.tally.rows, self.tally.people);
        self.line(&Line::End(End { tables, rows, sha256: sha256.clone(), mark: mark.clone() }))?;
        let with_nul = self.tally.with_nul;
        Ok((Contents { head: self.head, tables, rows, people, with_nul, sha256, mark }, self.out))
    }

    fn line(&mut self, line: &Line) -> Result<(), ReadError> {
        let line = serde_json::to_string(line).map_err(|error| ReadError::Contents(error.to_string()))?;
        self.write(&line)
    }

    fn write(&mut self, line: &str) -> Result<(), ReadError> {
        self.tally.line(line);
        for part in [line.as_bytes(), b"\n"] {
            self.out.write_all(part).map_err(AgeError::from)?;
        }
        Ok(())
    }
}

/// What takes the rows of a backup that is read.
pub(super) trait Sink {
    /// Rows of this table follow.
    fn table(&mut self, table: &TableHead) -> Result<(), ReadError>;
    /// A row of it: a JSON array.
    fn row(&mut self, row: &str) -> Result<(), ReadError>;
    /// So many they were.
    fn end_of_table(&mut self, rows: u64) -> Result<(), ReadError>;
}

/// Keeps nothing, for a look at the whole.
pub(super) struct Unkept;

impl Sink for Unkept {
    fn table(&mut self, _: &TableHead) -> Result<(), ReadError> {
        Ok(())
    }

    fn row(&mut self, _: &str) -> Result<(), ReadError> {
        Ok(())
    }

    fn end_of_table(&mut self, _: u64) -> Result<(), ReadError> {
        Ok(())
    }
}

/// Reads a backup to its end.
pub(super) fn read(mut input: impl BufRead, sink: &mut impl Sink) -> Result<Contents, ReadError> {
    let mut tally = Tally::new();
    let mut head = None;
    loop {
        let text = next_line(&mut input)?;
        if text.starts_with('[') {
            if tally.table.is_none() {
                return Err(no_backup());
            }
            tally.line(&text);
            tally.row(&text);
            sink.row(&text)?;
            continue;
        }
        let sha256 = tally.sha256();
        tally.line(&text);
        match (serde_json::from_str(&text).map_err(|_| no_backup())?, &head) {
            (Line::Head(found), None) => head = Some(checked(found)?),
            (Line::Table(table), Some(_)) if tally.table.is_none() => {
                tally.begin(&table.name);
                sink.table(&table)?;
            }
            (Line::TableEnd(end), Some(_)) => {
                if tally.end() != Some(end.rows) {
                    return Err(miscounted());
                }
                sink.end_of_table(end.rows)?;
            }
            (Line::End(end), Some(head)) if tally.table.is_none() => {
                if (end.tables, end.rows, &end.sha256) != (tally.tables, tally.rows, &sha256) {
                    return Err(miscounted());
                }
                require_end(&mut input)?;
                let (head, people) = (head.clone(), tally.people);
                return Ok(Contents {
                    head,
                    tables: end.tables,
                    rows: end.rows,
                    people,
                    with_nul: tally.with_nul,
                    sha256,
                    mark: end.mark,
                });
            }
            _ => return Err(no_backup()),
        }
    }
}

/// Without the line feed.
fn next_line(input: &mut impl BufRead) -> Result<String, ReadError> {
    let mut line = Vec::new();
    input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)?;
    if line.pop() != Some(b'\n') {
        return Err(ReadError::Contents("ends before its end".to_owned()));
    }
    String::from_utf8(line).map_err(|_| no_backup())
}

fn require_end(input: &mut impl BufRead) -> Result<(), ReadError> {
    if input.fill_buf()?.is_empty() { Ok(()) } else { Err(no_backup()) }
}

fn checked(head: Head) -> Result<Head, ReadError> {
    if head.format != FORMAT {
        return Err(no_backup());
    }
    if head.version != VERSION {
        let words = format!(
            "is a backup of another form ({}, this version knows {VERSION}); use idp-server {}",
            head.version, head.made_by
        );
        return Err(ReadError::Contents(words));
    }
    Ok(head)
}

fn no_backup() -> ReadError {
    ReadError::Contents("was decrypted, and is no backup of idp-server".to_owned())
}

fn miscounted() -> ReadError {
    ReadError::Contents("does not have the rows that it says it has".to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
    use super::*;
    use crate::{db::copied_rows::ColumnKind, seals::Seals};

    fn key() -> Mac {
        Seals::new(&[7; 32]).unwrap().backup
    }

    fn written() -> Vec<u8> {
        let head = Head::new(1_800_000_000, "https://id.example", vec!["1".into()], vec!["ab".into()]);
        let mut writer = Writer::begin(head, Vec::new()).unwrap();
        let columns = [Column { name: "id".into(), kind: ColumnKind::Text }];
        for (name, rows) in [("users", 3), ("roles", 0)] {
            writer.table(name, &columns).unwrap();
            (0..rows).for_each(|row| writer.row(&format!("[\"{row}\"]")).unwrap());
            writer.end_of_table().unwrap();
        }
        writer.finish(&key()).unwrap().1
    }

    fn refusal(file: &[u8]) -> String {
        match read(file, &mut Unkept) {
            Err(ReadError::Contents(words)) => words,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_was_written_is_read() {
        let contents = read(written().as_slice(), &mut Unkept).unwrap();
        assert_eq!((contents.tables, contents.rows, contents.people), (2, 3, 3));
        assert_eq!(contents.head.issuer, "https://id.example");
        assert!(contents.is_marked_by(&key()));
        assert!(!contents.is_marked_by(&Seals::new(&[8; 32]).unwrap().backup));
    }

    #[test]
    fn a_line_that_is_missing_changed_or_too_much_is_noticed() {
        let file = String::from_utf8(written()).unwrap();
        let lines: Vec<&str> = file.lines().collect();
        for missing in 0..lines.len() {
            let mut fewer = lines.clone();
            fewer.remove(missing);
            refusal((fewer.join("\n") + "\n").as_bytes());
        }
        refusal(file.replace("[\"1\"]", "[\"7\"]").as_bytes());
        refusal(file.replace("\"rows\":3", "\"rows\":4").as_bytes());
        refusal((file.clone() + "[]\n").as_bytes());
        assert_eq!(refusal(&file.as_bytes()[..file.len() - 1]), "ends before its end");
        let newer = file.replace("\"version\":1", "\"version\":2");
        assert!(refusal(newer.as_bytes()).contains("of another form (2, this version knows 1)"));
    }
}
