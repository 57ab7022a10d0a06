//! The end of a sign-in: `GET <mount>/callback` takes the authorization response. The transaction that
//! it belongs to is over, whether the sign-in succeeded or not. What is checked is in `code_flow`, what
//! a failure looks like in `failure`. RFC 6749 section 4.1.2.

mod code_flow;
mod failure;

use actix_web::{HttpRequest, HttpResponse, cookie::Cookie, web::Data};

use self::failure::CallbackError;
use crate::sign_in::{
    SignIn,
    browser::{error_page, query::QueryParams, redirect::redirect},
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
    let Some(transaction) = opened else {
        failure::log(&CallbackError::UnknownState);
        return error_page::unknown_sign_in(&site.login_path(site.after_sign_in.as_str(), false));
    };
    let outcome = code_flow::complete(site, &params, &transaction).await;
    if outcome.is_ok() {
        end_previous_session(site, &request);
    }
    let mut response = response(site, &transaction, outcome);
    let consumed = transaction::removal(&site.cookies, state);
    if let Err(error) = response.add_cookie(&consumed) {
        tracing::error!(%error, "a used transaction cannot be removed from the browser");
    }
    response
}

/// An answer of the previous session that is still on its way must not overwrite the new one.
fn end_previous_session(site: &Site, request: &HttpRequest) {
    if let Some(previous) = Session::of_request(site, request) {
        site.spent_sessions.mark_spent(&previous.grant.id);
    }
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
