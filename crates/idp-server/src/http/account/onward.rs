//! Where a person goes on who was led to the page of a new second factor in the middle of a sign-in (`login/enrol`): the request
//! under way travels sealed in the address of the page. Everybody else goes on to the list of methods.

use super::{holder, new_recovery_codes, receipt};
use crate::db::DbError;
use crate::http::flow::after_sign_in::NextStep;
use crate::http::flow::transaction::address_of;
use crate::http::flow::{AccountPage, AfterSignIn};
use crate::http::request::browser_request::see_other;
use crate::http::request::{BrowserRequest, cookies};
use crate::page::{PageError, PageSecurity, Receipt};
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use idp_core::discovery::path;
use idp_core::recovery_code::RecoveryCodes;
use idp_core::secret::Secret;
use idp_core::time::UnixTime;

/// The way on from one of these pages.
#[derive(Copy, Clone)]
pub struct Onward<'a> {
    /// The browser that asks.
    pub request: &'a BrowserRequest,
    /// The page.
    pub page: AccountPage,
    /// The request under way, sealed; `None` for a person who came by themselves.
    pub tx: Option<&'a str>,
}

impl Onward<'_> {
    /// Where a form of the page may lead; or the answer, where the person was not led to this page, or has done in another tab
    /// what it asks for.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn enter(self, signed_in: &SignedIn) -> Result<Result<PageSecurity, HttpResponse>, PageError> {
        let Some(tx) = self.tx else {
            return Ok(Ok(PageSecurity::own_forms()));
        };
        let (after, _) = AfterSignIn::open(self.request, tx).await?;
        match after.advance(self.request, Some(signed_in.clone())).await? {
            NextStep::Enrol(after, _) => Ok(Ok(after.security())),
            step => step.or_login(self.request).map(Err),
        }
    }

    /// Where a form of the page may lead, once it was shown.
    ///
    /// # Errors
    /// When the client that asked is not registered any more.
    pub async fn security(self) -> Result<PageSecurity, PageError> {
        match self.tx {
            Some(tx) => Ok(AfterSignIn::open(self.request, tx).await?.0.security()),
            None => Ok(PageSecurity::own_forms()),
        }
    }

    /// Where the page is: a path of ours and its query.
    #[must_use]
    pub fn address(self) -> String {
        let path = self.page.path();
        self.tx.map_or_else(|| path.clone().into_owned(), |tx| address_of(&path, tx))
    }

    /// Where a person who does not want it goes.
    #[must_use]
    pub fn back(self) -> String {
        self.tx.map_or_else(|| path::METHODS.to_owned(), |tx| address_of(path::LOGIN, tx))
    }

    /// A client's request says at its own sign-in what it needs; every other way leads back to the page.
    ///
    /// # Errors
    /// When the way back cannot be sealed.
    pub async fn sign_in_first(self) -> Result<HttpResponse, PageError> {
        match self.tx {
            Some(tx) => match AfterSignIn::open(self.request, tx).await?.0 {
                after @ AfterSignIn::Client { .. } => after.go_to_login(self.request),
                AfterSignIn::Account(_) => self.page.after_sign_in(self.request),
            },
            None => self.page.after_sign_in(self.request),
        }
    }

    /// To where the person was led here from, with what they have proven by now, by a form of a page that was made at `made_at`.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn go_on(
        self,
        signed_in: SignedIn,
        made_at: UnixTime,
        done: Option<Receipt>,
    ) -> Result<HttpResponse, PageError> {
        let Some(tx) = self.tx else {
            return match done {
                Some(done) => receipt::show_at(self.request, path::METHODS, &holder(&signed_in), done),
                None => Ok(see_other(path::METHODS)),
            };
        };
        let (mut after, _) = AfterSignIn::open(self.request, tx).await?;
        after.note_form(made_at, self.request.now);
        after.advance(self.request, Some(signed_in)).await?.or_login(self.request)
    }

    /// To the recovery codes that came with the new factor, and from there to where the person was led here from.
    ///
    /// # Errors
    /// When they cannot be sealed.
    pub async fn show_codes(
        self,
        signed_in: &SignedIn,
        codes: &RecoveryCodes,
        made_at: UnixTime,
        done: Option<Receipt>,
    ) -> Result<HttpResponse, PageError> {
        let Some(tx) = self.tx else {
            return new_recovery_codes::show_at(self.request, signed_in, codes, done, None);
        };
        let (mut after, _) = AfterSignIn::open(self.request, tx).await?;
        after.note_form(made_at, self.request.now);
        let sealed = after.seal(self.request)?;
        let mut response =
            new_recovery_codes::show_at(self.request, signed_in, codes, done, Some(&sealed.tx))?;
        sealed.set_cookie(&mut response);
        Ok(response)
    }
}

/// Who sends the form of a new factor, which puts their session under `cookie`. A browser that repeats it may not know of that yet.
///
/// # Errors
/// When the database does not answer.
pub async fn sender(request: &BrowserRequest, cookie: &Secret) -> Result<Option<SignedIn>, DbError> {
    let signed_in = request.signed_in().await?;
    match (signed_in, cookies::device(&request.http)) {
        (None, Some(device)) => {
            request.app.store.session_moved_to(cookie.hash(), device.hash(), request.now).await
        }
        (signed_in, _) => Ok(signed_in),
    }
}
