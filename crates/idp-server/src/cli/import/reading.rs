//! Reading a file beside what is done with it: a thread reads people one after the other, and waits while enough of them wait. So a
//! file of any size needs the memory of some hundred people.

use std::{
    fmt,
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, SeqAccess, Visitor};
use serde_json::error::Category;
use tokio::{sync::mpsc, task::JoinHandle};

use super::entry::Entry;
use crate::cli::failure::Failure;

/// People who were read and wait.
const WAITING: usize = 2000;
const BUFFER: usize = 1 << 18;

/// Takes people. `false`: nobody waits for more.
pub(super) type Sink<'a> = &'a mut dyn FnMut(Entry) -> bool;

/// The people of a file.
pub(super) struct Entries {
    people: mpsc::Receiver<Entry>,
    reader: JoinHandle<Result<(), Failure>>,
}

/// Reads on a thread of its own.
pub(super) fn start(read: impl FnOnce(Sink<'_>) -> Result<(), Failure> + Send + 'static) -> Entries {
    let (sender, people) = mpsc::channel(WAITING);
    let reader = tokio::task::spawn_blocking(move || read(&mut |entry| sender.blocking_send(entry).is_ok()));
    Entries { people, reader }
}

impl Entries {
    /// So many of the next, fewer at the end, and none after it.
    pub(super) async fn next(&mut self, count: usize) -> Vec<Entry> {
        let mut batch = Vec::with_capacity(count);
        while batch.len() < count {
            let room = count - batch.len();
            if self.people.recv_many(&mut batch, room).await == 0 {
                break;
            }
        }
        batch
    }

    /// How the reading ended.
    ///
    /// # Errors
    /// When the file could not be read to its end.
    pub(super) async fn end(self) -> Result<(), Failure> {
        drop(self.people);
        self.reader.await.map_err(|error| Failure::Failed(error.into()))?
    }
}

/// A file, or standard input.
///
/// # Errors
/// When it cannot be opened.
pub(super) fn open(file: &Path) -> Result<Box<dyn BufRead>, Failure> {
    let source: Box<dyn Read> = match file.as_os_str() == "-" {
        true => Box::new(io::stdin()),
        false => Box::new(File::open(file).map_err(|error| cannot_read(file, &error))?),
    };
    Ok(Box::new(BufReader::with_capacity(BUFFER, source)))
}

/// What is said of a file that cannot be read.
pub(super) fn cannot_read(file: &Path, error: &dyn fmt::Display) -> Failure {
    Failure::Failed(anyhow::anyhow!("{}: {error}", file.display()))
}

/// What is said of JSON that cannot be read: where, and never what stands there, which may be a secret.
pub(super) fn no_json(file: &Path, error: &serde_json::Error) -> Failure {
    match error.classify() {
        Category::Data => {
            let (line, column) = (error.line(), error.column());
            cannot_read(file, &format!("not of the form that is expected, at line {line} column {column}"))
        }
        _ => cannot_read(file, error),
    }
}

/// Hands on what `read` makes of each line that has something in it, by its number. A line that is not UTF-8 is refused by itself.
pub(super) fn lines(
    file: &Path,
    sink: Sink<'_>,
    read: impl FnMut(String, &str) -> Option<Entry>,
) -> Result<(), Failure> {
    lines_of(open(file)?, file, sink, read)
}

/// The same of a file that is open.
pub(super) fn lines_of(
    mut source: impl BufRead,
    file: &Path,
    sink: Sink<'_>,
    mut read: impl FnMut(String, &str) -> Option<Entry>,
) -> Result<(), Failure> {
    let mut bytes = Vec::new();
    for number in 1_u64.. {
        bytes.clear();
        if source.read_until(b'\n', &mut bytes).map_err(|error| cannot_read(file, &error))? == 0 {
            break;
        }
        let place = format!("line {number}");
        let text = std::str::from_utf8(&bytes).map(|text| text.trim_start_matches('\u{feff}').trim());
        let entry = match text {
            Ok("") => None,
            Ok(text) => read(place, text),
            Err(_) => Some(Entry::refused(place, "", "the line is not UTF-8")),
        };
        if entry.is_some_and(|entry| !sink(entry)) {
            break;
        }
    }
    Ok(())
}

/// Hands on each element of a JSON array as it is read. `take` answers whether it wants more; the rest is passed over.
pub(super) struct Elements<F>(pub(super) F);

impl<'de, F: FnMut(serde_json::Value) -> bool> DeserializeSeed<'de> for Elements<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(serde_json::Value) -> bool> Visitor<'de> for Elements<F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<(), A::Error> {
        while let Some(element) = elements.next_element()? {
            if !(self.0)(element) {
                while elements.next_element::<IgnoredAny>()?.is_some() {}
            }
        }
        Ok(())
    }
}
