//! `/consent`: asks the person what a client may know of them. Bound to their session, so that what one person
//! was shown nobody else can answer.

use crate::db::audit_events::{About, Event};
use crate::http::page_form::PageForm;
use crate::http::transaction::{Resumed, Transaction};
use crate::http::visit::{self, Visit};
use crate::http::{errand, failure, form};
use crate::page::{ConsentPage, FormSeal, ScopeLine, Trouble, action, respond};
use crate::seals::FormBinding;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::client::Client;
use idp_core::discovery::path;
use idp_core::error::{ErrorCode, OAuthError};

const FORM: &str = "consent";

/// GET: shows the question.
pub async fn get(visit: Visit) -> HttpResponse {
    let tx = form::query(&visit.request)
        .ok()
        .and_then(|params| params.once("tx").ok().flatten().map(str::to_owned));
    let (transaction, client, signed_in) = match load(&visit, tx.as_deref().unwrap_or_default()).await {
        Ok(found) => found,
        Err(page) => return page,
    };
    // Signed out meanwhile: back to the login page, with the same request.
    let Some(signed_in) = signed_in else {
        return transaction.advance(&visit, &client, None).await;
    };
    show(&visit, transaction, &client, &signed_in)
}

/// POST: the answer.
pub async fn post(visit: Visit, form: PageForm) -> HttpResponse {
    let (mut transaction, client, signed_in) = match load(&visit, form.tx()).await {
        Ok(found) => found,
        Err(page) => return page,
    };
    let Some(signed_in) = signed_in else {
        return transaction.advance(&visit, &client, None).await;
    };
    if !form.is_bound(&visit, FORM, &holder(&signed_in)) {
        return failure::page(&visit.request, Trouble::Forbidden);
    }
    match form.action() {
        action::ALLOW => {
            transaction.progress.consented = Some(signed_in.session.sid);
            transaction.advance(&visit, &client, Some(signed_in)).await
        }
        action::SWITCH_ACCOUNT => {
            transaction.request.prompt.select_account = true;
            transaction.progress = idp_core::authorize::Progress::default();
            transaction.advance(&visit, &client, Some(signed_in)).await
        }
        _ => deny(&visit, &transaction, &client, &signed_in).await,
    }
}

async fn deny(
    visit: &Visit,
    transaction: &Transaction,
    client: &Client,
    signed_in: &SignedIn,
) -> HttpResponse {
    let about = About {
        user: Some(signed_in.user.id),
        client: Some(client.id.to_string()),
        sid: Some(signed_in.session.sid),
        address: Some(visit.address_text()),
        detail: None,
    };
    if let Err(error) = visit.app.store.record(Event::ConsentRefused, about, visit.now).await {
        return failure::db_page(&visit.request, &error);
    }
    transaction.refuse(
        visit,
        client,
        &OAuthError::new(ErrorCode::AccessDenied, "The person did not allow it."),
    )
}

async fn load(visit: &Visit, tx: &str) -> Result<(Transaction, Client, Option<SignedIn>), HttpResponse> {
    let page = |trouble| failure::page(&visit.request, trouble);
    let transaction: Transaction = match Transaction::open(visit, tx) {
        Some(Resumed::Here(transaction) | Resumed::Stale(transaction)) => transaction,
        Some(Resumed::Elsewhere(_)) => return Err(page(Trouble::OtherBrowser)),
        None => return Err(page(Trouble::Expired)),
    };
    let db_page = |error| failure::db_page(&visit.request, &error);
    let client = visit.app.store.client(transaction.request.client_id.clone()).await.map_err(db_page)?;
    let client = client.ok_or_else(|| page(Trouble::Expired))?;
    if client.redirect_uri(transaction.request.target.redirect_uri()).is_none() {
        return Err(page(Trouble::Expired));
    }
    let signed_in = visit.signed_in().await.map_err(db_page)?;
    Ok((transaction, client, signed_in))
}

/// What the form is bound to: the very session that is asked. Not to its cookie, which is a new one after each
/// proof in another tab.
fn holder(signed_in: &SignedIn) -> String {
    signed_in.session.sid.to_string()
}

fn show(visit: &Visit, transaction: Transaction, client: &Client, signed_in: &SignedIn) -> HttpResponse {
    let sealed = match transaction.seal(visit) {
        Ok(sealed) => sealed,
        Err(page) => return page,
    };
    let binding = FormBinding { form: FORM, holder: &holder(signed_in), tx: &sealed.tx };
    let csrf = visit.app.seals.form_token(&binding);
    let request = &sealed.transaction.request;
    let redirect_uri = request.target.redirect_uri();
    let page = ConsentPage {
        frame: visit.app.frame(),
        client: visit::label(client, Some(redirect_uri)),
        seal: FormSeal { post_to: path::CONSENT, tx: &sealed.tx, csrf: &csrf },
        account: visit::account(&signed_in.user),
        scopes: request.asks_for().words().map(ScopeLine::new).collect(),
        policy_uri: None,
        tos_uri: None,
    };
    let mut response = respond(&page, StatusCode::OK, &errand::form_targets(client, redirect_uri));
    sealed.set_cookie(&mut response);
    response
}
