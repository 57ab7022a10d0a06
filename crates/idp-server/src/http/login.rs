//! `/login`: the page, and what is done with its buttons. Trying a password is `login_attempt`, what follows a
//! right one is `sign_in`; what it is all for is the `errand`.

use crate::http::errand::{Errand, Place};
use crate::http::login_attempt::{Typed, attempt};
use crate::http::login_form::{FORM, LoginForm};
use crate::http::page_form::PageForm;
use crate::http::visit::Visit;
use crate::http::{cookies, failure, form, sign_in};
use crate::page::{Departure, LoginError, Trouble, action};
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;

/// GET: shows the form, unless the person has signed in meanwhile in another tab: then it goes on.
pub async fn get(visit: Visit) -> HttpResponse {
    let tx = form::query(&visit.request)
        .ok()
        .and_then(|params| params.once("tx").ok().flatten().map(str::to_owned));
    let (errand, place) = match Errand::open(&visit, tx.as_deref().unwrap_or_default()).await {
        Ok(opened) => opened,
        Err(page) => return page,
    };
    let signed_in = match visit.signed_in().await {
        Ok(signed_in) => signed_in,
        Err(error) => return failure::db_page(&visit.request, &error),
    };
    let error = (place == Place::Elsewhere).then_some(LoginError::OtherBrowser);
    if error.is_none() && !errand.needs_form(&visit, signed_in.as_ref()) {
        return errand.advance(&visit, signed_in).await;
    }
    let departure = match &signed_in {
        Some(_) => Ok(None),
        None => visit.ended().await,
    };
    let departure = match departure {
        Ok(ended) => ended.map(|ended| Departure::new(ended, visit.now)),
        Err(error) => return failure::db_page(&visit.request, &error),
    };
    let hint = errand.login_hint().to_owned();
    LoginForm { visit: &visit, signed_in: signed_in.as_ref(), username: &hint, error, departure }.show(errand)
}

/// POST: one attempt, or one of the other buttons.
pub async fn post(visit: Visit, form: PageForm) -> HttpResponse {
    let (mut errand, place) = match Errand::open(&visit, form.tx()).await {
        Ok(opened) => opened,
        Err(page) => return page,
    };
    // Taken out of every page that follows, but the one that asks again.
    let pending = errand.pending().take();
    let signed_in = match visit.signed_in().await {
        Ok(signed_in) => signed_in,
        Err(error) => return failure::db_page(&visit.request, &error),
    };
    let username = form.field("username");
    let show = |error, errand: Errand, signed_in: Option<&SignedIn>| {
        LoginForm { visit: &visit, signed_in, username, error, departure: None }.show(errand)
    };
    if let Some(error) = misplaced(&visit, &form, place) {
        return show(Some(error), errand, signed_in.as_ref());
    }
    match (form.action(), pending) {
        (action::CANCEL, _) => return errand.cancel(&visit),
        (action::SWITCH_ACCOUNT, _) => {
            errand.select_account();
            return show(None, errand, signed_in.as_ref());
        }
        (action::CONTINUE, Some(pending)) => return sign_in::go_on(&visit, errand, signed_in, pending).await,
        _ => {}
    }
    let typed = match Typed::read(&form) {
        Ok(typed) => typed,
        Err(Some(error)) => return show(Some(error), errand, signed_in.as_ref()),
        Err(None) => return failure::page(&visit.request, Trouble::Malformed),
    };
    match attempt(&visit, typed).await {
        Ok(Ok(proven)) => sign_in::enter(&visit, errand, signed_in, proven).await,
        Ok(Err(error)) => show(Some(error), errand, signed_in.as_ref()),
        Err(error) => failure::db_page(&visit.request, &error),
    }
}

/// Login CSRF: nothing is tried, nobody is signed in, and the person gets a form of their own.
fn misplaced(visit: &Visit, form: &PageForm, place: Place) -> Option<LoginError> {
    let bound = || {
        let browsers = cookies::browsers(&visit.request);
        browsers.iter().any(|browser| form.is_bound(visit, FORM, &browser.hash().to_string()))
    };
    match place {
        Place::HereAndStale => Some(LoginError::Expired),
        Place::Elsewhere => Some(LoginError::OtherBrowser),
        Place::Here => (!bound()).then_some(LoginError::OtherBrowser),
    }
}
