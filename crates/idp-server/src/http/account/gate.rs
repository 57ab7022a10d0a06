//! The gate before the pages that change what a person signs in with: their sign-in has to be a fresh one
//! (`account.fresh`), as strong as the account asks for. It is asked of their forms as well, before a field of one is read. A
//! stranger who finds a browser open, or copied its cookie a while ago, gets no further (OWASP ASVS 5.0 7.5.1).

use crate::http::flow::AccountPage;
use crate::http::request::BrowserRequest;
use crate::page::PageError;
use crate::store::sessions::SignedIn;
use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use std::future::Future;
use std::pin::Pin;

/// A person who has signed in a short while ago. A handler of an [`AccountPage`] takes it by type; everybody else is sent
/// to prove who they are, and comes back to the page.
pub struct FreshSignIn(pub SignedIn);

impl FromRequest for FreshSignIn {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let browser = BrowserRequest::from_request(request, payload);
        Box::pin(async move {
            match admitted(&browser.await?).await? {
                Ok(signed_in) => Ok(Self(signed_in)),
                Err(elsewhere) => {
                    Err(InternalError::from_response("a fresh sign-in first", elsewhere).into())
                }
            }
        })
    }
}

async fn admitted(request: &BrowserRequest) -> Result<Result<SignedIn, HttpResponse>, PageError> {
    let page = AccountPage::of(request).ok_or(PageError::NotFound)?;
    match page.opened_by(request).await? {
        Some(signed_in) => Ok(Ok(signed_in)),
        None => page.after_sign_in(request).map(Err),
    }
}
