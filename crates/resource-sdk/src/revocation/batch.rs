//! One signed statement of the feed, a snapshot, a batch or a heartbeat: its signature, its form and
//! its entries. Whether it fits what is held already is the reader's business. RFC 7515; the strict
//! JSON of `jwt`.

use super::{
    anchor::RunId,
    cause::SealedCause,
    names::{Kind, Name},
};
use crate::{
    error::VerifyError,
    jwt::{
        CompactJws, Header, decode, decode_16, is_usable_kid,
        json::{Json, Object},
    },
    keys::Snapshot,
    time::UnixTime,
};

/// No token verifier accepts this type, and no other is accepted here (RFC 8725 section 3.11).
const TYPE: &str = "revocations+jwt";
const MAX_MEMBERS: usize = 32;

/// Why a statement is not believed. The words name the check, never text of the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// Not a compact JWS of strict JSON with the members of a statement.
    #[error("not a well-formed statement")]
    Malformed,
    /// The header or the signature was refused.
    #[error("{0}")]
    Signature(VerifyError),
    /// `iss` is not the issuer whose keys verify it.
    #[error("iss is not the configured issuer")]
    Issuer,
}

/// What the provider says: "complete from `from` to `to`, as of when this run's clock showed `uptime`".
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Batch {
    /// The key it was signed with.
    pub(super) kid: String,
    /// The run of the node that made it.
    pub(super) run: RunId,
    /// Milliseconds of the run's monotonic clock.
    pub(super) uptime_ms: i64,
    /// Milliseconds since 1970 by the provider's clock.
    pub(super) at_ms: i64,
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) entries: Vec<Entry>,
}

/// One thing that was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) number: u64,
    pub(super) target: Target,
    /// From then on no token that it concerns can be accepted anywhere.
    pub(super) expires_at: UnixTime,
    /// Why, for those who know what it names; only for telling people.
    pub(super) cause: Option<Box<SealedCause>>,
}

/// What it concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// The tokens with this name, or those of them that were issued earlier.
    Named(Name, Option<UnixTime>),
    All(UnixTime),
    Key(String),
    /// A kind, or a form of a known one, that this version cannot honour.
    Unknown,
}

impl Batch {
    /// Whether it says only that nothing happened.
    pub(super) fn is_heartbeat(&self) -> bool {
        self.from == self.to
    }

    /// Whether it is everything and not what came since.
    pub(super) fn is_snapshot(&self) -> bool {
        self.from == 0
    }

    /// Verifies a statement of `issuer` and reads it, the signature before anything else.
    pub(super) fn verify(
        jws: &str,
        issuer: &str,
        keys: &Snapshot,
        max_bytes: usize,
    ) -> Result<Self, BatchError> {
        let jws = CompactJws::parse_within(jws, max_bytes).ok_or(BatchError::Malformed)?;
        let header = decode(jws.header).ok_or(BatchError::Malformed)?;
        let header = Header::parse_typed(&header, |typ| typ == TYPE).map_err(BatchError::Signature)?;
        let key = keys.find(&header.kid).map_err(BatchError::Signature)?;
        let signature = decode(jws.signature).ok_or(BatchError::Malformed)?;
        if !key.verifies(jws.signing_input.as_bytes(), &signature) {
            return Err(BatchError::Signature(VerifyError::Signature));
        }
        let payload = decode(jws.payload).ok_or(BatchError::Malformed)?;
        let payload = std::str::from_utf8(&payload).map_err(|_| BatchError::Malformed)?;
        let payload = Object::parse(payload, MAX_MEMBERS).map_err(|_| BatchError::Malformed)?;
        if payload.get("iss").and_then(Json::string).as_deref() != Some(issuer) {
            return Err(BatchError::Issuer);
        }
        Self::read(&payload, header.kid).ok_or(BatchError::Malformed)
    }

    fn read(payload: &Object<'_>, kid: String) -> Option<Self> {
        let run = RunId::parse(&payload.get("run")?.string()?)?;
        let (uptime_ms, at_ms) = (payload.get("uptime")?.integer()?, payload.get("at")?.integer()?);
        let (from, to) = (number(payload, "from")?, number(payload, "to")?);
        let entries = payload.get("entries")?.array()?;
        let entries: Vec<_> = entries.into_iter().map(Entry::read).collect::<Option<_>>()?;
        let is_within = entries.iter().all(|entry| (from < entry.number) && (entry.number <= to));
        (from <= to && is_within).then_some(Self { kid, run, uptime_ms, at_ms, from, to, entries })
    }
}

impl Entry {
    /// An entry without number or end spoils its batch; one that cannot be understood does not.
    fn read(json: Json<'_>) -> Option<Self> {
        let entry = json.object(MAX_MEMBERS)?;
        let number = number(&entry, "n")?;
        let expires_at = UnixTime::from_secs(entry.get("exp")?.integer()?);
        let target = Target::read(&entry).unwrap_or(Target::Unknown);
        let cause = entry.get("cause").and_then(Json::string);
        let cause = cause.and_then(|cause| SealedCause::parse(&cause, number)).map(Box::new);
        Some(Self { number, target, expires_at, cause })
    }
}

impl Target {
    fn read(entry: &Object<'_>) -> Option<Self> {
        let kind = entry.get("kind")?.string()?;
        let issued_before = || Some(UnixTime::from_secs(entry.get("issued_before")?.integer()?));
        if kind == "all" {
            return Some(Self::All(issued_before()?));
        }
        let name = entry.get("name")?.string()?;
        if kind == "kid" {
            return is_usable_kid(&name).then(|| Self::Key(name.into_owned()));
        }
        let name = decode_16(&name)?;
        if kind == Kind::Client.as_str() || kind == Kind::ClientAsSubject.as_str() {
            return Some(Self::Named(name, Some(issued_before()?)));
        }
        let is_exact = [Kind::Token, Kind::Grant, Kind::Session].iter().any(|known| kind == known.as_str());
        is_exact.then_some(Self::Named(name, None))
    }
}

fn number(object: &Object<'_>, name: &str) -> Option<u64> {
    u64::try_from(object.get(name)?.integer()?).ok()
}
