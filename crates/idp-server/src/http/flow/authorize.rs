//! `/authorize` (RFC 6749 3.1, OpenID Connect Core 3.1.2): finds out where an answer may go, runs the checks,
//! and hands over to the transaction.

use super::transaction::{Transaction, deliver};
use crate::http::request::browser_request::see_other;
use crate::http::request::failure::refused_request;
use crate::http::request::{BrowserRequest, form};
use crate::page::PageError;
use crate::page::stamp_refusal;
use actix_web::HttpResponse;
use actix_web::web::Payload;
use idp_core::authorize::{AuthorizationRequest, AuthorizationResponse, Offered, Target, TargetError};
use idp_core::client::Client;
use idp_core::discovery::path;
use idp_core::params::Params;
use idp_core::token::read_id_token_hint;
use std::sync::Arc;
use url::form_urlencoded;

/// The longest request that is sent on by GET, in bytes: what servers and proxies commonly take is not much more.
const MAX_QUERY_BYTES: usize = 12 * 1024;

/// GET: the request is in the query.
pub async fn get(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    let params =
        form::query(&request.http).map_err(|_| refused_request("query", "the query cannot be read"))?;
    authorize(&request, &params).await
}

/// POST: the request is in the body. The browser is sent on to the same request by GET: a cross-site POST
/// carries no session cookie, and must not; the GET that follows does.
pub async fn post(request: BrowserRequest, payload: Payload) -> Result<HttpResponse, PageError> {
    let params = form::read(&request.http, &mut payload.into_inner()).await;
    let params = params.map_err(|_| refused_request("body", "the form cannot be read"))?;
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(params.iter()).finish();
    if query.len() > MAX_QUERY_BYTES {
        return Err(refused_request("body", "the request is too long"));
    }
    Ok(see_other(&format!("{}?{query}", path::AUTHORIZE)))
}

async fn authorize(request: &BrowserRequest, params: &Params) -> Result<HttpResponse, PageError> {
    let (client, target) = find_target(request, params).await?;
    let config = &request.app.config;
    let offered =
        Offered { levels: &config.authentication.levels, registration: config.takes_registrations() };
    let hinted_subject = |hint: &str| hinted_subject(request, hint);
    match AuthorizationRequest::check(params, &client, offered, target.clone(), &hinted_subject) {
        Ok(checked) => {
            let signed_in = request.signed_in().await?;
            Transaction::new(checked, request.now)
                .advance(request, &client, signed_in)
                .await?
                .or_page(request)
        }
        Err(error) => {
            tracing::info!(client = client.id.as_str(), %error, "authorization request refused");
            let response = AuthorizationResponse::error(&target, request.app.issuer(), &error);
            let mut response = deliver(request, &client, response)?;
            stamp_refusal(&mut response, error.code.as_str(), error.cause);
            Ok(response)
        }
    }
}

/// The client and the matched place for the answer; a page, never a redirect, when either is wrong.
async fn find_target(request: &BrowserRequest, params: &Params) -> Result<(Arc<Client>, Target), PageError> {
    let id = params.once("client_id").ok().flatten();
    let id = id.ok_or_else(|| no_target(TargetError::ClientIdMissing, ""))?;
    let client = request.app.store.client_named(id).await?;
    let client = client.ok_or_else(|| no_target(TargetError::ClientUnknown, ""))?;
    let target =
        Target::resolve(params, &client).map_err(|error| no_target(error, &received(params, &client)))?;
    Ok((client, target))
}

/// The page without a target, with what the site's developer needs to see beside the error.
fn no_target(error: TargetError, received: &str) -> PageError {
    let parameter = match error {
        TargetError::ClientIdMissing | TargetError::ClientUnknown => "client_id",
        TargetError::RedirectUriMissing | TargetError::RedirectUriUnknown => "redirect_uri",
    };
    refused_request(parameter, &format!("{error}{received}"))
}

/// Whom the request is about and what it said, shown as text.
fn received(params: &Params, client: &Client) -> String {
    let name = &client.metadata.name;
    match params.once("redirect_uri").ok().flatten() {
        Some(received) => format!(" ({name}): {received}"),
        None => format!(" ({name})"),
    }
}

fn hinted_subject(request: &BrowserRequest, hint: &str) -> Option<String> {
    let keys = request.app.keys.ring();
    read_id_token_hint(hint, &keys, request.app.issuer(), request.now).ok().map(|claims| claims.sub)
}
