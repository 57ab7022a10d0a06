//! The JOSE header of a JWS of the provider's as a list of checks. The algorithm is fixed, so nothing in
//! the header can choose one, name a key outside the provider's set or ask for an extension.
//! RFC 7515 section 4; RFC 9068 sections 2.1 and 4; RFC 8725 section 3.

use super::json::{Json, Object};
use crate::error::VerifyError;

/// Our tokens carry three members; a few more may come, never dozens.
const MAX_MEMBERS: usize = 32;
/// Characters of a key id.
const MAX_KID: usize = 128;

/// Members that would bring a key or certificate along, or that only an encrypted or nested
/// token has. The provider never sends them; a token with one is an attack or a mistake.
const FOREIGN_MEMBERS: &[&str] = &[
    "jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256", "cty", "enc", "zip", "epk", "apu", "apv", "iv", "tag",
    "p2s", "p2c",
];

/// A header that passed.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) kid: String,
}

impl Header {
    /// Reads the decoded header of an access token and checks every member that decides anything.
    pub(crate) fn parse(octets: &[u8]) -> Result<Self, VerifyError> {
        Self::parse_typed(octets, is_access_token)
    }

    /// The same for a JWS whose `typ` passes `is_type`: what is signed for one purpose never serves
    /// another (RFC 8725 section 3.11).
    pub(crate) fn parse_typed(octets: &[u8], is_type: fn(&str) -> bool) -> Result<Self, VerifyError> {
        let text = std::str::from_utf8(octets).map_err(|_| VerifyError::Malformed)?;
        let object = Object::parse(text, MAX_MEMBERS).map_err(|_| VerifyError::Malformed)?;
        check_algorithm(object.get("alg"))?;
        check_type(object.get("typ"), is_type)?;
        check_extensions(&object)?;
        check_foreign_members(&object)?;
        let kid = key_id(object.get("kid"))?;
        Ok(Self { kid })
    }
}

fn check_algorithm(alg: Option<Json<'_>>) -> Result<(), VerifyError> {
    match alg.and_then(Json::string).as_deref() {
        Some("RS256") => Ok(()),
        _ => Err(VerifyError::Algorithm),
    }
}

fn check_type(typ: Option<Json<'_>>, is_type: fn(&str) -> bool) -> Result<(), VerifyError> {
    let typ = typ.and_then(Json::string).ok_or(VerifyError::Type)?;
    if is_type(&typ) { Ok(()) } else { Err(VerifyError::Type) }
}

/// RFC 9068 section 4 allows both spellings; media types are compared without case.
fn is_access_token(typ: &str) -> bool {
    ["at+jwt", "application/at+jwt"].iter().any(|known| typ.eq_ignore_ascii_case(known))
}

/// RFC 7515 section 4.1.11: what is critical must be understood, and we understand no extension.
fn check_extensions(header: &Object<'_>) -> Result<(), VerifyError> {
    if header.has_any(&["crit", "b64"]) { Err(VerifyError::Extension) } else { Ok(()) }
}

fn check_foreign_members(header: &Object<'_>) -> Result<(), VerifyError> {
    if header.has_any(FOREIGN_MEMBERS) { Err(VerifyError::ForeignKey) } else { Ok(()) }
}

fn key_id(kid: Option<Json<'_>>) -> Result<String, VerifyError> {
    let kid = kid.and_then(Json::string).ok_or(VerifyError::KeyId)?;
    if is_usable_kid(&kid) { Ok(kid.into_owned()) } else { Err(VerifyError::KeyId) }
}

/// Visible ASCII, 1 to 128 characters: safe to compare, to log and to print.
pub(crate) fn is_usable_kid(kid: &str) -> bool {
    (1..=MAX_KID).contains(&kid.len()) && kid.bytes().all(|byte| byte.is_ascii_graphic())
}
