//! What an accepted token says, and the reading of its claims: which are required, of which type,
//! and for whom the token speaks. Comparing them with issuer, audience and clock is left to the verifier.
//! RFC 9068 section 2.2; RFC 7519 section 4.1; RFC 9700 section 4.15.

use std::{fmt, sync::Arc};

use serde::de::DeserializeOwned;

use crate::{
    error::VerifyError,
    jwt::json::{Json, Object},
    scope::ScopeSet,
    time::UnixTime,
};

/// More claims than a token of 8 KiB sensibly holds.
const MAX_CLAIMS: usize = 256;
/// Octets of an identifier such as `sub` (OpenID Connect Core section 2).
const MAX_IDENTIFIER: usize = 255;

/// An access token that passed every check. Clones are cheap and share one copy.
#[derive(Clone)]
pub struct AccessToken(Arc<Contents>);

/// For whom a token speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Principal<'a> {
    /// A person, who signed in at the provider.
    User {
        /// The person's identifier at the provider (`sub`).
        subject: &'a str,
    },
    /// A program on its own behalf. Its id may equal the `sub` of a user, and is no user's.
    Client {
        /// The program's identifier (`client_id`).
        client_id: &'a str,
    },
}

struct Contents {
    claims: RegisteredClaims,
    json: String,
    /// `kid`: a key that turns out to be void takes along what it signed.
    #[cfg_attr(
        not(any(feature = "feed", feature = "redis")),
        expect(dead_code, reason = "only feed and denylist ask for it")
    )]
    key_id: String,
}

impl AccessToken {
    pub(crate) fn new(claims: RegisteredClaims, json: String, key_id: String) -> Self {
        Self(Arc::new(Contents { claims, json, key_id }))
    }

    /// The key that signed it.
    #[cfg(any(feature = "feed", feature = "redis"))]
    pub(crate) fn key_id(&self) -> &str {
        &self.0.key_id
    }

    #[cfg(feature = "token-cache")]
    pub(crate) fn registered(&self) -> &RegisteredClaims {
        &self.0.claims
    }

    /// For whom the token speaks. Only a token with `auth_time` speaks for a person.
    #[must_use]
    pub fn principal(&self) -> Principal<'_> {
        match self.auth_time() {
            Some(_) => Principal::User { subject: self.subject() },
            None => Principal::Client { client_id: self.client_id() },
        }
    }

    /// The person's identifier, or nothing when the token speaks for a program.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.auth_time().map(|_| self.subject())
    }

    /// `iss`: the provider.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.claims.issuer
    }

    /// `sub`: the person, or the program itself. Ask [`principal`](Self::principal) which.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.0.claims.subject
    }

    /// `aud`: everyone the token is meant for, the configured audience among them.
    #[must_use]
    pub fn audience(&self) -> &[String] {
        &self.0.claims.audience
    }

    /// `client_id`: the program that was given the token.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.0.claims.client_id
    }

    /// `scope`: what the token may be used for; empty when the claim is absent.
    #[must_use]
    pub fn scope(&self) -> &ScopeSet {
        &self.0.claims.scope
    }

    /// `jti`: the token's own identifier.
    #[must_use]
    pub fn jti(&self) -> &str {
        &self.0.claims.jti
    }

    /// `iat`: when it was issued.
    #[must_use]
    pub fn issued_at(&self) -> UnixTime {
        self.0.claims.issued_at
    }

    /// `exp`: from when on it is void, leeway aside. Close what it opened (a stream, a socket) then.
    #[must_use]
    pub fn expires_at(&self) -> UnixTime {
        self.0.claims.expires_at
    }

    /// `sid`: the sign-in at the provider that it stems from.
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        self.0.claims.session_id.as_deref()
    }

    /// `auth_time`: when the person last proved who they are.
    #[must_use]
    pub fn auth_time(&self) -> Option<UnixTime> {
        self.0.claims.auth_time
    }

    /// `acr`: how strong that proof was.
    #[must_use]
    pub fn acr(&self) -> Option<&str> {
        self.0.claims.acr.as_deref()
    }

    /// `amr`: by which means it was given (RFC 8176).
    #[must_use]
    pub fn amr(&self) -> &[String] {
        &self.0.claims.amr
    }

    /// All claims as a type of the site's own, for private claims.
    ///
    /// # Errors
    /// When the claims do not have the shape of `C`.
    pub fn claims<C: DeserializeOwned>(&self) -> Result<C, serde_json::Error> {
        serde_json::from_str(&self.0.json)
    }
}

#[cfg(feature = "fetch")]
impl AccessToken {
    /// All claims, as they were signed.
    pub(crate) fn json(&self) -> &str {
        &self.0.json
    }
}

/// Prints the token's identifier and nothing about the person.
impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken").field("jti", &self.jti()).finish_non_exhaustive()
    }
}

/// The claims that this crate knows, each of the right type.
pub(crate) struct RegisteredClaims {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) audience: Vec<String>,
    pub(crate) client_id: String,
    pub(crate) scope: ScopeSet,
    pub(crate) jti: String,
    pub(crate) issued_at: UnixTime,
    pub(crate) expires_at: UnixTime,
    pub(crate) not_before: Option<UnixTime>,
    pub(crate) session_id: Option<String>,
    pub(crate) auth_time: Option<UnixTime>,
    pub(crate) acr: Option<String>,
    pub(crate) amr: Vec<String>,
    pub(crate) is_sender_constrained: bool,
}

impl RegisteredClaims {
    /// Reads a payload whose signature was verified.
    pub(crate) fn parse(json: &str) -> Result<Self, VerifyError> {
        let claims = Object::parse(json, MAX_CLAIMS).map_err(|_| VerifyError::Malformed)?;
        Ok(Self {
            issuer: string(&claims, "iss")?.ok_or(VerifyError::Issuer)?,
            subject: identifier(&claims, "sub")?,
            audience: audience(&claims)?,
            client_id: identifier(&claims, "client_id")?,
            scope: typed(&claims, "scope", |value| Some(ScopeSet::new(&value.string()?)))?
                .unwrap_or_default(),
            jti: identifier(&claims, "jti")?,
            issued_at: date(&claims, "iat")?.ok_or(VerifyError::Claim("iat"))?,
            expires_at: date(&claims, "exp")?.ok_or(VerifyError::Claim("exp"))?,
            not_before: date(&claims, "nbf")?,
            session_id: string(&claims, "sid")?,
            auth_time: date(&claims, "auth_time")?,
            acr: string(&claims, "acr")?,
            amr: strings(&claims, "amr")?.unwrap_or_default(),
            is_sender_constrained: claims.has_any(&["cnf"]),
        })
    }
}

/// A claim that is present has its type: a wrong one is never taken for an absent one.
fn typed<'a, T>(
    claims: &Object<'a>,
    name: &'static str,
    read: impl FnOnce(Json<'a>) -> Option<T>,
) -> Result<Option<T>, VerifyError> {
    match claims.get(name) {
        None => Ok(None),
        Some(value) => read(value).map(Some).ok_or(VerifyError::Claim(name)),
    }
}

fn string(claims: &Object<'_>, name: &'static str) -> Result<Option<String>, VerifyError> {
    typed(claims, name, |value| value.string().map(Into::into))
}

fn strings(claims: &Object<'_>, name: &'static str) -> Result<Option<Vec<String>>, VerifyError> {
    typed(claims, name, |value| {
        let strings = value.strings()?;
        Some(strings.into_iter().map(Into::into).collect())
    })
}

/// NumericDate, in the one form that we issue: whole seconds, not negative.
fn date(claims: &Object<'_>, name: &'static str) -> Result<Option<UnixTime>, VerifyError> {
    typed(claims, name, |value| value.integer().map(UnixTime::from_secs))
}

/// One string or an array of strings (RFC 7519 section 4.1.3).
fn audience(claims: &Object<'_>) -> Result<Vec<String>, VerifyError> {
    let value = claims.get("aud").ok_or(VerifyError::Audience)?;
    if let Some(single) = value.string() {
        return Ok(vec![single.into()]);
    }
    let several = value.strings().ok_or(VerifyError::Claim("aud"))?;
    Ok(several.into_iter().map(Into::into).collect())
}

fn identifier(claims: &Object<'_>, name: &'static str) -> Result<String, VerifyError> {
    let id = string(claims, name)?.ok_or(VerifyError::Claim(name))?;
    let is_sound = (1..=MAX_IDENTIFIER).contains(&id.len()) && !has_control(&id);
    if is_sound { Ok(id) } else { Err(VerifyError::Claim(name)) }
}

fn has_control(text: &str) -> bool {
    let has_ascii_control = text.bytes().any(|byte| byte.is_ascii_control());
    has_ascii_control || (!text.is_ascii() && text.chars().any(char::is_control))
}
