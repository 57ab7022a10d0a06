//! Opaque secrets, such as session cookies and client secrets: how they are made, read and compared. The kind of a
//! secret is part of its text and of its hash, so that one is never accepted in the place of another. The store keeps
//! hashes only (RFC 6819 5.1.4.1.3).

use std::collections::BTreeSet;
use std::fmt;
use std::ops::RangeInclusive;

use aws_lc_rs::digest::{Context, SHA256};
use aws_lc_rs::hmac;
use rand_core::CryptoRngCore;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::base64url;

mod refresh_token;

pub use refresh_token::{RefreshTagKey, RefreshToken};

/// Random bytes in a secret (256 bits; RFC 6749 10.10 wants at least 128).
const SECRET_BYTES: usize = 32;

/// How long a secret is that was made elsewhere, and how many different characters it has: random ones of 24 characters have more.
const CHOSEN_LENGTHS: RangeInclusive<usize> = 24..=256;
const FEWEST_DIFFERENT: usize = 10;

/// Too easily guessed for a secret.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error(
    "a secret that is chosen has 24 to 256 visible ASCII characters, ten of them different; make it by chance"
)]
pub struct UnfitSecret;

/// What a secret is for. Refresh tokens have their own type: [`RefreshToken`].
#[derive(Copy, Clone, Eq, PartialEq, Hash, Debug)]
pub enum SecretKind {
    /// The cookie that names a sign-on session.
    Session,
    /// The cookie that names a browser before a person signs in, and binds login transactions to it.
    Browser,
    /// The cookie that tells one browser of a person from another.
    Device,
    /// What a confidential client authenticates with.
    ClientSecret,
    /// What opens a link in a letter.
    MailLink,
}

impl SecretKind {
    /// Every kind there is.
    pub const ALL: [Self; 5] =
        [Self::Session, Self::Browser, Self::Device, Self::ClientSecret, Self::MailLink];

    /// The first part of the text, before the dot. Also separates the hashes, so it never changes.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Session => "se",
            Self::Browser => "br",
            Self::Device => "dv",
            Self::ClientSecret => "cs",
            Self::MailLink => "ml",
        }
    }
}

/// A secret in its usable form, `<prefix>.<43 characters>`. Wiped from memory when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Secret {
    #[zeroize(skip)]
    kind: SecretKind,
    text: String,
}

impl Secret {
    /// A new secret of 256 random bits.
    pub fn generate(kind: SecretKind, rng: &mut (impl CryptoRngCore + ?Sized)) -> Self {
        let text = format!("{}.{}", kind.prefix(), random_text(rng).as_str());
        Self { kind, text }
    }

    /// The secret of this kind that `key` makes of `context`: always the same, so that a request that is repeated is
    /// answered with the same secret, and unknown to all who lack the key.
    #[must_use]
    pub fn derive(kind: SecretKind, key: &hmac::Key, context: &[u8]) -> Self {
        let mut input = kind.prefix().as_bytes().to_vec();
        input.push(0);
        input.extend_from_slice(context);
        let tag = hmac::sign(key, &input);
        Self { kind, text: format!("{}.{}", kind.prefix(), base64url::encode(tag.as_ref())) }
    }

    /// Reads a secret of this kind; `None` unless the text is exactly what [`Secret::generate`]
    /// could have written.
    #[must_use]
    pub fn parse(kind: SecretKind, text: &str) -> Option<Self> {
        let random = text.strip_prefix(kind.prefix())?.strip_prefix('.')?;
        is_random_text(random).then(|| Self { kind, text: text.to_owned() })
    }

    /// A secret that was made elsewhere, such as by the provider that a site used before. A plain hash protects what was made by
    /// chance and no pass phrase: so it is long, and its characters differ.
    ///
    /// # Errors
    /// [`UnfitSecret`].
    pub fn chosen(kind: SecretKind, text: &str) -> Result<Self, UnfitSecret> {
        let different: BTreeSet<u8> = text.bytes().collect();
        let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        let is_fit =
            CHOSEN_LENGTHS.contains(&text.len()) && is_visible && different.len() >= FEWEST_DIFFERENT;
        is_fit.then(|| Self { kind, text: text.to_owned() }).ok_or(UnfitSecret)
    }

    /// What it is for.
    #[must_use]
    pub fn kind(&self) -> SecretKind {
        self.kind
    }

    /// The text, for its owner only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// What the store keeps.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(self.kind.prefix(), &self.text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({:?}, redacted)", self.kind)
    }
}

/// How an identifier is recorded that names nothing, such as an unknown client id: enough to tell whether it came again,
/// and nothing of a secret that may have been pasted into its place (A8).
#[must_use]
pub fn fingerprint(identifier: &str) -> String {
    let hash = SecretHash::of("fingerprint", identifier);
    format!("unknown:{}", hash.fingerprint())
}

/// SHA-256 of a secret, separated by kind. The secrets have 256 bits of their own, so a plain hash
/// is enough. Comparing two takes the same time for all values.
#[derive(Copy, Clone)]
pub struct SecretHash([u8; SECRET_BYTES]);

impl SecretHash {
    /// How many digits a fingerprint has.
    pub const FINGERPRINT_LENGTH: usize = 8;

    fn of(kind: &str, text: &str) -> Self {
        let mut context = Context::new(&SHA256);
        for part in ["idp-core secret 1", kind, text] {
            context.update(part.as_bytes());
            context.update(&[0]);
        }
        let mut hash = [0; SECRET_BYTES];
        hash.copy_from_slice(context.finish().as_ref());
        Self(hash)
    }

    /// A hash that no secret has: what an unknown client's secret is compared with, so that the
    /// comparison happens all the same.
    #[must_use]
    pub const fn of_nothing() -> Self {
        Self([0; SECRET_BYTES])
    }

    /// Reads the form that [`fmt::Display`] writes for the database.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        base64url::decode_array(text).map(Self)
    }

    /// The first eight hexadecimal digits: enough to tell the secrets of one owner apart in a listing, far too few to
    /// learn anything about one.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.0.iter().take(Self::FINGERPRINT_LENGTH / 2).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether this is the hash of `secret`, in constant time.
    #[must_use]
    pub fn matches(&self, secret: &Secret) -> bool {
        *self == secret.hash()
    }

    /// Whether this is the hash of `token`, in constant time.
    #[must_use]
    pub fn matches_refresh_token(&self, token: &RefreshToken) -> bool {
        *self == token.hash()
    }
}

impl PartialEq for SecretHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for SecretHash {}

impl fmt::Display for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64url::encode(self.0))
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretHash({self})")
    }
}

fn random_text(rng: &mut (impl CryptoRngCore + ?Sized)) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
    rng.fill_bytes(bytes.as_mut());
    Zeroizing::new(base64url::encode(bytes.as_ref()))
}

fn is_random_text(text: &str) -> bool {
    base64url::decode_array::<SECRET_BYTES>(text).is_some()
}

#[cfg(test)]
mod tests;
