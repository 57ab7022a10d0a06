//! The claims of an ID token (OpenID Connect Core 2): protocol claims, and those that are mapped for the client. What else is
//! known about the person is asked for at userinfo.

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::{Audience, PrivateClaims};
use crate::base64url;
use crate::time::UnixTime;

/// The longest an ID token may be valid, in seconds: a client reads it once, at sign-in.
pub const MAX_LIFETIME: i64 = 600;

/// Everything in an ID token.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
pub struct IdTokenClaims {
    /// This provider.
    pub iss: String,
    /// The user.
    pub sub: String,
    /// The client.
    pub aud: Audience,
    /// From when on it is refused; at most [`MAX_LIFETIME`] after `iat`.
    pub exp: UnixTime,
    /// When it was made.
    pub iat: UnixTime,
    /// When the person last proved who they are.
    pub auth_time: UnixTime,
    /// The `nonce` of the request, if it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// How strongly the person proved who they are.
    pub acr: String,
    /// By what means (RFC 8176).
    pub amr: Vec<String>,
    /// The sign-on session (OpenID Connect Back-Channel Logout 2.1).
    pub sid: String,
    /// Ties the access token beside it to this token: [`access_token_hash`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<String>,
    /// Claims mapped for this client. None has the name of a claim of another kind of token, which so is not read as this one.
    #[serde(flatten)]
    pub private: PrivateClaims,
}

/// `at_hash`: the left half of the SHA-256 of the access token's text (OpenID Connect Core 3.1.3.6).
#[must_use]
pub fn access_token_hash(access_token: &str) -> String {
    let hash = digest(&SHA256, access_token.as_bytes());
    let half = hash.as_ref().len() / 2;
    base64url::encode(hash.as_ref().get(..half).unwrap_or_default())
}

#[cfg(test)]
pub(crate) mod sample {
    use super::*;
    use crate::token::access_token::sample::{ISSUER, NOW};

    /// An ID token for `site-a`, valid for ten minutes from [`NOW`].
    pub(crate) fn id_token() -> IdTokenClaims {
        IdTokenClaims {
            iss: ISSUER.to_owned(),
            sub: "user-1".to_owned(),
            aud: Audience::One("site-a".to_owned()),
            exp: NOW.plus(MAX_LIFETIME),
            iat: NOW,
            auth_time: NOW.plus(-60),
            nonce: Some("n-0S6_WzA2Mj".to_owned()),
            acr: "1".to_owned(),
            amr: vec!["pwd".to_owned()],
            sid: "session-1".to_owned(),
            at_hash: None,
            private: PrivateClaims::none(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn s30_at_hash_is_computed_as_openid_core_says() {
        // The access token and hash of OpenID Connect Core A.3.
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(access_token_hash(token), "77QmUPtjPfzWtF2AnpK9RQ");
    }

    #[test]
    fn s30_nonce_absent_stays_absent() {
        let claims = IdTokenClaims { nonce: None, ..sample::id_token() };
        let json = serde_json::to_value(claims).unwrap();
        assert_eq!(json.get("nonce"), None);
        assert_eq!(json.get("at_hash"), None);
        assert_eq!(json.get("aud").unwrap(), &json!("site-a"));
        assert_eq!(serde_json::to_value(sample::id_token()).unwrap().get("nonce").unwrap(), "n-0S6_WzA2Mj");
    }
}
