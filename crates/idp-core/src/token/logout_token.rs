//! The claims of a logout token, which tells a site that a session has ended. Choosing the sites and trying again is
//! the server's. OpenID Connect Back-Channel Logout 1.0
//! section 2.4; RFC 8417 (security event tokens).

use rand_core::CryptoRngCore;
use serde::Serialize;

use super::TokenId;
use crate::client::ClientId;
use crate::time::UnixTime;

/// How long a logout token is good, in seconds. Section 2.4 says at most two minutes: it is made anew
/// for each try.
pub const LIFETIME: i64 = 120;

/// Everything in a logout token. There is no way to give it a `nonce`: section 2.4 forbids one, so that
/// a logout token is never taken for an ID token.
#[derive(Clone, Eq, PartialEq, Debug, Serialize)]
pub struct LogoutTokenClaims {
    iss: String,
    sub: String,
    aud: ClientId,
    iat: UnixTime,
    exp: UnixTime,
    jti: TokenId,
    events: Events,
    sid: String,
}

/// The one event, without members of its own.
#[derive(Clone, Eq, PartialEq, Debug, Default, Serialize)]
struct Events {
    #[serde(rename = "http://schemas.openid.net/event/backchannel-logout")]
    backchannel_logout: NoMembers,
}

#[derive(Clone, Eq, PartialEq, Debug, Default, Serialize)]
struct NoMembers {}

impl LogoutTokenClaims {
    /// Says to `client` that the session `sid` of the user `sub` at `issuer` has ended.
    pub fn new(
        issuer: &str,
        client: ClientId,
        sub: &str,
        sid: &str,
        now: UnixTime,
        rng: &mut (impl CryptoRngCore + ?Sized),
    ) -> Self {
        Self {
            iss: issuer.to_owned(),
            sub: sub.to_owned(),
            aud: client,
            iat: now,
            exp: now.plus(LIFETIME),
            jti: TokenId::standalone(rng),
            events: Events::default(),
            sid: sid.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rand_core::OsRng;
    use serde_json::json;

    #[test]
    fn s72_a_logout_token_says_exactly_what_the_specification_lists() {
        let make = || {
            let client = ClientId::parse("site-a").unwrap();
            let now = UnixTime(1_000);
            LogoutTokenClaims::new("https://idp.example", client, "user-1", "session-1", now, &mut OsRng)
        };
        let claims = make();
        let expected = json!({
            "iss": "https://idp.example",
            "sub": "user-1",
            "aud": "site-a",
            "iat": 1_000,
            "exp": 1_120,
            "jti": claims.jti,
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
            "sid": "session-1",
        });
        assert_eq!(serde_json::to_value(&claims).unwrap(), expected);
        assert_ne!(make().jti, claims.jti, "each has a name of its own");
    }
}
