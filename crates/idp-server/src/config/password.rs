//! The `[password]` table: what hashing costs, and how long a new password must be. The rules are
//! `idp_core::password`; the threads are `hash_pool`.

use idp_core::password::{
    PasswordError, PasswordParams,
    policy::{MinimumOutOfRange, PasswordPolicy},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::path::PathBuf;
use std::{fmt, str::FromStr};
use url::Url;

use super::duration::ConfigDuration;
use super::issuer::is_this_machine;

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
    /// How long a password signs in that an operator had made and its person has to replace.
    pub temporary_lifetime: ConfigDuration,
    /// A file of SHA-1 hashes of passwords that were stolen elsewhere.
    pub breach_file: Option<PathBuf>,
    /// A service that knows such hashes by their first five digits.
    pub breach_url: Option<BreachUrl>,
}

/// The address of such a service: five hexadecimal digits are put at its end. `https`, or `http` on this machine.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct BreachUrl(String);

/// Not such an address.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error(
    "must be an https address that ends with a slash and has no query, user or fragment, such as \
     https://api.pwnedpasswords.com/range/; http only on this machine"
)]
pub struct UnfitBreachUrl;

impl FromStr for BreachUrl {
    type Err = UnfitBreachUrl;

    fn from_str(text: &str) -> Result<Self, UnfitBreachUrl> {
        let url = Url::parse(text).map_err(|_| UnfitBreachUrl)?;
        let is_secure = match url.scheme() {
            "https" => true,
            "http" => url.host().is_some_and(|host| is_this_machine(&host)),
            _ => false,
        };
        let is_plain = url.query().is_none() && url.fragment().is_none();
        let is_anonymous = url.username().is_empty() && url.password().is_none();
        let is_fit = is_secure && is_plain && is_anonymous && text.ends_with('/');
        is_fit.then(|| Self(text.to_owned())).ok_or(UnfitBreachUrl)
    }
}

impl fmt::Display for BreachUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Serialize for BreachUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for BreachUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
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
            temporary_lifetime: ConfigDuration::days(7),
            breach_file: None,
            breach_url: None,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s93_a_service_is_asked_over_tls_and_without_a_secret() {
        for fit in [
            "https://api.pwnedpasswords.com/range/",
            "https://10.0.0.7:8443/",
            "http://localhost:8090/range/",
            "http://127.0.0.1:1/",
        ] {
            assert!(fit.parse::<BreachUrl>().is_ok(), "{fit}");
        }
        for unfit in [
            "",
            "api.pwnedpasswords.com/range/",
            "http://api.pwnedpasswords.com/range/",
            "http://10.0.0.7/",
            "https://api.pwnedpasswords.com/range",
            "https://user:word@breach.example/",
            "https://breach.example/?prefix=/",
            "https://breach.example/#/",
            "file:///etc/",
        ] {
            assert!(unfit.parse::<BreachUrl>().is_err(), "{unfit}");
        }
    }
}
