//! The answer to `navigator.credentials.get()` and its checks (WebAuthn 7.2).

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::authenticator_data::AuthenticatorData;
use super::client_data::{self, Ceremony};
use super::{Base64UrlBytes, Challenge, CredentialId, Passkey, PasskeyError, RelyingParty};

/// What the script sends: `AuthenticationResponseJSON` (WebAuthn 5.1.8), as far as it is read.
#[derive(Deserialize)]
pub struct AssertionResponse {
    id: CredentialId,
    response: Response,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    #[serde(rename = "clientDataJSON")]
    client_data: Base64UrlBytes,
    authenticator_data: Base64UrlBytes,
    signature: Base64UrlBytes,
    user_handle: Option<Base64UrlBytes>,
}

/// One use of a passkey: what is kept of it.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
pub struct Use {
    /// The signature counter.
    pub sign_count: u32,
    /// Whether the passkey was copied to other devices by then.
    pub is_backed_up: bool,
}

impl AssertionResponse {
    /// Reads the JSON.
    ///
    /// # Errors
    /// [`PasskeyError::Malformed`].
    pub fn parse(json: &str) -> Result<Self, PasskeyError> {
        serde_json::from_str(json).map_err(|_| PasskeyError::Malformed)
    }

    /// The credential that it says it is of.
    #[must_use]
    pub const fn credential_id(&self) -> &CredentialId {
        &self.id
    }

    /// Whether it says whose it is.
    #[must_use]
    pub const fn names_its_user(&self) -> bool {
        self.response.user_handle.is_some()
    }

    /// The use of `passkey`, in answer to one of `challenges`.
    ///
    /// # Errors
    /// [`PasskeyError`] says which check failed.
    pub fn verify(
        &self,
        relying_party: &RelyingParty,
        challenges: &[Challenge],
        passkey: &Passkey,
    ) -> Result<Use, PasskeyError> {
        if self.id != passkey.credential_id {
            return Err(PasskeyError::Credential);
        }
        if self.response.user_handle.as_ref().is_some_and(|handle| handle.0 != passkey.user_handle.0) {
            return Err(PasskeyError::UserHandle);
        }
        let client_data = &self.response.client_data.0;
        client_data::check(client_data, Ceremony::Get, challenges, relying_party)?;
        let signed = &self.response.authenticator_data.0;
        let data = AuthenticatorData::checked(signed, relying_party)?;
        if data.is_backup_eligible() != passkey.is_backup_eligible {
            return Err(PasskeyError::Backup);
        }
        let message = [signed.as_slice(), digest(&SHA256, client_data).as_ref()].concat();
        passkey.public_key.verify(&message, &self.response.signature.0)?;
        Ok(Use { sign_count: data.sign_count, is_backed_up: data.is_backed_up() })
    }
}

impl Use {
    /// Whether the counter has grown since the last use, of an authenticator that counts (WebAuthn 7.2 step 22).
    #[must_use]
    pub const fn has_grown_since(self, passkey: &Passkey) -> bool {
        self.sign_count > passkey.sign_count || (self.sign_count == 0 && passkey.sign_count == 0)
    }

    /// Whether it counts. A counter that stands still or goes back says that the key was copied: a key that cannot be copied is
    /// refused for it. One that can be is used on several devices, which may each count for themselves.
    #[must_use]
    pub const fn is_credible(self, passkey: &Passkey) -> bool {
        passkey.is_backup_eligible || self.has_grown_since(passkey)
    }
}
