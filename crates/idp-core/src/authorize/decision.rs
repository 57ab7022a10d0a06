//! What happens next to a checked authorization request: sign in, ask for consent, or answer.
//! OpenID Connect Core 3.1.2.3 (authentication), 3.1.2.4 (consent); RFC 6749 10.2.

use super::request::AuthorizationRequest;
use crate::client::{Client, ConsentPolicy};
use crate::error::{ErrorCode, OAuthError};
use crate::lifetimes::{PAGE, PROOF};
use crate::scope::Scope;
use crate::session::Session;
use crate::time::{MAX_LEEWAY, UnixTime};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What the person has done so far within this authorization request.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Progress {
    /// Their sign-in for this request. For a while it satisfies `prompt=login` and `max_age`.
    pub signed_in: Option<JustSignedIn>,
    /// The session in which they consented to exactly this request.
    pub consented: Option<Uuid>,
}

/// A sign-in within this request.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
pub struct JustSignedIn {
    /// The session.
    pub sid: Uuid,
    /// When.
    pub at: UnixTime,
}

impl Progress {
    /// As it stands when a form is sent `now` whose page was made at `made_at`: what was just now when the question was
    /// put is so while the page is read. For forms only, never for an address that a history keeps.
    #[must_use]
    pub fn sent_from_page(mut self, made_at: UnixTime, now: UnixTime) -> Self {
        let is_read = (-MAX_LEEWAY..=PAGE).contains(&now.seconds_since(made_at));
        if let Some(done) = self.signed_in.as_mut().filter(|done| is_read && is_just_now(done.at, made_at)) {
            done.at = now;
        }
        self
    }
}

/// The next step.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum Decision {
    /// Show the login page.
    SignIn,
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
        return sign_in_or_refuse(request);
    };
    let just_now =
        progress.signed_in.is_some_and(|done| done.sid == session.sid && is_just_now(done.at, now));
    if is_another_person(request, session) && just_now {
        // The person who signed in is not the one the client asked about: asking again would never end.
        return Decision::Refuse(OAuthError::new(ErrorCode::LoginRequired, "Another person signed in."));
    }
    if must_sign_in_again(request, session, now) && !just_now {
        return sign_in_or_refuse(request);
    }
    if !must_ask(request, client, session, consented, progress) {
        return Decision::Answer;
    }
    if request.prompt.none {
        return Decision::Refuse(OAuthError::new(ErrorCode::ConsentRequired, "Consent is needed."));
    }
    Decision::AskConsent
}

fn sign_in_or_refuse(request: &AuthorizationRequest) -> Decision {
    if request.prompt.none {
        return Decision::Refuse(OAuthError::new(ErrorCode::LoginRequired, "A sign-in is needed."));
    }
    Decision::SignIn
}

fn is_just_now(at: UnixTime, now: UnixTime) -> bool {
    // The sign-in may have been at a node whose clock is a little ahead.
    (-MAX_LEEWAY..=PROOF).contains(&now.seconds_since(at))
}

fn is_another_person(request: &AuthorizationRequest, session: &Session) -> bool {
    request.hinted_subject.as_ref().is_some_and(|subject| *subject != session.user.to_string())
}

fn must_sign_in_again(request: &AuthorizationRequest, session: &Session, now: UnixTime) -> bool {
    let too_old = request.max_age.is_some_and(|seconds| seconds == 0 || session.is_older_than(seconds, now));
    request.prompt.login || request.prompt.select_account || too_old || is_another_person(request, session)
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
    match client.metadata.consent {
        ConsentPolicy::FirstParty => can_be_imitated(request, client),
        // RFC 6749 10.2: an attacker can claim to be a public client, so an earlier consent proves nothing.
        ConsentPolicy::Ask => client.is_public() || !request.asks_for().is_subset_of(consented),
    }
}

/// RFC 8252 8.6: any program on the person's machine can listen on a loopback port or claim a scheme, so an answer
/// without consent could go to an attacker's program.
fn can_be_imitated(request: &AuthorizationRequest, client: &Client) -> bool {
    client.is_public() && !request.target.redirect_uri().starts_with("https://")
}

#[cfg(test)]
#[path = "decision_tests.rs"]
mod tests;
