//! A request of a browser, with what its cookies prove. Handlers of pages take this by type.

use super::{cookies, failure, language};
use crate::app::App;
use crate::client_address::ClientAddress;
use crate::db::DbError;
use crate::page::{Layout, PageError};
use crate::store::sessions::SignedIn;
use actix_web::dev::Payload;
use actix_web::http::header::{HeaderName, LOCATION, USER_AGENT};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, HttpResponse, error, web};
use idp_core::device::Described;
use idp_core::session::Ended;
use idp_core::time::UnixTime;
use idp_core::user::User;
use std::future::{Ready, ready};

/// UA Client Hints 2.1.
const BRANDS: HeaderName = HeaderName::from_static("sec-ch-ua");

/// One request of one browser.
pub struct BrowserRequest {
    /// The shared state.
    pub app: web::Data<App>,
    /// The request itself.
    pub http: HttpRequest,
    /// The time at which it came; one moment for all that follows from it.
    pub now: UnixTime,
    /// Its id in the log.
    pub request_id: String,
    /// Where it came from.
    pub address: ClientAddress,
}

impl BrowserRequest {
    /// Who is signed in in this browser.
    ///
    /// # Errors
    /// When the database or Redis does not answer.
    pub async fn signed_in(&self) -> Result<Option<SignedIn>, DbError> {
        let Some(secret) = cookies::session(&self.http) else {
            return Ok(None);
        };
        let signed_in = self.app.store.current_session(&secret, self.now).await?;
        if let Some(found) = &signed_in {
            language::heed_person(&self.http, &found.user);
        }
        Ok(signed_in)
    }

    /// When and why the session ended that this browser still has the cookie of.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn ended_session(&self) -> Result<Option<Ended>, DbError> {
        match cookies::session(&self.http) {
            Some(secret) => self.app.store.ended_session(&secret, self.now).await,
            None => Ok(None),
        }
    }

    /// What the browser says it is.
    #[must_use]
    pub fn described(&self) -> Described {
        let header = |name| self.http.headers().get(name).and_then(|value| value.to_str().ok());
        Described::read(header(&USER_AGENT).unwrap_or(""), header(&BRANDS).unwrap_or(""))
    }

    /// The address, as it is written down.
    #[must_use]
    pub fn address_text(&self) -> String {
        self.address.ip().to_string()
    }

    /// Takes the language wish of a person who is known by something other than a session.
    pub fn heed_person(&self, user: &User) {
        language::heed_person(&self.http, user);
    }

    /// Takes the wish of a client about the language of the pages.
    pub fn heed_client(&self, ui_locales: &[String]) {
        language::heed_client(&self.http, ui_locales);
    }

    /// The layout of a page that is found again at the address of this request.
    #[must_use]
    pub fn layout(&self) -> Layout {
        language::layout(&self.app, self.http.head(), &self.http.extensions())
    }

    /// The layout of a page that is found again at `address`, a path of ours and its query.
    #[must_use]
    pub fn layout_at(&self, address: &str) -> Layout {
        language::coming_back_to(address, &self.app, self.http.head(), &self.http.extensions())
    }

    /// A parameter of the query; `None` when it is absent, repeated, or the query cannot be read.
    #[must_use]
    pub fn query_param(&self, name: &str) -> Option<String> {
        let params = super::form::query(&self.http).ok()?;
        params.once(name).ok().flatten().map(str::to_owned)
    }

    /// A failure that must not happen: logged, and shown as ours.
    #[must_use]
    pub fn internal(&self, error: &dyn std::fmt::Display) -> PageError {
        tracing::error!(%error, "a page cannot be answered");
        PageError::Internal
    }
}

impl FromRequest for BrowserRequest {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(app) = request.app_data::<web::Data<App>>().cloned() else {
            return ready(Err(error::ErrorInternalServerError("no application state")));
        };
        ready(Ok(Self {
            now: app.now(),
            request_id: failure::request_id(request),
            address: ClientAddress::of_request(request),
            app,
            http: request.clone(),
        }))
    }
}

/// The one redirect: 303, so that what was posted here is not posted there (RFC 9700 4.12).
#[must_use]
pub fn see_other(url: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, url)).finish()
}
