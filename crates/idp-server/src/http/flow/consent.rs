//! `/consent`: asks the person what a client may know of them. Bound to their session, so that no other person can
//! answer what one was shown.

use super::account_page::AccountPage;
use super::after_sign_in::{form_targets, registered};
use super::transaction::{ResumedFrom, Step, Transaction, address_of};
use crate::db::audit_events::{AuditContext, AuditEvent};
use crate::http::request::browser_request::see_other;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::{ClientLabel, ConsentPage, DisplayText, FormSeal, PageError, ScopeLine, action};
use crate::seals::FormBinding;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use idp_core::authorize::Progress;
use idp_core::client::Client;
use idp_core::discovery::path;
use idp_core::error::{ErrorCode, OAuthError};
use std::sync::Arc;

const FORM: &str = "consent";

/// GET: shows the question, unless it is answered already: then it goes on.
pub async fn get(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    let tx = request.query_param("tx").unwrap_or_default();
    match load(&request, &tx).await? {
        Some(asked) => asked.go_on(&request).await,
        // Cut off on the way: there is no telling what it was about.
        None => Ok(see_other(&AccountPage::HOME.path())),
    }
}

/// POST: the answer.
pub async fn post(request: BrowserRequest, form: PageForm) -> Result<HttpResponse, PageError> {
    if form.tx().is_empty() {
        return Err(PageError::Malformed);
    }
    let mut asked = load(&request, form.tx()).await?.ok_or(PageError::Forbidden)?;
    let Some(signed_in) = &asked.signed_in else {
        return asked.go_on(&request).await;
    };
    if !form.is_bound(&request, FORM, &holder(signed_in)) {
        return Err(PageError::Forbidden);
    }
    if asked.from == ResumedFrom::OverduePage {
        asked.is_overdue = true;
        return asked.go_on(&request).await;
    }
    let transaction = &mut asked.transaction;
    transaction.progress = transaction.progress.sent_from_page(transaction.made_at(), request.now);
    match form.action() {
        action::ALLOW => transaction.progress.consented = Some(signed_in.session.sid),
        action::SWITCH_ACCOUNT => {
            transaction.request.prompt.select_account = true;
            transaction.progress = Progress::default();
        }
        _ => return deny(&request, transaction, &asked.client, signed_in).await,
    }
    asked.go_on(&request).await
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
        ..AuditContext::default()
    };
    request.app.store.record(AuditEvent::ConsentRefused, about, request.now).await?;
    let denied = OAuthError::new(ErrorCode::AccessDenied, "The person did not allow it.");
    transaction.refuse(request, client, &denied)
}

/// The question, the client that asks it, and the person who is signed in now.
struct Asked {
    transaction: Transaction,
    from: ResumedFrom,
    client: Arc<Client>,
    signed_in: Option<SignedIn>,
    /// Whether an answer came too late.
    is_overdue: bool,
}

/// `None` for what cannot be read.
async fn load(request: &BrowserRequest, tx: &str) -> Result<Option<Asked>, PageError> {
    let Some((transaction, from)) = Transaction::open(request, tx) else {
        return Ok(None);
    };
    if from == ResumedFrom::OtherBrowser {
        // There it is a new request: the person signs in, and is asked for themselves.
        return Err(PageError::OtherBrowser { way_on: address_of(path::LOGIN, tx) });
    }
    let client = registered(request, &transaction).await?;
    Ok(Some(Asked { transaction, from, client, signed_in: request.signed_in().await?, is_overdue: false }))
}

impl Asked {
    /// What follows; the question, as long as it is not answered.
    async fn go_on(self, request: &BrowserRequest) -> Result<HttpResponse, PageError> {
        let Self { transaction, client, signed_in, is_overdue, .. } = self;
        match (transaction.advance(request, &client, signed_in.clone()).await?, signed_in) {
            (Step::AskConsent(transaction), Some(signed_in)) => {
                show(request, *transaction, &client, &signed_in, is_overdue)
            }
            // Signed out meanwhile: back to the login page, with the same request.
            (step, _) => step.or_page(request),
        }
    }
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
    is_overdue: bool,
) -> Result<HttpResponse, PageError> {
    let sealed = transaction.seal(request)?;
    let address = sealed.address(path::CONSENT);
    let binding = FormBinding { form: FORM, holder: &holder(signed_in), tx: &sealed.tx };
    let csrf = request.app.seals().form_token(&binding);
    let asked = &sealed.transaction.request;
    let redirect_uri = asked.target.redirect_uri();
    let page = ConsentPage {
        layout: request.layout_at(&address),
        client: ClientLabel::of(client, Some(redirect_uri)),
        seal: FormSeal { post_to: &address, tx: &sealed.tx, csrf: &csrf },
        account: DisplayText::account(&signed_in.user),
        scopes: asked.asks_for().words().map(ScopeLine::new).collect(),
        is_overdue,
    };
    let mut response = page.respond(&form_targets(client, redirect_uri));
    sealed.set_cookie(&mut response);
    Ok(response)
}
