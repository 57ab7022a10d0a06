//! The file of hashes: an object in each line, in no order that helps. Where each person's line begins is kept, and the line read
//! again when that person comes: a million of them take some 30 MB.

use std::{
    collections::{HashMap, hash_map::DefaultHasher},
    fs::File,
    hash::{Hash as _, Hasher as _},
    io::{BufRead as _, BufReader, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::cli::{failure::Failure, import::reading::cannot_read};

pub(super) struct Hashes {
    file: BufReader<File>,
    path: PathBuf,
    /// By the fingerprint of an id or an address.
    places: HashMap<u64, u64>,
}

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "_id")]
    id: Option<Oid>,
    /// The id of a user that was not made by Auth0 itself.
    alt_id: Option<String>,
    email: Option<String>,
    #[serde(rename = "passwordHash")]
    password_hash: Option<String>,
    #[serde(default)]
    identifiers: Vec<Identifier>,
}

#[derive(Deserialize)]
struct Oid {
    #[serde(rename = "$oid")]
    oid: String,
}

#[derive(Deserialize)]
struct Identifier {
    #[serde(rename = "type")]
    kind: String,
    value: String,
}

impl Line {
    fn user_id(&self) -> Option<String> {
        let id = self.alt_id.as_deref().or(self.id.as_ref().map(|id| id.oid.as_str()))?;
        Some(format!("auth0|{id}"))
    }

    fn email(&self) -> Option<String> {
        let identifier = self.identifiers.iter().find(|one| one.kind == "email");
        self.email.as_deref().or(identifier.map(|one| one.value.as_str())).map(str::to_lowercase)
    }
}

impl Hashes {
    /// Notes where each person's line begins.
    ///
    /// # Errors
    /// When the file cannot be read, or a line is none of such a file. What is in it is not told.
    pub(super) fn index(path: &Path) -> Result<Self, Failure> {
        let file = File::open(path).map_err(|error| cannot_read(path, &error))?;
        let mut found = Self { file: BufReader::new(file), path: path.to_owned(), places: HashMap::new() };
        let (mut begins, mut text) = (0_u64, String::new());
        for number in 1_u64.. {
            text.clear();
            let bytes = found.file.read_line(&mut text).map_err(|error| cannot_read(path, &error))?;
            if bytes == 0 {
                break;
            }
            if !text.trim().is_empty() {
                let line: Line = serde_json::from_str(&text).map_err(|_| {
                    cannot_read(path, &format!("line {number} is none of a file of hashes of Auth0"))
                })?;
                for key in [line.user_id(), line.email()].into_iter().flatten() {
                    found.places.insert(fingerprint(&key), begins);
                }
            }
            begins += u64::try_from(bytes).unwrap_or(0);
        }
        Ok(found)
    }

    /// The hash of a person, by the id, or by the address where the export has no id.
    ///
    /// # Errors
    /// When the file cannot be read any more.
    pub(super) fn of(&mut self, id: Option<&str>, email: Option<&str>) -> Result<Option<String>, String> {
        let email = email.map(str::to_lowercase);
        let Some(key) = id.or(email.as_deref()) else { return Ok(None) };
        let Some(place) = self.places.get(&fingerprint(key)).copied() else { return Ok(None) };
        let unreadable = |_| format!("{} cannot be read any more", self.path.display());
        let mut text = String::new();
        self.file.seek(SeekFrom::Start(place)).map_err(unreadable)?;
        self.file.read_line(&mut text).map_err(unreadable)?;
        let line: Option<Line> = serde_json::from_str(&text).ok();
        // Two keys may have one fingerprint.
        let is_theirs = |line: &Line| [line.user_id(), line.email()].iter().flatten().any(|own| own == key);
        Ok(line.filter(is_theirs).and_then(|line| line.password_hash))
    }
}

fn fingerprint(key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}
