//! `/authorize` (RFC 6749 3.1, OpenID Connect Core 3.1.2): finds out where an answer may go, runs the checks,
//! and hands over to the transaction.

use crate::http::transaction::{Transaction, deliver, see_other};
use crate::http::visit::Visit;
use crate::http::{failure, form};
use actix_web::HttpResponse;
use actix_web::web::Payload;
use idp_core::authorize::{AuthorizationRequest, AuthorizationResponse, Target, TargetError};
use idp_core::client::Client;
use idp_core::discovery::path;
use idp_core::params::Params;
use idp_core::token::read_id_token_hint;
use url::form_urlencoded;

/// The longest request that is sent on by GET, in bytes: what servers and proxies commonly take is not much more.
const MAX_QUERY_BYTES: usize = 12 * 1024;

/// GET: the request is in the query.
pub async fn get(visit: Visit) -> HttpResponse {
    match form::query(&visit.request) {
        Ok(params) => authorize(&visit, &params).await,
        Err(_) => failure::client_request_page(&visit.request, "query", "the query cannot be read"),
    }
}

/// POST: the request is in the body. The browser is sent on to the same request by GET: a cross-site POST
/// carries no session cookie, and must not; the GET that follows does.
pub async fn post(visit: Visit, payload: Payload) -> HttpResponse {
    match form::read(&visit.request, &mut payload.into_inner()).await {
        Ok(params) => {
            let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(params.iter()).finish();
            if query.len() > MAX_QUERY_BYTES {
                return failure::client_request_page(&visit.request, "body", "the request is too long");
            }
            see_other(&format!("{}?{query}", path::AUTHORIZE))
        }
        Err(_) => failure::client_request_page(&visit.request, "body", "the form cannot be read"),
    }
}

async fn authorize(visit: &Visit, params: &Params) -> HttpResponse {
    let (client, target) = match find_target(visit, params).await {
        Ok(found) => found,
        Err(page) => return page,
    };
    let request = match AuthorizationRequest::check(params, &client, target.clone(), &|hint| {
        hinted_subject(visit, hint)
    }) {
        Ok(request) => request,
        Err(error) => {
            tracing::info!(client = client.id.as_str(), %error, "authorization request refused");
            let response = AuthorizationResponse::error(&target, visit.app.issuer(), &error);
            return deliver(visit, &client, response);
        }
    };
    match visit.signed_in().await {
        Ok(signed_in) => Transaction::new(request, visit.now).advance(visit, &client, signed_in).await,
        Err(error) => failure::db_page(&visit.request, &error),
    }
}

/// The client and the matched place for the answer; a page, never a redirect, when either is wrong.
async fn find_target(visit: &Visit, params: &Params) -> Result<(Client, Target), HttpResponse> {
    let page = |error: TargetError| {
        let parameter = match error {
            TargetError::ClientIdMissing | TargetError::ClientUnknown => "client_id",
            TargetError::RedirectUriMissing | TargetError::RedirectUriUnknown => "redirect_uri",
        };
        failure::client_request_page(&visit.request, parameter, &error.to_string())
    };
    let id = params.once("client_id").ok().flatten().ok_or_else(|| page(TargetError::ClientIdMissing))?;
    let client = match visit.app.store.client_named(id).await {
        Ok(Some(client)) => client,
        Ok(None) => return Err(page(TargetError::ClientUnknown)),
        Err(error) => return Err(failure::db_page(&visit.request, &error)),
    };
    let target = Target::resolve(params, &client).map_err(page)?;
    Ok((client, target))
}

fn hinted_subject(visit: &Visit, hint: &str) -> Option<String> {
    let keys = visit.app.keys.ring();
    read_id_token_hint(hint, &keys, visit.app.issuer(), visit.now).ok().map(|claims| claims.sub)
}
