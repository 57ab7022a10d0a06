//! The second step: after a right password a person who has an authenticator app types a code of it, or uses a passkey if they
//! have one (`passkey`). An attempt is counted
//! before the code is looked at, and against the person, for whoever tries codes knows the password already. That the
//! account asks for a code, and that no code counts twice, is decided where the session opens.

use super::form::{FORM, expired};
use super::passkey;
use super::session_start;
use super::throttle::Attempt;
use crate::db::DbError;
use crate::db::audit_events::{AuditContext, AuditEvent};
use crate::http::flow::{AfterSignIn, PendingLogin};
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::{DisplayText, FormSeal, PageError, SecondStepError, SecondStepPage};
use crate::seals::FormBinding;
use crate::store::second_factors::SecondFactors;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use idp_core::discovery::path;
use idp_core::totp::{TotpCode, TotpCredential, TotpSecret};
use idp_core::user::User;
use uuid::Uuid;

/// Asks for a code.
///
/// # Errors
/// When the page cannot be sealed.
pub fn ask(
    request: &BrowserRequest,
    after: AfterSignIn,
    pending: PendingLogin,
    user: &User,
    factors: &SecondFactors,
) -> Result<HttpResponse, PageError> {
    show(request, after, pending, user, factors, None)
}

/// Asks for another code: this one has opened a session already.
///
/// # Errors
/// When the store does not answer.
pub async fn spent(
    request: &BrowserRequest,
    after: AfterSignIn,
    former: Option<SignedIn>,
    pending: PendingLogin,
) -> Result<HttpResponse, PageError> {
    match request.app.store.second_step_of(pending.authentication.user).await? {
        Some((user, factors)) => {
            show(request, after, pending, &user, &factors, Some(SecondStepError::SpentCode))
        }
        None => expired(request, after, former.as_ref()),
    }
}

/// Tries the code of the form.
///
/// # Errors
/// When the store does not answer.
pub async fn check(
    request: &BrowserRequest,
    after: AfterSignIn,
    former: Option<SignedIn>,
    form: &PageForm,
    mut pending: PendingLogin,
) -> Result<HttpResponse, PageError> {
    let found = request.app.store.second_step_of(pending.authentication.user).await?;
    let Some((user, factors)) = found.filter(|_| !pending.is_expired(request.now)) else {
        return expired(request, after, former.as_ref());
    };
    let typed = form.field("code");
    let Some(code) = TotpCode::parse(typed) else {
        let error = match typed.trim().is_empty() {
            true => SecondStepError::MissingCode,
            false => SecondStepError::MalformedCode,
        };
        return show(request, after, pending, &user, &factors, Some(error));
    };
    let attempt = match Attempt::at_second_step(request, user.id).await? {
        Ok(attempt) => attempt,
        Err(throttled) => {
            note(request, AuditEvent::SignInThrottled, user.id).await?;
            let seconds = u64::try_from(throttled.retry_after).unwrap_or(1);
            let error = SecondStepError::Throttled { retry_after_seconds: seconds };
            return show(request, after, pending, &user, &factors, Some(error));
        }
    };
    let Some((app, step)) = fitting(request, &factors.apps, &code) else {
        note(request, AuditEvent::SecondStepFailed, user.id).await?;
        return show(request, after, pending, &user, &factors, Some(SecondStepError::WrongCode));
    };
    pending.authentication = pending.authentication.and_totp(app, step, request.now);
    session_start::proven_further(request, after, former, form.tx(), pending, attempt).await
}

/// The app that makes this code about now, and the step of it.
fn fitting<'a>(
    request: &BrowserRequest,
    apps: &'a [TotpCredential],
    code: &TotpCode,
) -> Option<(&'a TotpCredential, i64)> {
    let seals = request.app.seals();
    let fits = |app: &'a TotpCredential| {
        let secret: Option<TotpSecret> = seals.totp_secret.open(&app.sealed_secret, &app.user.to_string());
        if secret.is_none() {
            tracing::warn!(app = %app.id, "the secret of an authenticator app does not open under the master key");
        }
        Some((app, secret?.step_of(code, request.now)?))
    };
    apps.iter().find_map(fits)
}

/// The bucket bounds how many codes are tried, but not how many attempts it turns away.
async fn note(request: &BrowserRequest, event: AuditEvent, user: Uuid) -> Result<(), DbError> {
    let (store, address) = (&request.app.store, Some(request.address_text()));
    let about = AuditContext { user: Some(user), address, ..AuditContext::default() };
    if event == AuditEvent::SignInThrottled {
        let source = request.address.throttle_key();
        return store.record_rate_limited(&source, event, about, request.now).await;
    }
    store.record(event, about, request.now).await
}

/// The page.
///
/// # Errors
/// When it cannot be sealed.
pub fn show(
    request: &BrowserRequest,
    mut after: AfterSignIn,
    pending: PendingLogin,
    user: &User,
    factors: &SecondFactors,
    error: Option<SecondStepError>,
) -> Result<HttpResponse, PageError> {
    *after.pending() = Some(pending);
    let (client, security) = (after.label(), after.security());
    let may_cancel = matches!(after, AfterSignIn::Client { .. });
    let sealed = after.seal(request)?;
    let binding = FormBinding { form: FORM, holder: &sealed.holder, tx: &sealed.tx };
    let csrf = request.app.seals().form_token(&binding);
    let address = sealed.address(path::LOGIN);
    let page = SecondStepPage {
        layout: request.layout_at(&address),
        client,
        seal: FormSeal { post_to: &address, tx: &sealed.tx, csrf: &csrf },
        account: DisplayText::account(user),
        asks_for_code: !factors.apps.is_empty(),
        passkey: (!factors.passkeys.is_empty())
            .then(|| passkey::options(request, &sealed.tx, &factors.passkeys))
            .flatten(),
        error,
        request_id: &request.request_id,
        may_cancel,
    };
    let mut response = page.respond(&security);
    sealed.set_cookie(&mut response);
    Ok(response)
}
