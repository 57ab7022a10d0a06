//! A user: who may sign in, and what a client may learn about them (OpenID Connect Core 5.1 and 5.4).

use crate::scope::Scope;
use crate::time::UnixTime;
use crate::username::Username;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

/// Whether a user may sign in.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    /// May sign in.
    Active,
    /// May not; everything issued before is void.
    Disabled,
}

/// A user, without the password hash.
#[derive(Clone, Debug)]
pub struct User {
    /// The subject (`sub`).
    pub id: Uuid,
    /// The sign-in name.
    pub username: Username,
    /// Whether they may sign in.
    pub status: UserStatus,
    /// All that was issued earlier is void; compare by [`User::honours`].
    pub not_before: UnixTime,
    /// The standard claims.
    pub claims: StandardClaims,
    /// When the account was made.
    pub created_at: UnixTime,
}

impl User {
    /// Whether something issued to this user at `issued_at` can still count.
    #[must_use]
    pub fn honours(&self, issued_at: UnixTime, now: UnixTime) -> bool {
        self.status == UserStatus::Active && issued_at.is_honoured(self.not_before, now)
    }
}

/// The postal address claim (Core 5.1.1).
#[derive(Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// For a label, with line breaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formatted: Option<String>,
    /// Street, house number, and so on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_address: Option<String>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locality: Option<String>,
    /// State or province.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Zip or postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// Country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

macro_rules! standard_claims {
    ($($scope:literal: $($name:ident: $kind:ty),+;)+) => {
        /// The standard claims of OpenID Connect Core 5.1 (`sub` is the user's id).
        #[allow(missing_docs, reason = "the names are the specification's")]
        #[derive(Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct StandardClaims {
            $($(#[serde(skip_serializing_if = "Option::is_none")] pub $name: Option<$kind>,)+)+
        }

        /// Every standard claim but `sub`, by name.
        pub const STANDARD_CLAIMS: &[&str] = &[$($(stringify!($name),)+)+];

        /// The scope that a standard claim belongs to (Core 5.4).
        pub(crate) fn scope_of(claim: &str) -> Option<&'static str> {
            match claim { $($(stringify!($name) => Some($scope),)+)+ _ => None }
        }
    };
}

standard_claims! {
    "profile": name: String, given_name: String, family_name: String, middle_name: String, nickname: String,
        preferred_username: String, profile: String, picture: String, website: String, gender: String,
        birthdate: String, zoneinfo: String, locale: String, updated_at: i64;
    "email": email: String, email_verified: bool;
    "phone": phone_number: String, phone_number_verified: bool;
    "address": address: Address;
}

impl StandardClaims {
    /// The claims that a client with `scope` may see, and those of `by_name` that were granted beside it.
    #[must_use]
    pub fn released_to(&self, scope: &Scope, by_name: &[String]) -> Map<String, Value> {
        let Ok(Value::Object(mut all)) = serde_json::to_value(self) else {
            return Map::new();
        };
        all.retain(|name, _| {
            by_name.iter().any(|wanted| wanted == name)
                || scope_of(name).is_some_and(|needed| scope.contains(needed))
        });
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_released_by_scope_and_by_name_only() {
        let claims =
            StandardClaims { name: Some("Ada".into()), email: Some("a@x".into()), ..Default::default() };
        let by_scope = claims.released_to(&Scope::parse("openid email").unwrap(), &[]);
        assert_eq!(by_scope.keys().collect::<Vec<_>>(), ["email"]);
        let by_name = claims.released_to(&Scope::parse("openid").unwrap(), &["name".into()]);
        assert_eq!(by_name.keys().collect::<Vec<_>>(), ["name"]);
    }
}
