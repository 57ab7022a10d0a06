//! What happens next to a checked authorization request: sign in, prove more, do what has to be done first, ask for consent, or
//! answer.
//! OpenID Connect Core 3.1.2.3 (authentication), 3.1.2.4 (consent); RFC 6749 10.2; RFC 9470 5.

use super::request::AuthorizationRequest;
use crate::authentication::{Enrolment, Further, OwnFactors, RequiredAction, SignInRules, UnmetAcr};
use crate::client::{AccessRefusal, Client, ConsentPolicy};
use crate::error::{ErrorCode, OAuthError};
use crate::lifetimes::{PAGE, PROOF};
use crate::scope::Scope;
use crate::session::Session;
use crate::time::{MAX_LEEWAY, UnixTime};
use crate::user::SecondFactorDuty;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What the person has done so far within this authorization request.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Progress {
    /// Their sign-in for this request. For a while it satisfies `prompt=login` and `max_age`.
    pub signed_in: Option<JustSignedIn>,
    /// The session in which they consented to exactly this request.
    pub consented: Option<Uuid>,
    /// The session in which they put off setting up a second factor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub put_off: Option<Uuid>,
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

    /// Whether the person signed in for this request, in this session and not long ago.
    #[must_use]
    pub fn has_just_signed_in(&self, session: &Session, now: UnixTime) -> bool {
        self.signed_in.is_some_and(|done| done.sid == session.sid && is_just_now(done.at, now))
    }
}

/// The next step.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum Decision {
    /// Show the login page.
    SignIn,
    /// Ask the person who is signed in for a further proof.
    ProveFurther,
    /// Lead the person who is signed in to set up a further factor.
    Enrol(Enrolment),
    /// Have the person who is signed in do this.
    Act(RequiredAction),
    /// Tell the person who is signed in that they may not sign in there.
    Deny(AccessRefusal),
    /// Show the consent page.
    AskConsent,
    /// Answer with a code.
    Answer,
    /// Answer with an error.
    Refuse(OAuthError),
}

/// The person who is signed in in the browser.
#[derive(Copy, Clone, Debug)]
pub struct Person<'a> {
    /// Their live session.
    pub session: &'a Session,
    /// What they owe beyond what everybody does.
    pub duty: SecondFactorDuty,
    /// The second factors that they have; not read where [`SignInRules::depend_on_factors`] says so.
    pub second_factors: OwnFactors<'a>,
    /// What they have to do in the session before a site gets anything of it.
    pub required: Option<RequiredAction>,
    /// Why they may not sign in at this client, if they may not.
    pub refused: Option<AccessRefusal>,
    /// What they already allowed this client.
    pub consented: &'a Scope,
}

/// Decides the next step.
#[must_use]
pub fn decide(
    request: &AuthorizationRequest,
    client: &Client,
    person: Option<&Person<'_>>,
    rules: &SignInRules<'_>,
    progress: Progress,
    now: UnixTime,
) -> Decision {
    let Some(person) = person else {
        return sign_in_or_refuse(request);
    };
    let session = person.session;
    let just_now = progress.has_just_signed_in(session, now);
    if is_another_person(request, session) && just_now {
        // The person who signed in is not the one the client asked about: asking again would never end.
        return Decision::Refuse(OAuthError::new(ErrorCode::LoginRequired, "Another person signed in."));
    }
    if must_sign_in_again(request, session, now) && !just_now {
        return sign_in_or_refuse(request);
    }
    if let Some(refusal) = person.refused {
        return deny(request, refusal);
    }
    if let Some(step) = further_step(request, client, person, rules, progress, now) {
        return step;
    }
    if let Some(action) = person.required {
        return act(request, action);
    }
    if !must_ask(request, client, session, person.consented, progress) {
        return Decision::Answer;
    }
    if request.prompt.none {
        return Decision::Refuse(OAuthError::new(ErrorCode::ConsentRequired, "Consent is needed."));
    }
    Decision::AskConsent
}

/// What comes before an answer because the sign-in proves too little. Each step adds a proof, so none is asked for twice.
fn further_step(
    request: &AuthorizationRequest,
    client: &Client,
    person: &Person<'_>,
    rules: &SignInRules<'_>,
    progress: Progress,
    now: UnixTime,
) -> Option<Decision> {
    let (demands, proofs) = (request.demands(client, person.duty), &person.session.proofs);
    match rules.further(&demands, proofs, person.second_factors, now) {
        Further::Nothing => None,
        Further::Proof { is_wish: true } if request.prompt.none => None,
        // It can be met, only not in silence (OpenID Connect Core 3.1.2.6).
        Further::Proof { .. } if request.prompt.none => Some(sign_in_or_refuse(request)),
        Further::Proof { .. } => Some(Decision::ProveFurther),
        Further::Unreachable => Some(Decision::Refuse(UnmetAcr.into())),
        Further::Enrolment(enrolment) => {
            let may_wait =
                enrolment.may_wait_until.is_some() && !is_to_be_asked(request, person.session, progress, now);
            if may_wait { None } else { Some(enrol(request, person.session, rules, enrolment, now)) }
        }
    }
}

/// Before anything else is asked of them: nothing they do there would help.
fn deny(request: &AuthorizationRequest, refusal: AccessRefusal) -> Decision {
    if request.prompt.none {
        let words = "The person may not sign in at this client.";
        return Decision::Refuse(OAuthError::new(ErrorCode::AccessDenied, words));
    }
    Decision::Deny(refusal)
}

/// They are signed in, and well enough: a page is needed all the same (OpenID Connect Core 3.1.2.6).
fn act(request: &AuthorizationRequest, action: RequiredAction) -> Decision {
    if request.prompt.none {
        let words = "The person has to do something first.";
        return Decision::Refuse(OAuthError::new(ErrorCode::InteractionRequired, words));
    }
    Decision::Act(action)
}

/// A person who may wait is asked right after signing in, and once.
fn is_to_be_asked(
    request: &AuthorizationRequest,
    session: &Session,
    progress: Progress,
    now: UnixTime,
) -> bool {
    !request.prompt.none && progress.put_off != Some(session.sid) && progress.has_just_signed_in(session, now)
}

/// A factor is set up right after a sign-in only: a stranger who finds a device unlocked must not add their own.
fn enrol(
    request: &AuthorizationRequest,
    session: &Session,
    rules: &SignInRules<'_>,
    enrolment: Enrolment,
    now: UnixTime,
) -> Decision {
    match request.prompt.none || !rules.is_fresh(session.proofs.newest(), now) {
        true => sign_in_or_refuse(request),
        false => Decision::Enrol(enrolment),
    }
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
    let prompt = request.prompt;
    prompt.login || prompt.select_account || prompt.create || too_old || is_another_person(request, session)
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
