//! Sealed values in cookies that stay within what browsers keep. What is in them, and under which name,
//! is `session`'s and `grant`'s. RFC 6265bis section 5.7 (4096 octets of name and value).

use actix_web::HttpRequest;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    cookies,
    seal::{SealError, Sealer},
};

/// Octets of name and value together; browsers refuse more than 4096.
const MAX_COOKIE_BYTES: usize = 4000;

/// Why a value has no cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CookieError {
    #[error("the sign-in takes {0} bytes in a cookie, and browsers keep 4096: make the access token smaller")]
    TooLarge(usize),
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// The first value that opens: one that a stranger planted beside it does no harm.
pub(crate) fn open<T: DeserializeOwned>(sealer: &Sealer, request: &HttpRequest, name: &str) -> Option<T> {
    cookies::named(request, name).into_iter().find_map(|value| sealer.open(name, value))
}

/// All values that open, for a cookie that a stranger can plant a good one beside.
pub(crate) fn open_all<T: DeserializeOwned>(sealer: &Sealer, request: &HttpRequest, name: &str) -> Vec<T> {
    cookies::named(request, name).into_iter().filter_map(|value| sealer.open(name, value)).collect()
}

/// Seals a cookie's value; one that browsers would not keep gives way to what `seal_smaller` makes.
pub(crate) fn seal_within_limit(
    sealer: &Sealer,
    name: &str,
    value: &impl Serialize,
    seal_smaller: impl FnOnce() -> Result<String, SealError>,
) -> Result<String, CookieError> {
    let fits = |sealed: &String| name.len() + sealed.len() <= MAX_COOKIE_BYTES;
    let full = sealer.seal(name, value)?;
    if fits(&full) {
        return Ok(full);
    }
    let smaller = seal_smaller()?;
    if fits(&smaller) { Ok(smaller) } else { Err(CookieError::TooLarge(name.len() + smaller.len())) }
}
