//! What ID tokens and logout tokens have in common: both are for this client, from its provider, for a
//! short while. A claim of a wrong type is never taken for an absent one. OpenID Connect Core section
//! 3.1.3.7; OpenID Connect Back-Channel Logout 1.0 section 2.6.

use crate::{
    jwt::{
        decode,
        json::{Json, Object},
    },
    time::UnixTime,
};

pub(crate) const MAX_MEMBERS: usize = 256;
const MAX_IDENTIFIER: usize = 255;

/// The claim that is not as it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WrongClaim(pub(crate) &'static str);

/// The client that a token must be for, and the time at which it must be valid.
#[derive(Clone, Copy)]
pub(crate) struct Recipient<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) now: UnixTime,
    /// Seconds by which clocks may differ.
    pub(crate) leeway: i64,
}

impl Recipient<'_> {
    pub(crate) fn check_issuer(&self, claims: &Object<'_>) -> Result<(), WrongClaim> {
        require(string(claims, "iss")?.as_deref() == Some(self.issuer), "iss")
    }

    /// This client alone: a token for several audiences could be another one's to pass on.
    pub(crate) fn check_audience(&self, claims: &Object<'_>) -> Result<(), WrongClaim> {
        let audience = claims.get("aud").ok_or(WrongClaim("aud"))?;
        let is_ours = match (audience.string(), audience.strings().as_deref()) {
            (Some(single), _) => single == self.client_id,
            (None, Some([single])) => single == self.client_id,
            _ => false,
        };
        require(is_ours, "aud")
    }

    /// When it was issued, if that was not in the future and it has not expired.
    pub(crate) fn check_times(&self, claims: &Object<'_>) -> Result<UnixTime, WrongClaim> {
        let expires_at = time(claims, "exp")?;
        let issued_at = time(claims, "iat")?;
        require(self.now < expires_at.plus_secs(self.leeway), "exp")?;
        require(issued_at <= self.now.plus_secs(self.leeway) && issued_at <= expires_at, "iat")?;
        Ok(issued_at)
    }
}

pub(crate) fn require(holds: bool, claim: &'static str) -> Result<(), WrongClaim> {
    if holds { Ok(()) } else { Err(WrongClaim(claim)) }
}

/// A claim that is absent, or a string.
pub(crate) fn string(claims: &Object<'_>, name: &'static str) -> Result<Option<String>, WrongClaim> {
    match claims.get(name) {
        None => Ok(None),
        Some(value) => {
            let text = value.string().ok_or(WrongClaim(name))?;
            Ok(Some(text.into_owned()))
        }
    }
}

/// A claim that is absent, or a name of 1 to 255 octets.
pub(crate) fn identifier(claims: &Object<'_>, name: &'static str) -> Result<Option<String>, WrongClaim> {
    let id = string(claims, name)?;
    let fits = id.as_ref().is_none_or(|id| (1..=MAX_IDENTIFIER).contains(&id.len()));
    if fits { Ok(id) } else { Err(WrongClaim(name)) }
}

fn time(claims: &Object<'_>, name: &'static str) -> Result<UnixTime, WrongClaim> {
    let seconds = claims.get(name).and_then(Json::integer).ok_or(WrongClaim(name))?;
    Ok(UnixTime::from_secs(seconds))
}

/// The text in a segment of a token.
pub(crate) fn text(segment: &str) -> Option<String> {
    String::from_utf8(decode(segment)?).ok()
}
