//! The `[password]` table: what hashing costs, and how long a new password must be. The rules are
//! `idp_core::password`; the threads are `hash_pool`.

use idp_core::password::{
    PasswordError, PasswordParams,
    policy::{MinimumOutOfRange, PasswordPolicy},
};
use serde::{Deserialize, Serialize};

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
    /// Words that a new password may not rest on, such as the name of the company, its places and products.
    pub words: Vec<String>,
}

impl Default for PasswordConfig {
    fn default() -> Self {
        Self {
            memory_kib: 19_456,
            iterations: 2,
            hashing_threads: None,
            hashing_queue: 64,
            minimum_length: 15,
            words: Vec::new(),
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
