//! The answer to `navigator.credentials.create()` and its checks (WebAuthn 7.1). The attestation statement is not looked at:
//! none was asked for, and a browser may pass on what an authenticator adds unasked.

use serde::Deserialize;
use uuid::Uuid;

use super::authenticator_data::AuthenticatorData;
use super::client_data::{self, Ceremony};
use super::{
    Base64UrlBytes, Challenge, CredentialId, Mediation, PasskeyError, PasskeyPublicKey, RelyingParty,
};

/// The most ways to an authenticator that are kept, and the longest word for one.
const MOST_TRANSPORTS: usize = 8;
const LONGEST_TRANSPORT: usize = 20;

/// What the script sends: `RegistrationResponseJSON` (WebAuthn 5.1.8), as far as it is read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationResponse {
    id: CredentialId,
    response: Response,
    authenticator_attachment: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    #[serde(rename = "clientDataJSON")]
    client_data: Base64UrlBytes,
    authenticator_data: Base64UrlBytes,
    #[serde(default)]
    transports: Vec<String>,
}

/// A passkey as its authenticator made it.
#[derive(Debug)]
pub struct NewPasskey {
    /// What the authenticator calls it.
    pub credential_id: CredentialId,
    /// Its key.
    pub public_key: PasskeyPublicKey,
    /// Its signature counter.
    pub sign_count: u32,
    /// Whether it can be copied to other devices.
    pub is_backup_eligible: bool,
    /// Whether it was.
    pub is_backed_up: bool,
    /// How its authenticator is reached.
    pub transports: Vec<String>,
    /// Which make the authenticator says that it is of.
    pub aaguid: Uuid,
    /// Whether it is in the device that asked.
    pub is_in_this_device: bool,
}

impl RegistrationResponse {
    /// Reads the JSON.
    ///
    /// # Errors
    /// [`PasskeyError::Malformed`].
    pub fn parse(json: &str) -> Result<Self, PasskeyError> {
        serde_json::from_str(json).map_err(|_| PasskeyError::Malformed)
    }

    /// The new passkey, in answer to one of `challenges`. That its id is new is the store's to say (7.1 step 26).
    ///
    /// # Errors
    /// [`PasskeyError`] says which check failed.
    pub fn verify(
        self,
        relying_party: &RelyingParty,
        challenges: &[Challenge],
        mediation: Mediation,
    ) -> Result<NewPasskey, PasskeyError> {
        client_data::check(&self.response.client_data.0, Ceremony::Create, challenges, relying_party)?;
        let data = AuthenticatorData::read(&self.response.authenticator_data.0, relying_party)?;
        // 7.1 steps 15 and 16: in the other mediation the person was not asked for a sign of presence.
        if mediation == Mediation::Optional {
            data.check_user()?;
        }
        let (is_backup_eligible, is_backed_up) = (data.is_backup_eligible(), data.is_backed_up());
        let credential = data.attested.ok_or(PasskeyError::Malformed)?;
        if credential.id != self.id {
            return Err(PasskeyError::Credential);
        }
        Ok(NewPasskey {
            credential_id: credential.id,
            public_key: credential.public_key,
            sign_count: data.sign_count,
            is_backup_eligible,
            is_backed_up,
            transports: known_words(self.response.transports),
            aaguid: credential.aaguid,
            is_in_this_device: self.authenticator_attachment.as_deref() == Some("platform"),
        })
    }
}

/// New ones are to be kept as they are (WebAuthn 5.2.1.1), as long as they are words.
fn known_words(transports: Vec<String>) -> Vec<String> {
    let is_word = |text: &String| {
        (1..=LONGEST_TRANSPORT).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    };
    let mut words: Vec<String> = transports.into_iter().filter(is_word).take(MOST_TRANSPORTS).collect();
    words.sort();
    words.dedup();
    words
}
