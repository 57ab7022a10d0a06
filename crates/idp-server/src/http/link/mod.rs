//! Links in letters. A GET uses none up, since programs that look through mail open them as well: it moves the secret out of the
//! address bar into a sealed one that is good in this browser alone, whose page has a form; the POST of it counts, once.

mod create_account;
mod first_administrator;
mod forgot_password;
mod letter_form;
mod not_me;
mod register;
mod reset_password;
mod second_step;
mod verify_address;

use super::flow::transaction::{Purpose, ResumedFrom, Sealed, Transaction, address_of};
use super::request::route::resource;
use super::request::{BrowserRequest, PageForm, cookies};
use crate::db::DbError;
use crate::page::{DisplayText, PageError, PageSecurity, VoidLink, VoidLinkPage, respond};
use crate::store::mail_links::OpenedLink;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{ServiceConfig, get, post};
use idp_core::discovery::path;
use idp_core::secret::{Secret, SecretKind};
use serde::{Deserialize, Serialize};

pub(super) fn routes(config: &mut ServiceConfig) {
    let forgot = resource(path::FORGOT_PASSWORD, "GET, POST")
        .route(get().to(forgot_password::get))
        .route(post().to(forgot_password::post));
    let reset = resource(path::RESET_PASSWORD, "GET, POST")
        .route(get().to(reset_password::get))
        .route(post().to(reset_password::post));
    let verify = resource(path::VERIFY_ADDRESS, "GET, POST")
        .route(get().to(verify_address::get))
        .route(post().to(verify_address::post));
    let not_me =
        resource(path::NOT_ME, "GET, POST").route(get().to(not_me::get)).route(post().to(not_me::post));
    let second_step = resource(path::SECOND_STEP, "GET").route(get().to(second_step::get));
    let register =
        resource(path::REGISTER, "GET, POST").route(get().to(register::get)).route(post().to(register::post));
    let create = resource(path::CREATE_ACCOUNT, "GET, POST")
        .route(get().to(create_account::get))
        .route(post().to(create_account::post));
    config.service(forgot).service(reset).service(verify).service(not_me).service(second_step);
    let first_administrator = resource(path::FIRST_ADMINISTRATOR, "GET, POST")
        .route(get().to(first_administrator::get))
        .route(post().to(first_administrator::post));
    config.service(register).service(create).service(first_administrator);
}

/// A link that was opened in a browser.
#[derive(Serialize, Deserialize)]
struct LinkVisit {
    secret: String,
}

impl Purpose for LinkVisit {
    const CONTEXT: &'static str = "mail link";
}

impl LinkVisit {
    fn secret(&self) -> Option<Secret> {
        Secret::parse(SecretKind::MailLink, &self.secret)
    }
}

/// The page of a link.
#[derive(Copy, Clone)]
struct LinkPage {
    path: &'static str,
    /// Names its form in the token.
    form: &'static str,
}

/// A link as a page of it finds it.
struct Visit {
    transaction: Transaction<LinkVisit>,
    secret: Secret,
    link: OpenedLink,
}

/// A link that was opened, with what travels for it.
type Opened = (Transaction<LinkVisit>, Secret);

impl Visit {
    async fn of(request: &BrowserRequest, (transaction, secret): Opened) -> Result<Self, DbError> {
        let link = request.app.store.open_mail_link(&secret, request.now).await?;
        Ok(Self { transaction, secret, link })
    }
}

impl LinkPage {
    /// What the request has opened, or what to answer instead.
    async fn open(self, request: &BrowserRequest) -> Result<Result<Visit, HttpResponse>, PageError> {
        match self.open_secret(request)? {
            Ok(opened) => Ok(Ok(Visit::of(request, opened).await?)),
            Err(answer) => Ok(Err(answer)),
        }
    }

    /// The secret of the link that the request has opened, or what to answer instead.
    fn open_secret(self, request: &BrowserRequest) -> Result<Result<Opened, HttpResponse>, PageError> {
        let Some(text) = request.query_param("link") else {
            return Ok(self.resume(request, &request.query_param("tx").unwrap_or_default()));
        };
        if Secret::parse(SecretKind::MailLink, &text).is_none() {
            return Ok(Err(self.void(request, None)));
        }
        Transaction::new(LinkVisit { secret: text }, request.now).go_to(request, self.path).map(Err)
    }

    /// What a form of the page continues.
    async fn posted(
        self,
        request: &BrowserRequest,
        form: &PageForm,
    ) -> Result<Result<Visit, HttpResponse>, PageError> {
        match self.posted_secret(request, form)? {
            Ok(opened) => Ok(Ok(Visit::of(request, opened).await?)),
            Err(answer) => Ok(Err(answer)),
        }
    }

    /// The secret of the link that a form of the page continues.
    fn posted_secret(
        self,
        request: &BrowserRequest,
        form: &PageForm,
    ) -> Result<Result<Opened, HttpResponse>, PageError> {
        let is_bound = |browser: &Secret| form.is_bound(request, self.form, &browser.hash().to_string());
        match self.resume(request, form.tx()) {
            Ok(_) if !cookies::browsers(&request.http).iter().any(is_bound) => Err(PageError::Forbidden),
            resumed => Ok(resumed),
        }
    }

    fn resume(self, request: &BrowserRequest, tx: &str) -> Result<Opened, HttpResponse> {
        match Transaction::<LinkVisit>::open(request, tx) {
            Some((_, ResumedFrom::OtherBrowser)) => Err(self.elsewhere(request)),
            Some((transaction, _)) => match transaction.request.secret() {
                Some(secret) => Ok((transaction, secret)),
                None => Err(self.void(request, None)),
            },
            None => Err(self.void(request, None)),
        }
    }

    /// Seals the page of a link for this browser, at the address at which it is found again.
    fn seal(
        self,
        request: &BrowserRequest,
        transaction: Transaction<LinkVisit>,
    ) -> Result<(Sealed<()>, String), PageError> {
        let sealed = transaction.seal(request)?.for_form();
        let address = sealed.address(self.path);
        Ok((sealed, address))
    }

    /// Nothing, and where another link is to be had.
    fn void(self, request: &BrowserRequest, way_back: Option<&str>) -> HttpResponse {
        let lead = |page: &str| way_back.map_or_else(|| page.to_owned(), |tx| address_of(page, tx));
        let config = &request.app.config;
        let forgot = || config.resets_passwords_by_mail().then(|| lead(path::FORGOT_PASSWORD));
        let login = || Some(lead(path::LOGIN));
        let (cause, again, sign_in) = match self.path {
            path::VERIFY_ADDRESS => (VoidLink::OfAddress, Some(path::ADDRESSES.to_owned()), None),
            path::NOT_ME => (VoidLink::OfNotMe, forgot(), Some(path::SECURE.to_owned())),
            path::FIRST_ADMINISTRATOR => (VoidLink::OfAdministrator, None, Some(path::ADMIN.to_owned())),
            path::SECOND_STEP => (VoidLink::OfSecondStep, None, login()),
            path::CREATE_ACCOUNT if config.takes_registrations() => {
                (VoidLink::OfAccount, Some(lead(path::REGISTER)), login())
            }
            path::CREATE_ACCOUNT => (VoidLink::OfInvitation, None, login()),
            _ => (VoidLink::OfPassword, forgot(), login()),
        };
        let page = VoidLinkPage {
            layout: request.layout(),
            cause,
            again: again.as_deref(),
            sign_in: sign_in.as_deref(),
        };
        respond(&page, StatusCode::GONE, &PageSecurity::own_forms())
    }

    fn elsewhere(self, request: &BrowserRequest) -> HttpResponse {
        let cause = VoidLink::Elsewhere(DisplayText::name(request.app.issuer()));
        let page = VoidLinkPage { layout: request.layout(), cause, again: None, sign_in: None };
        respond(&page, StatusCode::FORBIDDEN, &PageSecurity::own_forms())
    }
}
