//! `/` and `/account`: who is signed in, and where everything is. `/` answers any
//! browser that opens the address of the provider; `/account` leads through a sign-in.

use crate::http::flow::AccountPage;
use crate::http::request::BrowserRequest;
use crate::page::{DisplayText, HomePage, PageError, PageSecurity, respond};
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;

/// GET `/`.
pub async fn get(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    let signed_in = request.signed_in().await?;
    Ok(show(&request, signed_in.as_ref()))
}

/// GET `/account`.
pub async fn get_account(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    match request.signed_in().await? {
        Some(signed_in) => Ok(show(&request, Some(&signed_in))),
        None => AccountPage::Overview.after_sign_in(&request),
    }
}

fn show(request: &BrowserRequest, signed_in: Option<&SignedIn>) -> HttpResponse {
    let account = signed_in.map(|signed_in| DisplayText::account(&signed_in.user));
    let page = HomePage { layout: request.layout(), account };
    respond(&page, StatusCode::OK, &PageSecurity::own_forms())
}
