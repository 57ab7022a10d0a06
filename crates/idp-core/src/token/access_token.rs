//! The claims of an access token (RFC 9068 2.2). A token that speaks for a person says so by
//! `auth_time`; one that speaks for the client itself has the client as its `sub`.

use serde::{Deserialize, Serialize};

use super::{PrivateClaims, TokenId};
use crate::authentication::{Acr, Proofs};
use crate::time::UnixTime;
use uuid::Uuid;

/// `aud`: a string for one resource, an array for several (RFC 7519 4.1.3).
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// One resource.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Audience {
    /// The shortest form for these resources; a repeated one counts once.
    pub fn new(resources: impl IntoIterator<Item = String>) -> Self {
        let mut distinct: Vec<String> = Vec::new();
        for resource in resources {
            if !distinct.contains(&resource) {
                distinct.push(resource);
            }
        }
        match <[String; 1]>::try_from(distinct) {
            Ok([only]) => Self::One(only),
            Err(several) => Self::Many(several),
        }
    }

    /// Whether the token is meant for `resource`, byte for byte.
    #[must_use]
    pub fn contains(&self, resource: &str) -> bool {
        match self {
            Self::One(only) => only == resource,
            Self::Many(several) => several.iter().any(|member| member == resource),
        }
    }
}

/// What a person's token says about the sign-in behind it (OpenID Connect Core 2).
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
pub struct PersonClaims {
    /// The sign-on session.
    pub sid: String,
    /// When the person last proved who they are.
    pub auth_time: UnixTime,
    /// How strongly.
    pub acr: String,
    /// By what means (RFC 8176).
    pub amr: Vec<String>,
}

impl PersonClaims {
    /// What these proofs of one sign-in say, and the class that it was of.
    #[must_use]
    pub fn new(sid: Uuid, proofs: &Proofs, acr: &Acr) -> Self {
        Self {
            sid: sid.to_string(),
            auth_time: proofs.auth_time(),
            acr: acr.as_str().to_owned(),
            amr: proofs.amr(),
        }
    }
}

/// Everything in an access token.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(try_from = "FlatClaims")]
pub struct AccessTokenClaims {
    /// This provider.
    pub iss: String,
    /// The user, or the client when it speaks for itself.
    pub sub: String,
    /// The resources that may accept the token.
    pub aud: Audience,
    /// The client it was given to.
    pub client_id: String,
    /// What it may be used for, separated by spaces; absent when there is nothing to say.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// The name of this token.
    pub jti: TokenId,
    /// When it was made.
    pub iat: UnixTime,
    /// From when on it is refused.
    pub exp: UnixTime,
    /// The sign-in behind it; `None` when the client speaks for itself.
    #[serde(flatten)]
    pub person: Option<PersonClaims>,
    /// Claims mapped for this client.
    #[serde(flatten)]
    pub private: PrivateClaims,
}

/// The claims side by side, as they are read.
#[derive(Deserialize)]
struct FlatClaims {
    iss: String,
    sub: String,
    aud: Audience,
    client_id: String,
    #[serde(default)]
    scope: String,
    jti: TokenId,
    iat: UnixTime,
    exp: UnixTime,
    sid: Option<String>,
    auth_time: Option<UnixTime>,
    acr: Option<String>,
    amr: Option<Vec<String>>,
    #[serde(flatten)]
    private: PrivateClaims,
}

/// A token says something about a sign-in, but not all of it: whom it speaks for is unclear.
#[derive(Debug, Clone, Copy, Eq, PartialEq, thiserror::Error)]
#[error("sid, auth_time, acr and amr belong together")]
pub struct PartOfAPerson;

impl TryFrom<FlatClaims> for AccessTokenClaims {
    type Error = PartOfAPerson;

    fn try_from(flat: FlatClaims) -> Result<Self, PartOfAPerson> {
        let person = match (flat.sid, flat.auth_time, flat.acr, flat.amr) {
            (Some(sid), Some(auth_time), Some(acr), Some(amr)) => {
                Some(PersonClaims { sid, auth_time, acr, amr })
            }
            (None, None, None, None) => None,
            _ => return Err(PartOfAPerson),
        };
        Ok(Self {
            iss: flat.iss,
            sub: flat.sub,
            aud: flat.aud,
            client_id: flat.client_id,
            scope: flat.scope,
            jti: flat.jti,
            iat: flat.iat,
            exp: flat.exp,
            person,
            private: flat.private,
        })
    }
}

#[cfg(test)]
pub(crate) mod sample {
    use rand_core::OsRng;

    use super::*;
    use crate::authentication::Factor;

    pub(crate) const ISSUER: &str = "https://idp.example.com";
    pub(crate) const NOW: UnixTime = UnixTime(1_800_000_000);

    /// A person's token for one site and userinfo, valid for 30 minutes from [`NOW`].
    pub(crate) fn person() -> AccessTokenClaims {
        AccessTokenClaims {
            iss: ISSUER.to_owned(),
            sub: Uuid::from_u128(1).to_string(),
            aud: Audience::new(["https://a.example.com".to_owned(), ISSUER.to_owned()]),
            client_id: "site-a".to_owned(),
            scope: "openid profile email".to_owned(),
            jti: TokenId::for_grant(Uuid::from_u128(2), 0, &mut OsRng),
            iat: NOW,
            exp: NOW.plus(1800),
            person: Some(PersonClaims::new(
                Uuid::from_u128(3),
                &Proofs::of(Factor::Password, NOW.plus(-60)),
                &Acr::parse("1").unwrap(),
            )),
            private: PrivateClaims::none(),
        }
    }

    /// A token with which a client speaks for itself.
    pub(crate) fn client() -> AccessTokenClaims {
        AccessTokenClaims {
            sub: "batch".to_owned(),
            client_id: "batch".to_owned(),
            aud: Audience::One("https://a.example.com".to_owned()),
            scope: String::new(),
            jti: TokenId::standalone(&mut OsRng),
            person: None,
            ..person()
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn a_persons_token_has_the_claims_of_rfc_9068_and_no_others() {
        let claims = serde_json::to_value(sample::person()).unwrap();
        let names: Vec<&String> = claims.as_object().unwrap().keys().collect();
        let expected = [
            "acr",
            "amr",
            "aud",
            "auth_time",
            "client_id",
            "exp",
            "iat",
            "iss",
            "jti",
            "scope",
            "sid",
            "sub",
        ];
        assert_eq!(names, expected);
        assert_eq!(claims.get("aud").unwrap(), &json!(["https://a.example.com", sample::ISSUER]));
        assert_eq!(claims.get("exp").unwrap(), &json!(1_800_001_800));
    }

    #[test]
    fn j37_a_clients_own_token_says_nothing_about_a_person() {
        let claims = serde_json::to_value(sample::client()).unwrap();
        for name in ["sid", "auth_time", "acr", "amr", "scope"] {
            assert_eq!(claims.get(name), None);
        }
        assert_eq!(claims.get("aud").unwrap(), &json!("https://a.example.com"));
        assert_eq!(claims.get("sub"), claims.get("client_id"));
    }

    #[test]
    fn j32_an_audience_matches_whole_members_only() {
        let both = Audience::new(["https://a".to_owned(), "https://b".to_owned(), "https://a".to_owned()]);
        assert_eq!(both, Audience::Many(vec!["https://a".to_owned(), "https://b".to_owned()]));
        assert!(both.contains("https://b"));
        for other in ["https://", "https://A", "https://a/", "https://a https://b", ""] {
            assert!(!both.contains(other));
            assert!(!Audience::One("https://a".to_owned()).contains(other));
        }
    }
}
