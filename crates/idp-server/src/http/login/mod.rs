//! `/login`: the page, and what is done with its buttons. Trying a password is `password`'s, what follows a right one is
//! `session_start`'s, a passkey `passkey`'s, and a code `second_step`'s; what it is all for is `flow::AfterSignIn`.

mod form;
mod misplaced;
mod passkey;
pub(super) mod password;
mod second_step;
mod session_start;
pub(super) mod submission;
pub(super) mod throttle;

use self::form::LoginForm;
use self::misplaced::misplaced;
use self::password::{Credentials, verify};
use super::flow::AfterSignIn;
use super::flow::after_sign_in::NextStep;
use super::request::route::resource;
use super::request::{BrowserRequest, PageForm};
use crate::page::{PageError, SignOutReason, action};
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use idp_core::discovery::path;

pub(super) fn routes(config: &mut ServiceConfig) {
    let login = resource(path::LOGIN, "GET, POST").route(web::get().to(get)).route(web::post().to(post));
    config.service(login);
}

/// GET: shows the form, unless the person has signed in meanwhile in another tab: then it goes on.
async fn get(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    let tx = request.query_param("tx").unwrap_or_default();
    // In another browser than it began in, it is the same request begun anew.
    let (mut after, _) = AfterSignIn::open(&request, &tx).await?;
    // Waits in a form, never in an address.
    *after.pending() = None;
    let signed_in = request.signed_in().await?;
    let hint = after.login_hint().to_owned();
    let after = match after.advance(&request, signed_in.clone()).await? {
        NextStep::Answer(response) => return Ok(response),
        NextStep::SignIn(after) => after,
    };
    let reason = match &signed_in {
        Some(_) => None,
        None => request
            .ended_session()
            .await?
            .map(|ended| SignOutReason::new(ended, request.layout().language, request.now)),
    };
    let signed_in = signed_in.as_ref();
    LoginForm { request: &request, signed_in, username: &hint, error: None, reason, unknown_passkey: None }
        .show(after)
}

/// POST: one attempt, or one of the other buttons.
async fn post(request: BrowserRequest, form: PageForm) -> Result<HttpResponse, PageError> {
    if form.tx().is_empty() {
        return Err(PageError::Malformed);
    }
    let (mut after, from) = AfterSignIn::open(&request, form.tx()).await?;
    // Taken out of every page that follows, but the one of the next step.
    let pending = after.pending().take();
    let signed_in = request.signed_in().await?;
    let username = form.field("username");
    let show = |error, after: AfterSignIn, signed_in: Option<&SignedIn>| {
        LoginForm { request: &request, signed_in, username, error, reason: None, unknown_passkey: None }
            .show(after)
    };
    if let Some(error) = misplaced(&request, &form, from) {
        return show(Some(error), after, signed_in.as_ref());
    }
    match (form.action(), pending) {
        (action::CANCEL, _) => return after.cancel(&request),
        (action::SWITCH_ACCOUNT, _) => {
            after.select_account();
            after.keep_typed("");
            return show(None, after, None);
        }
        (action::CODE, Some(pending)) => {
            return second_step::check(&request, after, signed_in, &form, pending).await;
        }
        (action::PASSKEY, Some(pending)) => {
            return passkey::as_second_step(&request, after, signed_in, &form, pending).await;
        }
        (action::PASSKEY, None) => return passkey::sign_in(&request, after, signed_in, &form).await,
        (action::CONTINUE, Some(pending)) => {
            return session_start::confirmed(&request, after, signed_in, form.tx(), pending).await;
        }
        _ => {}
    }
    let credentials = match Credentials::read(&form) {
        Ok(credentials) => credentials,
        Err(Some(error)) => return show(Some(error), after, signed_in.as_ref()),
        Err(None) => return Err(PageError::Malformed),
    };
    match verify(&request, credentials).await? {
        Ok(verified) => session_start::start(&request, after, signed_in, form.tx(), verified).await,
        Err(error) => show(Some(error), after, signed_in.as_ref()),
    }
}
