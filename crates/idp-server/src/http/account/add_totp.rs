//! `/account/methods/totp`: adding an authenticator app. The secret travels sealed in the form until the first right code: before
//! that nothing is stored, and a person who goes away leaves nothing behind. A person who is led here in the middle of a sign-in
//! (`login/enrol`) goes on with it afterwards. With the first second factor come recovery codes, which travel in the same form.

use super::new_recovery_codes::hashed;
use super::onward::{Onward, sender};
use super::{holder, keep_known, method_actor, receipt};
use crate::clock::Stopwatch;
use crate::http::flow::AccountPage;
use crate::http::login::submission::Submission;
use crate::http::request::browser_request::see_other;
use crate::http::request::{BrowserRequest, PageForm, cookies};
use crate::page::{AddTotpError, AddTotpPage, FormSeal, PageError, PageSecurity, QrCode, TypedText};
use crate::random;
use crate::seals::{FormBinding, SealedUnder};
use crate::store::methods::{MethodActor, MethodAddition};
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use idp_core::authentication::Factor;
use idp_core::discovery::path;
use idp_core::lifetimes::RECENT;
use idp_core::recovery_code::RecoveryCodes;
use idp_core::secret::Secret;
use idp_core::time::UnixTime;
use idp_core::totp::{TotpCode, TotpCredential, TotpSecret};
use idp_core::user::User;
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
    /// Whose it is.
    user: Uuid,
    /// In which session: a form of another one is none.
    sid: Uuid,
    /// Its secret.
    secret: TotpSecret,
    /// The recovery codes that come with it, if it is the first.
    codes: RecoveryCodes,
    /// When the page was made, in a session that had signed in a short while before.
    at: UnixTime,
    /// What the person goes on to, sealed; `None` for the list of methods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    onward: Option<String>,
}

impl Enrolment {
    fn is_of(&self, signed_in: &SignedIn) -> bool {
        (self.user, self.sid) == (signed_in.user.id, signed_in.session.sid)
    }
}

const fn way_on<'a>(request: &'a BrowserRequest, tx: Option<&'a str>) -> Onward<'a> {
    Onward { request, page: AccountPage::AddTotp, tx }
}

/// GET: offers a new secret.
pub async fn get(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    let onward = request.query_param("tx").filter(|tx| !tx.is_empty());
    if !request.app.config.authentication.methods.offer(Factor::Totp) {
        return Err(PageError::NotFound);
    }
    let way = way_on(&request, onward.as_deref());
    let Some(signed_in) = AccountPage::AddTotp.opened_by(&request).await? else {
        return way.sign_in_first().await;
    };
    let security = match way.enter(&signed_in).await? {
        Ok(security) => security,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let enrolment = Enrolment {
        id: random::new_id(request.now),
        user: signed_in.user.id,
        sid: signed_in.session.sid,
        secret: TotpSecret::generate(&mut random::rng()),
        codes: RecoveryCodes::generate(random::new_id(request.now), &mut random::rng()),
        at: request.now,
        onward,
    };
    let tx = request.app.seals().totp_enrolment.close(&enrolment, "")?;
    let shown = Shown { enrolment: &enrolment, tx: &tx, name: "", ends_others: false, error: None };
    shown.respond(&request, &signed_in, &security)
}

/// POST: takes the app over, once it has made a right code.
pub async fn post(request: BrowserRequest, form: PageForm) -> Result<HttpResponse, PageError> {
    let (seals, now) = (request.app.seals(), request.now);
    let opened: Option<(Enrolment, SealedUnder)> = seals.totp_enrolment.open_under(form.tx(), "");
    let (enrolment, under) = opened.ok_or(PageError::Malformed)?;
    let way = way_on(&request, enrolment.onward.as_deref());
    // By the form, so that one that is sent twice sets one cookie.
    let key = seals.login_submission(&under);
    let cookie = Submission::of_form(key, form.tx(), enrolment.at, enrolment.user).session;
    let Some(signed_in) = sender(&request, &cookie).await? else {
        return way.sign_in_first().await;
    };
    if !form.is_bound(&request, FORM, &holder(&signed_in)) || !enrolment.is_of(&signed_in) {
        return Err(PageError::Forbidden);
    }
    // The form counts from the sign-in, as on every such page, and so does the secret that it holds.
    let is_open = AccountPage::AddTotp.is_open_to(&request, &signed_in).await?;
    if !is_open || !enrolment.at.is_within(RECENT, now) {
        return way.sign_in_first().await;
    }
    let (typed, name) = (form.field("code"), form.field("name"));
    let step = match TotpCode::parse(typed) {
        Some(code) => enrolment.secret.step_of(&code, now).ok_or(AddTotpError::WrongCode),
        None if typed.trim().is_empty() => Err(AddTotpError::MissingCode),
        None => Err(AddTotpError::MalformedCode),
    };
    let last_step = match step {
        Ok(step) => step,
        Err(error) => {
            let security = way.security().await?;
            let ends_others = method_actor(&request, &signed_in, &form).ends_others;
            let shown = Shown { enrolment: &enrolment, tx: form.tx(), name, ends_others, error: Some(error) };
            return shown.respond(&request, &signed_in, &security);
        }
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
    let by = method_actor(&request, &signed_in, &form);
    add(&request, &signed_in.user, app, &enrolment, &cookie, by).await
}

async fn add(
    request: &BrowserRequest,
    user: &User,
    app: TotpCredential,
    enrolment: &Enrolment,
    cookie: &Secret,
    by: MethodActor,
) -> Result<HttpResponse, PageError> {
    let (store, now, since) = (&request.app.store, request.now, Stopwatch::start());
    // A form that is sent twice finds the app, and costs no hashes. Whether it is the first is decided where it is stored.
    let new_codes = match store.second_factors(app.user).await?.is_empty() {
        true => Some(hashed(request, user, &enrolment.codes, enrolment.at).await?),
        false => None,
    };
    let asked_for_more = by.ends_others;
    let way = way_on(request, enrolment.onward.as_deref());
    let codes = (enrolment.codes.set, new_codes);
    match store.add_authenticator_app(app, codes, by, cookie.hash(), now).await? {
        MethodAddition::SignInAgain => way.sign_in_first().await,
        MethodAddition::TooMany | MethodAddition::Taken => Ok(see_other(path::METHODS)),
        MethodAddition::Added { signed_in, is_under_new_cookie, ended, has_codes } => {
            let reached = store.wait_for_confirmations(&ended, since, now).await;
            let done = asked_for_more.then(|| receipt::of_devices(request, &ended, reached));
            let mut response = match has_codes {
                true => way.show_codes(&signed_in, &enrolment.codes, enrolment.at, done).await?,
                false => way.go_on(*signed_in, enrolment.at, done).await?,
            };
            if asked_for_more {
                keep_known(request, user, &mut response).await?;
            }
            if is_under_new_cookie {
                cookies::set_session(&mut response, cookie, store.policies().session.absolute);
            }
            Ok(response)
        }
    }
}

/// The page as it is shown.
struct Shown<'a> {
    enrolment: &'a Enrolment,
    /// The same, sealed.
    tx: &'a str,
    name: &'a str,
    ends_others: bool,
    error: Option<AddTotpError>,
}

impl Shown<'_> {
    fn respond(
        &self,
        request: &BrowserRequest,
        signed_in: &SignedIn,
        security: &PageSecurity,
    ) -> Result<HttpResponse, PageError> {
        let (secret, tx) = (&self.enrolment.secret, self.tx);
        let issuer = &request.app.config.issuer.service_name;
        let uri = secret.otpauth_uri(issuer, signed_in.user.username.as_str());
        let binding = FormBinding { form: FORM, holder: &holder(signed_in), tx };
        let csrf = request.app.seals().form_token(&binding);
        let way = way_on(request, self.enrolment.onward.as_deref());
        let address = way.address();
        let page = AddTotpPage {
            layout: request.layout_at(&address),
            seal: FormSeal { post_to: &address, tx, csrf: &csrf },
            qr: QrCode::of(&uri),
            secret: &secret.base32(),
            name: TypedText::new(self.name),
            ends_others: self.ends_others,
            error: self.error,
            back: &way.back(),
        };
        Ok(page.respond(security))
    }
}
