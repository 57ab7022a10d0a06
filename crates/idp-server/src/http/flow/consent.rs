//! `/consent`: asks the person what a client may know of them. Bound to their session, so that no other person can
//! answer what one was shown.

use super::after_sign_in::{form_targets, registered};
use super::transaction::{ResumedFrom, Transaction};
use crate::db::audit_events::{AuditContext, AuditEvent};
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::{ClientLabel, ConsentPage, DisplayText, FormSeal, PageError, ScopeLine, action, respond};
use crate::seals::FormBinding;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::authorize::Progress;
use idp_core::client::Client;
use idp_core::discovery::path;
use idp_core::error::{ErrorCode, OAuthError};
use std::sync::Arc;

const FORM: &str = "consent";

/// GET: shows the question.
pub async fn get(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    let tx = request.query_param("tx").unwrap_or_default();
    let (transaction, client, signed_in) = load(&request, &tx).await?;
    match signed_in {
        Some(signed_in) => show(&request, transaction, &client, &signed_in),
        // Signed out meanwhile: back to the login page, with the same request.
        None => transaction.advance(&request, &client, None).await?.or_login(&request),
    }
}

/// POST: the answer.
pub async fn post(request: BrowserRequest, form: PageForm) -> Result<HttpResponse, PageError> {
    let (mut transaction, client, signed_in) = load(&request, form.tx()).await?;
    let Some(signed_in) = signed_in else {
        return transaction.advance(&request, &client, None).await?.or_login(&request);
    };
    if !form.is_bound(&request, FORM, &holder(&signed_in)) {
        return Err(PageError::Forbidden);
    }
    match form.action() {
        action::ALLOW => transaction.progress.consented = Some(signed_in.session.sid),
        action::SWITCH_ACCOUNT => {
            transaction.request.prompt.select_account = true;
            transaction.progress = Progress::default();
        }
        _ => return deny(&request, &transaction, &client, &signed_in).await,
    }
    transaction.advance(&request, &client, Some(signed_in)).await?.or_login(&request)
}

async fn deny(
    request: &BrowserRequest,
    transaction: &Transaction,
    client: &Client,
    signed_in: &SignedIn,
) -> Result<HttpResponse, PageError> {
    let about = AuditContext {
        user: Some(signed_in.user.id),
        client: Some(client.id.to_string()),
        sid: Some(signed_in.session.sid),
        address: Some(request.address_text()),
        detail: None,
    };
    request.app.store.record(AuditEvent::ConsentRefused, about, request.now).await?;
    let denied = OAuthError::new(ErrorCode::AccessDenied, "The person did not allow it.");
    transaction.refuse(request, client, &denied)
}

async fn load(
    request: &BrowserRequest,
    tx: &str,
) -> Result<(Transaction, Arc<Client>, Option<SignedIn>), PageError> {
    let (transaction, from) = Transaction::open(request, tx).ok_or(PageError::Expired)?;
    if from == ResumedFrom::OtherBrowser {
        return Err(PageError::OtherBrowser);
    }
    let client = registered(request, &transaction).await?;
    Ok((transaction, client, request.signed_in().await?))
}

/// What the form is bound to: the very session that is asked. Not to its cookie, which is a new one after each
/// proof in another tab.
fn holder(signed_in: &SignedIn) -> String {
    signed_in.session.sid.to_string()
}

fn show(
    request: &BrowserRequest,
    transaction: Transaction,
    client: &Client,
    signed_in: &SignedIn,
) -> Result<HttpResponse, PageError> {
    let sealed = transaction.seal(request)?;
    let binding = FormBinding { form: FORM, holder: &holder(signed_in), tx: &sealed.tx };
    let csrf = request.app.seals().form_token(&binding);
    let asked = &sealed.transaction.request;
    let redirect_uri = asked.target.redirect_uri();
    let page = ConsentPage {
        layout: request.layout_at(path::CONSENT, &sealed.tx),
        client: ClientLabel::of(client, Some(redirect_uri)),
        seal: FormSeal { post_to: path::CONSENT, tx: &sealed.tx, csrf: &csrf },
        account: DisplayText::account(&signed_in.user),
        scopes: asked.asks_for().words().map(ScopeLine::new).collect(),
    };
    let mut response = respond(&page, StatusCode::OK, &form_targets(client, redirect_uri));
    sealed.set_cookie(&mut response);
    Ok(response)
}
