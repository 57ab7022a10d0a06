//! The login form: what it shows, and what binds it to the browser and to what the sign-in is for.

use super::{passkey, throttle, work};
use crate::http::flow::AfterSignIn;
use crate::http::request::BrowserRequest;
use crate::page::{
    DisplayText, FormSeal, LinkUri, LoginError, LoginPage, PageError, RightAddress, SignOutReason, TypedText,
    WorkPuzzle,
};
use crate::seals::FormBinding;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use idp_core::discovery::path;
use idp_core::username::Username;

/// Names the form in its token; the question before a sign-in elsewhere ends is part of it.
pub const FORM: &str = "login";

/// The form again, for a person whose yes or proof came too late.
///
/// # Errors
/// When it cannot be sealed.
pub fn expired(
    request: &BrowserRequest,
    after: AfterSignIn,
    signed_in: Option<&SignedIn>,
) -> Result<HttpResponse, PageError> {
    LoginForm { error: Some(LoginError::Expired), ..LoginForm::new(request, signed_in, "") }.show(after)
}

/// What the login page shows besides what it is for.
pub struct LoginForm<'a> {
    /// The browser that asks.
    pub request: &'a BrowserRequest,
    /// Who is signed in in this browser.
    pub signed_in: Option<&'a SignedIn>,
    /// The name in the field.
    pub username: &'a str,
    /// What went wrong.
    pub error: Option<LoginError>,
    /// Why the last sign-in ended.
    pub reason: Option<SignOutReason>,
    /// Whether the person has just chosen another password by a link.
    pub password_was_set: bool,
    /// What an authenticator is told of a passkey that is none here.
    pub unknown_passkey: Option<String>,
}

impl<'a> LoginForm<'a> {
    /// The form with this name in the field, and nothing else to say.
    #[must_use]
    pub const fn new(
        request: &'a BrowserRequest,
        signed_in: Option<&'a SignedIn>,
        username: &'a str,
    ) -> Self {
        let (error, reason, password_was_set, unknown_passkey) = (None, None, false, None);
        Self { request, signed_in, username, error, reason, password_was_set, unknown_passkey }
    }

    /// From the configuration alone; nothing that the request says of hosts is shown.
    fn right_address(&self, address: &str) -> Option<RightAddress> {
        let may_be_elsewhere = matches!(self.error, Some(LoginError::NoCookies | LoginError::WrongAddress));
        let issuer = self.request.app.issuer();
        let link = LinkUri::new(&format!("{issuer}{address}")).filter(|_| may_be_elsewhere)?;
        Some(RightAddress { issuer: DisplayText::name(issuer), link })
    }

    /// Whether the name in the field, if there is any, is that of this person.
    fn is_for(&self, signed_in: &SignedIn) -> bool {
        let is_theirs = |name: Username| name == signed_in.user.username;
        self.username.is_empty() || Username::parse(self.username).is_ok_and(is_theirs)
    }

    /// The puzzle that buys an attempt, for this very form.
    fn work(&self, tx: &str) -> Result<Option<WorkPuzzle>, PageError> {
        let (Some(LoginError::AskedForWork { bits, .. }), Some(source)) =
            (self.error, throttle::of_address(self.request))
        else {
            return Ok(None);
        };
        Ok(Some(work::puzzle(self.request, &source, bits, tx)?))
    }

    /// The page, bound to the browser and to what follows.
    ///
    /// # Errors
    /// When it cannot be sealed.
    pub fn show(self, mut after: AfterSignIn) -> Result<HttpResponse, PageError> {
        let (client, security) = (after.label(), after.security());
        let known = self.signed_in.filter(|found| after.asks_again(found) && self.is_for(found));
        let may_cancel = matches!(after, AfterSignIn::Client { .. }) || known.is_some();
        let reauthenticate_as = known.map(|found| TypedText::new(found.user.username.as_str()));
        if self.error.is_some() {
            after.keep_typed(self.username);
        }
        let sealed = after.seal(self.request)?;
        let binding = FormBinding { form: FORM, holder: &sealed.holder, tx: &sealed.tx };
        let csrf = self.request.app.seals().form_token(&binding);
        let address = sealed.address(path::LOGIN);
        let offers_reset = self.request.app.config.resets_passwords_by_mail();
        let forgot = offers_reset.then(|| sealed.address(path::FORGOT_PASSWORD));
        let offers_registration = self.request.app.config.takes_registrations() && known.is_none();
        let register = offers_registration.then(|| sealed.address(path::REGISTER));
        let work = self.work(&sealed.tx)?;
        let page = LoginPage {
            layout: self.request.layout_at(&address),
            client,
            seal: FormSeal { post_to: &address, tx: &sealed.tx, csrf: &csrf },
            username: TypedText::new(self.username),
            error: self.error,
            work,
            reason: self.reason,
            request_id: &self.request.request_id,
            may_cancel,
            right_address: self.right_address(&address),
            reauthenticate_as,
            forgot: forgot.as_deref(),
            register: register.as_deref(),
            password_was_set: self.password_was_set,
            passkey: passkey::options(self.request, &sealed.tx, &[]),
            unknown_passkey: self.unknown_passkey,
        };
        let mut response = page.respond(&security);
        sealed.set_cookie(&mut response);
        Ok(response)
    }
}
