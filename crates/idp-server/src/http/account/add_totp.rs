//! `/account/methods/totp`: adding an authenticator app. The secret travels sealed in the form until the first right code:
//! before that nothing is stored, and a person who goes away leaves nothing behind.

use super::holder;
use super::methods::{actor, open_to};
use crate::http::flow::AccountPage;
use crate::http::request::browser_request::see_other;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::{AddTotpError, AddTotpPage, FormSeal, PageError, QrCode, TypedText};
use crate::random;
use crate::seals::FormBinding;
use crate::store::methods::MethodChange;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use idp_core::discovery::path;
use idp_core::lifetimes::RECENT;
use idp_core::time::UnixTime;
use idp_core::totp::{TotpCode, TotpCredential, TotpSecret};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const FORM: &str = "add authenticator app";
/// As much of a name as is kept.
const NAME_CHARS: usize = 60;

/// An app that is being added.
#[derive(Serialize, Deserialize)]
struct Enrolment {
    /// The id it gets: a form that is sent twice adds one app.
    id: Uuid,
    /// Its secret.
    secret: TotpSecret,
    /// When the page was made, in a session that had signed in a short while before.
    at: UnixTime,
}

/// GET: offers a new secret.
pub async fn get(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    let Some(signed_in) = open_to(&request, AccountPage::AddTotp).await? else {
        return AccountPage::AddTotp.after_sign_in(&request);
    };
    let enrolment = Enrolment {
        id: random::new_id(request.now),
        secret: TotpSecret::generate(&mut random::rng()),
        at: request.now,
    };
    let tx = request.app.seals().totp_enrolment.close(&enrolment, &context(&signed_in))?;
    show(&request, &signed_in, &enrolment.secret, &tx, "", None)
}

/// POST: takes the app over, once it has made a right code.
pub async fn post(request: BrowserRequest, form: PageForm) -> Result<HttpResponse, PageError> {
    let Some(signed_in) = request.signed_in().await? else {
        return AccountPage::AddTotp.after_sign_in(&request);
    };
    if !form.is_bound(&request, FORM, &holder(&signed_in)) {
        return Err(PageError::Forbidden);
    }
    let (seals, now) = (request.app.seals(), request.now);
    let enrolment: Option<Enrolment> = seals.totp_enrolment.open(form.tx(), &context(&signed_in));
    let enrolment = enrolment.ok_or(PageError::Malformed)?;
    if !(0..=RECENT).contains(&now.seconds_since(enrolment.at)) {
        // It was open for too long: another secret, after another sign-in.
        return AccountPage::AddTotp.after_sign_in(&request);
    }
    let (typed, name) = (form.field("code"), form.field("name"));
    let step = match TotpCode::parse(typed) {
        Some(code) => enrolment.secret.step_of(&code, now).ok_or(AddTotpError::WrongCode),
        None if typed.trim().is_empty() => Err(AddTotpError::MissingCode),
        None => Err(AddTotpError::MalformedCode),
    };
    let last_step = match step {
        Ok(step) => step,
        Err(error) => return show(&request, &signed_in, &enrolment.secret, form.tx(), name, Some(error)),
    };
    let user = signed_in.user.id;
    let app = TotpCredential {
        id: enrolment.id,
        user,
        name: name.trim().chars().filter(|c| !c.is_control()).take(NAME_CHARS).collect(),
        sealed_secret: seals.totp_secret.close(&enrolment.secret, &user.to_string())?,
        last_step,
        created_at: now,
        last_used_at: None,
    };
    match request.app.store.add_authenticator_app(app, actor(&request, &signed_in), now).await? {
        MethodChange::SignInAgain => AccountPage::AddTotp.after_sign_in(&request),
        MethodChange::Done | MethodChange::TooMany | MethodChange::NotFound | MethodChange::Taken => {
            Ok(see_other(path::METHODS))
        }
    }
}

fn show(
    request: &BrowserRequest,
    signed_in: &SignedIn,
    secret: &TotpSecret,
    tx: &str,
    name: &str,
    error: Option<AddTotpError>,
) -> Result<HttpResponse, PageError> {
    let issuer = &request.app.config.issuer.service_name;
    let uri = secret.otpauth_uri(issuer, signed_in.user.username.as_str());
    let binding = FormBinding { form: FORM, holder: &holder(signed_in), tx };
    let csrf = request.app.seals().form_token(&binding);
    let page = AddTotpPage {
        layout: request.layout(),
        seal: FormSeal { post_to: path::TOTP, tx, csrf: &csrf },
        qr: QrCode::of(&uri),
        secret: &secret.base32(),
        name: TypedText::new(name),
        error,
    };
    Ok(page.respond())
}

/// Whose it is: a form of another session or person is none.
fn context(signed_in: &SignedIn) -> String {
    format!("{} {}", signed_in.user.id, signed_in.session.sid)
}
