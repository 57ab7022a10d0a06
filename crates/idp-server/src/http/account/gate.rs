//! The gate before a person's own pages: their session has to prove what the account asks for by now, and where the ways to sign
//! in are changed it has to be fresh as well (`account.fresh`). It is asked of their forms too, before a field of one is
//! read. A stranger who finds a browser open, or copied its cookie a while ago, gets no further (OWASP ASVS 5.0 7.5.1).

use crate::http::flow::AccountPage;
use crate::http::request::BrowserRequest;
use crate::page::PageError;
use crate::store::sessions::SignedIn;
use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use std::future::Future;
use std::pin::Pin;

/// A person to whom the [`AccountPage`] opens that is asked for. Its handler takes them by type; everybody else is led through what
/// comes first, and comes back to the page.
pub struct Admitted(pub SignedIn);

impl FromRequest for Admitted {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let browser = BrowserRequest::from_request(request, payload);
        Box::pin(async move {
            match admitted(&browser.await?).await? {
                Ok(signed_in) => Ok(Self(signed_in)),
                Err(elsewhere) => {
                    Err(InternalError::from_response("something comes first", elsewhere).into())
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
