//! The random draws of the feed: when to come back, a name for this process among a client's others,
//! and what requests are told apart by. Nothing of it is secret.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// A number from 0 to 1.
pub(super) fn fraction() -> f64 {
    octets().map_or(0.5, |octets: [u8; 4]| f64::from(u32::from_le_bytes(octets)) / f64::from(u32::MAX))
}

/// The name of one reader: 22 characters of base64url.
pub(super) fn instance_id() -> String {
    URL_SAFE_NO_PAD.encode(octets::<16>().unwrap_or_default())
}

/// What no answer can contain that was made earlier: 22 characters of base64url.
pub(super) fn nonce() -> Option<String> {
    octets::<16>().map(|octets| URL_SAFE_NO_PAD.encode(octets))
}

#[allow(clippy::disallowed_methods, reason = "spreads load and tells processes and requests apart")]
fn octets<const N: usize>() -> Option<[u8; N]> {
    let mut octets = [0; N];
    aws_lc_rs::rand::fill(&mut octets).ok().map(|()| octets)
}
