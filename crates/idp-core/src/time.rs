//! Points in time, as whole seconds since 1970 (RFC 7519 `NumericDate` without fractions).
//! Every rule takes `now` as an argument; nothing in this crate reads a clock.

use serde::{Deserialize, Serialize};

/// Seconds since 1970-01-01T00:00:00Z. Arithmetic saturates, so no clock value can cause a panic.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixTime(pub i64);

impl UnixTime {
    /// This moment moved by `seconds`, which may be negative.
    #[must_use]
    pub fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// How many seconds have passed since `earlier`; negative when `earlier` lies ahead.
    #[must_use]
    pub fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The bare number, for claims and columns.
    #[must_use]
    pub fn as_secs(self) -> i64 {
        self.0
    }
}
