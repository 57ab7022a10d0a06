//! Reading of a token's text: the compact serialisation, base64url, JSON and the JOSE header, each
//! stricter than a general library is. What the claims mean is decided in `claims` and `verifier`.
//! RFC 7515 sections 3, 4 and 7.1; RFC 8259.

mod base64url;
mod compact;
mod header;
pub(crate) mod json;

#[cfg(feature = "feed")]
pub(crate) use base64url::decode_16;
pub(crate) use base64url::{Signature, decode};
pub(crate) use compact::CompactJws;
pub(crate) use header::{Header, is_usable_kid};

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;
