//! Keys of one purpose, a seal and a mark: one of each master key. The first seals and marks; all open and count.

use std::sync::Arc;

use aws_lc_rs::hmac;
use idp_core::seal::{SealError, SealKey};
use serde::{Serialize, de::DeserializeOwned};

use crate::{random, secret_file::MasterKeys};

/// The keys of one purpose, one of each master key.
#[derive(Clone)]
pub(super) struct Keys<K> {
    /// Of the master key that seals.
    pub(super) first: K,
    former: Vec<K>,
    /// The fingerprints of the master keys, in the same order.
    fingerprints: Vec<Arc<str>>,
}

impl<K> Keys<K> {
    pub(super) fn of(
        masters: &MasterKeys,
        of: impl Fn(&[u8; 32]) -> Result<K, SealError>,
    ) -> Result<Self, SealError> {
        Ok(Self {
            first: of(masters)?,
            former: masters.former().iter().map(|master| of(master)).collect::<Result<_, _>>()?,
            fingerprints: masters.fingerprints().into_iter().map(Arc::from).collect(),
        })
    }

    /// In the order of the master keys.
    pub(super) fn all(&self) -> impl Iterator<Item = &K> {
        std::iter::once(&self.first).chain(&self.former)
    }

    fn named(&self) -> impl Iterator<Item = (&K, &Arc<str>)> {
        self.all().zip(&self.fingerprints)
    }

    /// That of the master key `known`, or where none is known the first; `None` when it is not here.
    pub(super) fn under(&self, known: Option<&str>) -> Option<&K> {
        let Some(known) = known else { return Some(&self.first) };
        self.named().find(|(_, of)| ***of == *known).map(|(key, _)| key)
    }
}

/// Seals values for one purpose.
pub struct Seal(Keys<SealKey>);

/// The fingerprint of the master key that something was sealed under.
#[derive(Clone, Eq, PartialEq, Debug, Default)]
pub struct SealedUnder(pub(super) Arc<str>);

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
    pub(super) fn of(masters: &MasterKeys, purpose: &str) -> Result<Self, SealError> {
        Keys::of(masters, |master| SealKey::from_master(master, purpose)).map(Self)
    }

    /// Seals `value`; only [`Seal::open`] of the same purpose and the same `context` reads it.
    ///
    /// # Errors
    /// When the value cannot be written as JSON or encrypted.
    pub fn close<T: Serialize>(&self, value: &T, context: &str) -> Result<String, SealError> {
        self.0.first.seal_json(&mut random::rng(), value, context.as_bytes())
    }

    /// Reads what [`Seal::close`] sealed; `None` for anything else.
    #[must_use]
    pub fn open<T: DeserializeOwned>(&self, text: &str, context: &str) -> Option<T> {
        self.0.all().find_map(|key| key.open_json(text, context.as_bytes()))
    }

    /// The same, and under which master key it was sealed.
    #[must_use]
    pub fn open_under<T: DeserializeOwned>(&self, text: &str, context: &str) -> Option<(T, SealedUnder)> {
        self.0.named().find_map(|(key, of)| {
            let value = key.open_json(text, context.as_bytes())?;
            Some((value, SealedUnder(Arc::clone(of))))
        })
    }

    /// What was sealed under a former key, under the one that seals.
    ///
    /// # Errors
    /// When it cannot be encrypted.
    pub fn reseal(&self, text: &str, context: &str) -> Result<Resealed, SealError> {
        if self.0.first.open(text, context.as_bytes()).is_some() {
            return Ok(Resealed::Current);
        }
        let opened = self.0.all().find_map(|key| key.open(text, context.as_bytes()));
        let Some(opened) = opened else { return Ok(Resealed::Lost) };
        Ok(Resealed::Anew(self.0.first.seal(&mut random::rng(), &opened, context.as_bytes())?))
    }

    /// What is sealed under any of the keys, under that of the master key `known`, or where none is known the first; `None` when
    /// that key is not here.
    ///
    /// # Errors
    /// When no key opens it, or it cannot be encrypted.
    pub fn under(&self, known: Option<&str>, text: &str, context: &str) -> Result<Option<String>, SealError> {
        let Some(key) = self.0.under(known) else { return Ok(None) };
        if key.open(text, context.as_bytes()).is_some() {
            return Ok(Some(text.to_owned()));
        }
        let opened = self.0.all().find_map(|key| key.open(text, context.as_bytes())).ok_or(SealError)?;
        key.seal(&mut random::rng(), &opened, context.as_bytes()).map(Some)
    }
}

/// Marks texts for one purpose, and derives names (HMAC-SHA256).
#[derive(Clone)]
pub struct Mac(pub(super) Keys<hmac::Key>);

impl Mac {
    /// The mark of a text.
    #[must_use]
    pub fn sign(&self, text: &[u8]) -> hmac::Tag {
        hmac::sign(&self.0.first, text)
    }

    /// The same under the master key `known`, or where none is known the first; `None` when that is not here.
    #[must_use]
    pub fn sign_under(&self, known: Option<&str>, text: &[u8]) -> Option<hmac::Tag> {
        self.0.under(known).map(|key| hmac::sign(key, text))
    }

    /// Whether a mark is that of a text; takes the same time for any mark.
    #[must_use]
    pub fn verify(&self, text: &[u8], mark: &[u8]) -> bool {
        self.0.all().any(|key| hmac::verify(key, text, mark).is_ok())
    }

    /// Whether it is, and was made under the key that makes them now.
    #[must_use]
    pub fn is_current(&self, text: &[u8], mark: &[u8]) -> bool {
        hmac::verify(&self.0.first, text, mark).is_ok()
    }

    /// The keys: that of now, and those that named by before.
    pub fn keys(&self) -> impl Iterator<Item = &hmac::Key> {
        self.0.all()
    }
}
