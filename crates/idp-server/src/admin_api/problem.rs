//! Why an operation was not done (RFC 9457).

use crate::db::DbError;
use crate::directory::DirectoryError;
use crate::directory::client_secrets::SecretChoice;
use crate::error_chain::Chain;
use crate::store::signing_keys::KeysError;
use idp_core::administration::Permissions;
use idp_core::client::UnfitClient;
use idp_core::user::attribute::UnfitAttribute;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A refusal or a failure, as `application/problem+json`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema, thiserror::Error)]
#[error("{detail}")]
pub struct Problem {
    /// `about:blank`: `title` says what the status means.
    pub r#type: String,
    /// What the status means.
    pub title: String,
    /// The status of the answer.
    pub status: u16,
    /// Which problem it is, in a word for programs.
    pub code: String,
    /// What is wrong, for people.
    pub detail: String,
    /// The scope values that a token needs, where that is the problem.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required_scope: Option<String>,
    /// What is wrong with single members or parameters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// What failed, for the log and for the operator of this machine; it is in no answer.
    #[serde(skip)]
    #[schema(ignore)]
    pub cause: Option<String>,
}

/// What is wrong with one member of the body, or one parameter.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FieldProblem {
    /// What is wrong, for people.
    pub detail: String,
    /// The member, as a JSON pointer (RFC 6901).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The parameter of the path or the query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
}

impl Problem {
    /// One of this status and code.
    #[must_use]
    pub fn new(status: u16, code: &str, detail: impl Into<String>) -> Self {
        Self {
            r#type: "about:blank".to_owned(),
            title: title_of(status).to_owned(),
            status,
            code: code.to_owned(),
            detail: detail.into(),
            required_scope: None,
            errors: Vec::new(),
            cause: None,
        }
    }

    /// A member of the body that cannot be taken.
    #[must_use]
    pub fn member(name: &str, error: impl std::fmt::Display) -> Self {
        let detail = error.to_string();
        let pointer = Some(format!("/{name}"));
        let field = FieldProblem { detail: detail.clone(), pointer, parameter: None };
        Self { errors: vec![field], ..Self::new(422, "invalid_value", format!("{name}: {detail}")) }
    }

    /// The same of a member that stands within `place` of the body.
    #[must_use]
    pub fn within(mut self, place: &str) -> Self {
        for error in &mut self.errors {
            error.pointer = error.pointer.take().map(|pointer| format!("/{place}{pointer}"));
        }
        self.detail = format!("{place}/{}", self.detail);
        self
    }

    /// A parameter of the path or the query that cannot be taken.
    #[must_use]
    pub fn parameter(name: &str, error: impl std::fmt::Display) -> Self {
        let detail = error.to_string();
        let field = FieldProblem { detail: detail.clone(), pointer: None, parameter: Some(name.to_owned()) };
        Self { errors: vec![field], ..Self::new(400, "invalid_parameter", format!("{name}: {detail}")) }
    }

    /// The database did not answer, or holds something unexpected.
    #[must_use]
    pub fn from_db(error: &DbError) -> Self {
        DirectoryError::from(error.clone()).into()
    }

    /// There is no such thing.
    #[must_use]
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(404, "not_found", detail)
    }

    /// The change was made on another version than the one there is.
    #[must_use]
    pub fn changed_meanwhile() -> Self {
        let detail = "it was changed meanwhile; look again, and try again";
        Self::new(412, "changed_meanwhile", detail)
    }

    /// Tells the log what failed, where that is in no answer.
    pub fn log(&self) {
        let Some(cause) = &self.cause else { return };
        match self.status {
            503 => tracing::warn!(%cause, "an operation was not done"),
            _ => tracing::error!(%cause, "an operation was not done"),
        }
    }

    /// The token, or its owner, does not have these permissions.
    #[must_use]
    pub fn not_permitted(missing: Permissions) -> Self {
        let required_scope = Some(missing.to_string());
        let detail = format!("this takes the permission {missing}");
        Self { required_scope, ..Self::new(403, "not_permitted", detail) }
    }
}

const fn title_of(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}

/// The member that an act was refused for, where it is one.
fn member_of(error: &DirectoryError) -> Option<&'static str> {
    use DirectoryError as E;
    match error {
        E::UnreachableLogoutUri { .. } => Some("backchannel_logout_uri"),
        E::AudienceOfPermissions { .. } => Some("audience"),
        E::UnknownAllowedRole(_) => Some("allowed_roles"),
        E::UnknownAllowedGroup(_) => Some("allowed_groups"),
        E::UnknownClass { .. } => Some("required_acr"),
        E::UnknownMappedAttribute(_) => Some("claims_mapping"),
        E::NoSecondFactor => Some("require_second_factor"),
        E::ExternalId => Some("external_id"),
        E::Description => Some("description"),
        E::AttributeLabel => Some("label"),
        E::OverBudget(over) => match over.heaviest.first()?.0.as_str() {
            "scope" => Some("scope"),
            "aud" => Some("audience"),
            _ => None,
        },
        E::UnfitClient(unfit) => match unfit {
            UnfitClient::PublicWithoutPkce => Some("require_pkce"),
            UnfitClient::PublicWithClientCredentials | UnfitClient::NoGrantType => Some("grant_types"),
            UnfitClient::PublicWithFeed => Some("revocation_feed"),
            UnfitClient::NoRedirectUri => Some("redirect_uris"),
            UnfitClient::Name => Some("client_name"),
            UnfitClient::Audience => Some("audience"),
            UnfitClient::SessionWithoutLogoutUri => Some("backchannel_logout_session_required"),
            UnfitClient::Lifetime => Some("access_token_lifetime"),
            UnfitClient::ClaimsMapping => Some("claims_mapping"),
            UnfitClient::NoSecret | UnfitClient::AccessRules => None,
        },
        _ => None,
    }
}

impl From<DirectoryError> for Problem {
    fn from(error: DirectoryError) -> Self {
        use DirectoryError as E;
        let (status, code) = match &error {
            E::NotPermitted(missing) => return Self::not_permitted(*missing),
            E::ChangedMeanwhile => return Self::changed_meanwhile(),
            E::UnknownUser(_)
            | E::UnknownClient(_)
            | E::UnknownGroup(_)
            | E::UnknownRole(_)
            | E::UnknownAttribute(_)
            | E::UnknownMail(_)
            | E::UnknownLogoutDelivery
            | E::NoInvitation(_)
            | E::NoSuchMethod
            | E::NothingToWithdraw
            | E::NoSuchSession(_) => (404, "not_found"),
            E::UserExists(_)
            | E::NameTaken(_)
            | E::ExternalIdTaken(_)
            | E::ClientExists(_)
            | E::GroupExists(_)
            | E::RoleExists(_)
            | E::AttributeExists(_) => (409, "taken"),
            E::MailIsOver(_) | E::LogoutDeliveryIsOver => (409, "delivery_is_over"),
            E::LastAdministrator => (409, "last_administrator"),
            E::BuiltInRole(_) => (409, "built_in"),
            E::TooManyAttributes => (409, "too_many"),
            E::AttributeHasValues(_) => (409, "has_values"),
            E::AttributeOfRights { .. } => (409, "claim_of_rights"),
            E::UnfitType(problem) => return Self::member(problem.member(), &error),
            E::UnfitAttribute(UnfitAttribute::Value(name, _)) => {
                return Self::member(&format!("attributes/{name}"), &error);
            }
            E::UnfitAttribute(_) => return Self::member("attributes", &error),
            E::Secret(SecretChoice::NoneFits) | E::Keys(KeysError::Unknown(_)) => (404, "not_found"),
            E::NextKeyTooFresh(_) | E::Keys(KeysError::NotReady(_)) => (409, "next_key_not_ready"),
            E::Keys(KeysError::DoesNotSign { .. }) => (409, "key_does_not_sign"),
            // This node does not have the master key that another one has by now.
            E::Keys(KeysError::Sealed(_) | KeysError::Restoring) => (503, "unavailable"),
            E::NoSecret(_) | E::Secret(_) => (409, "secrets"),
            E::RegistrationIsOff => (409, "registration_is_off"),
            E::NoLetter => (409, "no_letter"),
            E::WeakPassword(_) => (422, "weak_password"),
            E::Hashing(_) => (503, "busy"),
            E::Store(error) if error.is_temporary() => (503, "unavailable"),
            E::Store(_) | E::PasswordPolicy(_) | E::Keys(_) | E::Settings | E::Sealing => (500, "internal"),
            E::ExternalId
            | E::UnfitHash(_)
            | E::UnfitClaim(_)
            | E::UnfitAddress(_)
            | E::MalformedClaim(_)
            | E::UnfitClient(_)
            | E::OverBudget(_)
            | E::UnreachableLogoutUri { .. }
            | E::UnknownClass { .. }
            | E::UnknownAllowedRole(_)
            | E::UnknownAllowedGroup(_)
            | E::UnknownMappedAttribute(_)
            | E::NoSecondFactor
            | E::AudienceOfPermissions { .. }
            | E::AddressIsNoName(_)
            | E::InvitationLifetime
            | E::AttributeLabel
            | E::Description => (422, "invalid_value"),
        };
        match (status, member_of(&error)) {
            (422, Some(member)) => Self::member(member, error),
            (503, _) => {
                let cause = Some(Chain(&error).to_string());
                Self { cause, ..Self::new(503, code, "try again in a moment") }
            }
            (500, _) => {
                let cause = Some(Chain(&error).to_string());
                Self { cause, ..Self::new(500, code, "this is a fault of the server") }
            }
            (status, _) => Self::new(status, code, error.to_string()),
        }
    }
}
