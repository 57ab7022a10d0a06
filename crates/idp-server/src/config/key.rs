//! The `[key]` table: size and timing of the signing keys. `idp_core::key` moves a key from next to active to retired, and
//! its policy says which timings are safe for every verifier.

use idp_core::client::MAX_ACCESS_TOKEN_LIFETIME;
use idp_core::key::ring::{PolicyError, RotationPolicy};
use serde::{Deserialize, Serialize};

use super::duration::ConfigDuration;

/// The `[key]` table.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KeyConfig {
    /// RSA modulus of new keys: 2048, 3072 or 4096 bits.
    pub bits: usize,
    /// How long one key signs.
    pub rotate_every: ConfigDuration,
    /// How long a key is published before it signs, so that every verifier holds it by then.
    pub publish_ahead: ConfigDuration,
    /// How long a retired key stays published, so that what it signed can be verified.
    pub keep_retired: ConfigDuration,
}

impl Default for KeyConfig {
    fn default() -> Self {
        Self {
            bits: 2048,
            rotate_every: ConfigDuration::days(30),
            publish_ahead: ConfigDuration::days(1),
            keep_retired: ConfigDuration::days(31),
        }
    }
}

impl KeyConfig {
    /// The rotation policy, given the longest life of an access token.
    ///
    /// # Errors
    /// [`PolicyError`] when a valid token could be refused under these timings.
    pub fn policy(&self, access_token: ConfigDuration) -> Result<RotationPolicy, PolicyError> {
        RotationPolicy::new(
            self.rotate_every.as_secs(),
            self.publish_ahead.as_secs(),
            self.keep_retired.as_secs(),
            access_token.as_secs().max(MAX_ACCESS_TOKEN_LIFETIME),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_the_default_of_the_rules() {
        let policy = KeyConfig::default().policy(ConfigDuration::minutes(30));
        assert_eq!(policy, Ok(RotationPolicy::default()));
    }
}
