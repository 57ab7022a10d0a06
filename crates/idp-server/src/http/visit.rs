//! A visit of a browser: the request with what its cookies prove. Handlers of pages take this by type.

use crate::app::App;
use crate::client_address::ClientAddress;
use crate::db::DbError;
use crate::http::{cookies, failure};
use crate::page::{ClientLabel, DisplayText};
use crate::random;
use crate::store::sessions::SignedIn;
use actix_web::dev::Payload;
use actix_web::http::header::{HeaderName, USER_AGENT};
use actix_web::{FromRequest, HttpRequest, error, web};
use idp_core::client::Client;
use idp_core::device::Described;
use idp_core::secret::{Secret, SecretKind};
use idp_core::session::Ended;
use idp_core::time::UnixTime;
use idp_core::user::User;
use std::future::{Ready, ready};
use url::Url;

/// UA Client Hints 2.1.
const BRANDS: HeaderName = HeaderName::from_static("sec-ch-ua");

/// One request of one browser.
pub struct Visit {
    /// The shared state.
    pub app: web::Data<App>,
    /// The request itself.
    pub request: HttpRequest,
    /// The time at which it came; one moment for all that follows from it.
    pub now: UnixTime,
    /// Its id in the log.
    pub request_id: String,
    /// Where it came from.
    pub address: ClientAddress,
}

impl Visit {
    /// Who is signed in in this browser.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn signed_in(&self) -> Result<Option<SignedIn>, DbError> {
        match cookies::session(&self.request) {
            Some(secret) => self.app.store.current_session(&secret, self.now).await,
            None => Ok(None),
        }
    }

    /// When and why the session ended that this browser still has the cookie of.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn ended(&self) -> Result<Option<Ended>, DbError> {
        match cookies::session(&self.request) {
            Some(secret) => self.app.store.ended_session(&secret, self.now).await,
            None => Ok(None),
        }
    }

    /// What the browser says it is.
    #[must_use]
    pub fn described(&self) -> Described {
        let header = |name| self.request.headers().get(name).and_then(|value| value.to_str().ok());
        Described::read(header(&USER_AGENT).unwrap_or(""), header(&BRANDS).unwrap_or(""))
    }

    /// A new session secret.
    #[must_use]
    pub fn new_session_secret(&self) -> Secret {
        Secret::generate(SecretKind::Session, &mut random::rng())
    }

    /// The address, as it is written down.
    #[must_use]
    pub fn address_text(&self) -> String {
        self.address.ip().to_string()
    }
}

impl FromRequest for Visit {
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
            request: request.clone(),
        }))
    }
}

/// How a client is shown to a person who will go on to `redirect_uri`.
#[must_use]
pub fn label(client: &Client, redirect_uri: Option<&str>) -> ClientLabel {
    let url = redirect_uri.and_then(|uri| Url::parse(uri).ok());
    let host = url.as_ref().and_then(Url::host_str);
    let host = url
        .as_ref()
        .and_then(Url::port)
        .zip(host)
        .map(|(port, host)| format!("{host}:{port}"))
        .or(host.map(str::to_owned));
    ClientLabel::new(&client.name, host.as_deref())
}

/// How a user is shown to themselves.
#[must_use]
pub fn account(user: &User) -> DisplayText {
    match &user.claims.name {
        Some(name) => DisplayText::name(&format!("{name} ({})", user.username.as_str())),
        None => DisplayText::name(user.username.as_str()),
    }
}
