//! Signing keys: one RSA key pair and its public face (`signing_key`), the keys of an installation
//! over time ([`ring`]), what is published of them ([`jwks`]), and signing with keys that stay
//! parsed ([`provider`]). Beside them the keys of clients that we encrypt for ([`encryption_key`]).
//! Where private keys rest, and who may read them, is the server's concern.

pub mod encryption_key;
pub mod jwks;
pub mod provider;
pub mod ring;
mod rotation_policy;
mod signing_key;

pub use encryption_key::{EncryptionKey, UnfitEncryptionKey};
pub use jwks::Jwks;
pub use ring::{KeyRing, KeyRow, KeyState, RingKey, RotationStep};
pub use rotation_policy::RotationPolicy;
pub use signing_key::{Jwk, KeyError, SigningKey};

#[cfg(test)]
pub(crate) mod sample {
    //! Keys for tests, made once a process.
    #![allow(clippy::unwrap_used)]
    use std::sync::LazyLock;

    use super::SigningKey;

    static KEYS: LazyLock<[SigningKey; 4]> =
        LazyLock::new(|| std::array::from_fn(|_| SigningKey::generate(2048).unwrap()));

    /// The `number`-th of four different keys.
    pub(crate) fn key(number: usize) -> SigningKey {
        KEYS.get(number).unwrap().clone()
    }
}
