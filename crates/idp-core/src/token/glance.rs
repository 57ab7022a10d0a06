//! What a token says of itself, for an operator who holds one and asks what it is. None of it is believed before
//! [`Glance::verify`] has found the signature to be ours; every decision is [`super::read`]'s.

use serde_json::{Map, Value};

use super::ReadError;
use super::read::Parts;
use crate::key::KeyRing;
use crate::time::UnixTime;

/// A compact JWS, read and not verified.
pub struct Glance<'a> {
    /// The members of its header.
    pub header: Map<String, Value>,
    /// Its claims.
    pub claims: Map<String, Value>,
    parts: Parts<'a>,
}

impl<'a> Glance<'a> {
    /// Reads a token of whatever kind and issuer.
    ///
    /// # Errors
    /// [`ReadError::Malformed`], when it is no JWS of two JSON objects.
    pub fn of(token: &'a str) -> Result<Self, ReadError> {
        let parts = Parts::split(token)?;
        let header = serde_json::from_slice(&parts.header).map_err(|_| ReadError::Malformed)?;
        let claims = serde_json::from_slice(&parts.payload).map_err(|_| ReadError::Malformed)?;
        Ok(Self { header, claims, parts })
    }

    /// A member of the header that is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.header.get(name)?.as_str()
    }

    /// A claim that is text.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }

    /// A claim that is a time.
    #[must_use]
    pub fn time(&self, name: &str) -> Option<UnixTime> {
        self.claims.get(name)?.as_i64().map(UnixTime)
    }

    /// That a key of ours signed it.
    ///
    /// # Errors
    /// [`ReadError::UnknownKey`] or [`ReadError::Signature`].
    pub fn verify(&self, keys: &KeyRing, now: UnixTime) -> Result<(), ReadError> {
        self.parts.verify(self.header("kid").unwrap_or_default(), keys, now)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::base64url::encode;

    #[test]
    fn a_token_is_read_whoever_made_it_and_garbage_is_none() {
        let token = format!("{}.{}.AA", encode(r#"{"typ":"x","kid":"k"}"#), encode(r#"{"iss":"y","iat":7}"#));
        let glance = Glance::of(&token).unwrap();
        assert_eq!((glance.header("typ"), glance.claim("iss")), (Some("x"), Some("y")));
        assert_eq!((glance.time("iat"), glance.time("exp")), (Some(UnixTime(7)), None));
        let none = KeyRing::new(crate::key::RotationPolicy::default(), []);
        assert_eq!(glance.verify(&none, UnixTime(7)), Err(ReadError::UnknownKey));
        for garbage in ["", "a", "a.b", "a.b.c", "....", &format!("{0}.{0}.AA", encode("[]"))] {
            assert_eq!(Glance::of(garbage).map(drop), Err(ReadError::Malformed), "{garbage}");
        }
    }
}
