//! The middleware that guards a whole application or scope. It denies by default: what is public is
//! named route by route, method by method, and only a path spelled in the plainest way can match.
//! What the request's headers or query claim about its path or method is never looked at.
//! RFC 3986 section 6.2.2.

use std::{
    future::{Ready, ready},
    rc::Rc,
};

use actix_web::{
    Error, ResponseError,
    body::{EitherBody, MessageBody},
    dev::{ResourceDef, Service, ServiceRequest, ServiceResponse, Transform, forward_ready},
    http::Method,
};
use futures_util::future::LocalBoxFuture;

use super::{challenge::Refusal, presented::verify_header_by};
use crate::{error::BuildError, freshness::Freshness, resource_server::ResourceServer};

/// Guards everything behind it: only requests with a good token go on, except to public routes.
#[derive(Clone)]
#[must_use]
pub struct Protect {
    server: ResourceServer,
    scope: Option<String>,
    public: Vec<(Method, ResourceDef)>,
}

impl Protect {
    /// Asks every request for a token that this resource server accepts.
    pub fn new(server: ResourceServer) -> Self {
        Self { server, scope: None, public: Vec::new() }
    }

    /// Demands this freshness of the tokens instead of the resource server's own, also where a handler
    /// behind it asks for the token.
    ///
    /// # Errors
    /// When what is demanded has no source.
    pub fn freshness(mut self, freshness: Freshness) -> Result<Self, BuildError> {
        self.server = self.server.with_freshness(freshness)?;
        Ok(self)
    }

    /// Asks for this scope as well.
    pub fn require_scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = Some(scope.into());
        self
    }

    /// Lets requests of this method to this route through without a token. The pattern is actix's
    /// own and names the whole path from the root (`/articles/{id}`); it is no prefix.
    pub fn public(mut self, method: Method, pattern: &str) -> Self {
        self.public.push((method, ResourceDef::new(pattern)));
        self
    }

    fn is_public(&self, request: &ServiceRequest) -> bool {
        let path = request.path();
        let is_named =
            |(method, pattern): &(Method, ResourceDef)| method == request.method() && pattern.is_match(path);
        // A plain path has nothing to decode: what is compared is what the router will route by.
        is_plain(path) && self.public.iter().any(is_named)
    }

    async fn admit(&self, request: &ServiceRequest) -> Result<(), Refusal> {
        if self.is_public(request) {
            return Ok(());
        }
        let verified = verify_header_by(&self.server, request.request()).await?;
        match &self.scope {
            Some(scope) if !verified.token.scope().contains(scope) => {
                Err(Refusal::insufficient_scope(self.server.shared_realm(), scope))
            }
            _ => Ok(()),
        }
    }
}

/// A path that no layer could read as another one: unreserved characters between single slashes,
/// no dot segments, nothing encoded, no parameters.
fn is_plain(path: &str) -> bool {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let is_dots = |segment: &str| segment == "." || segment == "..";
    path.bytes().all(is_unreserved) && !path.contains("//") && !path.split('/').any(is_dots)
}

impl<S, B> Transform<S, ServiceRequest> for Protect
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type InitError = ();
    type Transform = ProtectService<S>;
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let service = ProtectService { protect: Rc::new(self.clone()), service: Rc::new(service) };
        ready(Ok(service))
    }
}

/// [`Protect`] around a service.
pub struct ProtectService<S> {
    protect: Rc<Protect>,
    service: Rc<S>,
}

impl<S, B> Service<ServiceRequest> for ProtectService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Error>>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let (protect, service) = (Rc::clone(&self.protect), Rc::clone(&self.service));
        Box::pin(async move {
            match protect.admit(&request).await {
                Ok(()) => Ok(service.call(request).await?.map_into_left_body()),
                // An answer and not an `Err`, so that outer middleware (CORS, logs) sees it whole.
                Err(refusal) => {
                    let answer = refusal.error_response();
                    Ok(request.into_response(answer).map_into_right_body())
                }
            }
        })
    }
}
