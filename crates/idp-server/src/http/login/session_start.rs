//! What follows a right password: the session opens, or the person is first shown where they would be signed out
//! (the installation's login policy) and confirms it. Whether and what is decided where the session opens, in
//! one transaction; nothing here looks first and acts later.

use super::form::{FORM, expired};
use super::password::VerifiedPassword;
use super::throttle::KnownDevice;
use crate::db::sessions::OnDevice;
use crate::db::users::UserWithPassword;
use crate::http::flow::after_sign_in::NextStep;
use crate::http::flow::{AfterSignIn, LoginConfirmation};
use crate::http::request::{BrowserRequest, cookies};
use crate::page::{DeviceLine, DisplayText, FormSeal, PageError, SignedInElsewherePage, respond};
use crate::random;
use crate::seals::FormBinding;
use crate::store::sessions::SignedIn;
use crate::store::sign_in::{Agreed, NewSignIn, Outcome, PresentDevice};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::authentication::Authentication;
use idp_core::discovery::path;
use idp_core::secret::{Secret, SecretKind};

/// Opens the session and goes on, or asks first.
///
/// # Errors
/// When the store does not answer.
pub async fn start(
    request: &BrowserRequest,
    after: AfterSignIn,
    former: Option<SignedIn>,
    mut verified: VerifiedPassword,
) -> Result<HttpResponse, PageError> {
    verified.rehash(request).await;
    let confirmation = LoginConfirmation::new(&verified.found, random::new_id(request.now), request.now);
    let found = verified.found;
    SessionStart { request, after, former, found, confirmation, is_confirmed: false }.open().await
}

/// The person said yes. When what they proved is not good any more, they prove it again.
///
/// # Errors
/// When the store does not answer.
pub async fn confirmed(
    request: &BrowserRequest,
    after: AfterSignIn,
    former: Option<SignedIn>,
    confirmation: LoginConfirmation,
) -> Result<HttpResponse, PageError> {
    match request.app.store.user_by_id(confirmation.user).await? {
        Some(found) if confirmation.holds(&found, request.now) => {
            SessionStart { request, after, former, found, confirmation, is_confirmed: true }.open().await
        }
        _ => expired(request, after, former.as_ref()),
    }
}

/// A session about to open.
struct SessionStart<'a> {
    request: &'a BrowserRequest,
    after: AfterSignIn,
    /// The session this browser has.
    former: Option<SignedIn>,
    found: UserWithPassword,
    confirmation: LoginConfirmation,
    is_confirmed: bool,
}

impl SessionStart<'_> {
    async fn open(self) -> Result<HttpResponse, PageError> {
        let request = self.request;
        let (session, new_device) = (request.new_session_secret(), new_device());
        let sign_in = self.sign_in(&session, &new_device);
        match request.app.store.sign_in(sign_in, request.now).await? {
            Outcome::SignedIn { signed_in, device_is_new } => {
                let known = cookies::device(&request.http).filter(|_| !device_is_new);
                let device = known.unwrap_or(new_device);
                self.signed_in(*signed_in, &session, &device).await
            }
            Outcome::Asks(to_end) => self.ask(&to_end),
            Outcome::Void => expired(request, self.after, self.former.as_ref()),
        }
    }

    fn sign_in(&self, session: &Secret, new_device: &Secret) -> NewSignIn {
        let request = self.request;
        NewSignIn {
            authentication: Authentication::by_password(self.found.user.id, request.now),
            password_hash: self.found.password_hash.clone(),
            former: self.former.as_ref().map(|former| former.session.clone()),
            secret: session.hash(),
            sid: self.confirmation.sid,
            address: request.address_text(),
            device: PresentDevice {
                cookie: cookies::device(&request.http).map(|cookie| cookie.hash()),
                new_id: random::new_id(request.now),
                new_cookie: new_device.hash(),
                described: request.described(),
            },
            agreed: self.is_confirmed.then(|| Agreed { to_end: self.confirmation.to_end.clone() }),
        }
    }

    async fn signed_in(
        self,
        signed_in: SignedIn,
        session: &Secret,
        device: &Secret,
    ) -> Result<HttpResponse, PageError> {
        let (request, mut after) = (self.request, self.after);
        after.note_sign_in(&signed_in);
        let known = KnownDevice::sealed(request, &signed_in.user);
        let mut response = match after.advance(request, Some(signed_in)).await? {
            NextStep::Answer(response) => response,
            NextStep::SignIn(after) => after.go_to_login(request)?,
        };
        cookies::set_session(&mut response, session, request.app.store.policies().session.absolute);
        cookies::set_device(&mut response, device);
        if let Some(known) = known {
            cookies::set_known_device(&mut response, &known);
        }
        Ok(response)
    }

    /// Shows what would end, and asks.
    fn ask(self, to_end: &[OnDevice]) -> Result<HttpResponse, PageError> {
        let (request, mut after, mut confirmation) = (self.request, self.after, self.confirmation);
        confirmation.to_end = to_end.iter().map(|(session, _)| session.sid).collect();
        *after.confirmation() = Some(confirmation);
        let (client, security) = (after.label(), after.security());
        let sealed = after.seal(request)?;
        let binding = FormBinding { form: FORM, holder: &sealed.holder, tx: &sealed.tx };
        let csrf = request.app.seals.form_token(&binding);
        let line = |(session, device): &OnDevice| DeviceLine::new(session, device.as_ref(), request.now);
        let page = SignedInElsewherePage {
            layout: request.layout(),
            client,
            seal: FormSeal { post_to: path::LOGIN, tx: &sealed.tx, csrf: &csrf },
            account: DisplayText::account(&self.found.user),
            devices: to_end.iter().map(line).collect(),
        };
        let mut response = respond(&page, StatusCode::OK, &security);
        sealed.set_cookie(&mut response);
        Ok(response)
    }
}

fn new_device() -> Secret {
    Secret::generate(SecretKind::Device, &mut random::rng())
}
