//! The strict reading of a logout token, as a list of checks: which session, or whose, has ended at the
//! provider. What follows from it is left to `logout`. OpenID Connect Back-Channel Logout 1.0
//! sections 2.4 and 2.6; RFC 8417; RFC 8725 section 3.11.

use super::claim_checks::{self, MAX_MEMBERS, Recipient, WrongClaim, require};
use crate::{
    error::VerifyError,
    jwt::{CompactJws, Header, decode, json::Object},
    keys::Snapshot,
    time::UnixTime,
};

/// Nothing else is signed with this type, and no other token is taken for one.
const TYPE: &str = "logout+jwt";
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Why a logout token is not believed. The words name the check, never text of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LogoutTokenError {
    #[error("the logout token is malformed")]
    Malformed,
    #[error("the logout token's header or signature is refused: {0}")]
    Signature(VerifyError),
    #[error("the logout token's {0} is not as it must be")]
    Claim(&'static str),
}

impl From<WrongClaim> for LogoutTokenError {
    fn from(WrongClaim(name): WrongClaim) -> Self {
        Self::Claim(name)
    }
}

/// What ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LoggedOut {
    /// One session at the provider.
    Session(String),
    /// Every session of a person that had begun by then.
    Person { subject: String, before: UnixTime },
}

/// Runs every check, the signature before any claim.
pub(crate) fn check(
    token: &str,
    keys: &Snapshot,
    recipient: &Recipient<'_>,
) -> Result<LoggedOut, LogoutTokenError> {
    let payload = signed_payload(token, keys)?;
    let claims = Object::parse(&payload, MAX_MEMBERS).map_err(|_| LogoutTokenError::Malformed)?;
    recipient.check_issuer(&claims)?;
    recipient.check_audience(&claims)?;
    let issued_at = recipient.check_times(&claims)?;
    check_name(&claims)?;
    check_event(&claims)?;
    check_no_nonce(&claims)?;
    Ok(logged_out(&claims, issued_at)?)
}

fn signed_payload(token: &str, keys: &Snapshot) -> Result<String, LogoutTokenError> {
    let jws = CompactJws::parse(token).ok_or(LogoutTokenError::Malformed)?;
    let header = decode(jws.header).ok_or(LogoutTokenError::Malformed)?;
    let header = Header::parse_typed(&header, |typ| typ == TYPE).map_err(LogoutTokenError::Signature)?;
    let key = keys.find(&header.kid).map_err(LogoutTokenError::Signature)?;
    let signature = decode(jws.signature).ok_or(LogoutTokenError::Malformed)?;
    if !key.verifies(jws.signing_input.as_bytes(), &signature) {
        return Err(LogoutTokenError::Signature(VerifyError::Signature));
    }
    claim_checks::text(jws.payload).ok_or(LogoutTokenError::Malformed)
}

/// Each token has a name. It is not remembered: the same token again only says the same again.
fn check_name(claims: &Object<'_>) -> Result<(), WrongClaim> {
    require(claim_checks::identifier(claims, "jti")?.is_some(), "jti")
}

fn check_event(claims: &Object<'_>) -> Result<(), WrongClaim> {
    let events = claims.get("events").and_then(|events| events.object(MAX_MEMBERS));
    let event = events.and_then(|events| events.get(EVENT)?.object(MAX_MEMBERS));
    require(event.is_some(), "events")
}

/// Section 2.4: with a nonce it could be an ID token.
fn check_no_nonce(claims: &Object<'_>) -> Result<(), WrongClaim> {
    require(!claims.has_any(&["nonce"]), "nonce")
}

/// Section 2.7: a token that names a session means that one alone.
fn logged_out(claims: &Object<'_>, issued_at: UnixTime) -> Result<LoggedOut, WrongClaim> {
    let subject = claim_checks::identifier(claims, "sub")?;
    match (claim_checks::identifier(claims, "sid")?, subject) {
        (Some(sid), _) => Ok(LoggedOut::Session(sid)),
        (None, Some(subject)) => Ok(LoggedOut::Person { subject, before: issued_at }),
        (None, None) => Err(WrongClaim("sid")),
    }
}
