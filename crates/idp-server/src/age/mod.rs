//! The age file format, version 1 (<https://age-encryption.org/v1>): a stream is encrypted for public keys or under a
//! passphrase, a chunk at a time. Any `age` opens what is written here, and the other way round. Only its native recipients
//! are here, X25519 and scrypt, on the cryptographic library of everything else (docs/adr/0079).

mod header;
mod keys;
mod payload;

use std::io::{self, BufRead, Write};

use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use self::header::Header;
pub use self::keys::{Identity, NotAKey, Passphrase, Recipient};
pub use self::payload::{Reader, Writer};

/// The key of one file, which each recipient gets wrapped.
type FileKey = Zeroizing<[u8; 16]>;
/// A derived key.
type Key = Zeroizing<[u8; 32]>;

/// Why a file cannot be encrypted or opened.
#[derive(Debug, thiserror::Error)]
pub enum AgeError {
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It does not begin as an encrypted file does, or its header is damaged.
    #[error("it is not a file in the age format, or its header is damaged")]
    NotAge,
    /// It is encrypted for other keys.
    #[error("it is not encrypted for this key")]
    OtherKey,
    /// It takes a passphrase, and a key was given.
    #[error("it is encrypted under a passphrase and not for a key")]
    TakesPassphrase,
    /// It takes a key, and a passphrase was given.
    #[error("it is encrypted for a key and not under a passphrase")]
    TakesKey,
    /// It is encrypted under another passphrase.
    #[error("the passphrase does not open it")]
    OtherPassphrase,
    /// The passphrase would take more memory than this program gives it.
    #[error("its passphrase takes more work than this program allows (2^{0})")]
    TooMuchWork(u8),
    /// The cryptographic library refused what it takes otherwise.
    #[error("the cryptographic library failed")]
    Cryptography,
}

/// What opens a file.
pub enum Opener<'a> {
    /// One of these keys.
    Identities(&'a [Identity]),
    /// A passphrase.
    Passphrase(&'a Passphrase),
}

/// Begins a file that each of `recipients` opens.
///
/// # Errors
/// When `out` cannot be written.
pub fn encrypt_for<W: Write>(
    recipients: &[Recipient],
    rng: &mut (impl CryptoRngCore + ?Sized),
    out: W,
) -> Result<Writer<W>, AgeError> {
    let file_key = new_file_key(rng);
    let stanzas = recipients.iter().map(|recipient| recipient.wrap(&file_key, rng));
    let stanzas = stanzas.collect::<Result<Vec<_>, _>>()?;
    begin(&file_key, Header::of(stanzas), rng, out)
}

/// Begins a file that a passphrase opens.
///
/// # Errors
/// When `out` cannot be written.
pub fn encrypt_under<W: Write>(
    passphrase: &Passphrase,
    rng: &mut (impl CryptoRngCore + ?Sized),
    out: W,
) -> Result<Writer<W>, AgeError> {
    let file_key = new_file_key(rng);
    let stanza = passphrase.wrap(&file_key, rng)?;
    begin(&file_key, Header::of(vec![stanza]), rng, out)
}

/// Opens a file. What is read from it was written by one who had the passphrase or the public key; a reader that ends
/// without an error has had all of it.
///
/// # Errors
/// [`AgeError`] says what does not fit.
pub fn decrypt<R: BufRead>(opener: &Opener<'_>, mut input: R) -> Result<Reader<R>, AgeError> {
    let header = Header::read(&mut input)?;
    let file_key = match opener {
        Opener::Identities(identities) => keys::unwrap_by_any(identities, &header)?,
        Opener::Passphrase(passphrase) => passphrase.unwrap(&header)?,
    };
    header.check(&file_key)?;
    let mut nonce = [0; payload::NONCE];
    input.read_exact(&mut nonce).map_err(|_| AgeError::NotAge)?;
    Reader::new(&derived(file_key.as_slice(), &nonce, b"payload")?, input)
}

fn new_file_key(rng: &mut (impl CryptoRngCore + ?Sized)) -> FileKey {
    let mut key = FileKey::default();
    rng.fill_bytes(key.as_mut_slice());
    key
}

fn begin<W: Write>(
    file_key: &FileKey,
    header: Header,
    rng: &mut (impl CryptoRngCore + ?Sized),
    mut out: W,
) -> Result<Writer<W>, AgeError> {
    let mut nonce = [0; payload::NONCE];
    rng.fill_bytes(&mut nonce);
    out.write_all(&header.sealed(file_key)?)?;
    out.write_all(&nonce)?;
    Writer::new(&derived(file_key.as_slice(), &nonce, b"payload")?, out)
}

/// HKDF-SHA-256 (RFC 5869), 32 octets.
fn derived(secret: &[u8], salt: &[u8], info: &[u8]) -> Result<Key, AgeError> {
    struct Octets32;
    impl KeyType for Octets32 {
        fn len(&self) -> usize {
            32
        }
    }
    let mut key = Key::default();
    let (pseudorandom_key, info) = (Salt::new(HKDF_SHA256, salt).extract(secret), [info]);
    let expanded = pseudorandom_key.expand(&info, Octets32).map_err(|_| AgeError::Cryptography)?;
    expanded.fill(key.as_mut_slice()).map_err(|_| AgeError::Cryptography)?;
    Ok(key)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
