//! The header: a line of the version, a stanza for each recipient with the wrapped file key, and a seal over all of it.

use std::io::{BufRead, Read as _};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::{AgeError, FileKey, derived};

const VERSION: &str = "age-encryption.org/v1";
/// Larger headers are of no file of ours: it has a stanza of 110 octets for each recipient.
const LARGEST: u64 = 64 * 1024;
/// Characters in a full line of base64.
const COLUMNS: usize = 64;

/// What one recipient needs to find the file key.
pub(super) struct Stanza {
    /// The kind of recipient, and what it says besides.
    pub(super) arguments: Vec<String>,
    /// The wrapped file key.
    pub(super) body: Vec<u8>,
}

/// A header, as it was read or is to be written.
pub(super) struct Header {
    pub(super) stanzas: Vec<Stanza>,
    /// Up to and including the three dashes: what the seal is over.
    text: Vec<u8>,
    mac: Vec<u8>,
}

impl Header {
    pub(super) fn of(stanzas: Vec<Stanza>) -> Self {
        let mut text = format!("{VERSION}\n");
        for stanza in &stanzas {
            text.push_str("-> ");
            text.push_str(&stanza.arguments.join(" "));
            text.push('\n');
            // The wrapped keys here are shorter than a line.
            text.push_str(&STANDARD_NO_PAD.encode(&stanza.body));
            text.push('\n');
        }
        text.push_str("---");
        Self { stanzas, text: text.into_bytes(), mac: Vec::new() }
    }

    /// With its seal, as it stands in the file.
    pub(super) fn sealed(&self, file_key: &FileKey) -> Result<Vec<u8>, AgeError> {
        let mac = hmac::sign(&seal_key(file_key)?, &self.text);
        let mac = STANDARD_NO_PAD.encode(mac);
        Ok([self.text.as_slice(), b" ", mac.as_bytes(), b"\n"].concat())
    }

    /// Reads one, and nothing behind it.
    pub(super) fn read(input: &mut impl BufRead) -> Result<Self, AgeError> {
        let mut lines = Lines { input, left: LARGEST, text: Vec::new() };
        if lines.next()? != VERSION {
            return Err(AgeError::NotAge);
        }
        let mut stanzas = Vec::new();
        loop {
            let line = lines.next()?;
            if let Some(mac) = line.strip_prefix("--- ") {
                let mac = STANDARD_NO_PAD.decode(mac).map_err(|_| AgeError::NotAge)?;
                let sealed = lines.text.len().saturating_sub(line.len() + 1) + "---".len();
                lines.text.truncate(sealed);
                return Ok(Self { stanzas, text: lines.text, mac });
            }
            let arguments = line.strip_prefix("-> ").ok_or(AgeError::NotAge)?;
            let arguments = arguments.split(' ').map(str::to_owned).collect();
            stanzas.push(Stanza { arguments, body: lines.body()? });
        }
    }

    /// That the header is as its writer, who knew the file key, left it.
    pub(super) fn check(&self, file_key: &FileKey) -> Result<(), AgeError> {
        hmac::verify(&seal_key(file_key)?, &self.text, &self.mac).map_err(|_| AgeError::NotAge)
    }
}

fn seal_key(file_key: &FileKey) -> Result<hmac::Key, AgeError> {
    let key = derived(file_key.as_slice(), b"", b"header")?;
    Ok(hmac::Key::new(hmac::HMAC_SHA256, key.as_slice()))
}

struct Lines<'a, R> {
    input: &'a mut R,
    left: u64,
    text: Vec<u8>,
}

impl<R: BufRead> Lines<'_, R> {
    fn next(&mut self) -> Result<String, AgeError> {
        let mut line = Vec::new();
        self.input.by_ref().take(self.left).read_until(b'\n', &mut line)?;
        self.left = self.left.saturating_sub(line.len() as u64);
        self.text.extend_from_slice(&line);
        let line = line.strip_suffix(b"\n").ok_or(AgeError::NotAge)?;
        String::from_utf8(line.to_vec()).map_err(|_| AgeError::NotAge)
    }

    /// Lines of base64; the first that is not full is the last.
    fn body(&mut self) -> Result<Vec<u8>, AgeError> {
        let mut body = String::new();
        loop {
            let line = self.next()?;
            body.push_str(&line);
            if line.len() < COLUMNS {
                return STANDARD_NO_PAD.decode(&body).map_err(|_| AgeError::NotAge);
            }
            if line.len() > COLUMNS {
                return Err(AgeError::NotAge);
            }
        }
    }
}
