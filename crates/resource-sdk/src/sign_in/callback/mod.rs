//! The end of a sign-in: `GET <mount>/callback` takes the authorization response, once for each transaction:
//! a request that the browser repeats gets the same answer. What is checked is in `code_flow`, what a
//! failure looks like in `failure`. RFC 6749 section 4.1.2.

mod code_flow;
mod failure;

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, cookie::Cookie, web::Data};

use self::failure::CallbackError;
use crate::sign_in::{
    SignIn,
    browser::{error_page, query::QueryParams, recorded_response::RecordedResponse, redirect::redirect},
    login::transaction::{self, Transaction},
    session::session_cookie::Session,
    site::Site,
};

/// Takes the authorization response.
pub(crate) async fn callback(request: HttpRequest, sign_in: Data<SignIn>) -> HttpResponse {
    let site = &sign_in.0;
    let params = QueryParams::of_query(&request);
    let state = params.single("state").unwrap_or_default();
    let opened = transaction::of_state(&request, &site.cookies, &site.sealer, state, site.now());
    let Some((cookie, transaction)) = opened else {
        return unknown_sign_in(site);
    };
    let previous = Session::of_request(site, &request);
    let work = || answer(Arc::clone(site), params.clone(), transaction, previous);
    match site.used_transactions.answer_once(cookie, request.query_string(), work).await {
        Some(answer) => answer.response(),
        None => unknown_sign_in(site),
    }
}

fn unknown_sign_in(site: &Site) -> HttpResponse {
    failure::log(&CallbackError::UnknownState);
    error_page::unknown_sign_in(&site.login_path(site.after_sign_in.as_str(), false))
}

/// Makes the one answer of a transaction, which is over whether the sign-in succeeded or not.
async fn answer(
    site: Arc<Site>,
    params: QueryParams,
    transaction: Transaction,
    previous: Option<Session>,
) -> RecordedResponse {
    let outcome = code_flow::complete(&site, &params, &transaction).await;
    if let (Ok(_), Some(previous)) = (&outcome, previous) {
        // An answer of the previous session that is still on its way must not overwrite the new one.
        site.spent_sessions.mark_spent(&previous.grant.id);
    }
    let mut response = response(&site, &transaction, outcome);
    let state = params.single("state").unwrap_or_default();
    if let Err(error) = response.add_cookie(&transaction::removal(&site.cookies, state)) {
        tracing::error!(%error, "a used transaction cannot be removed from the browser");
    }
    RecordedResponse::of(response)
}

fn response(
    site: &Site,
    transaction: &Transaction,
    outcome: Result<Vec<Cookie<'static>>, CallbackError>,
) -> HttpResponse {
    match outcome {
        Ok(cookies) => {
            let mut response = redirect(&transaction.return_to);
            for cookie in cookies {
                response.cookie(cookie);
            }
            response.finish()
        }
        Err(error) => {
            failure::log(&error);
            failure::response(site, transaction, &error)
        }
    }
}
