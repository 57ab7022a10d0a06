//! Anchors: a run of the provider's signs the nonce that a request carried, and what its monotonic clock showed when it
//! had it. What the run says of a time is thereby tied to the moment at which the request was sent, however long
//! the network held it back. What follows from that is in `proof`. RFC 7515; RFC 8037; docs/revocation-feed.md,
//! section 6.

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use tokio::time::Instant;

use crate::jwt::{
    CompactJws, MAX_TOKEN_BYTES, decode,
    json::{Json, Object},
};

const TYPE: &str = "revocations-anchor+jwt";
const MAX_MEMBERS: usize = 32;

/// The name of a run, which is its public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RunId([u8; 32]);

/// What is sent with a request that is to be anchored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Challenge {
    pub(super) nonce: String,
    /// Not after the request was sent.
    pub(super) sent: Instant,
}

/// The clock of `run` showed `uptime_ms` at `sent` or later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Anchor {
    pub(super) run: RunId,
    pub(super) sent: Instant,
    pub(super) uptime_ms: i64,
}

impl RunId {
    pub(super) fn parse(text: &str) -> Option<Self> {
        Some(Self(decode(text)?.try_into().ok()?))
    }

    #[cfg(test)]
    pub(super) const fn of(octets: [u8; 32]) -> Self {
        Self(octets)
    }
}

impl Anchor {
    /// Verifies the answer of this issuer's to a challenge. That the run is the issuer's is vouched for by the
    /// statements that name it; an anchor of any other run proves nothing.
    pub(super) fn verify(jws: &str, issuer: &str, challenge: &Challenge) -> Option<Self> {
        let jws = CompactJws::parse_within(jws, MAX_TOKEN_BYTES)?;
        let run = run_of(&decode(jws.header)?)?;
        let signature = decode(jws.signature)?;
        let key = UnparsedPublicKey::new(&ED25519, run.0);
        key.verify(jws.signing_input.as_bytes(), &signature).ok()?;
        let payload = decode(jws.payload)?;
        let payload = Object::parse(std::str::from_utf8(&payload).ok()?, MAX_MEMBERS).ok()?;
        let says = |member: &str, text: &str| {
            payload.get(member).and_then(Json::string).is_some_and(|said| said == text)
        };
        let answers = says("iss", issuer) && says("nonce", &challenge.nonce);
        let uptime_ms = payload.get("uptime")?.integer()?;
        answers.then_some(Self { run, sent: challenge.sent, uptime_ms })
    }
}

fn run_of(header: &[u8]) -> Option<RunId> {
    let header = Object::parse(std::str::from_utf8(header).ok()?, MAX_MEMBERS).ok()?;
    let says =
        |member: &str, text: &str| header.get(member).and_then(Json::string).is_some_and(|said| said == text);
    let is_anchor = says("typ", TYPE) && says("alg", "EdDSA") && !header.has_any(&["crit", "b64"]);
    let run = RunId::parse(&header.get("kid")?.string()?)?;
    is_anchor.then_some(run)
}

#[cfg(test)]
#[path = "anchor_tests.rs"]
mod tests;
