//! `/account/methods/passkey`: adding a passkey. What the browser must answer follows from the sealed form, so nothing is kept
//! until it has answered, and a person who goes away leaves nothing behind.

use super::holder;
use super::methods::{actor, open_to};
use crate::db::DbError;
use crate::http::flow::AccountPage;
use crate::http::request::browser_request::see_other;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::{AddPasskeyError, AddPasskeyPage, DisplayText, FormSeal, PageError, TypedText};
use crate::random;
use crate::seals::FormBinding;
use crate::store::methods::MethodChange;
use crate::store::second_factors::SecondFactors;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use idp_core::discovery::path;
use idp_core::lifetimes::RECENT;
use idp_core::passkey::{
    CreationOptions, NewPasskey, Passkey, PasskeyUser, RegistrationResponse, RelyingParty, UserHandle,
    provider_name,
};
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const FORM: &str = "add passkey";

/// A passkey that is being added.
#[derive(Serialize, Deserialize)]
struct Enrolment {
    /// The id it gets: a form that is sent twice adds one passkey.
    id: Uuid,
    /// When the page was made, in a session that had signed in a short while before.
    at: UnixTime,
}

/// GET: asks the browser for a new passkey.
pub async fn get(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    let relying_party = request.app.relying_party().ok_or(PageError::NotFound)?;
    let Some(signed_in) = open_to(&request, AccountPage::AddPasskey).await? else {
        return AccountPage::AddPasskey.after_sign_in(&request);
    };
    Shown { request: &request, relying_party: &relying_party, signed_in: &signed_in, name: "", error: None }
        .respond()
        .await
}

/// POST: takes the passkey over that the browser has made.
pub async fn post(request: BrowserRequest, form: PageForm) -> Result<HttpResponse, PageError> {
    let relying_party = request.app.relying_party().ok_or(PageError::NotFound)?;
    let Some(signed_in) = request.signed_in().await? else {
        return AccountPage::AddPasskey.after_sign_in(&request);
    };
    if !form.is_bound(&request, FORM, &holder(&signed_in)) {
        return Err(PageError::Forbidden);
    }
    let seals = request.app.seals();
    let enrolment: Option<Enrolment> = seals.passkey_enrolment.open(form.tx(), &context(&signed_in));
    let enrolment = enrolment.ok_or(PageError::Malformed)?;
    if !(0..=RECENT).contains(&request.now.seconds_since(enrolment.at)) {
        return AccountPage::AddPasskey.after_sign_in(&request);
    }
    let (relying_party, name) = (&relying_party, form.field("name"));
    let shown = |error| Shown { request: &request, relying_party, signed_in: &signed_in, name, error };
    let answer = form.field("passkey");
    if answer.is_empty() {
        return shown(Some(AddPasskeyError::Missing)).respond().await;
    }
    let challenge = seals.passkey_challenge(FORM, form.tx());
    let made =
        RegistrationResponse::parse(answer).and_then(|answer| answer.verify(relying_party, &challenge));
    let made = match made {
        Ok(made) => made,
        Err(error) => {
            tracing::info!(user = %signed_in.user.id, %error, "a new passkey was refused");
            return shown(Some(AddPasskeyError::Refused)).respond().await;
        }
    };
    let handle = handle_of(&request, &signed_in).await?;
    let passkey = named(&request, name, enrolment.id, signed_in.user.id, handle, made);
    match request.app.store.add_passkey(passkey, actor(&request, &signed_in), request.now).await {
        Ok(MethodChange::SignInAgain) => AccountPage::AddPasskey.after_sign_in(&request),
        // By somebody else at this very moment.
        Ok(MethodChange::Taken) | Err(DbError::Exists) => shown(Some(AddPasskeyError::Taken)).respond().await,
        Ok(MethodChange::Done | MethodChange::TooMany | MethodChange::NotFound) => {
            Ok(see_other(path::METHODS))
        }
        Err(error) => Err(error.into()),
    }
}

/// What their passkeys are filed under: one that an authenticator makes anew takes the place of the former.
async fn handle_of(request: &BrowserRequest, signed_in: &SignedIn) -> Result<UserHandle, DbError> {
    let user = signed_in.user.id;
    Ok(handle_among(request, user, &request.app.store.second_factors(user).await?))
}

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
        created_at: request.now,
        last_used_at: None,
    }
}

/// The page on its way. Each time it asks for another answer.
struct Shown<'a> {
    request: &'a BrowserRequest,
    relying_party: &'a RelyingParty,
    signed_in: &'a SignedIn,
    name: &'a str,
    error: Option<AddPasskeyError>,
}

impl Shown<'_> {
    async fn respond(self) -> Result<HttpResponse, PageError> {
        let (request, user) = (self.request, &self.signed_in.user);
        let seals = request.app.seals();
        let enrolment = Enrolment { id: random::new_id(request.now), at: request.now };
        let tx = seals.passkey_enrolment.close(&enrolment, &context(self.signed_in))?;
        let csrf = seals.form_token(&FormBinding { form: FORM, holder: &holder(self.signed_in), tx: &tx });
        let factors = request.app.store.second_factors(user.id).await?;
        let account = DisplayText::account(user);
        let options = CreationOptions {
            relying_party: self.relying_party,
            service_name: &request.app.config.issuer.service_name,
            user: PasskeyUser {
                handle: handle_among(request, user.id, &factors),
                username: user.username.as_str(),
                display_name: account.as_str(),
            },
            challenge: seals.passkey_challenge(FORM, &tx),
            existing: &factors.passkeys,
        };
        let page = AddPasskeyPage {
            layout: request.layout(),
            seal: FormSeal { post_to: path::PASSKEY, tx: &tx, csrf: &csrf },
            options: options.json().to_string(),
            is_first: factors.is_empty(),
            name: TypedText::new(self.name),
            error: self.error,
        };
        Ok(page.respond())
    }
}

/// Whose it is: a form of another session or person is none.
fn context(signed_in: &SignedIn) -> String {
    format!("{} {}", signed_in.user.id, signed_in.session.sid)
}
