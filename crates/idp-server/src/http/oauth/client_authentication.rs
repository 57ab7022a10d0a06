//! A request to the token, introspection or revocation endpoint, from a client that has proven itself. The
//! form is read once and stays private until then, so that no grant can forget to authenticate.

use crate::app::App;
use crate::client_address::ClientAddress;
use crate::db::audit_events::{AuditContext, AuditEvent};
use crate::http::request::ApiFailure;
use crate::http::request::form;
use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, web};
use idp_core::client::Client;
use idp_core::client_authentication::ClientAuthentication;
use idp_core::error::{ErrorCode, OAuthError};
use idp_core::params::Params;
use idp_core::time::UnixTime;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

const UNPROVEN: OAuthError = OAuthError::new(ErrorCode::InvalidClient, "Client authentication failed.");

/// An authenticated client (or a public one, which has nothing to prove) and what it sent.
pub struct ClientRequest {
    /// The shared state.
    pub app: web::Data<App>,
    /// Who asks.
    pub client: Arc<Client>,
    /// When.
    pub now: UnixTime,
    /// From where.
    pub address: ClientAddress,
    params: Params,
}

impl ClientRequest {
    /// The value of a parameter; none of them is repeated.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.once(name).ok().flatten()
    }

    /// The value of a parameter that must be there.
    ///
    /// # Errors
    /// `invalid_request`, in these words.
    pub fn required(&self, name: &str, missing: &'static str) -> Result<&str, OAuthError> {
        self.param(name).ok_or(OAuthError::new(ErrorCode::InvalidRequest, missing))
    }

    /// The address, as it is written down.
    #[must_use]
    pub fn address_text(&self) -> String {
        self.address.ip().to_string()
    }
}

impl FromRequest for ClientRequest {
    type Error = ApiFailure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiFailure>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let app = request.app_data::<web::Data<App>>().cloned().ok_or(ApiFailure::Internal)?;
            let params = form::read(&request, &mut payload).await.map_err(ApiFailure::unread)?;
            if params.repeated().is_some() {
                return Err(OAuthError::new(ErrorCode::InvalidRequest, "A parameter is repeated.").into());
            }
            let presented = presented(&request, &params)?;
            let (now, address) = (app.now(), ClientAddress::of_request(&request));
            let client = proven(&app, presented, &address, now).await?;
            Ok(Self { app, client, now, address, params })
        })
    }
}

/// A client that listens, and may: authenticated by Basic alone, since a GET has no form (RFC 6749 2.3.1).
pub struct ListeningClient {
    /// The shared state.
    pub app: web::Data<App>,
    /// Who listens.
    pub client: Arc<Client>,
}

impl FromRequest for ListeningClient {
    type Error = ApiFailure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiFailure>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let app = request.app_data::<web::Data<App>>().cloned().ok_or(ApiFailure::Internal)?;
            let presented = presented(&request, &Params::default())?;
            let (now, address) = (app.now(), ClientAddress::of_request(&request));
            let client = proven(&app, presented, &address, now).await?;
            check_may_follow(&client)?;
            Ok(Self { app, client })
        })
    }
}

/// Whether this client may follow the revocation feed. A public one cannot prove which client it is.
///
/// # Errors
/// `invalid_client` for a public client, `access_denied` for one without the permission.
pub fn check_may_follow(client: &Client) -> Result<(), OAuthError> {
    if client.is_public() {
        return Err(OAuthError::new(ErrorCode::InvalidClient, "A public client has no feed."));
    }
    if !client.metadata.follows_feed {
        return Err(OAuthError::new(
            ErrorCode::AccessDenied,
            "This client may not follow the revocation feed.",
        ));
    }
    Ok(())
}

async fn proven(
    app: &App,
    presented: ClientAuthentication,
    address: &ClientAddress,
    now: UnixTime,
) -> Result<Arc<Client>, ApiFailure> {
    match app.store.authenticate_client(presented, now).await? {
        Ok(client) => Ok(client),
        Err((error, name)) => {
            let about = AuditContext {
                client: Some(name),
                address: Some(address.ip().to_string()),
                ..AuditContext::default()
            };
            let source = address.network_key();
            app.store.record_rate_limited(&source, AuditEvent::ClientRefused, about, now).await?;
            Err(error.into())
        }
    }
}

fn presented(request: &HttpRequest, params: &Params) -> Result<ClientAuthentication, OAuthError> {
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let header = headers.next().map(|value| value.to_str().map_err(|_| UNPROVEN)).transpose()?;
    if headers.next().is_some() {
        return Err(OAuthError::new(ErrorCode::InvalidRequest, "More than one Authorization header."));
    }
    let field = |name| params.once(name).ok().flatten();
    ClientAuthentication::read(header, field("client_id"), field("client_secret"))
}
