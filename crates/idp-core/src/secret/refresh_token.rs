//! Refresh tokens: opaque, naming the family they belong to, and tagged, so that only what was made here
//! is ever looked up (RFC 6749 10.4, RFC 9700 4.14). What a presented token leads to is
//! [`crate::grant`].

use std::fmt;

use aws_lc_rs::hmac;
use rand_core::CryptoRngCore;
use subtle::ConstantTimeEq;
use uuid::Uuid;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{SECRET_BYTES, SecretHash, is_random_text, random_text};
use crate::base64url;

/// First part of the text.
const PREFIX: &str = "rt";
/// Bytes of the tag (128 bits).
const TAG_BYTES: usize = 16;

/// The key that marks refresh tokens as made by this provider. With it a token that was spent long ago
/// is told from one that never existed: the former ends its family, the latter must end nothing, or an attacker
/// who knows a grant's id could sign its owner out.
#[derive(Clone)]
pub struct RefreshTagKey(hmac::Key);

impl RefreshTagKey {
    /// A key from 256 secret bits that outlive a restart.
    #[must_use]
    pub fn new(secret: &[u8; SECRET_BYTES]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    fn tag(&self, text: &str) -> [u8; TAG_BYTES] {
        let whole = hmac::sign(&self.0, text.as_bytes());
        let mut tag = [0; TAG_BYTES];
        for (to, from) in tag.iter_mut().zip(whole.as_ref()) {
            *to = *from;
        }
        tag
    }
}

/// A refresh token, `rt.<user>.<grant>.<43 characters>.<22 characters>`: it names its user and grant, so
/// that one look-up finds the family, and carries 256 random bits and the tag that proves it was made
/// here. Wiped from memory when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct RefreshToken {
    #[zeroize(skip)]
    user: Uuid,
    #[zeroize(skip)]
    grant: Uuid,
    text: String,
}

impl RefreshToken {
    /// A new refresh token in the family `grant` of `user`.
    pub fn generate(
        user: Uuid,
        grant: Uuid,
        key: &RefreshTagKey,
        rng: &mut (impl CryptoRngCore + ?Sized),
    ) -> Self {
        let tagged = Zeroizing::new(format!(
            "{PREFIX}.{}.{}.{}",
            base64url::encode_uuid(user),
            base64url::encode_uuid(grant),
            random_text(rng).as_str(),
        ));
        let tag = base64url::encode(key.tag(&tagged));
        Self { user, grant, text: format!("{}.{tag}", tagged.as_str()) }
    }

    /// Reads a refresh token; `None` unless [`RefreshToken::generate`] wrote it under this very key.
    #[must_use]
    pub fn parse(text: &str, key: &RefreshTagKey) -> Option<Self> {
        let (tagged, tag) = text.rsplit_once('.')?;
        let tag: [u8; TAG_BYTES] = base64url::decode_array(tag)?;
        if !bool::from(key.tag(tagged).ct_eq(&tag)) {
            return None;
        }
        Self::read(tagged, text)
    }

    fn read(tagged: &str, text: &str) -> Option<Self> {
        let rest = tagged.strip_prefix(PREFIX)?.strip_prefix('.')?;
        let (user, rest) = rest.split_once('.')?;
        let (grant, random) = rest.split_once('.')?;
        let user = base64url::decode_uuid(user)?;
        let grant = base64url::decode_uuid(grant)?;
        is_random_text(random).then(|| Self { user, grant, text: text.to_owned() })
    }

    /// Whose it is.
    #[must_use]
    pub fn user(&self) -> Uuid {
        self.user
    }

    /// The family it belongs to.
    #[must_use]
    pub fn grant(&self) -> Uuid {
        self.grant
    }

    /// The text, for the client only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// What the store keeps. Covers user and grant as well as the random bits.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(PREFIX, &self.text)
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RefreshToken(grant {}, redacted)", self.grant)
    }
}
