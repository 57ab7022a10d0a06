//! `/account/methods/demand`: a person has their account ask for a passkey after the password that their browser saved by itself
//! (ADR 60). It needs a recent sign-in with all that the account asks for so far. With the first second factor of an account come
//! recovery codes: they are made with the page and travel sealed in its form.

use super::add_passkey::relying_party;
use super::gate::Admitted;
use super::new_recovery_codes::{self, hashed};
use super::{holder, keep_known, method_actor, receipt};
use crate::clock::Stopwatch;
use crate::http::flow::AccountPage;
use crate::http::flow::account_page::own_spelling;
use crate::http::request::browser_request::see_other;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::{DemandPasskeyPage, FormSeal, MethodLine, PageError, PageSecurity, respond};
use crate::random;
use crate::seals::FormBinding;
use crate::store::methods::MethodChange;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::discovery::path;
use idp_core::recovery_code::RecoveryCodes;
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const FORM: &str = "demand passkey";

/// What a page offers.
#[derive(Serialize, Deserialize)]
struct Offer {
    /// The recovery codes that come with it, if it is the first second factor.
    codes: RecoveryCodes,
    /// When the page was made.
    at: UnixTime,
}

/// GET: the question whether to, or what comes first.
pub async fn get(request: BrowserRequest, admitted: Admitted) -> Result<HttpResponse, PageError> {
    let Admitted(signed_in) = admitted;
    let id = asked_about(&request)?;
    let factors = request.app.store.second_factors(signed_in.user.id).await?;
    let found = factors.passkeys.iter().find(|own| own.id == id).ok_or(PageError::NotFound)?;
    if found.is_asked_for {
        return Ok(see_other(path::METHODS));
    }
    let codes = RecoveryCodes::generate(random::new_id(request.now), &mut random::rng());
    let offer = Offer { codes, at: request.now };
    let tx = request.app.seals().recovery_codes.close(&offer, &context(&signed_in, id))?;
    let binding = FormBinding { form: FORM, holder: &holder(&signed_in), tx: &tx };
    let csrf = request.app.seals().form_token(&binding);
    let layout = request.layout();
    let page = DemandPasskeyPage {
        seal: FormSeal { post_to: &AccountPage::DemandPasskey(id).path(), tx: &tx, csrf: &csrf },
        name: MethodLine::of_passkey(found, &layout, request.now).name,
        is_first: factors.is_empty(),
        may_be_demanded: found.may_be_demanded(),
        layout,
    };
    Ok(respond(&page, StatusCode::OK, &PageSecurity::own_forms()))
}

/// POST: has it asked for, and leads to the recovery codes that came with it, if any.
pub async fn post(
    request: BrowserRequest,
    admitted: Admitted,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    let Admitted(signed_in) = admitted;
    let id = asked_about(&request)?;
    if !form.is_bound(&request, FORM, &holder(&signed_in)) {
        return Err(PageError::Forbidden);
    }
    let offer: Option<Offer> = request.app.seals().recovery_codes.open(form.tx(), &context(&signed_in, id));
    let Offer { codes, at } = offer.ok_or(PageError::Malformed)?;
    let (store, by, since) =
        (&request.app.store, method_actor(&request, &signed_in, &form), Stopwatch::start());
    // A form that is sent twice costs no hashes again. Whether it is the first is decided where it is stored.
    let new_codes = match store.second_factors(signed_in.user.id).await?.is_empty() {
        true => Some(hashed(&request, &signed_in.user, &codes, at).await?),
        false => None,
    };
    let asked_for_more = by.ends_others;
    match store.demand_passkey(id, (codes.set, new_codes), by, request.now).await? {
        MethodChange::SignInAgain => AccountPage::DemandPasskey(id).after_sign_in(&request),
        MethodChange::Done { ended, has_codes } => {
            let reached = store.wait_for_confirmations(&ended, since, request.now).await;
            let done = asked_for_more.then(|| receipt::of_devices(&request, &ended, reached));
            let mut response = match (has_codes, done) {
                (true, done) => new_recovery_codes::show_at(&request, &signed_in, &codes, done, None)?,
                (false, Some(done)) => receipt::show_at(&request, path::METHODS, &holder(&signed_in), done)?,
                (false, None) => see_other(path::METHODS),
            };
            if asked_for_more {
                keep_known(&request, &signed_in.user, &mut response).await?;
            }
            Ok(response)
        }
        MethodChange::NotFound => Ok(see_other(path::METHODS)),
    }
}

/// The passkey that the page is about. Where none is offered, none can be asked for.
fn asked_about(request: &BrowserRequest) -> Result<Uuid, PageError> {
    relying_party(request)?;
    request.query_param("id").as_deref().and_then(own_spelling).ok_or(PageError::NotFound)
}

/// Whose they are, and with which passkey they come: a form of another session, person or passkey is none.
fn context(signed_in: &SignedIn, id: Uuid) -> String {
    format!("{} {} {id}", signed_in.user.id, signed_in.session.sid)
}
