//! A text file of SHA-1 hashes in hexadecimal, one a line and in order, each maybe followed by `:` and how often it was seen:
//! what the downloader of Pwned Passwords writes. It is tens of gigabytes, so it is searched where it lies.

use super::DIGITS;
use std::cmp::Ordering;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Longer than any line.
const LINE: usize = 96;
/// Places at which the order is looked at when the file is opened: a list in another order would find nothing.
const PROBES: u64 = 64;

/// Why a file is no list.
#[derive(Debug, thiserror::Error)]
pub enum HashFileError {
    /// It cannot be opened or read.
    #[error("cannot read {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A line is no hash.
    #[error("{} must have a SHA-1 hash in hexadecimal at the beginning of each line", path.display())]
    NotHashes {
        /// The file.
        path: PathBuf,
    },
    /// The hashes are in another order.
    #[error("{} must be in the order of its hashes: LC_ALL=C sort", path.display())]
    NotInOrder {
        /// The file.
        path: PathBuf,
    },
}

/// The file; clones share it.
#[derive(Clone, Debug)]
pub(super) struct HashFile {
    file: Arc<File>,
    length: u64,
}

/// A line: where the next one begins, and its hash in upper case.
struct Line {
    next: u64,
    hash: String,
}

impl HashFile {
    /// Opens the file, and looks at some of it.
    pub(super) fn open(path: &Path) -> Result<Self, HashFileError> {
        let unreadable = |source: io::Error| match source.kind() {
            io::ErrorKind::InvalidData => HashFileError::NotHashes { path: path.to_owned() },
            _ => HashFileError::Io { path: path.to_owned(), source },
        };
        let file = File::open(path).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        let list = Self { file: Arc::new(file), length };
        match list.is_in_order().map_err(unreadable)? {
            true => Ok(list),
            false => Err(HashFileError::NotInOrder { path: path.to_owned() }),
        }
    }

    /// Whether this hash, in upper case, is in it.
    pub(super) async fn has(&self, hash: Zeroizing<String>) -> io::Result<bool> {
        let list = self.clone();
        // A disk that sleeps takes its time.
        tokio::task::spawn_blocking(move || list.find(&hash)).await.map_err(io::Error::other)?
    }

    /// Halves what is left until nothing is: `low` always begins a line, and the hash begins before `high` if at all.
    fn find(&self, hash: &str) -> io::Result<bool> {
        let (mut low, mut high) = (0, self.length);
        while low < high {
            let middle = low.midpoint(high);
            let start = if middle == low { low } else { self.line_after(middle)? };
            if start >= high {
                high = middle;
                continue;
            }
            let line = self.line_at(start)?;
            match line.hash.as_str().cmp(hash) {
                Ordering::Equal => return Ok(true),
                Ordering::Less => low = line.next,
                Ordering::Greater => high = middle,
            }
        }
        Ok(false)
    }

    fn is_in_order(&self) -> io::Result<bool> {
        let mut before = self.line_at(0)?.hash;
        for probe in 1..PROBES {
            let place = u128::from(self.length) * u128::from(probe) / u128::from(PROBES);
            let start = self.line_after(u64::try_from(place).unwrap_or(0).max(1))?;
            if start >= self.length {
                break;
            }
            let hash = self.line_at(start)?.hash;
            if hash < before {
                return Ok(false);
            }
            before = hash;
        }
        Ok(true)
    }

    /// The beginning of the first line at `place` or after it; the end of the file where there is none.
    fn line_after(&self, place: u64) -> io::Result<u64> {
        let before = place.saturating_sub(1);
        let found = self.bytes_at(before)?;
        match found.iter().position(|byte| *byte == b'\n') {
            Some(at) => Ok(before.saturating_add(at as u64 + 1)),
            None if found.len() < LINE => Ok(self.length),
            None => Err(not_a_hash()),
        }
    }

    fn line_at(&self, start: u64) -> io::Result<Line> {
        let found = self.bytes_at(start)?;
        let end = found.iter().position(|byte| *byte == b'\n');
        let length = end.map_or(found.len(), |end| end + 1);
        let (hash, rest) = found.split_at_checked(DIGITS).ok_or_else(not_a_hash)?;
        let ends = matches!(rest.first(), None | Some(b':' | b'\r' | b'\n'));
        let is_whole = end.is_some() || found.len() < LINE;
        match hash.iter().all(u8::is_ascii_hexdigit) && ends && is_whole {
            true => {
                let hash = String::from_utf8_lossy(hash).to_ascii_uppercase();
                Ok(Line { next: start.saturating_add(length as u64), hash })
            }
            false => Err(not_a_hash()),
        }
    }

    /// As many bytes as a line may have, or those that are left.
    fn bytes_at(&self, place: u64) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; LINE];
        let mut filled = 0;
        while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.file.read_at(rest, place.saturating_add(filled as u64))? {
                0 => break,
                read => filled += read,
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
    }
}

fn not_a_hash() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a line is no hash")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
    use std::fmt::Write as _;

    fn hash(number: u32) -> String {
        let mut text = String::new();
        for byte in digest(&SHA1_FOR_LEGACY_USE_ONLY, &number.to_be_bytes()).as_ref() {
            write!(text, "{byte:02X}").unwrap();
        }
        text
    }

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    #[test]
    fn s87_each_hash_of_the_list_is_found_and_no_other_however_it_is_written() {
        for count in [1, 2, 3, 7, 64, 1000] {
            let mut hashes: Vec<String> = (0..count).map(hash).collect();
            hashes.sort();
            let counted = |(at, hash): (usize, &String)| format!("{hash}:{}", 10_u64.pow(at as u32 % 8));
            let plain = hashes.join("\n");
            let counts: Vec<String> = hashes.iter().enumerate().map(counted).collect();
            for text in [
                plain.clone(),
                format!("{plain}\n"),
                counts.join("\r\n"),
                format!("{}\n", counts.join("\n")),
                plain.to_lowercase(),
            ] {
                let file = file(&text);
                let list = HashFile::open(file.path()).unwrap();
                assert!(hashes.iter().all(|hash| list.find(hash).unwrap()), "{count} {text:.100}");
                assert!((count..count + 200).all(|other| !list.find(&hash(other)).unwrap()), "{count}");
                for edge in ["0".repeat(40), "F".repeat(40)] {
                    assert!(!list.find(&edge).unwrap());
                }
            }
        }
    }

    #[test]
    fn what_is_no_list_in_order_is_refused_when_the_server_starts() {
        let unsorted: Vec<String> = (0..500).map(hash).collect();
        for (text, words) in [
            (unsorted.join("\n").as_str(), "must be in the order of its hashes"),
            ("", "must have a SHA-1 hash"),
            ("password\n", "must have a SHA-1 hash"),
            (&"5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD".repeat(3), "must have a SHA-1 hash"),
            (&"x".repeat(500), "must have a SHA-1 hash"),
        ] {
            let file = file(text);
            let error = HashFile::open(file.path()).unwrap_err().to_string();
            assert!(error.contains(words), "{text:.50}: {error}");
        }
        let missing = HashFile::open(Path::new("/nowhere/list.txt")).unwrap_err();
        assert!(matches!(missing, HashFileError::Io { .. }), "{missing}");
    }
}
