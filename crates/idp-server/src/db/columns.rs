//! How values stand in columns, and how they are read back.

use super::DbError;
use idp_core::time::UnixTime;

/// Reads a column back into its type.
pub(crate) fn parsed<T>(value: Option<T>, column: &'static str) -> Result<T, DbError> {
    value.ok_or(DbError::Corrupt(column))
}

/// Reads a JSON column.
pub(crate) fn from_json<T: serde::de::DeserializeOwned>(
    text: &str,
    column: &'static str,
) -> Result<T, DbError> {
    serde_json::from_str(text).map_err(|_| DbError::Corrupt(column))
}

/// Writes a JSON column.
pub(crate) fn to_json<T: serde::Serialize + ?Sized>(
    value: &T,
    column: &'static str,
) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|_| DbError::Corrupt(column))
}

/// What an identifier that a request presents is looked up by. A secret that was pasted into its place must not stand in
/// clear in the statement log of a database server (A8).
pub(crate) fn identifier_hash(identifier: &str) -> String {
    use base64::Engine as _;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, identifier.as_bytes());
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest)
}

/// The first id (UUID version 7) that could be made at this time, as it stands in a column.
pub(crate) fn first_id_of(time: UnixTime) -> String {
    let ms = u64::try_from(time.as_secs().saturating_mul(1000)).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(ms, &[0; 10]).into_uuid().to_string()
}

/// Reads a UUID column.
pub(crate) fn to_uuid(text: &str, column: &'static str) -> Result<uuid::Uuid, DbError> {
    text.parse().map_err(|_| DbError::Corrupt(column))
}

/// Reads the pair of columns that say when and why something ended.
pub(crate) fn to_ended(
    at: Option<i64>,
    cause: Option<&str>,
) -> Result<Option<idp_core::session::Ended>, DbError> {
    let Some(at) = at else {
        return Ok(None);
    };
    let cause = parsed(cause.and_then(idp_core::session::EndCause::parse), "ended_cause")?;
    Ok(Some(idp_core::session::Ended { at: UnixTime(at), cause }))
}
