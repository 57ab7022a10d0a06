//! The outermost layer of the server: gives every answer, of whatever handler or of actix itself,
//! its protective headers, and a person whose request failed a page in place of a bare status.
//! Answers that already are a page or JSON keep their body.

use std::future::{Ready, ready};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::header::{
    ACCEPT, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderValue,
    STRICT_TRANSPORT_SECURITY,
};
use actix_web::{Error, HttpMessage as _, HttpRequest, HttpResponse};
use actix_web::error::InternalError;
use askama::Template as _;
use futures_util::future::LocalBoxFuture;
use tracing_actix_web::RequestId;

use super::headers::apply_to_any;
use super::{ErrorPage, Frame, PageSecurity, Trouble};

/// One year; subdomains are left to whoever owns them.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Middleware for all answers; mount it once, outside the router.
#[derive(Debug, Clone)]
pub struct SecurityHeaders {
    https: bool,
    frame: Frame,
}

impl SecurityHeaders {
    /// `https`: the issuer is an `https` address, so that browsers may be told to stay there.
    #[must_use]
    pub fn new(https: bool, frame: Frame) -> Self {
        Self { https, frame }
    }

    fn complete<B: MessageBody + 'static>(&self, answer: ServiceResponse<B>) -> ServiceResponse<BoxBody> {
        let request_id = request_id(answer.request());
        let mut answer = if wants_page(answer.request()) && is_bare_failure(&answer) {
            let trouble = Trouble::of_status(answer.status());
            self.with_page(answer, trouble, &request_id)
        } else {
            answer.map_into_boxed_body()
        };
        self.complete_headers(answer.headers_mut());
        answer
    }

    /// Keeps the status and headers such as `Allow` and `Retry-After`, and changes the body.
    fn with_page<B: MessageBody + 'static>(
        &self,
        answer: ServiceResponse<B>,
        trouble: Trouble,
        request_id: &str,
    ) -> ServiceResponse<BoxBody> {
        let page = ErrorPage {
            frame: self.frame.clone(),
            trouble,
            request_id,
            back: None,
        };
        let Ok(html) = page.render() else {
            return answer.map_into_boxed_body();
        };
        let mut answer = answer.map_body(|_, _| BoxBody::new(html));
        let headers = answer.headers_mut();
        headers.remove(CONTENT_LENGTH);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        PageSecurity::own_forms().apply(headers);
        answer
    }

    fn complete_headers(&self, headers: &mut HeaderMap) {
        if is_html(headers) && !headers.contains_key(CONTENT_SECURITY_POLICY) {
            PageSecurity::own_forms().apply(headers);
        }
        apply_to_any(headers);
        if self.https {
            headers.insert(STRICT_TRANSPORT_SECURITY, HSTS);
        }
    }

    /// An error that came past the router has no request any more; its answer still gets headers.
    fn complete_error(&self, error: Error) -> Error {
        let mut answer: HttpResponse = error.error_response();
        self.complete_headers(answer.headers_mut());
        InternalError::from_response(error, answer).into()
    }
}

/// The id that the request's log lines carry, or nothing outside of the tracing layer.
fn request_id(request: &HttpRequest) -> String {
    let extensions = request.extensions();
    extensions.get::<RequestId>().map(ToString::to_string).unwrap_or_default()
}

/// Scripts and clients of the API ask for JSON or for anything; only a browser that navigates asks
/// for HTML by name.
fn wants_page(request: &HttpRequest) -> bool {
    let accepts = request.headers().get_all(ACCEPT).filter_map(|value| value.to_str().ok());
    accepts.flat_map(|value| value.split(',')).any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let html = parts.next().is_some_and(|media| media.eq_ignore_ascii_case("text/html"));
        html && !parts.any(|parameter| matches!(parameter, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

/// A failure whose body nobody wrote for a reader: none, or the framework's plain text.
fn is_bare_failure<B>(answer: &ServiceResponse<B>) -> bool {
    let status = answer.status();
    let failed = status.is_client_error() || status.is_server_error();
    failed && media_type(answer.headers()).is_none_or(|media| media == "text/plain")
}

fn is_html(headers: &HeaderMap) -> bool {
    media_type(headers).is_some_and(|media| media == "text/html")
}

fn media_type(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    value.split(';').next().map(str::trim)
}

impl<S, B> Transform<S, ServiceRequest> for SecurityHeaders
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type InitError = ();
    type Transform = SecurityHeadersService<S>;
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(SecurityHeadersService {
            service,
            layer: self.clone(),
        }))
    }
}

/// [`SecurityHeaders`] around one service.
#[derive(Debug)]
pub struct SecurityHeadersService<S> {
    service: S,
    layer: SecurityHeaders,
}

impl<S, B> Service<ServiceRequest> for SecurityHeadersService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Self::Error>>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let layer = self.layer.clone();
        let answer = self.service.call(request);
        Box::pin(async move {
            match answer.await {
                Ok(answer) => Ok(layer.complete(answer)),
                Err(error) => Err(layer.complete_error(error)),
            }
        })
    }
}
