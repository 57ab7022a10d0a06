//! Signing in with a passkey: instead of name and password, or after them as the second step. What the browser answers was
//! made for this very page (its challenge follows from the sealed form), and opens the one session that this page can open.
//! Every refusal has the same words; the log knows more.

use super::form::{FORM, LoginForm, expired};
use super::second_step::SecondStep;
use super::throttle::Attempt;
use super::{counted, second_step, session_start};
use crate::db::DbError;
use crate::db::audit_events::{AuditContext, AuditEvent};
use crate::http::flow::{AfterSignIn, PendingLogin};
use crate::http::request::{BrowserRequest, PageForm};
use crate::metrics::{FactorOutcome, SignInMethod};
use crate::page::{AskedCode, LoginError, PageError, SecondStepError};
use crate::store::second_factors::AtSecondStep;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use idp_core::authentication::{Authentication, Factor};
use idp_core::passkey::{AssertionResponse, Passkey, PasskeyError, RelyingParty, RequestOptions, Use};
use idp_core::user::User;
use serde_json::json;
use uuid::Uuid;

/// What the browser is asked for on the page that carries `tx`: one of `allowed`, or any where there is none. `None` where the
/// provider is reached by an address, for which browsers keep no passkeys.
#[must_use]
pub fn options(request: &BrowserRequest, tx: &str, allowed: &[Passkey]) -> Option<String> {
    let relying_party = &request.app.relying_party()?;
    let challenge = request.app.seals().passkey_challenge(FORM, tx);
    Some(RequestOptions { relying_party, challenge, allowed }.json().to_string())
}

/// Signs in the owner of the passkey that answered in the form.
///
/// # Errors
/// When the store does not answer.
pub async fn sign_in(
    request: &BrowserRequest,
    after: AfterSignIn,
    former: Option<SignedIn>,
    form: &PageForm,
) -> Result<HttpResponse, PageError> {
    let signed_in = former.as_ref();
    let again = |error, unknown_passkey| {
        counted::not_accepted(request, Factor::Passkey, error);
        counted::not_signed_in(request, SignInMethod::Passkey, error);
        let username = form.field("username");
        LoginForm { error: Some(error), unknown_passkey, ..LoginForm::new(request, signed_in, username) }
    };
    let answer = match Answer::read(request, form) {
        Ok(Some(answer)) => answer,
        Ok(None) => return again(LoginError::PasskeyMissing, None).show(after),
        Err(error) => {
            note(request, AuditEvent::SignInFailed, None, &error).await?;
            return again(LoginError::PasskeyRefused, None).show(after);
        }
    };
    let found = request.app.store.passkey_for_login(answer.response.credential_id().clone()).await?;
    let user = found.as_ref().map(|(user, _)| user);
    let attempt = match Attempt::with_passkey(request, user).await? {
        Ok(attempt) => attempt,
        Err(throttled) => {
            note_throttled(request, user.map(|user| user.id)).await?;
            let retry_after_seconds = u64::try_from(throttled.retry_after).unwrap_or(1);
            return again(LoginError::Throttled { retry_after_seconds }, None).show(after);
        }
    };
    let Some((user, passkey)) = found else {
        note(request, AuditEvent::SignInFailed, None, &PasskeyError::Credential).await?;
        return again(LoginError::PasskeyRefused, Some(answer.unknown())).show(after);
    };
    match answer.without_password(&user, &passkey) {
        Ok(used) => {
            note_counter(request, &passkey, used).await?;
            counted::tried(request, Factor::Passkey, FactorOutcome::Accepted);
            let authentication = Authentication::by_passkey(&passkey, used, request.now);
            session_start::by_passkey(request, after, former, form.tx(), authentication, attempt).await
        }
        Err(error) => {
            note(request, AuditEvent::SignInFailed, Some(user.id), &error).await?;
            again(LoginError::PasskeyRefused, None).show(after)
        }
    }
}

/// Takes the passkey of the form for the second step of a person whose password was right.
///
/// # Errors
/// When the store does not answer.
pub async fn as_second_step(
    request: &BrowserRequest,
    after: AfterSignIn,
    former: Option<SignedIn>,
    form: &PageForm,
    mut pending: PendingLogin,
) -> Result<HttpResponse, PageError> {
    let found = second_step::found(request, &pending).await?;
    let can_answer = |found: &AtSecondStep| !found.factors.passkeys.is_empty();
    let Some(person) = found.filter(can_answer).filter(|_| !pending.is_expired(request.now)) else {
        return expired(request, after, former.as_ref());
    };
    let step = SecondStep { request, after, former, person, asked: AskedCode::App };
    let attempt = match Attempt::with_passkey(request, Some(&step.person.user)).await? {
        Ok(attempt) => attempt,
        Err(throttled) => {
            note_throttled(request, Some(step.person.user.id)).await?;
            let retry_after_seconds = u64::try_from(throttled.retry_after).unwrap_or(1);
            let error = SecondStepError::Throttled { retry_after_seconds };
            counted::second_not_accepted(request, Factor::Passkey, error);
            return step.show(pending, Some(error));
        }
    };
    let used = match Answer::read(request, form) {
        Ok(Some(answer)) => answer.of_one_of(&step.person.factors.passkeys),
        Ok(None) => {
            attempt.give_back(request).await?;
            return step.show(pending, Some(SecondStepError::PasskeyMissing));
        }
        Err(error) => Err(error),
    };
    match used {
        Ok((passkey, used)) => {
            note_counter(request, passkey, used).await?;
            counted::tried(request, Factor::Passkey, FactorOutcome::Accepted);
            pending.authentication = pending.authentication.and_passkey(passkey, used, request.now);
            let SecondStep { after, former, .. } = step;
            session_start::proven_further(request, after, former, form.tx(), pending, attempt).await
        }
        Err(error) => {
            note(request, AuditEvent::SecondStepFailed, Some(step.person.user.id), &error).await?;
            counted::second_not_accepted(request, Factor::Passkey, SecondStepError::PasskeyRefused);
            step.show(pending, Some(SecondStepError::PasskeyRefused))
        }
    }
}

/// Asks once more: the counter of the passkey had not grown, as it stood where the session opens.
///
/// # Errors
/// When the store does not answer.
pub async fn not_credible(
    request: &BrowserRequest,
    after: AfterSignIn,
    former: Option<SignedIn>,
    pending: PendingLogin,
) -> Result<HttpResponse, PageError> {
    if pending.authentication.proofs.has(Factor::Password)
        && let Some(person) = second_step::found(request, &pending).await?
    {
        let step = SecondStep { request, after, former, person, asked: AskedCode::App };
        return step.show(pending, Some(SecondStepError::PasskeyRefused));
    }
    let error = Some(LoginError::PasskeyRefused);
    LoginForm { error, ..LoginForm::new(request, former.as_ref(), "") }.show(after)
}

/// What the browser answered to the page of a form.
struct Answer<'a> {
    request: &'a BrowserRequest,
    tx: &'a str,
    relying_party: RelyingParty,
    response: AssertionResponse,
}

impl<'a> Answer<'a> {
    /// Reads the form; `None` where it brings no answer: a browser without script, or without passkeys.
    fn read(request: &'a BrowserRequest, form: &'a PageForm) -> Result<Option<Self>, PasskeyError> {
        let json = form.field("passkey");
        let Some(relying_party) = request.app.relying_party().filter(|_| !json.is_empty()) else {
            return Ok(None);
        };
        let response = AssertionResponse::parse(json)?;
        Ok(Some(Self { request, tx: form.tx(), relying_party, response }))
    }

    /// Its use for a sign-in in which nothing else says who it is (WebAuthn 7.2, step 6).
    fn without_password(&self, user: &User, passkey: &Passkey) -> Result<Use, PasskeyError> {
        match self.response.names_its_user() && user.may_prove(self.request.now) {
            true => self.use_of(passkey),
            false => Err(PasskeyError::UserHandle),
        }
    }

    /// Its use, and that of which of these.
    fn of_one_of<'p>(&self, passkeys: &'p [Passkey]) -> Result<(&'p Passkey, Use), PasskeyError> {
        let named = |passkey: &&Passkey| passkey.credential_id == *self.response.credential_id();
        let passkey = passkeys.iter().find(named).ok_or(PasskeyError::Credential)?;
        Ok((passkey, self.use_of(passkey)?))
    }

    fn use_of(&self, passkey: &Passkey) -> Result<Use, PasskeyError> {
        let challenges = self.request.app.seals().passkey_challenges(FORM, self.tx);
        self.response.verify(&self.relying_party, &challenges, passkey)
    }

    /// Tells the authenticator that its credential is none here any more (WebAuthn 5.1.10.2).
    fn unknown(&self) -> String {
        let credential_id = self.response.credential_id();
        json!({ "rpId": self.relying_party.id(), "credentialId": credential_id }).to_string()
    }
}

/// A counter that does not grow is a sign of a copy, also where that is no reason to refuse.
async fn note_counter(request: &BrowserRequest, passkey: &Passkey, used: Use) -> Result<(), DbError> {
    if used.has_grown_since(passkey) {
        return Ok(());
    }
    let detail = format!("passkey {}: {} after {}", passkey.id, used.sign_count, passkey.sign_count);
    record(request, AuditEvent::PasskeyCounterStood, Some(passkey.user), Some(detail)).await
}

/// The throttle bounds how many answers are refused, but not how many it turns away.
async fn note(
    request: &BrowserRequest,
    event: AuditEvent,
    user: Option<Uuid>,
    error: &PasskeyError,
) -> Result<(), DbError> {
    record(request, event, user, Some(format!("passkey: {error}"))).await
}

async fn record(
    request: &BrowserRequest,
    event: AuditEvent,
    user: Option<Uuid>,
    detail: Option<String>,
) -> Result<(), DbError> {
    let address = Some(request.address_text());
    let about = AuditContext { user, address, detail, ..AuditContext::default() };
    request.app.store.record(event, about, request.now).await
}

async fn note_throttled(request: &BrowserRequest, user: Option<Uuid>) -> Result<(), DbError> {
    let (source, address) = (request.address.network_key(), Some(request.address_text()));
    let about = AuditContext { user, address, ..AuditContext::default() };
    let event = AuditEvent::SignInThrottled;
    request.app.store.record_rate_limited(&source, event, about, request.now).await
}
