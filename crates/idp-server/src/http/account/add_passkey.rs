//! `/account/methods/passkey`: adding a passkey. What the browser must answer follows from the sealed form, so nothing is kept
//! until it has answered, and a person who goes away leaves nothing behind.

use super::new_recovery_codes::hashed;
use super::onward::{Onward, sender};
use super::{holder, keep_known, method_actor, receipt};
use crate::clock::Stopwatch;
use crate::db::DbError;
use crate::http::flow::AccountPage;
use crate::http::login::submission::Submission;
use crate::http::request::browser_request::see_other;
use crate::http::request::{BrowserRequest, PageForm, cookies};
use crate::page::{
    AddPasskeyError, AddPasskeyPage, DisplayText, FormSeal, PageError, PasskeyOffer, TypedText,
};
use crate::random;
use crate::seals::{FormBinding, SealedUnder};
use crate::store::methods::{MethodActor, MethodAddition};
use crate::store::second_factors::SecondFactors;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use idp_core::authentication::Factor;
use idp_core::discovery::path;
use idp_core::lifetimes::RECENT;
use idp_core::passkey::{
    CreationOptions, Mediation, NewPasskey, Passkey, PasskeyUser, RegistrationResponse, RelyingParty,
    UserHandle, provider_name,
};
use idp_core::recovery_code::RecoveryCodes;
use idp_core::secret::Secret;
use idp_core::time::UnixTime;
use idp_core::user::User;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const FORM: &str = "add passkey";

/// A passkey that is being added.
#[derive(Serialize, Deserialize)]
struct Enrolment {
    /// The id it gets: a form that is sent twice adds one passkey.
    id: Uuid,
    /// Whose it is.
    user: Uuid,
    /// In which session: a form of another one is none.
    sid: Uuid,
    /// The recovery codes that come with it, if it is the first second factor.
    codes: RecoveryCodes,
    /// When the page was made, in a session that had signed in a short while before.
    at: UnixTime,
    /// Whether the browser makes it without asking the person.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_conditional: bool,
    /// What the authenticator files it under; follows from the master key until there is a passkey.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    handle: Option<String>,
}

impl Enrolment {
    fn is_of(&self, signed_in: &SignedIn) -> bool {
        (self.user, self.sid) == (signed_in.user.id, signed_in.session.sid)
    }

    const fn mediation(&self) -> Mediation {
        if self.is_conditional { Mediation::Conditional } else { Mediation::Optional }
    }
}

/// GET: asks the browser for a new passkey.
pub async fn get(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    let (relying_party, tx) = (relying_party(&request)?, onward(&request));
    let way = way_on(&request, tx.as_deref());
    let Some(signed_in) = AccountPage::AddPasskey.opened_by(&request).await? else {
        return way.sign_in_first().await;
    };
    match way.enter(&signed_in).await? {
        Ok(_) => Shown::new(way, &relying_party, &signed_in).respond().await,
        Err(elsewhere) => Ok(elsewhere),
    }
}

/// POST: takes the passkey over that the browser has made.
pub async fn post(request: BrowserRequest, form: PageForm) -> Result<HttpResponse, PageError> {
    let (relying_party, tx) = (relying_party(&request)?, onward(&request));
    let way = way_on(&request, tx.as_deref());
    let seals = request.app.seals();
    let opened: Option<(Enrolment, SealedUnder)> = seals.passkey_enrolment.open_under(form.tx(), "");
    let (enrolment, under) = opened.ok_or(PageError::Malformed)?;
    // By the form, so that one that is sent twice sets one cookie.
    let key = seals.login_submission(&under);
    let cookie = Submission::of_form(key, form.tx(), enrolment.at, enrolment.user).session;
    let Some(signed_in) = sender(&request, &cookie).await? else {
        return way.sign_in_first().await;
    };
    if !AccountPage::AddPasskey.is_open_to(&request, &signed_in).await? {
        return way.sign_in_first().await;
    }
    if !form.is_bound(&request, FORM, &holder(&signed_in)) || !enrolment.is_of(&signed_in) {
        return Err(PageError::Forbidden);
    }
    if !enrolment.at.is_within(RECENT, request.now) {
        return way.sign_in_first().await;
    }
    let (name, by) = (form.field("name"), method_actor(&request, &signed_in, &form));
    let ends_others = by.ends_others;
    let again = |error| Shown {
        name,
        ends_others,
        error: Some(error),
        ..Shown::new(way, &relying_party, &signed_in)
    };
    let answer = form.field("passkey");
    if answer.is_empty() {
        return again(AddPasskeyError::Missing).respond().await;
    }
    let (challenges, mediation) = (seals.passkey_challenges(FORM, form.tx()), enrolment.mediation());
    let made = RegistrationResponse::parse(answer)
        .and_then(|answer| answer.verify(&relying_party, &challenges, mediation));
    let made = match made {
        Ok(made) => made,
        Err(error) => {
            tracing::info!(user = %signed_in.user.id, %error, "a new passkey was refused");
            if enrolment.is_conditional {
                // The person asked for nothing. That page tells the authenticator which passkeys are good.
                return Ok(see_other(path::METHODS));
            }
            return again(AddPasskeyError::Refused).respond().await;
        }
    };
    let factors = request.app.store.second_factors(signed_in.user.id).await?;
    // As the authenticator was told.
    let told = enrolment.handle.as_deref().and_then(UserHandle::parse);
    let handle = told.unwrap_or_else(|| handle_among(&request, signed_in.user.id, &factors));
    let passkey = named(&request, name, enrolment.id, signed_in.user.id, handle, made);
    let passkey = Passkey { is_asked_for: !enrolment.is_conditional, ..passkey };
    match add(way, passkey, &enrolment, &factors, &signed_in.user, &cookie, by).await? {
        Added::Elsewhere(response) => Ok(response),
        Added::Taken if enrolment.is_conditional => Ok(see_other(path::METHODS)),
        Added::Taken => again(AddPasskeyError::Taken).respond().await,
    }
}

/// The request under way in which the person was led here, sealed.
fn onward(request: &BrowserRequest) -> Option<String> {
    request.query_param("tx").filter(|tx| !tx.is_empty())
}

const fn way_on<'a>(request: &'a BrowserRequest, tx: Option<&'a str>) -> Onward<'a> {
    Onward { request, page: AccountPage::AddPasskey, tx }
}

/// Where passkeys are offered: not where the provider is reached by an address, nor where the configuration leaves them out.
pub(super) fn relying_party(request: &BrowserRequest) -> Result<RelyingParty, PageError> {
    let is_offered = request.app.config.authentication.methods.offer(Factor::Passkey);
    request.app.relying_party().filter(|_| is_offered).ok_or(PageError::NotFound)
}

/// What became of the passkey.
enum Added {
    /// The browser goes on there.
    Elsewhere(HttpResponse),
    /// That very passkey is registered already.
    Taken,
}

async fn add(
    way: Onward<'_>,
    passkey: Passkey,
    enrolment: &Enrolment,
    factors: &SecondFactors,
    user: &User,
    cookie: &Secret,
    by: MethodActor,
) -> Result<Added, PageError> {
    let request = way.request;
    let (store, now, since) = (&request.app.store, request.now, Stopwatch::start());
    // A form that is sent twice finds the passkey, and costs no hashes. Whether it is the first is decided where it is stored.
    let new_codes = match factors.is_empty() && passkey.is_asked_for {
        true => Some(hashed(request, user, &enrolment.codes, enrolment.at).await?),
        false => None,
    };
    let asked_for_more = by.ends_others;
    match store.add_passkey(passkey, (enrolment.codes.set, new_codes), by, cookie.hash(), now).await {
        Ok(MethodAddition::SignInAgain) => way.sign_in_first().await.map(Added::Elsewhere),
        // By another request at this very moment.
        Ok(MethodAddition::Taken) | Err(DbError::Exists) => Ok(Added::Taken),
        Ok(MethodAddition::Added { signed_in, is_under_new_cookie, ended, has_codes }) => {
            let reached = store.wait_for_confirmations(&ended, since, now).await;
            let done = asked_for_more.then(|| receipt::of_devices(request, &ended, reached));
            let mut shown = match has_codes {
                true => way.show_codes(&signed_in, &enrolment.codes, enrolment.at, done).await?,
                false => way.go_on(*signed_in, enrolment.at, done).await?,
            };
            if asked_for_more {
                keep_known(request, user, &mut shown).await?;
            }
            if is_under_new_cookie {
                cookies::set_session(&mut shown, cookie, store.policies().session.absolute);
            }
            Ok(Added::Elsewhere(shown))
        }
        Ok(MethodAddition::TooMany) => Ok(Added::Elsewhere(see_other(path::METHODS))),
        Err(error) => Err(error.into()),
    }
}

/// What their passkeys are filed under: one that an authenticator makes anew takes the place of the former.
fn handle_among(request: &BrowserRequest, user: Uuid, factors: &SecondFactors) -> UserHandle {
    let former = factors.passkeys.first().map(|passkey| passkey.user_handle);
    former.unwrap_or_else(|| request.app.seals().passkey_user(user))
}

/// Under the name that the person typed, or one that says where it is.
fn named(
    request: &BrowserRequest,
    typed: &str,
    id: Uuid,
    user: Uuid,
    user_handle: UserHandle,
    made: NewPasskey,
) -> Passkey {
    let typed = Passkey::kept_name(typed);
    let system = request.described().system.filter(|_| made.is_in_this_device);
    let default = provider_name(made.aaguid).or(system).unwrap_or_default();
    Passkey {
        id,
        user,
        user_handle,
        name: if typed.is_empty() { default.to_owned() } else { typed },
        credential_id: made.credential_id,
        public_key: made.public_key,
        sign_count: made.sign_count,
        is_backup_eligible: made.is_backup_eligible,
        is_backed_up: made.is_backed_up,
        transports: made.transports,
        aaguid: made.aaguid,
        is_asked_for: true,
        created_at: request.now,
        last_used_at: None,
    }
}

/// The page on its way. Each time it asks for another answer.
struct Shown<'a> {
    way: Onward<'a>,
    relying_party: &'a RelyingParty,
    signed_in: &'a SignedIn,
    name: &'a str,
    ends_others: bool,
    error: Option<AddPasskeyError>,
}

impl<'a> Shown<'a> {
    const fn new(way: Onward<'a>, relying_party: &'a RelyingParty, signed_in: &'a SignedIn) -> Self {
        Self { way, relying_party, signed_in, name: "", ends_others: false, error: None }
    }

    async fn respond(self) -> Result<HttpResponse, PageError> {
        let (way, request, user) = (self.way, self.way.request, &self.signed_in.user);
        let factors = request.app.store.second_factors(user.id).await?;
        let asked = asked(request, self.relying_party, self.signed_in, &factors, Mediation::Optional)?;
        let PasskeyOffer { tx, csrf, options } = asked;
        let address = way.address();
        let page = AddPasskeyPage {
            layout: request.layout_at(&address),
            seal: FormSeal { post_to: &address, tx: &tx, csrf: &csrf },
            options,
            is_first: factors.is_empty(),
            name: TypedText::new(self.name),
            ends_others: self.ends_others,
            error: self.error,
            back: &way.back(),
        };
        Ok(page.respond(&way.security().await?))
    }
}

/// A form that asks the browser for a passkey of this person.
fn asked(
    request: &BrowserRequest,
    relying_party: &RelyingParty,
    signed_in: &SignedIn,
    factors: &SecondFactors,
    mediation: Mediation,
) -> Result<PasskeyOffer, PageError> {
    let (user, seals) = (&signed_in.user, request.app.seals());
    let (id, set) = (random::new_id(request.now), random::new_id(request.now));
    let codes = RecoveryCodes::generate(set, &mut random::rng());
    let is_conditional = mediation == Mediation::Conditional;
    let (user_id, sid, at) = (user.id, signed_in.session.sid, request.now);
    let handle = handle_among(request, user.id, factors);
    let enrolment =
        Enrolment { id, user: user_id, sid, codes, at, is_conditional, handle: Some(handle.text()) };
    let tx = seals.passkey_enrolment.close(&enrolment, "")?;
    let csrf = seals.form_token(&FormBinding { form: FORM, holder: &holder(signed_in), tx: &tx });
    let account = DisplayText::account(user);
    let options = CreationOptions {
        relying_party,
        service_name: &request.app.config.issuer.service_name,
        user: PasskeyUser { handle, username: user.username.as_str(), display_name: account.as_str() },
        challenge: seals.passkey_challenge(FORM, &tx),
        mediation,
        existing: &factors.passkeys,
    };
    let options = options.json().to_string();
    Ok(PasskeyOffer { tx, csrf, options })
}

/// What a page of a person asks the browser for who signed in with the password a moment ago and has no passkey: to save one, if it
/// has saved that password. `None` where that does not fit.
///
/// # Errors
/// When the store does not answer, or it cannot be sealed.
pub async fn offer(
    request: &BrowserRequest,
    signed_in: &SignedIn,
) -> Result<Option<PasskeyOffer>, PageError> {
    let Ok(relying_party) = relying_party(request) else {
        return Ok(None);
    };
    let has_typed = signed_in.session.proofs.has(Factor::Password);
    if !has_typed || !AccountPage::AddPasskey.is_open_to(request, signed_in).await? {
        return Ok(None);
    }
    let factors = request.app.store.second_factors(signed_in.user.id).await?;
    if !factors.passkeys.is_empty() {
        return Ok(None);
    }
    asked(request, &relying_party, signed_in, &factors, Mediation::Conditional).map(Some)
}
