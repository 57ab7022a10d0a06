//! The `[authentication]` table: what a sign-in is called by its strength. What each level demands is in
//! `idp_core::authentication`.

use idp_core::authentication::Levels;
use serde::{Deserialize, Serialize};

/// The `[authentication]` table.
#[derive(Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthenticationConfig {
    /// The classes (`acr`) that a sign-in can be of, the weakest first.
    pub levels: Levels,
}
