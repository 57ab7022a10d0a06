//! The `[authentication]` table: how people may sign in, what they must prove, and what a sign-in is called by its strength.
//! The rules that apply it are in `idp_core::authentication`.

use super::duration::ConfigDuration;
use idp_core::authentication::{Levels, Methods, Requirement};
use serde::{Deserialize, Serialize};

/// The `[authentication]` table.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthenticationConfig {
    /// The ways to sign in that people may set up.
    pub methods: Methods,
    /// What everybody must prove before any site is answered.
    pub required: Requirement,
    /// How long a person may go on without a second factor, from when they were first asked.
    pub enrolment_grace: ConfigDuration,
    /// Whether a link in a letter may stand in for a second factor that a person does not have at hand.
    pub mail_fallback: bool,
    /// The classes (`acr`) that a sign-in can be of, the weakest first.
    pub levels: Levels,
}

impl Default for AuthenticationConfig {
    fn default() -> Self {
        Self {
            methods: Methods::default(),
            required: Requirement::Any,
            enrolment_grace: ConfigDuration::seconds(0),
            mail_fallback: false,
            levels: Levels::default(),
        }
    }
}
