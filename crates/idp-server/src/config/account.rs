//! The `[account]` table: a person's own pages.

use serde::{Deserialize, Serialize};

use super::duration::ConfigDuration;

/// The `[account]` table.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountConfig {
    /// How old a sign-in may be on a page that changes what a person signs in with.
    pub fresh: ConfigDuration,
}

impl Default for AccountConfig {
    fn default() -> Self {
        Self { fresh: ConfigDuration::minutes(5) }
    }
}
