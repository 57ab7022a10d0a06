//! The `[token]` table: lifetimes of tokens and codes. The rules that apply them are in `idp-core`.

use serde::{Deserialize, Serialize};

use super::duration::ConfigDuration;

/// The `[token]` table.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TokenConfig {
    /// Access tokens (RFC 9068).
    pub access: ConfigDuration,
    /// ID tokens; they are read once, right after sign-in.
    pub id: ConfigDuration,
    /// Authorization codes (RFC 6749 section 4.1.2 recommends ten minutes at most).
    pub code: ConfigDuration,
    /// A refresh token that was not used for this long has expired.
    pub refresh_idle: ConfigDuration,
    /// A chain of refresh tokens ends this long after the sign-in that began it.
    pub refresh_absolute: ConfigDuration,
    /// The grace period in which the predecessor of a refresh token gets the same successor again, for racing tabs.
    pub refresh_grace: ConfigDuration,
}

impl Default for TokenConfig {
    fn default() -> Self {
        Self {
            access: ConfigDuration::minutes(30),
            id: ConfigDuration::minutes(10),
            code: ConfigDuration::seconds(60),
            refresh_idle: ConfigDuration::days(3),
            refresh_absolute: ConfigDuration::days(30),
            refresh_grace: ConfigDuration::seconds(10),
        }
    }
}
