//! Why a request is not met, as RFC 7644 3.12 writes it.

use crate::admin_api::Problem;
use crate::directory::DirectoryError;
use idp_core::scim::{Refusal, ScimType};
use serde_json::{Value, json};

/// A refusal or a failure.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The status of the answer.
    pub status: u16,
    /// The kind of fault, where there is a word for it.
    pub kind: Option<ScimType>,
    /// What is wrong, for people.
    pub detail: String,
    /// The scope values that a token needs, where that is the problem.
    pub required_scope: Option<String>,
}

impl Failure {
    /// One of this status.
    #[must_use]
    pub fn new(status: u16, detail: impl Into<String>) -> Self {
        Self { status, kind: None, detail: detail.into(), required_scope: None }
    }

    /// There is no such resource.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(404, "there is no such resource")
    }

    /// The change was made on another version than the one there is.
    #[must_use]
    pub fn changed_meanwhile() -> Self {
        Self::new(412, "it was changed meanwhile; look again, and try again")
    }

    /// The body of the answer.
    #[must_use]
    pub fn body(&self) -> Value {
        let mut body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": self.status.to_string(),
            "detail": self.detail,
        });
        if let (Some(kind), Some(members)) = (self.kind, body.as_object_mut()) {
            members.insert("scimType".to_owned(), json!(kind.as_str()));
        }
        body
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let status = if refusal.kind == ScimType::Uniqueness { 409 } else { 400 };
        let kind = Some(refusal.kind);
        Self { status, kind, detail: refusal.detail, required_scope: None }
    }
}

impl From<DirectoryError> for Failure {
    fn from(error: DirectoryError) -> Self {
        use DirectoryError as E;
        let is_taken =
            matches!(error, E::UserExists(_) | E::NameTaken(_) | E::GroupExists(_) | E::ExternalIdTaken(_));
        let problem = Problem::from(error);
        match problem.status {
            409 if is_taken => Refusal::new(ScimType::Uniqueness, problem.detail).into(),
            422 => Refusal::value(problem.detail).into(),
            _ => problem.into(),
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let Problem { status, detail, required_scope, .. } = problem;
        Self { status, kind: None, detail, required_scope }
    }
}
