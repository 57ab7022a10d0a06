//! The `[password]` and `[throttle]` tables: what a guess costs the guesser, and what all guesses together may
//! cost this machine. The rules are `idp_core::password` and `idp_core::throttle`.

use idp_core::password::{
    PasswordError, PasswordParams,
    policy::{MinimumOutOfRange, PasswordPolicy},
};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{proxy::networks, span::Span};

/// The `[password]` table: Argon2id parameters (RFC 9106) and the pool that runs them.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PasswordConfig {
    /// Memory of one computation, in KiB; a stronger setting is applied at the next sign-in.
    pub memory_kib: u32,
    /// Passes over that memory.
    pub iterations: u32,
    /// Threads that hash; each keeps one block of memory. Unset means one for each core.
    pub hashing_threads: Option<usize>,
    /// Computations that may wait for a thread; one more is answered 503 with Retry-After.
    pub hashing_queue: usize,
    /// Fewest characters of a new password: 8 to 64.
    pub minimum_length: usize,
}

impl Default for PasswordConfig {
    fn default() -> Self {
        Self {
            memory_kib: 19_456,
            iterations: 2,
            hashing_threads: None,
            hashing_queue: 64,
            minimum_length: 15,
        }
    }
}

impl PasswordConfig {
    /// The cost of one hash, on one lane.
    ///
    /// # Errors
    /// When Argon2 does not define it or one request may not cost that much.
    pub fn params(&self) -> Result<PasswordParams, PasswordError> {
        PasswordParams::new(self.memory_kib, self.iterations, 1)
    }

    /// What is asked of a new password.
    ///
    /// # Errors
    /// When the minimum is below 8 or above 64 characters.
    pub fn policy(&self) -> Result<PasswordPolicy, MinimumOutOfRange> {
        PasswordPolicy::new(self.minimum_length)
    }
}

/// The `[throttle]` table: token buckets for wrong passwords, by account and by address.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ThrottleConfig {
    /// Whether guesses are counted at all.
    pub enabled: bool,
    /// Networks that are never throttled by address, such as an office behind one address.
    #[serde(deserialize_with = "networks")]
    pub exempt: Vec<IpNet>,
    /// Wrong guesses an account bears at once.
    pub account_burst: u32,
    /// The time after which an account bears one more.
    pub account_refill: Span,
    /// Wrong guesses an address (an IPv6 /64 counts as one) may make at once.
    pub address_burst: u32,
    /// The time after which an address may make one more.
    pub address_refill: Span,
}

impl Default for ThrottleConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            exempt: Vec::new(),
            account_burst: 10,
            account_refill: Span::minutes(1),
            address_burst: 50,
            address_refill: Span::seconds(10),
        }
    }
}
