//! The contents: chunks of 64 KiB, each sealed under the same key with its number, and the last one marked as such. So a
//! chunk that is changed, moved or missing is noticed, and a reader needs memory for one.

use std::io::{self, BufRead, Read, Write};

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::{Zeroize as _, Zeroizing};

use super::{AgeError, Key};

/// Octets before the chunks, from which their key is derived.
pub(super) const NONCE: usize = 16;
const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;

struct Chunks {
    key: LessSafeKey,
    number: u64,
}

impl Chunks {
    fn new(key: &Key) -> Result<Self, AgeError> {
        let key = UnboundKey::new(&CHACHA20_POLY1305, key.as_slice()).map_err(|_| AgeError::Cryptography)?;
        Ok(Self { key: LessSafeKey::new(key), number: 0 })
    }

    /// The nonce of the next chunk: its number in eleven octets, and whether it is the last.
    fn nonce(&mut self, is_last: bool) -> Nonce {
        let mut nonce = [0; NONCE_LEN];
        for (to, from) in nonce.iter_mut().skip(3).zip(self.number.to_be_bytes()) {
            *to = from;
        }
        if let Some(last) = nonce.last_mut() {
            *last = is_last.into();
        }
        self.number += 1;
        Nonce::assume_unique_for_key(nonce)
    }
}

/// Encrypts what is written to it. What was written is a file only after [`Writer::finish`].
pub struct Writer<W: Write> {
    chunks: Chunks,
    waiting: Vec<u8>,
    out: W,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(key: &Key, out: W) -> Result<Self, AgeError> {
        Ok(Self { chunks: Chunks::new(key)?, waiting: Vec::with_capacity(CHUNK + TAG), out })
    }

    /// Writes the last chunk, without which no reader takes the rest.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.seal(true)?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn seal(&mut self, is_last: bool) -> io::Result<()> {
        let nonce = self.chunks.nonce(is_last);
        let sealed = self.chunks.key.seal_in_place_append_tag(nonce, Aad::empty(), &mut self.waiting);
        sealed.map_err(|_| io::Error::other("the cryptographic library failed"))?;
        self.out.write_all(&self.waiting)?;
        self.waiting.clear();
        Ok(())
    }
}

impl<W: Write> Write for Writer<W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        // A full chunk waits for what follows: it may be the last.
        if self.waiting.len() == CHUNK && !data.is_empty() {
            self.seal(false)?;
        }
        let taken = data.len().min(CHUNK - self.waiting.len());
        self.waiting.extend(data.iter().take(taken));
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Decrypts what is read from it.
pub struct Reader<R: BufRead> {
    chunks: Chunks,
    input: R,
    opened: Zeroizing<Vec<u8>>,
    /// How much of `opened` was read.
    taken: usize,
    was_last: bool,
    has_failed: bool,
}

impl<R: BufRead> Reader<R> {
    pub(super) fn new(key: &Key, input: R) -> Result<Self, AgeError> {
        let opened = Zeroizing::new(Vec::with_capacity(CHUNK + TAG));
        Ok(Self { chunks: Chunks::new(key)?, input, opened, taken: 0, was_last: false, has_failed: false })
    }

    fn open_next(&mut self) -> io::Result<()> {
        self.opened.clear();
        self.taken = 0;
        let is_first = self.chunks.number == 0;
        let most = u64::try_from(CHUNK + TAG).unwrap_or(u64::MAX);
        self.input.by_ref().take(most).read_to_end(&mut self.opened)?;
        let is_last = self.input.fill_buf()?.is_empty();
        let nonce = self.chunks.nonce(is_last);
        let opened = self.chunks.key.open_in_place(nonce, Aad::empty(), self.opened.as_mut_slice());
        let length = opened.map_err(|_| damaged())?.len();
        // Only a file without contents has an empty chunk.
        if length == 0 && !is_first {
            return Err(damaged());
        }
        self.opened.truncate(length);
        self.was_last = is_last;
        Ok(())
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it is damaged or was cut off")
}

impl<R: BufRead> Read for Reader<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.opened.len() && !self.was_last && !into.is_empty() {
            if self.has_failed {
                return Err(damaged());
            }
            if let Err(error) = self.open_next() {
                // Nothing of a chunk that did not open is given out, however often it is asked for, and nothing after it.
                self.opened.zeroize();
                self.has_failed = true;
                return Err(error);
            }
        }
        let mut left = self.opened.get(self.taken..).unwrap_or_default();
        let read = left.read(into)?;
        self.taken += read;
        Ok(read)
    }
}
