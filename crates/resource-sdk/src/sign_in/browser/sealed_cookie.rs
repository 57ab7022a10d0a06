//! Sealed values in cookies, and how large they may be. What is in them, and under which name, is left to
//! `session` and `grant`. RFC 6265bis section 5.7 (4096 octets of name and value).

use actix_web::HttpRequest;

use super::{
    cookies,
    packed::{self, Packed},
    seal::{SealError, Sealer},
};

/// Octets of a response head that the SDK keeps to. Proxies read a head into one buffer, nginx into 4 KB
/// unless `proxy_buffer_size` says otherwise, and answer 502 when it does not fit; a quarter is left to the
/// site's own headers.
pub(crate) const MAX_HEAD_BYTES: usize = 3 * 1024;
/// Of these, what stands beside the cookies and the `Location`: status line, date, caching and the like.
const OTHER_HEADERS: usize = 256;
/// Attributes, and the name of the header field.
const ATTRIBUTES: usize = 96;
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

/// The first value that opens: one that an attacker planted beside it does no harm.
pub(crate) fn open<T: Packed>(sealer: &Sealer, request: &HttpRequest, name: &str) -> Option<T> {
    open_all(sealer, request, name).into_iter().next()
}

/// All values that open, for a cookie that an attacker can plant a good one beside.
pub(crate) fn open_all<T: Packed>(sealer: &Sealer, request: &HttpRequest, name: &str) -> Vec<T> {
    let octets = |value| sealer.open_octets(name, value);
    let values = cookies::named(request, name).into_iter().filter_map(octets);
    values.filter_map(|octets| packed::unpack(&octets)).collect()
}

/// Seals the largest of these forms of a value that fits into a response head beside `taken` octets of
/// other cookies and addresses. The last one, which has nothing to give up, may take what browsers keep.
pub(crate) fn seal_within<T: Packed>(
    sealer: &Sealer,
    name: &str,
    taken: usize,
    forms: [&T; 2],
) -> Result<String, CookieError> {
    let [full, least] = forms;
    let room = MAX_HEAD_BYTES.saturating_sub(OTHER_HEADERS + ATTRIBUTES + taken);
    let sealed = seal(sealer, name, full)?;
    if name.len() + sealed.len() <= room {
        return Ok(sealed);
    }
    let sealed = seal(sealer, name, least)?;
    let bytes = name.len() + sealed.len();
    if bytes > MAX_COOKIE_BYTES {
        return Err(CookieError::TooLarge(bytes));
    }
    if bytes > room {
        tracing::warn!(
            bytes,
            "a session cookie is so large that proxies with small buffers answer 502: make the access token \
             smaller or raise their limit (nginx: proxy_buffer_size 8k)"
        );
    }
    Ok(sealed)
}

fn seal(sealer: &Sealer, name: &str, value: &impl Packed) -> Result<String, SealError> {
    sealer.seal_octets(name, &packed::pack(value).ok_or(SealError)?)
}
