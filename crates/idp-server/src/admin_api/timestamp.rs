//! Times as every answer writes them: RFC 3339, UTC, to the second.

use crate::date::rfc3339;
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A time, such as `2026-11-21T03:00:00Z`.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
#[schema(value_type = String, format = DateTime)]
pub struct Timestamp(pub String);

impl From<UnixTime> for Timestamp {
    fn from(time: UnixTime) -> Self {
        Self(rfc3339(time))
    }
}
