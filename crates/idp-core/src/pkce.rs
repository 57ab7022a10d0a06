//! Proof Key for Code Exchange (RFC 7636), method S256 only: `plain` is refused by having no type.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

/// An S256 `code_challenge`: the base64url SHA-256 of the verifier, 43 characters.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CodeChallenge(String);

/// Not an S256 challenge.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("malformed code_challenge")]
pub struct MalformedChallenge;

impl CodeChallenge {
    /// Reads the base64url text of exactly 32 bytes.
    ///
    /// # Errors
    /// [`MalformedChallenge`] for any other text.
    pub fn parse(text: &str) -> Result<Self, MalformedChallenge> {
        match URL_SAFE_NO_PAD.decode(text) {
            Ok(bytes) if bytes.len() == 32 => Ok(Self(text.to_owned())),
            _ => Err(MalformedChallenge),
        }
    }

    /// Whether `verifier` is well formed (43 to 128 unreserved characters, RFC 7636 4.1) and is the
    /// one this challenge was made from. Takes the same time for every well-formed verifier of a length.
    #[must_use]
    pub fn is_met_by(&self, verifier: &str) -> bool {
        let well_formed = (43..=128).contains(&verifier.len())
            && verifier.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
        let computed = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()));
        well_formed & bool::from(computed.as_bytes().ct_eq(self.0.as_bytes()))
    }
}

impl TryFrom<String> for CodeChallenge {
    type Error = MalformedChallenge;
    fn try_from(text: String) -> Result<Self, MalformedChallenge> {
        Self::parse(&text)
    }
}

impl From<CodeChallenge> for String {
    fn from(challenge: CodeChallenge) -> Self {
        challenge.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_the_rfc_holds() {
        assert!(CodeChallenge::parse(CHALLENGE).unwrap().is_met_by(VERIFIER));
    }

    #[test]
    fn s12_malformed_challenges_do_not_exist() {
        for text in
            ["", "abc", VERIFIER.repeat(2).as_str(), &format!("{CHALLENGE}="), &CHALLENGE.replace('-', "+")]
        {
            assert!(CodeChallenge::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn s13_wrong_verifiers_do_not_meet_it() {
        let challenge = CodeChallenge::parse(CHALLENGE).unwrap();
        let long = VERIFIER.repeat(3);
        for verifier in
            ["", &VERIFIER[..42], &long[..129], CHALLENGE, &VERIFIER.to_lowercase(), &format!("{VERIFIER} ")]
        {
            assert!(!challenge.is_met_by(verifier), "{verifier}");
        }
    }
}
