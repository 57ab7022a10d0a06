//! `/access-denied`: tells a person that they may not sign in at a client, and leads them back to it, or to another account. It is
//! looked at again each time: once they may, the request goes on.

use super::after_sign_in::{form_targets, registered};
use super::transaction::{Step, Transaction, note_refusal};
use super::{AccountPage, AfterSignIn};
use crate::http::request::browser_request::see_other;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::{AccessDeniedPage, ClientLabel, DisplayText, FormSeal, PageError, action, respond};
use crate::seals::FormBinding;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::authorize::AuthorizationRequest;
use idp_core::client::{AccessRefusal, Client};
use idp_core::discovery::path;
use idp_core::error::{ErrorCode, OAuthError};

const FORM: &str = "access denied";

/// GET: says so, unless the person may sign in by now: then it goes on.
pub async fn get(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    let tx = request.query_param("tx").unwrap_or_default();
    match Transaction::<AuthorizationRequest>::open(&request, &tx) {
        Some((transaction, _)) => go_on(&request, transaction).await,
        // Cut off on the way: there is no telling what it was about.
        None => Ok(see_other(&AccountPage::HOME.path())),
    }
}

/// POST: back to the client, or on with another account.
pub async fn post(request: BrowserRequest, form: PageForm) -> Result<HttpResponse, PageError> {
    if form.tx().is_empty() {
        return Err(PageError::Malformed);
    }
    let opened = Transaction::<AuthorizationRequest>::open(&request, form.tx());
    let (transaction, _) = opened.ok_or(PageError::Forbidden)?;
    let Some(signed_in) = request.signed_in().await? else {
        // Signed out meanwhile: back to the login page, with the same request.
        return go_on(&request, transaction).await;
    };
    if !form.is_bound(&request, FORM, &holder(&signed_in)) {
        return Err(PageError::Forbidden);
    }
    let client = registered(&request, &transaction).await?;
    if form.action() == action::SWITCH_ACCOUNT {
        let mut after = AfterSignIn::Client { transaction: Box::new(transaction), client };
        after.select_account();
        after.forget_progress();
        return after.go_to_login(&request);
    }
    let denied = OAuthError::new(ErrorCode::AccessDenied, "The person may not sign in at this client.");
    transaction.refuse(&request, &client, &denied)
}

async fn go_on(request: &BrowserRequest, transaction: Transaction) -> Result<HttpResponse, PageError> {
    let client = registered(request, &transaction).await?;
    let signed_in = request.signed_in().await?;
    match (transaction.advance(request, &client, signed_in.clone()).await?, signed_in) {
        (Step::Deny(transaction, refusal), Some(signed_in)) => {
            note_refusal(request, &client, &signed_in, refusal).await?;
            show(request, *transaction, &client, &signed_in, refusal)
        }
        (step, _) => step.or_page(request),
    }
}

/// What the form is bound to.
fn holder(signed_in: &SignedIn) -> String {
    signed_in.session.sid.to_string()
}

fn show(
    request: &BrowserRequest,
    transaction: Transaction,
    client: &Client,
    signed_in: &SignedIn,
    refusal: AccessRefusal,
) -> Result<HttpResponse, PageError> {
    let sealed = transaction.seal(request)?;
    let address = sealed.address(path::ACCESS_DENIED);
    let binding = FormBinding { form: FORM, holder: &holder(signed_in), tx: &sealed.tx };
    let csrf = request.app.seals().form_token(&binding);
    let redirect_uri = sealed.transaction.request.target.redirect_uri();
    let page = AccessDeniedPage {
        layout: request.layout_at(&address),
        client: ClientLabel::of(client, Some(redirect_uri)),
        seal: FormSeal { post_to: &address, tx: &sealed.tx, csrf: &csrf },
        account: DisplayText::account(&signed_in.user),
        refusal,
    };
    let mut response = respond(&page, StatusCode::FORBIDDEN, &form_targets(client, redirect_uri));
    sealed.set_cookie(&mut response);
    Ok(response)
}
