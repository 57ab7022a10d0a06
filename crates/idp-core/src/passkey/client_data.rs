//! What the browser says of the page that asked: `CollectedClientData` (WebAuthn 5.8.1), and the checks of it (7.1 steps 7 to
//! 12, 7.2 steps 10 to 15). What it holds besides is passed over, as the specification asks.

use serde::Deserialize;

use super::{Challenge, PasskeyError, RelyingParty};

/// For what a challenge was made.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub(super) enum Ceremony {
    Create,
    Get,
}

impl Ceremony {
    const fn type_name(self) -> &'static str {
        match self {
            Self::Create => "webauthn.create",
            Self::Get => "webauthn.get",
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    ceremony: String,
    challenge: String,
    origin: String,
    cross_origin: Option<bool>,
    top_origin: Option<String>,
}

/// Whether the page that asked was ours, and asked for one of these.
pub(super) fn check(
    json: &[u8],
    ceremony: Ceremony,
    challenges: &[Challenge],
    relying_party: &RelyingParty,
) -> Result<(), PasskeyError> {
    let data: ClientData = serde_json::from_slice(json).map_err(|_| PasskeyError::Malformed)?;
    if data.ceremony != ceremony.type_name() {
        return Err(PasskeyError::Ceremony);
    }
    if challenges.iter().all(|asked| data.challenge != asked.text()) {
        return Err(PasskeyError::Challenge);
    }
    // No page of ours may be framed, so none asks from a frame.
    let is_framed = data.cross_origin == Some(true) || data.top_origin.is_some();
    match data.origin == relying_party.origin() && !is_framed {
        true => Ok(()),
        false => Err(PasskeyError::Origin),
    }
}
