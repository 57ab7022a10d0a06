//! What follows a right password: the session opens, or the person is first shown where they would be signed out
//! (the installation's login policy) and says yes. Whether and what is decided where the session opens, in
//! one transaction; nothing here looks first and acts later.

use crate::db::sessions::OnDevice;
use crate::db::users::{self, UserWithPassword};
use crate::http::errand::Errand;
use crate::http::login_attempt::Proven;
use crate::http::login_guard::KnownDevice;
use crate::http::pending::PendingSignIn;
use crate::http::visit::{self, Visit};
use crate::http::{cookies, failure};
use crate::page::{DeviceLine, FormSeal, SignedInElsewherePage, respond};
use crate::seals::FormBinding;
use crate::store::sessions::{self, Agreed, NewSignIn, Outcome, PresentDevice, SignedIn};
use crate::{chance, http::login_form};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::authentication::Authentication;
use idp_core::discovery::path;
use idp_core::secret::{Secret, SecretKind};

/// Opens the session and goes on, or asks first.
pub async fn enter(
    visit: &Visit,
    errand: Errand,
    former: Option<SignedIn>,
    mut proven: Proven,
) -> HttpResponse {
    proven.rehash(visit).await;
    let pending = PendingSignIn::new(&proven.found, chance::new_id(visit.now), visit.now);
    Entry { visit, errand, former, found: proven.found, pending, agreed: false }.open().await
}

/// The person said yes. When what they proved is not good any more, they prove it again.
pub async fn go_on(
    visit: &Visit,
    errand: Errand,
    former: Option<SignedIn>,
    pending: PendingSignIn,
) -> HttpResponse {
    let id = pending.user;
    let found = visit.app.db.read(move |connection| users::with_password(connection, id)).await;
    match found {
        Ok(Some(found)) if pending.holds(&found, visit.now) => {
            Entry { visit, errand, former, found, pending, agreed: true }.open().await
        }
        Ok(_) => login_form::expired(visit, errand, former.as_ref()),
        Err(error) => failure::db_page(&visit.request, &error),
    }
}

/// A sign-in about to happen.
struct Entry<'a> {
    visit: &'a Visit,
    errand: Errand,
    /// The session this browser has.
    former: Option<SignedIn>,
    found: UserWithPassword,
    pending: PendingSignIn,
    agreed: bool,
}

impl Entry<'_> {
    async fn open(self) -> HttpResponse {
        let visit = self.visit;
        let (session, new_device) = (visit.new_session_secret(), new_device());
        let rules = visit.app.sign_in_rules();
        let sign_in = self.sign_in(&session, &new_device);
        let outcome = sessions::sign_in(&visit.app.db, sign_in, rules, visit.now).await;
        match visit.app.hot.published(&visit.app.db, outcome, visit.now).await {
            Ok(Outcome::SignedIn { signed_in, device_is_new }) => {
                let known = cookies::device(&visit.request).filter(|_| !device_is_new);
                let device = known.unwrap_or(new_device);
                self.signed_in(*signed_in, &session, &device).await
            }
            Ok(Outcome::Asks(to_end)) => self.ask(&to_end),
            Ok(Outcome::Void) => login_form::expired(visit, self.errand, self.former.as_ref()),
            Err(error) => failure::db_page(&visit.request, &error),
        }
    }

    fn sign_in(&self, session: &Secret, new_device: &Secret) -> NewSignIn {
        let visit = self.visit;
        NewSignIn {
            authentication: Authentication::by_password(self.found.user.id, visit.now),
            password_hash: self.found.password_hash.clone(),
            former: self.former.as_ref().map(|former| former.session.clone()),
            secret: session.hash(),
            sid: self.pending.sid,
            address: visit.address_text(),
            device: PresentDevice {
                cookie: cookies::device(&visit.request).map(|cookie| cookie.hash()),
                new_id: chance::new_id(visit.now),
                new_cookie: new_device.hash(),
                described: visit.described(),
            },
            agreed: self.agreed.then(|| Agreed { to_end: self.pending.to_end.clone() }),
        }
    }

    async fn signed_in(self, signed_in: SignedIn, session: &Secret, device: &Secret) -> HttpResponse {
        let (visit, mut errand) = (self.visit, self.errand);
        errand.note_sign_in(&signed_in);
        let known = KnownDevice::sealed(visit, &signed_in.user);
        let mut response = errand.advance(visit, Some(signed_in)).await;
        cookies::set_session(&mut response, session, visit.app.session_policy().absolute);
        cookies::set_device(&mut response, device);
        if let Some(known) = known {
            cookies::set_known_device(&mut response, &known);
        }
        response
    }

    /// Shows what would end, and asks.
    fn ask(self, to_end: &[OnDevice]) -> HttpResponse {
        let (visit, mut errand, mut pending) = (self.visit, self.errand, self.pending);
        pending.to_end = to_end.iter().map(|(session, _)| session.sid).collect();
        *errand.pending() = Some(pending);
        let (client, security) = (errand.label(), errand.security());
        let sealed = match errand.seal(visit) {
            Ok(sealed) => sealed,
            Err(page) => return page,
        };
        let binding = FormBinding { form: login_form::FORM, holder: &sealed.holder, tx: &sealed.tx };
        let csrf = visit.app.seals.form_token(&binding);
        let page = SignedInElsewherePage {
            frame: visit.app.frame(),
            client,
            seal: FormSeal { post_to: path::LOGIN, tx: &sealed.tx, csrf: &csrf },
            account: visit::account(&self.found.user),
            devices: to_end
                .iter()
                .map(|(session, device)| DeviceLine::new(session, device.as_ref(), visit.now))
                .collect(),
        };
        let mut response = respond(&page, StatusCode::OK, &security);
        sealed.set_cookie(&mut response);
        response
    }
}

fn new_device() -> Secret {
    Secret::generate(SecretKind::Device, &mut chance::rng())
}
