//! What the authenticator says: authenticator data (WebAuthn 6.1), read to its last byte. Extensions were not asked for; what
//! an authenticator adds of its own is passed over.

use uuid::Uuid;

use super::{CredentialId, PasskeyError, PasskeyPublicKey, RelyingParty};

const USER_PRESENT: u8 = 1;
const USER_VERIFIED: u8 = 1 << 2;
const BACKUP_ELIGIBLE: u8 = 1 << 3;
const BACKED_UP: u8 = 1 << 4;
const ATTESTED_CREDENTIAL: u8 = 1 << 6;
const EXTENSIONS: u8 = 1 << 7;

/// One reading of it.
#[derive(Debug)]
pub(super) struct AuthenticatorData {
    flags: u8,
    pub(super) sign_count: u32,
    pub(super) attested: Option<AttestedCredential>,
}

/// A credential that was just made (WebAuthn 6.5.1).
#[derive(Debug)]
pub(super) struct AttestedCredential {
    pub(super) aaguid: Uuid,
    pub(super) id: CredentialId,
    pub(super) public_key: PasskeyPublicKey,
}

impl AuthenticatorData {
    /// Reads it, and checks that it was made for `relying_party`, with a user who was there and was verified (WebAuthn 7.1
    /// steps 14 to 18, 7.2 steps 16 to 20).
    pub(super) fn checked(bytes: &[u8], relying_party: &RelyingParty) -> Result<Self, PasskeyError> {
        let read = Self::read(bytes, relying_party)?;
        read.check_user().map(|()| read)
    }

    /// The same, whether or not a person was present and verified.
    pub(super) fn read(bytes: &[u8], relying_party: &RelyingParty) -> Result<Self, PasskeyError> {
        let mut rest = Bytes(bytes);
        if !relying_party.is_hash(rest.take(32)?) {
            return Err(PasskeyError::RelyingParty);
        }
        let [flags] = rest.array()?;
        let sign_count = u32::from_be_bytes(rest.array()?);
        let has = |flag| flags & flag != 0;
        if has(BACKED_UP) && !has(BACKUP_ELIGIBLE) {
            return Err(PasskeyError::Backup);
        }
        let attested = if has(ATTESTED_CREDENTIAL) { Some(rest.credential()?) } else { None };
        match rest.0.is_empty() == has(EXTENSIONS) {
            true => Err(PasskeyError::Malformed),
            false => Ok(Self { flags, sign_count, attested }),
        }
    }

    /// Whether the user was there, and was verified.
    pub(super) const fn check_user(&self) -> Result<(), PasskeyError> {
        match (self.flags & USER_PRESENT, self.flags & USER_VERIFIED) {
            (0, _) => Err(PasskeyError::NotPresent),
            (_, 0) => Err(PasskeyError::NotVerified),
            _ => Ok(()),
        }
    }

    pub(super) const fn is_backup_eligible(&self) -> bool {
        self.flags & BACKUP_ELIGIBLE != 0
    }

    pub(super) const fn is_backed_up(&self) -> bool {
        self.flags & BACKED_UP != 0
    }
}

/// What is not read yet.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], PasskeyError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(PasskeyError::Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], PasskeyError> {
        self.take(N)?.try_into().map_err(|_| PasskeyError::Malformed)
    }

    fn credential(&mut self) -> Result<AttestedCredential, PasskeyError> {
        let aaguid = Uuid::from_bytes(self.array()?);
        let length = u16::from_be_bytes(self.array()?);
        let id = CredentialId::of(self.take(length.into())?).ok_or(PasskeyError::Malformed)?;
        let (public_key, rest) = PasskeyPublicKey::read(self.0).ok_or(PasskeyError::Key)?;
        self.0 = rest;
        Ok(AttestedCredential { aaguid, id, public_key })
    }
}
