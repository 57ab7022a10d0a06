//! When signing keys change, and the bounds within which no verifier refuses a valid token for it.

use crate::time::MAX_LEEWAY;

/// How long verifiers may keep a fetched key set, in seconds. Sent as `Cache-Control: max-age`.
pub const JWKS_LIFETIME: i64 = 10 * 60;

/// When keys change. Exists only when no verifier can meet a key it does not hold, nor lose one that
/// it still needs.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct RotationPolicy {
    pub(super) rotate_every: i64,
    pub(super) publish_ahead: i64,
    pub(super) keep_retired: i64,
}

/// A rotation policy under which valid tokens would be refused.
#[derive(Debug, Clone, Copy, Eq, PartialEq, thiserror::Error)]
pub enum PolicyError {
    /// Verifiers might not have fetched the new key yet.
    #[error("a key must be published at least 20 minutes (two key set lifetimes) before its use")]
    PublishAhead,
    /// The next key would not be ready when its turn comes.
    #[error("keys must be used for longer than they are published ahead")]
    RotateEvery,
    /// Tokens could outlive the key that proves them.
    #[error("a retired key must be kept for the access token lifetime and 120 s of leeway")]
    KeepRetired,
}

impl RotationPolicy {
    /// A policy, all in seconds: how long a key signs, how long it is published before that, and how
    /// long after; `access_token_lifetime` is the longest that any client is given.
    ///
    /// # Errors
    /// When a verifier that follows [`JWKS_LIFETIME`] could refuse a valid token.
    pub fn new(
        rotate_every: i64,
        publish_ahead: i64,
        keep_retired: i64,
        access_token_lifetime: i64,
    ) -> Result<Self, PolicyError> {
        if publish_ahead < 2 * JWKS_LIFETIME {
            return Err(PolicyError::PublishAhead);
        }
        if rotate_every <= publish_ahead {
            return Err(PolicyError::RotateEvery);
        }
        if keep_retired < access_token_lifetime.saturating_add(MAX_LEEWAY) {
            return Err(PolicyError::KeepRetired);
        }
        Ok(Self { rotate_every, publish_ahead, keep_retired })
    }

    /// How long a key signs, in seconds.
    #[must_use]
    pub fn rotate_every(&self) -> i64 {
        self.rotate_every
    }

    /// How long a key stays published after it signed, in seconds.
    #[must_use]
    pub fn keep_retired(&self) -> i64 {
        self.keep_retired
    }

    /// How long a key is published before it may sign, in seconds.
    #[must_use]
    pub fn publish_ahead(&self) -> i64 {
        self.publish_ahead
    }
}

impl Default for RotationPolicy {
    /// A key signs for 30 days. The next one is published a day ahead: long enough for caches that
    /// overstay, short enough to matter. A retired one stays as long as a
    /// session can: a site shows an ID token of its beginning when it signs out.
    fn default() -> Self {
        const DAY: i64 = 24 * 60 * 60;
        Self { rotate_every: 30 * DAY, publish_ahead: DAY, keep_retired: 31 * DAY }
    }
}
