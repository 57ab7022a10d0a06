//! The login form: what it shows, and what binds it to the browser and to the errand that it is for.

use crate::http::errand::Errand;
use crate::http::visit::Visit;
use crate::page::{Departure, FormSeal, LoginError, LoginPage, TypedText};
use crate::seals::FormBinding;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use idp_core::discovery::path;

/// Names the form in its token; the question before a sign-in elsewhere ends is part of it.
pub const FORM: &str = "login";

/// The form again, for somebody whose yes or proof came too late.
#[must_use]
pub fn expired(visit: &Visit, errand: Errand, signed_in: Option<&SignedIn>) -> HttpResponse {
    let error = Some(LoginError::Expired);
    LoginForm { visit, signed_in, username: "", error, departure: None }.show(errand)
}

/// What the login page shows besides its errand.
pub struct LoginForm<'a> {
    /// Who asks.
    pub visit: &'a Visit,
    /// Who is signed in in this browser.
    pub signed_in: Option<&'a SignedIn>,
    /// The name in the field.
    pub username: &'a str,
    /// What went wrong.
    pub error: Option<LoginError>,
    /// Why the last sign-in ended.
    pub departure: Option<Departure>,
}

impl LoginForm<'_> {
    /// The page, bound to the browser and to its errand.
    #[must_use]
    pub fn show(self, errand: Errand) -> HttpResponse {
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
