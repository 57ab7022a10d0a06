//! What happens next to a checked authorization request: sign in, ask for consent, or answer.
//! OpenID Connect Core 3.1.2.3 (authentication), 3.1.2.4 (consent); RFC 6749 10.2.

use super::request::AuthorizationRequest;
use crate::client::{Client, ConsentPolicy};
use crate::error::{ErrorCode, OAuthError};
use crate::scope::Scope;
use crate::session::Session;
use crate::time::UnixTime;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What the person has done so far within this very request.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Progress {
    /// The session they signed in to for this request: it satisfies `prompt=login` and `max_age`.
    pub signed_in: Option<Uuid>,
    /// The session in which they said yes to exactly this request.
    pub consented: Option<Uuid>,
}

/// The next step.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum Decision {
    /// Show the login page.
    SignIn {
        /// Whether a session exists and the person is only asked to prove themselves again.
        again: bool,
    },
    /// Show the consent page.
    AskConsent,
    /// Answer with a code.
    Answer,
    /// Answer with an error.
    Refuse(OAuthError),
}

/// Decides the next step. `session` is the browser's live session, `consented` what its user already
/// allowed this client.
#[must_use]
pub fn decide(
    request: &AuthorizationRequest,
    client: &Client,
    session: Option<&Session>,
    consented: &Scope,
    progress: Progress,
    now: UnixTime,
) -> Decision {
    let Some(session) = session else {
        return sign_in_or_refuse(request, false);
    };
    if must_sign_in_again(request, session, progress, now) {
        return sign_in_or_refuse(request, true);
    }
    if !must_ask(request, client, session, consented, progress) {
        return Decision::Answer;
    }
    if request.prompt.none {
        return Decision::Refuse(OAuthError::new(ErrorCode::ConsentRequired, "Consent is needed."));
    }
    Decision::AskConsent
}

fn sign_in_or_refuse(request: &AuthorizationRequest, again: bool) -> Decision {
    if request.prompt.none {
        return Decision::Refuse(OAuthError::new(ErrorCode::LoginRequired, "A sign-in is needed."));
    }
    Decision::SignIn { again }
}

fn must_sign_in_again(request: &AuthorizationRequest, session: &Session, progress: Progress, now: UnixTime) -> bool {
    let someone_else = request.hinted_subject.as_ref().is_some_and(|subject| *subject != session.user.to_string());
    if progress.signed_in == Some(session.sid) {
        // Just now, for this request. A hint at somebody else still cannot be answered by this person.
        return someone_else;
    }
    let too_old = request.max_age.is_some_and(|seconds| seconds == 0 || session.is_older_than(seconds, now));
    request.prompt.login || request.prompt.select_account || too_old || someone_else
}

fn must_ask(
    request: &AuthorizationRequest,
    client: &Client,
    session: &Session,
    consented: &Scope,
    progress: Progress,
) -> bool {
    if progress.consented == Some(session.sid) {
        return false;
    }
    if request.prompt.consent {
        return true;
    }
    match client.consent {
        ConsentPolicy::FirstParty => false,
        // RFC 6749 10.2: anyone can claim to be a public client, so an earlier yes proves nothing.
        ConsentPolicy::Ask => client.is_public() || !request.scope.is_subset_of(consented),
    }
}

#[cfg(test)]
#[path = "decision_tests.rs"]
mod tests;
