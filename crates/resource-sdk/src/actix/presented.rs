//! From a request to a verified token: which resource server answers for it, how the token was
//! presented, and the memory that a token was verified already. A token is taken from the header;
//! the query is looked at only to refuse it. RFC 6750 sections 2 and 2.3.

use std::sync::Arc;

use actix_web::{HttpMessage, HttpRequest, http::header::AUTHORIZATION, web};

use super::{authorization::bearer_token, challenge::Refusal};
use crate::{claims::AccessToken, resource_server::ResourceServer, time::UnixTime};

/// The name of the token in a form or a query (RFC 6750 sections 2.2 and 2.3).
pub(super) const PARAMETER: &str = "access_token";

/// Kept with a request whose token was verified. Only this module makes one.
#[derive(Clone)]
pub(super) struct Verified {
    pub(super) token: AccessToken,
    pub(super) server: ResourceServer,
}

impl Verified {
    /// The time at the server that verified it, and seconds by which that may be wrong.
    pub(super) fn time(&self) -> (UnixTime, i64) {
        let leeway = self.server.verifier().void_from(UnixTime::from_secs(0)).as_secs();
        (self.server.now(), leeway)
    }

    pub(super) fn realm(&self) -> Arc<str> {
        self.server.shared_realm()
    }
}

/// The resource server that the application (or the innermost scope) was given.
pub(super) fn resource_server(request: &HttpRequest) -> Option<ResourceServer> {
    let bare = request.app_data::<ResourceServer>();
    let wrapped = || request.app_data::<web::Data<ResourceServer>>().map(web::Data::get_ref);
    bare.or_else(wrapped).cloned()
}

/// The verified token of a request whose token is in the header.
pub(super) async fn verify_header(request: &HttpRequest) -> Result<Verified, Refusal> {
    let configured = resource_server(request);
    // Verified for another audience is not verified for this one. A route that demands another
    // freshness is judged by its own demand alone.
    if let Some(known) = request.extensions().get::<Verified>()
        && configured.as_ref().is_none_or(|server| known.server.stands_for(server))
    {
        return Ok(known.clone());
    }
    let server = configured.ok_or_else(Refusal::not_configured)?;
    verify_header_by(&server, request).await
}

/// The same by a resource server that is known, as in the middleware.
pub(super) async fn verify_header_by(
    server: &ResourceServer,
    request: &HttpRequest,
) -> Result<Verified, Refusal> {
    let token = header_token(server, request)?;
    let token = token.ok_or_else(|| Refusal::no_token(server.shared_realm()))?;
    verify(server, request, &token).await
}

/// The token in the header, if any.
pub(super) fn header_token(
    server: &ResourceServer,
    request: &HttpRequest,
) -> Result<Option<String>, Refusal> {
    let values = request.headers().get_all(AUTHORIZATION);
    let token = bearer_token(values.map(|value| value.as_bytes()))
        .map_err(|_| Refusal::invalid_request(server.shared_realm()))?;
    // Two methods at once: RFC 6750 section 2. In the query alone it counts as not presented.
    if token.is_some() && is_in_query(request) {
        return Err(Refusal::invalid_request(server.shared_realm()));
    }
    Ok(token.map(str::to_owned))
}

/// Verifies a presented token and keeps the outcome with the request.
pub(super) async fn verify(
    server: &ResourceServer,
    request: &HttpRequest,
    token: &str,
) -> Result<Verified, Refusal> {
    let token =
        server.verify(token).await.map_err(|error| Refusal::unverified(server.shared_realm(), error))?;
    let verified = Verified { token, server: server.clone() };
    request.extensions_mut().insert(verified.clone());
    Ok(verified)
}

fn is_in_query(request: &HttpRequest) -> bool {
    let query = request.query_string().as_bytes();
    url::form_urlencoded::parse(query).any(|(name, _)| name == PARAMETER)
}
