//! A seal and a mark of one purpose, under the key that seals; former ones open and count.

use std::sync::Arc;

use aws_lc_rs::hmac;
use idp_core::seal::{SealError, SealKey};
use serde::{Serialize, de::DeserializeOwned};

use super::derived;
use crate::random;

/// Seals values for one purpose.
pub struct Seal {
    pub(super) key: Arc<SealKey>,
    /// Keys that open and do not seal.
    pub(super) former: Vec<Arc<SealKey>>,
}

/// How what rests sealed stands to the key that seals.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum Resealed {
    /// It is sealed under it.
    Current,
    /// It was sealed under a former one; this is the same under that which seals.
    Anew(String),
    /// No key opens it.
    Lost,
}

impl Seal {
    pub(super) fn new(master: &[u8; 32], purpose: &str) -> Result<Self, SealError> {
        let key = Arc::new(SealKey::from_master(master, purpose)?);
        Ok(Self { key, former: Vec::new() })
    }

    /// Seals `value`; only [`Seal::open`] of the same purpose and the same `context` reads it.
    ///
    /// # Errors
    /// When the value cannot be written as JSON or encrypted.
    pub fn close<T: Serialize>(&self, value: &T, context: &str) -> Result<String, SealError> {
        self.key.seal_json(&mut random::rng(), value, context.as_bytes())
    }

    /// Reads what [`Seal::close`] sealed; `None` for anything else.
    #[must_use]
    pub fn open<T: DeserializeOwned>(&self, text: &str, context: &str) -> Option<T> {
        self.keys().find_map(|key| key.open_json(text, context.as_bytes()))
    }

    /// What was sealed under a former key, under the one that seals.
    ///
    /// # Errors
    /// When it cannot be encrypted.
    pub fn reseal(&self, text: &str, context: &str) -> Result<Resealed, SealError> {
        if self.key.open(text, context.as_bytes()).is_some() {
            return Ok(Resealed::Current);
        }
        let opened = self.former.iter().find_map(|key| key.open(text, context.as_bytes()));
        let Some(opened) = opened else { return Ok(Resealed::Lost) };
        Ok(Resealed::Anew(self.key.seal(&mut random::rng(), &opened, context.as_bytes())?))
    }

    fn keys(&self) -> impl Iterator<Item = &SealKey> {
        std::iter::once(&self.key).chain(&self.former).map(|key| &**key)
    }
}

/// Marks texts for one purpose (HMAC-SHA256).
#[derive(Clone)]
pub struct Mac {
    pub(super) key: hmac::Key,
    /// Keys whose marks count, and which make none.
    pub(super) former: Vec<hmac::Key>,
}

impl Mac {
    pub(super) fn new(master: &[u8; 32], purpose: &[u8]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &derived(master, purpose));
        Self { key, former: Vec::new() }
    }

    /// The mark of a text.
    #[must_use]
    pub fn sign(&self, text: &[u8]) -> hmac::Tag {
        hmac::sign(&self.key, text)
    }

    /// Whether a mark is that of a text; takes the same time for any mark.
    #[must_use]
    pub fn verify(&self, text: &[u8], mark: &[u8]) -> bool {
        self.is_current(text, mark) || self.former.iter().any(|key| hmac::verify(key, text, mark).is_ok())
    }

    /// Whether it is, and was made under the key that makes them now.
    #[must_use]
    pub fn is_current(&self, text: &[u8], mark: &[u8]) -> bool {
        hmac::verify(&self.key, text, mark).is_ok()
    }
}
