//! One signed statement of the feed, a snapshot, a batch or a heartbeat: its signature, its form and
//! its entries. Whether it fits what is held already is the reader's business. RFC 7515; the strict
//! JSON of `jwt`.

use crate::{
    error::VerifyError,
    jwt::{
        CompactJws, Header, decode, is_usable_kid,
        json::{Json, Object},
    },
    keys::Snapshot,
    time::UnixTime,
};

/// No token verifier accepts this type, and no other is accepted here (RFC 8725 section 3.11).
const TYPE: &str = "revocations+jwt";
const MAX_MEMBERS: usize = 32;
/// Octets of a revoked name; `sub` and `client_id` have at most 255.
const MAX_VALUE: usize = 1024;

/// Octets of a cause; no cause that is defined is longer.
const MAX_CAUSE: usize = 32;
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

/// What the provider says: "complete from `from` to `to` as of `at`".
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    /// The key it was signed with.
    pub(crate) kid: String,
    /// Milliseconds since 1970 by the provider's clock.
    pub(crate) at_ms: i64,
    pub(crate) from: u64,
    pub(crate) to: u64,
    pub(crate) entries: Vec<Entry>,
}

/// One thing that was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) number: u64,
    pub(crate) target: Target,
    /// From then on no token that it concerns can be accepted anywhere.
    pub(crate) expires_at: UnixTime,
    /// Why, in the provider's word; only for telling people.
    pub(crate) cause: Option<Box<str>>,
}

/// What it concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Token(String),
    Grant(String),
    Session(String),
    User(String, UnixTime),
    Client(String, UnixTime),
    All(UnixTime),
    Key(String),
    /// A kind, or a form of a known one, that this version cannot honour.
    Unknown,
}

impl Batch {
    /// Whether it says only that nothing happened. Such a one is signed when it is sent, unless it is
    /// a snapshot without entries as well.
    pub(crate) fn is_heartbeat(&self) -> bool {
        self.from == self.to
    }

    /// Whether it is everything and not what came since.
    pub(crate) fn is_snapshot(&self) -> bool {
        self.from == 0
    }

    /// Verifies a statement of `issuer` and reads it, the signature before anything else.
    pub(crate) fn verify(
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
        let at_ms = payload.get("at")?.integer()?;
        let (from, to) = (number(payload, "from")?, number(payload, "to")?);
        let entries = payload.get("entries")?.array()?;
        let entries: Vec<_> = entries.into_iter().map(Entry::read).collect::<Option<_>>()?;
        let is_within = entries.iter().all(|entry| (from < entry.number) && (entry.number <= to));
        (from <= to && is_within).then_some(Self { kid, at_ms, from, to, entries })
    }
}

impl Entry {
    /// An entry without number or end spoils its batch; one that cannot be understood does not.
    fn read(json: Json<'_>) -> Option<Self> {
        let entry = json.object(MAX_MEMBERS)?;
        let number = number(&entry, "n")?;
        let expires_at = UnixTime::from_secs(entry.get("exp")?.integer()?);
        let target = Target::read(&entry).unwrap_or(Target::Unknown);
        let cause = entry.get("cause").and_then(Json::string).and_then(|cause| readable(&cause));
        Some(Self { number, target, expires_at, cause })
    }
}

impl Target {
    fn read(entry: &Object<'_>) -> Option<Self> {
        let kind = entry.get("kind")?.string()?;
        let value = entry.get("value")?.string()?;
        let value = Some(value.into_owned()).filter(|value| value.len() <= MAX_VALUE)?;
        let issued_before = || Some(UnixTime::from_secs(entry.get("issued_before")?.integer()?));
        match kind.as_ref() {
            "all" => Some(Self::All(issued_before()?)),
            _ if value.is_empty() => None,
            "jti" => Some(Self::Token(value)),
            "grant" => Some(Self::Grant(value)),
            "sid" => Some(Self::Session(value)),
            "sub" => Some(Self::User(value, issued_before()?)),
            "client_id" => Some(Self::Client(value, issued_before()?)),
            "kid" if is_usable_kid(&value) => Some(Self::Key(value)),
            _ => None,
        }
    }
}

/// A cause as an entry gives it; anything else than a short word is none.
fn readable(cause: &str) -> Option<Box<str>> {
    let is_word = cause.bytes().all(|octet| octet.is_ascii_lowercase() || octet == b'_');
    (is_word && (1..=MAX_CAUSE).contains(&cause.len())).then(|| cause.into())
}

fn number(object: &Object<'_>, name: &str) -> Option<u64> {
    u64::try_from(object.get(name)?.integer()?).ok()
}
