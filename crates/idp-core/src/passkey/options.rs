//! What the browser is asked for, in the JSON of WebAuthn 5.1.9 and 5.1.10.

use serde_json::{Value, json};

use super::{Challenge, Passkey, PasskeyPublicKey, RelyingParty, UserHandle};

/// How long a person may take, in milliseconds; the most that WebAuthn 15.1 recommends.
const TIMEOUT: u32 = 600_000;

/// Whether the browser asks the person before it makes a passkey (Credential Management 2.3.2, WebAuthn 5.1.3).
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Mediation {
    /// It does.
    Optional,
    /// It does not: it has just filled in the password that it has saved, and the person has agreed to such passkeys before.
    Conditional,
}

/// Asks for a new passkey.
pub struct CreationOptions<'a> {
    /// Who asks.
    pub relying_party: &'a RelyingParty,
    /// What the service is called.
    pub service_name: &'a str,
    /// For whom.
    pub user: PasskeyUser<'a>,
    /// What the answer must be made for.
    pub challenge: Challenge,
    /// Whether the person is asked.
    pub mediation: Mediation,
    /// Those that the person has: an authenticator that holds one of them makes no other.
    pub existing: &'a [Passkey],
}

/// A person as authenticators list them.
pub struct PasskeyUser<'a> {
    /// What their passkeys are filed under.
    pub handle: UserHandle,
    /// What they sign in with.
    pub username: &'a str,
    /// What they are called.
    pub display_name: &'a str,
}

/// Asks for the use of a passkey.
pub struct RequestOptions<'a> {
    /// Who asks.
    pub relying_party: &'a RelyingParty,
    /// What the answer must be made for.
    pub challenge: Challenge,
    /// Which may be used; none in particular when this is empty.
    pub allowed: &'a [Passkey],
}

impl CreationOptions<'_> {
    /// The JSON. A passkey has to be found without a user name, and to verify its user. Of one that is made without a question
    /// this cannot be demanded while it is made (WebAuthn 5.1.3): its uses demand it.
    #[must_use]
    pub fn json(&self) -> Value {
        let key_kinds: Vec<Value> = PasskeyPublicKey::ALGORITHMS
            .iter()
            .map(|alg| json!({ "type": "public-key", "alg": alg }))
            .collect();
        let user_verification = match self.mediation {
            Mediation::Optional => "required",
            Mediation::Conditional => "preferred",
        };
        json!({
            "rp": { "id": self.relying_party.id(), "name": self.service_name },
            "user": {
                "id": self.user.handle.text(),
                "name": self.user.username,
                "displayName": self.user.display_name,
            },
            "challenge": self.challenge.text(),
            "pubKeyCredParams": key_kinds,
            "excludeCredentials": descriptors(self.existing),
            "authenticatorSelection": {
                "residentKey": "required",
                "requireResidentKey": true,
                "userVerification": user_verification,
            },
            "attestation": "none",
            "timeout": TIMEOUT,
        })
    }
}

impl RequestOptions<'_> {
    /// The JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "rpId": self.relying_party.id(),
            "challenge": self.challenge.text(),
            "allowCredentials": descriptors(self.allowed),
            "userVerification": "required",
            "timeout": TIMEOUT,
        })
    }
}

fn descriptors(passkeys: &[Passkey]) -> Vec<Value> {
    let descriptor = |passkey: &Passkey| json!({ "type": "public-key", "id": passkey.credential_id, "transports": passkey.transports });
    passkeys.iter().map(descriptor).collect()
}
