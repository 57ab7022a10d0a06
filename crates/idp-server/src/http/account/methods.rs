//! `/account/methods`: what a person signs in with besides the password, and `/account/methods/remove`, which takes one of
//! these away. To look takes a session; to remove takes a recent sign-in with all that the account asks for.

use super::{holder, own_spelling};
use crate::http::flow::AccountPage;
use crate::http::request::browser_request::see_other;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::{
    DisplayText, FormSeal, Layout, MethodLine, MethodsPage, PageError, PageSecurity, RemoveMethodPage,
    respond,
};
use crate::seals::FormBinding;
use crate::store::methods::{MOST_APPS, MethodActor, MethodChange};
use crate::store::passkeys::MOST_PASSKEYS;
use crate::store::second_factors::SecondFactors;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::discovery::path;
use idp_core::passkey::{CredentialId, Passkey, RelyingParty};
use idp_core::time::UnixTime;
use serde_json::json;
use uuid::Uuid;

const REMOVE_FORM: &str = "remove method";

/// GET: the list.
pub async fn get(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    let Some(signed_in) = request.signed_in().await? else {
        return AccountPage::Methods.after_sign_in(&request);
    };
    let SecondFactors { apps, passkeys } = request.app.store.second_factors(signed_in.user.id).await?;
    let (layout, relying_party) = (request.layout(), request.app.relying_party());
    let page = MethodsPage {
        account: DisplayText::account(&signed_in.user),
        apps: apps.iter().map(|app| MethodLine::of_app(app, &layout, request.now)).collect(),
        passkeys: passkeys.iter().map(|own| MethodLine::of_passkey(own, &layout, request.now)).collect(),
        may_add: apps.len() < MOST_APPS,
        may_add_passkey: relying_party.is_some() && passkeys.len() < MOST_PASSKEYS,
        accepted: relying_party.map(|party| accepted(&request, &signed_in, &party, &passkeys)),
        layout,
    };
    Ok(respond(&page, StatusCode::OK, &PageSecurity::own_forms()))
}

/// GET: the question whether to remove one.
pub async fn get_remove(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    let id = request.query_param("id").as_deref().and_then(own_spelling).ok_or(PageError::NotFound)?;
    let Some(signed_in) = open_to(&request, AccountPage::RemoveMethod(id)).await? else {
        return AccountPage::RemoveMethod(id).after_sign_in(&request);
    };
    let factors = request.app.store.second_factors(signed_in.user.id).await?;
    let layout = request.layout();
    let found = found(&factors, id, &layout, request.now).ok_or(PageError::NotFound)?;
    let tx = id.to_string();
    let binding = FormBinding { form: REMOVE_FORM, holder: &holder(&signed_in), tx: &tx };
    let csrf = request.app.seals().form_token(&binding);
    let page = RemoveMethodPage {
        seal: FormSeal { post_to: &AccountPage::RemoveMethod(id).path(), tx: &tx, csrf: &csrf },
        name: found.name,
        is_passkey: factors.passkeys.iter().any(|passkey| passkey.id == id),
        is_last: factors.len() == 1,
        layout,
    };
    Ok(respond(&page, StatusCode::OK, &PageSecurity::own_forms()))
}

/// POST: removes it.
pub async fn post_remove(request: BrowserRequest, form: PageForm) -> Result<HttpResponse, PageError> {
    let id = own_spelling(form.tx()).ok_or(PageError::Malformed)?;
    let page = AccountPage::RemoveMethod(id);
    let Some(signed_in) = request.signed_in().await? else {
        return page.after_sign_in(&request);
    };
    if !form.is_bound(&request, REMOVE_FORM, &holder(&signed_in)) {
        return Err(PageError::Forbidden);
    }
    if !page.is_open_to(&request, &signed_in).await? {
        return page.after_sign_in(&request);
    }
    let (store, by) = (&request.app.store, actor(&request, &signed_in));
    let removed = match store.remove_authenticator_app(id, by.clone(), request.now).await? {
        MethodChange::NotFound => store.remove_passkey(id, by, request.now).await?,
        change => change,
    };
    match removed {
        MethodChange::SignInAgain => page.after_sign_in(&request),
        // Not there any more: the button was pressed twice.
        MethodChange::Done | MethodChange::NotFound | MethodChange::TooMany | MethodChange::Taken => {
            Ok(see_other(path::METHODS))
        }
    }
}

fn found(factors: &SecondFactors, id: Uuid, layout: &Layout, now: UnixTime) -> Option<MethodLine> {
    let app = factors.apps.iter().find(|app| app.id == id);
    let passkey = factors.passkeys.iter().find(|passkey| passkey.id == id);
    let app = app.map(|app| MethodLine::of_app(app, layout, now));
    app.or_else(|| passkey.map(|passkey| MethodLine::of_passkey(passkey, layout, now)))
}

/// What the browser may tell the person's authenticators: which of their passkeys are good (WebAuthn 5.1.10.4).
fn accepted(
    request: &BrowserRequest,
    signed_in: &SignedIn,
    relying_party: &RelyingParty,
    passkeys: &[Passkey],
) -> String {
    let derived = || request.app.seals().passkey_user(signed_in.user.id);
    let handle = passkeys.first().map_or_else(derived, |passkey| passkey.user_handle);
    let ids: Vec<&CredentialId> = passkeys.iter().map(|passkey| &passkey.credential_id).collect();
    let accepted = json!({
        "rpId": relying_party.id(),
        "userId": handle.text(),
        "allAcceptedCredentialIds": ids,
    });
    accepted.to_string()
}

/// The person, when `page` opens to them without another sign-in.
///
/// # Errors
/// When the database does not answer.
pub async fn open_to(request: &BrowserRequest, page: AccountPage) -> Result<Option<SignedIn>, PageError> {
    let Some(signed_in) = request.signed_in().await? else {
        return Ok(None);
    };
    let is_open = page.is_open_to(request, &signed_in).await?;
    Ok(is_open.then_some(signed_in))
}

/// Who changes the ways to sign in.
#[must_use]
pub fn actor(request: &BrowserRequest, signed_in: &SignedIn) -> MethodActor {
    MethodActor { user: signed_in.user.id, sid: signed_in.session.sid, address: request.address_text() }
}
