//! Passkeys (Web Authentication Level 3): what the browser is asked for (`options`), and the checks of its answers
//! (`registration`, `assertion`). No attestation is asked for: no maker's authenticators are barred, and none is vouched for.
//! The user is verified each time, by the screen lock or a PIN, so one passkey stands for two factors. That a challenge counts
//! once, and whose credential it is, is the store's (docs/adr/0051).

mod assertion;
mod authenticator_data;
mod client_data;
mod options;
mod provider;
mod public_key;
mod registration;
mod relying_party;

pub use assertion::{AssertionResponse, Use};
pub use options::{CreationOptions, Mediation, PasskeyUser, RequestOptions};
pub use provider::provider_name;
pub use public_key::PasskeyPublicKey;
pub use registration::{NewPasskey, RegistrationResponse};
pub use relying_party::RelyingParty;

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use uuid::Uuid;

use crate::base64url;
use crate::time::UnixTime;

/// The most bytes of a credential id (WebAuthn 4, "Credential ID").
const MAX_ID_BYTES: usize = 1023;
/// As much of a name as is kept, in characters.
const NAME_CHARS: usize = 60;

/// A passkey that a person has added.
#[derive(Clone, Debug)]
pub struct Passkey {
    /// Its id here.
    pub id: Uuid,
    /// Whose it is.
    pub user: Uuid,
    /// What its authenticator files it under.
    pub user_handle: UserHandle,
    /// What the person calls it; may be empty.
    pub name: String,
    /// What the authenticator calls it.
    pub credential_id: CredentialId,
    /// Verifies its signatures.
    pub public_key: PasskeyPublicKey,
    /// The signature counter at its last use; 0 of an authenticator that does not count.
    pub sign_count: u32,
    /// Whether it can be copied to other devices. It never changes.
    pub is_backup_eligible: bool,
    /// Whether it was copied by its last use.
    pub is_backed_up: bool,
    /// How the browser reaches its authenticator, in the words of WebAuthn 5.8.4.
    pub transports: Vec<String>,
    /// The make that its authenticator claims to be of. Nothing vouches for it.
    pub aaguid: Uuid,
    /// Whether the account asks for it after the password. Not for one that a browser saved by itself: the person was
    /// not asked whether the password alone should no longer be enough (docs/adr/0060).
    pub is_asked_for: bool,
    /// When it was added.
    pub created_at: UnixTime,
    /// When a sign-in last used it.
    pub last_used_at: Option<UnixTime>,
}

impl Passkey {
    /// Whether its person may have the account ask for it after the password from now on. One that a browser saved by itself need
    /// not have verified anybody then. Each use here verifies its user: an authenticator that cannot do that would shut the
    /// person out (docs/adr/0060).
    #[must_use]
    pub const fn may_be_demanded(&self) -> bool {
        !self.is_asked_for && self.last_used_at.is_some()
    }

    /// A name as it is kept.
    #[must_use]
    pub fn kept_name(typed: &str) -> String {
        typed.trim().chars().filter(|c| !c.is_control()).take(NAME_CHARS).collect()
    }
}

/// What an authenticator calls a credential: up to 1023 bytes, which it chooses.
#[derive(Clone, Eq, PartialEq)]
pub struct CredentialId(Vec<u8>);

impl CredentialId {
    fn of(bytes: &[u8]) -> Option<Self> {
        (1..=MAX_ID_BYTES).contains(&bytes.len()).then(|| Self(bytes.to_vec()))
    }

    /// Reads the base64url text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::of(&base64url::decode(text)?)
    }

    /// As base64url text, the one spelling of it.
    #[must_use]
    pub fn text(&self) -> String {
        base64url::encode(&self.0)
    }
}

impl fmt::Debug for CredentialId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text())
    }
}

/// 32 unpredictable bytes that an answer must be made for (WebAuthn 13.4.3).
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Challenge(pub [u8; 32]);

impl Challenge {
    /// As base64url text.
    #[must_use]
    pub fn text(&self) -> String {
        base64url::encode(self.0)
    }
}

/// What an authenticator files a person's passkeys under. It tells them from others and tells nothing about them (WebAuthn
/// 14.6.1): it is in no token.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct UserHandle(pub [u8; 32]);

impl UserHandle {
    /// Reads the base64url text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        base64url::decode_array(text).map(Self)
    }

    /// As base64url text.
    #[must_use]
    pub fn text(&self) -> String {
        base64url::encode(self.0)
    }
}

/// Why an answer is none.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum PasskeyError {
    /// It cannot be read.
    #[error("it cannot be read")]
    Malformed,
    /// It was made for the other of the two ceremonies.
    #[error("it was made for another ceremony")]
    Ceremony,
    /// It was made for another challenge.
    #[error("it was made for another challenge")]
    Challenge,
    /// It was made on a page of another origin, or in a frame of one.
    #[error("it was made on a page of another origin")]
    Origin,
    /// It was made for another relying party.
    #[error("it was made for another relying party")]
    RelyingParty,
    /// The authenticator did not ask for a sign of a person's presence.
    #[error("nobody was present")]
    NotPresent,
    /// The authenticator did not verify who was there.
    #[error("the user was not verified")]
    NotVerified,
    /// What it says of copies contradicts itself, or what was said before.
    #[error("what it says of copies is contradictory")]
    Backup,
    /// The key is of a kind that was not asked for.
    #[error("the key is of a kind that was not asked for")]
    Key,
    /// It is of another credential.
    #[error("it is of another credential")]
    Credential,
    /// It is for another person, or names no person where one must be named.
    #[error("it is for another person")]
    UserHandle,
    /// The signature is not that of the credential.
    #[error("the signature does not fit")]
    Signature,
}

/// Bytes that JSON carries as base64url text.
#[derive(Clone, Eq, PartialEq)]
struct Base64UrlBytes(Vec<u8>);

impl<'de> Deserialize<'de> for Base64UrlBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        base64url::decode(&text).map(Self).ok_or_else(|| D::Error::custom("not base64url"))
    }
}

impl Serialize for CredentialId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for CredentialId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("not the id of a credential"))
    }
}

#[cfg(test)]
mod tests;
