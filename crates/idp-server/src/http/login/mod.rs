//! `/login`: the page, and what is done with its buttons. Trying a password is `password`'s, what follows a right one is
//! `session_start`'s, a passkey `passkey`'s, a code `second_step`'s, a link in a letter `mail_link`'s, a password in the place of
//! a temporary one `choose_password`'s, what came of them `counted`'s for the figures, and a person without a second factor is led to one by `enrol`; how
//! many guesses count is `throttle`'s and `work`'s; what it is all for is `flow::AfterSignIn`.

mod choose_password;
mod counted;
mod enrol;
mod form;
pub(super) mod mail_link;
mod misplaced;
mod passkey;
pub(super) mod password;
mod second_step;
mod second_step_page;
pub(super) mod session_start;
pub(super) mod submission;
pub(super) mod throttle;
mod work;

use self::form::LoginForm;
use self::misplaced::misplaced;
use self::password::{Credentials, verify};
use self::work::SolvedPuzzle;
use super::flow::AfterSignIn;
use super::flow::after_sign_in::NextStep;
use super::request::route::resource;
use super::request::{BrowserRequest, PageForm, cookies};
use crate::db::DbError;
use crate::metrics::SignInMethod;
use crate::page::{AskedCode, LoginError, PageError, SignOutReason, action};
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
    let password_was_set = after.take_password_was_set();
    // A new password ends the person's sessions: a session from before it is another person's.
    let is_later = |found: &SignedIn| found.session.proofs.newest() >= after.made_at();
    let signed_in = request.signed_in().await?.filter(|found| !password_was_set || is_later(found));
    let hint = after.login_hint().to_owned();
    let after = match (after.advance(&request, signed_in.clone()).await?, &signed_in) {
        (NextStep::Answer(response), _) => return Ok(response),
        (NextStep::ProveFurther(after), Some(signed_in)) if is_own_browser(&request, signed_in).await? => {
            return second_step::ask_further(&request, after, signed_in.clone()).await;
        }
        (NextStep::Enrol(after, enrolment), Some(signed_in)) => {
            return enrol::show(&request, after, signed_in, enrolment).await;
        }
        (step @ NextStep::Act(..), _) => return step.or_login(&request),
        (NextStep::SignIn(after) | NextStep::ProveFurther(after) | NextStep::Enrol(after, _), _) => after,
    };
    let reason = match &signed_in {
        Some(_) => None,
        None => request
            .ended_session()
            .await?
            .map(|ended| SignOutReason::new(ended, request.layout().language, request.now)),
    };
    let signed_in = signed_in.as_ref();
    LoginForm { reason, password_was_set, ..LoginForm::new(&request, signed_in, &hint) }.show(after)
}

/// Whether the session began in this browser. A person who brings its cookie in another one proves everything anew there.
async fn is_own_browser(request: &BrowserRequest, signed_in: &SignedIn) -> Result<bool, DbError> {
    let cookie = cookies::device(&request.http).map(|cookie| cookie.hash());
    request.app.store.is_of_browser(&signed_in.session, cookie).await
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
        LoginForm { error, ..LoginForm::new(&request, signed_in, username) }.show(after)
    };
    if let Some(error) = misplaced(&request, &form, from) {
        if error == LoginError::Expired && pending.as_ref().is_some_and(|pending| pending.continues.is_some())
        {
            // The session of the person may still be open: then they are asked for the same once more.
            return after.go_to_login(&request);
        }
        return show(Some(error), after, signed_in.as_ref());
    }
    match (form.action(), pending) {
        (action::CANCEL, _) => return after.cancel(&request),
        (action::SWITCH_ACCOUNT, _) => {
            after.select_account();
            after.keep_typed("");
            return show(None, after, None);
        }
        (action::LATER, _) => return enrol::put_off(&request, after, signed_in).await,
        (action::CODE, Some(pending)) => {
            return second_step::check(&request, after, signed_in, &form, (pending, AskedCode::App)).await;
        }
        (action::RECOVERY_CODE, Some(pending)) => {
            let asked = (pending, AskedCode::Recovery);
            return second_step::check(&request, after, signed_in, &form, asked).await;
        }
        (action::USE_RECOVERY_CODE, Some(pending)) => {
            return second_step::ask(&request, after, signed_in, pending, AskedCode::Recovery).await;
        }
        (action::USE_APP, Some(pending)) => {
            return second_step::ask(&request, after, signed_in, pending, AskedCode::App).await;
        }
        (action::SEND_LINK, Some(pending)) => {
            return mail_link::send(&request, after, signed_in, pending).await;
        }
        (action::LINK_CODE, Some(pending)) => {
            return second_step::check(&request, after, signed_in, &form, (pending, AskedCode::Link)).await;
        }
        (action::USE_LINK, Some(pending)) => {
            return mail_link::use_opened(&request, after, signed_in, form.tx(), pending).await;
        }
        (action::CHOOSE_PASSWORD, Some(pending)) => {
            return choose_password::check(&request, after, signed_in, &form, pending).await;
        }
        (action::PASSKEY, Some(pending)) => {
            return passkey::as_second_step(&request, after, signed_in, &form, pending).await;
        }
        (action::PASSKEY, None) => return passkey::sign_in(&request, after, signed_in, &form).await,
        (action::CONTINUE, Some(pending)) => {
            let step = session_start::Step::Confirmed;
            return session_start::answered(&request, after, signed_in, form.tx(), pending, step).await;
        }
        (action::KEEP, Some(pending)) => {
            let step = session_start::Step::KeepsAccount;
            return session_start::answered(&request, after, signed_in, form.tx(), pending, step).await;
        }
        _ => {}
    }
    let credentials = match Credentials::read(&form) {
        Ok(credentials) => credentials,
        Err(Some(error)) => return show(Some(error), after, signed_in.as_ref()),
        Err(None) => return Err(PageError::Malformed),
    };
    match verify(&request, credentials, SolvedPuzzle::of_form(&request, &form)).await? {
        Ok(verified) => session_start::start(&request, after, signed_in, form.tx(), verified).await,
        Err(error) => {
            counted::not_signed_in(&request, SignInMethod::Password, error);
            show(Some(error), after, signed_in.as_ref())
        }
    }
}
