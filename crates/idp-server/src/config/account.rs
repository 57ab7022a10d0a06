//! The `[account]` table: a person's own pages.

use serde::{Deserialize, Serialize};

use super::duration::ConfigDuration;

/// The `[account]` table.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountConfig {
    /// How old a sign-in may be on a page that changes what a person signs in with.
    pub fresh: ConfigDuration,
    /// How a person gets on who does not know their password.
    pub password_reset: PasswordReset,
}

impl Default for AccountConfig {
    fn default() -> Self {
        Self { fresh: ConfigDuration::minutes(5), password_reset: PasswordReset::Mail }
    }
}

/// How a lost password is replaced.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", try_from = "String")]
pub enum PasswordReset {
    /// By a link in a letter, where letters are sent.
    Mail,
    /// By an operator alone.
    Off,
}

impl TryFrom<String> for PasswordReset {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "mail" => Ok(Self::Mail),
            "off" => Ok(Self::Off),
            _ => Err("must be \"mail\" or \"off\"".to_owned()),
        }
    }
}
