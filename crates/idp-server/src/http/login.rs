//! `/login`: the page, and what is done with its buttons. Trying a password is `login_attempt`, what follows a
//! right one is `sign_in`; what it is all for is the `errand`.

use crate::http::errand::{Errand, Place};
use crate::http::login_attempt::{Typed, attempt};
use crate::http::page_form::PageForm;
use crate::http::visit::Visit;
use crate::http::{cookies, failure, form, sign_in};
use crate::page::{Departure, FormSeal, LoginError, LoginPage, Trouble, TypedText, action};
use crate::seals::FormBinding;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use idp_core::discovery::path;

/// Names the form in its token; the question before a sign-in elsewhere ends is part of it.
pub const FORM: &str = "login";

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
    Form { visit: &visit, signed_in: signed_in.as_ref(), username: &hint, error, departure }.show(errand)
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
        Form { visit: &visit, signed_in, username, error, departure: None }.show(errand)
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

/// The form again, for somebody whose yes or proof came too late.
#[must_use]
pub fn expired(visit: &Visit, errand: Errand, signed_in: Option<&SignedIn>) -> HttpResponse {
    let error = Some(LoginError::Expired);
    Form { visit, signed_in, username: "", error, departure: None }.show(errand)
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

/// What the login page shows besides its errand.
struct Form<'a> {
    visit: &'a Visit,
    signed_in: Option<&'a SignedIn>,
    username: &'a str,
    error: Option<LoginError>,
    departure: Option<Departure>,
}

impl Form<'_> {
    fn show(self, errand: Errand) -> HttpResponse {
        let (client, security) = (errand.label(), errand.security());
        let may_cancel = matches!(errand, Errand::Client { .. });
        let known = self.signed_in.filter(|found| errand.asks_again(found));
        let reauthenticate_as = known.map(|found| TypedText::new(found.user.username.as_str()));
        let sealed = match errand.seal(self.visit) {
            Ok(sealed) => sealed,
            Err(page) => return page,
        };
        let binding = FormBinding { form: FORM, holder: &sealed.holder, tx: &sealed.tx };
        let csrf = self.visit.app.seals.form_token(&binding);
        let page = LoginPage {
            frame: self.visit.app.frame(),
            client,
            seal: FormSeal { post_to: path::LOGIN, tx: &sealed.tx, csrf: &csrf },
            username: TypedText::new(self.username),
            error: self.error,
            departure: self.departure,
            request_id: &self.visit.request_id,
            may_cancel,
            reauthenticate_as,
        };
        let mut response = page.respond(&security);
        sealed.set_cookie(&mut response);
        response
    }
}
