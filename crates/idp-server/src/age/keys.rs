//! Who opens a file: a public key and its private half (X25519), or a passphrase (scrypt). Each wraps the file key into a stanza.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::agreement::{PrivateKey, UnparsedPublicKey, X25519, agree};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bech32::{Bech32, Hrp, primitives::decode::CheckedHrpstring};
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use super::header::{Header, Stanza};
use super::{AgeError, FileKey, Key, derived};

const FOR_A_KEY: &str = "X25519";
const UNDER_A_PASSPHRASE: &str = "scrypt";
const WRAP_FOR_A_KEY: &[u8] = b"age-encryption.org/v1/X25519";
const WRAP_UNDER_A_PASSPHRASE: &[u8] = b"age-encryption.org/v1/scrypt";
const PUBLIC: &str = "age";
const PRIVATE: &str = "AGE-SECRET-KEY-";
/// The work that a passphrase takes, as a power of two, and as of `age`: a second and 256 MiB.
const WORK: u8 = 18;
/// The most that is done for a file of another program: 1 GiB.
const MOST_WORK: u8 = 20;
const SALT: usize = 16;

/// A text that is no key.
#[derive(Debug, Clone, Copy, Eq, PartialEq, thiserror::Error)]
#[error("must be {0}")]
pub struct NotAKey(&'static str);

/// The public key of one who may open a file, `age1...`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Recipient([u8; 32]);

impl FromStr for Recipient {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let not_a_key =
            NotAKey("a public key such as age1..., which `idp-server backup key` or `age-keygen` prints");
        parsed(text, PUBLIC).map(|key| Self(*key)).ok_or(not_a_key)
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = Hrp::parse(PUBLIC).map_err(|_| fmt::Error)?;
        f.write_str(&bech32::encode::<Bech32>(prefix, &self.0).map_err(|_| fmt::Error)?)
    }
}

impl Recipient {
    pub(super) fn wrap(
        &self,
        file_key: &FileKey,
        rng: &mut (impl CryptoRngCore + ?Sized),
    ) -> Result<Stanza, AgeError> {
        let ephemeral = Identity::generate(rng);
        let share = ephemeral.recipient()?;
        let key = ephemeral.agree(&self.0, &share, self)?;
        let arguments = vec![FOR_A_KEY.to_owned(), STANDARD_NO_PAD.encode(share.0)];
        Ok(Stanza { arguments, body: sealed(&key, file_key)? })
    }
}

/// The private half of a [`Recipient`], `AGE-SECRET-KEY-1...`.
pub struct Identity(Key);

impl Identity {
    /// A new one.
    #[must_use]
    pub fn generate(rng: &mut (impl CryptoRngCore + ?Sized)) -> Self {
        let mut key = Key::default();
        rng.fill_bytes(key.as_mut_slice());
        Self(key)
    }

    /// Those in the text of a key file: one a line, among empty lines and comments (`#`).
    ///
    /// # Errors
    /// [`NotAKey`] for any other line, and when there is none.
    pub fn read_all(text: &str) -> Result<Vec<Self>, NotAKey> {
        let not_a_key =
            NotAKey("a file of private keys, AGE-SECRET-KEY-1..., as `idp-server backup key` makes it");
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let identities: Option<Vec<Self>> = lines.map(|line| parsed(line, PRIVATE).map(Self)).collect();
        identities.filter(|identities| !identities.is_empty()).ok_or(not_a_key)
    }

    /// As a key file has it.
    ///
    /// # Errors
    /// Never, with a key of the right length.
    pub fn text(&self) -> Result<Zeroizing<String>, AgeError> {
        let prefix = Hrp::parse(PRIVATE).map_err(|_| AgeError::Cryptography)?;
        let text = bech32::encode_upper::<Bech32>(prefix, self.0.as_slice());
        text.map(Zeroizing::new).map_err(|_| AgeError::Cryptography)
    }

    /// Its public key.
    ///
    /// # Errors
    /// Only if the cryptographic library refuses a key of the right length.
    pub fn recipient(&self) -> Result<Recipient, AgeError> {
        let public = self.private_key()?.compute_public_key().map_err(|_| AgeError::Cryptography)?;
        let key = public.as_ref().try_into().map_err(|_| AgeError::Cryptography)?;
        Ok(Recipient(key))
    }

    fn private_key(&self) -> Result<PrivateKey, AgeError> {
        PrivateKey::from_private_key(&X25519, self.0.as_slice()).map_err(|_| AgeError::Cryptography)
    }

    /// The key that wraps the file key: of this private key and the public one of the other side.
    fn agree(&self, theirs: &[u8; 32], share: &Recipient, recipient: &Recipient) -> Result<Key, AgeError> {
        let salt = [share.0, recipient.0].concat();
        agree(&self.private_key()?, UnparsedPublicKey::new(&X25519, theirs), AgeError::NotAge, |shared| {
            derived(shared, &salt, WRAP_FOR_A_KEY)
        })
    }

    /// The file key, where the stanza is for this identity.
    fn unwrap(&self, stanza: &Stanza) -> Result<Option<FileKey>, AgeError> {
        let [kind, share] = stanza.arguments.as_slice() else { return Ok(None) };
        if kind != FOR_A_KEY {
            return Ok(None);
        }
        let share = STANDARD_NO_PAD.decode(share).map_err(|_| AgeError::NotAge)?;
        let share: [u8; 32] = share.try_into().map_err(|_| AgeError::NotAge)?;
        let key = self.agree(&share, &Recipient(share), &self.recipient()?)?;
        opened(&key, &stanza.body)
    }
}

/// The file key, by the first of these that fits.
pub(super) fn unwrap_by_any(identities: &[Identity], header: &Header) -> Result<FileKey, AgeError> {
    if is_under_passphrase(header) {
        return Err(AgeError::TakesPassphrase);
    }
    for stanza in &header.stanzas {
        for identity in identities {
            if let Some(file_key) = identity.unwrap(stanza)? {
                return Ok(file_key);
            }
        }
    }
    Err(AgeError::OtherKey)
}

/// A passphrase.
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// This one.
    #[must_use]
    pub fn new(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    pub(super) fn wrap(
        &self,
        file_key: &FileKey,
        rng: &mut (impl CryptoRngCore + ?Sized),
    ) -> Result<Stanza, AgeError> {
        let mut salt = [0; SALT];
        rng.fill_bytes(&mut salt);
        let body = sealed(&self.key(&salt, WORK)?, file_key)?;
        let arguments = vec![UNDER_A_PASSPHRASE.to_owned(), STANDARD_NO_PAD.encode(salt), WORK.to_string()];
        Ok(Stanza { arguments, body })
    }

    pub(super) fn unwrap(&self, header: &Header) -> Result<FileKey, AgeError> {
        // A passphrase is the only recipient of its file: else others could have written what it opens.
        let [stanza] = header.stanzas.as_slice() else {
            return Err(if is_under_passphrase(header) { AgeError::NotAge } else { AgeError::TakesKey });
        };
        if !is_under_passphrase(header) {
            return Err(AgeError::TakesKey);
        }
        let [_, salt, work] = stanza.arguments.as_slice() else { return Err(AgeError::NotAge) };
        let salt = STANDARD_NO_PAD.decode(salt).map_err(|_| AgeError::NotAge)?;
        let salt: [u8; SALT] = salt.try_into().map_err(|_| AgeError::NotAge)?;
        let is_number = !work.starts_with('0') && work.bytes().all(|digit| digit.is_ascii_digit());
        let work = work.parse().ok().filter(|_| is_number).ok_or(AgeError::NotAge)?;
        if !(1..=MOST_WORK).contains(&work) {
            return Err(AgeError::TooMuchWork(work));
        }
        opened(&self.key(&salt, work)?, &stanza.body)?.ok_or(AgeError::OtherPassphrase)
    }

    fn key(&self, salt: &[u8; SALT], work: u8) -> Result<Key, AgeError> {
        let params = scrypt::Params::new(work, 8, 1).map_err(|_| AgeError::Cryptography)?;
        let (salt, mut key) = ([WRAP_UNDER_A_PASSPHRASE, salt].concat(), Key::default());
        let made = scrypt::scrypt(self.0.as_bytes(), &salt, &params, key.as_mut_slice());
        made.map_err(|_| AgeError::Cryptography)?;
        Ok(key)
    }
}

fn is_under_passphrase(header: &Header) -> bool {
    header
        .stanzas
        .iter()
        .any(|stanza| stanza.arguments.first().is_some_and(|kind| kind == UNDER_A_PASSPHRASE))
}

fn parsed(text: &str, prefix: &str) -> Option<Key> {
    // The checksum of Bech32m is that of another form, and each key has one case.
    let checked = CheckedHrpstring::new::<Bech32>(text).ok()?;
    let octets: Zeroizing<Vec<u8>> = Zeroizing::new(checked.byte_iter().collect());
    let mut key = Key::default();
    if !text.starts_with(prefix) || checked.hrp().as_str().len() != prefix.len() || octets.len() != key.len()
    {
        return None;
    }
    key.copy_from_slice(&octets);
    Some(key)
}

/// The nonce of a key that seals one value.
fn once() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

fn wrapping_key(key: &Key) -> Result<LessSafeKey, AgeError> {
    let key = UnboundKey::new(&CHACHA20_POLY1305, key.as_slice()).map_err(|_| AgeError::Cryptography)?;
    Ok(LessSafeKey::new(key))
}

fn sealed(key: &Key, file_key: &FileKey) -> Result<Vec<u8>, AgeError> {
    let mut body = file_key.to_vec();
    let sealed = wrapping_key(key)?.seal_in_place_append_tag(once(), Aad::empty(), &mut body);
    sealed.map_err(|_| AgeError::Cryptography)?;
    Ok(body)
}

fn opened(key: &Key, body: &[u8]) -> Result<Option<FileKey>, AgeError> {
    let mut file_key = FileKey::default();
    // The length is looked at first: else two file keys could be made to open by one body.
    if body.len() != file_key.len() + CHACHA20_POLY1305.tag_len() {
        return Err(AgeError::NotAge);
    }
    let mut body = Zeroizing::new(body.to_vec());
    let Ok(opened) = wrapping_key(key)?.open_in_place(once(), Aad::empty(), &mut body) else {
        return Ok(None);
    };
    file_key.copy_from_slice(opened);
    Ok(Some(file_key))
}
