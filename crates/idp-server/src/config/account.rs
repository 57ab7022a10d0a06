//! The `[account]` table: a person's own pages.

use idp_core::terms_version::TermsVersion;
use idp_core::user::ProfileClaim;
use serde::{Deserialize, Serialize};

use super::duration::ConfigDuration;

/// The `[account]` table.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountConfig {
    /// How old a sign-in may be on a page that changes what a person signs in with.
    pub fresh: ConfigDuration,
    /// How a person who does not know their password gets on.
    pub password_reset: PasswordReset,
    /// Who opens accounts besides operators.
    pub registration: Registration,
    /// The claims that people change by themselves. They see the others of their profile and cannot change them.
    pub editable: Vec<ProfileClaim>,
    /// The version of the terms of use (`theme.terms`) that people have to accept; unset, no one is asked.
    pub terms_version: Option<TermsVersion>,
    /// Whether people may have their account deleted by themselves.
    pub deletion: AccountDeletion,
    /// How long they may take that back.
    pub deletion_grace: ConfigDuration,
}

/// Who has an account deleted.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", try_from = "String")]
pub enum AccountDeletion {
    /// Its person, and operators.
    On,
    /// Operators alone.
    Off,
}

impl TryFrom<String> for AccountDeletion {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "on" => Ok(Self::On),
            "off" => Ok(Self::Off),
            _ => Err("must be \"on\" or \"off\"".to_owned()),
        }
    }
}

impl AccountConfig {
    /// Whether people other than operators open accounts.
    #[must_use]
    pub fn lets_people_register(&self) -> bool {
        self.registration != Registration::Off
    }

    /// Whether people change `field`, one of `idp_core::user::PROFILE_FIELDS`, or their picture by themselves.
    #[must_use]
    pub fn is_editable(&self, field: &str) -> bool {
        self.editable.iter().any(|claim| claim.covers(field))
    }
}

impl Default for AccountConfig {
    fn default() -> Self {
        Self {
            fresh: ConfigDuration::minutes(5),
            password_reset: PasswordReset::Mail,
            registration: Registration::Off,
            editable: ProfileClaim::all().collect(),
            terms_version: None,
            deletion: AccountDeletion::On,
            deletion_grace: ConfigDuration::days(14),
        }
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

/// Who opens an account.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", try_from = "String")]
pub enum Registration {
    /// Operators alone.
    Off,
    /// Also the people whom an operator invites by a letter.
    Invitation,
    /// Also everyone with an e-mail address.
    Open,
}

impl TryFrom<String> for Registration {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "off" => Ok(Self::Off),
            "invitation" => Ok(Self::Invitation),
            "open" => Ok(Self::Open),
            _ => Err("must be \"off\", \"invitation\" or \"open\"".to_owned()),
        }
    }
}
