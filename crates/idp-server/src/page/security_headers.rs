//! The outermost layer of the server: gives every answer, of any handler or of actix itself, its protective headers, and
//! an error page where [`error_pages`] asks for one.

use std::future::{Ready, ready};
use std::rc::Rc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{
    Extensions, RequestHead, Service, ServiceRequest, ServiceResponse, Transform, forward_ready,
};
use actix_web::error::InternalError;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderMap, HeaderValue, STRICT_TRANSPORT_SECURITY};
use actix_web::{Error, HttpMessage as _, HttpRequest, HttpResponse};
use futures_util::future::LocalBoxFuture;
use tracing_actix_web::RequestId;

use super::error_pages::{self, error_to_show, media_type, wants_page};
use super::headers::apply_to_any;
use super::{Layout, PageError, PageSecurity};

/// One year; subdomains are left to their owners.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// The frame of an error page: from what a request says, and from what its handler learned.
pub type Frame = Rc<dyn Fn(&RequestHead, &Extensions) -> Layout>;

/// Middleware for all answers; mount it once, outside the router.
#[derive(Clone)]
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

    /// The answer with its headers, and with this page for a body.
    fn complete<B: MessageBody + 'static>(
        &self,
        answer: HttpResponse<B>,
        page: Option<(PageError, Layout)>,
        request_id: &str,
    ) -> HttpResponse<BoxBody> {
        let mut answer = match page {
            Some((error, layout)) => error_pages::with_page(answer, error, layout, request_id),
            None => answer.map_into_boxed_body(),
        };
        self.complete_headers(answer.headers_mut());
        answer
    }

    fn layout(&self, head: &RequestHead, extensions: &Extensions) -> Layout {
        (self.frame)(head, extensions)
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
}

/// The id that the request's log lines carry, or nothing outside of the tracing layer.
fn request_id(request: &HttpRequest) -> String {
    let extensions = request.extensions();
    extensions.get::<RequestId>().map(ToString::to_string).unwrap_or_default()
}

fn is_html(headers: &HeaderMap) -> bool {
    media_type(headers).is_some_and(|media| media == "text/html")
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
        ready(Ok(SecurityHeadersService { service, layer: self.clone() }))
    }
}

/// [`SecurityHeaders`] around one service.
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
        let wants_page = wants_page(request.headers());
        // An error of another layer has lost its request, and with it the id: its page is framed before.
        let early = wants_page.then(|| layer.layout(request.head(), &request.extensions()));
        let answer = self.service.call(request);
        Box::pin(async move {
            match answer.await {
                Ok(answer) => {
                    let (request, answer) = answer.into_parts();
                    let error = error_to_show(&answer, wants_page);
                    let page =
                        error.map(|error| (error, layer.layout(request.head(), &request.extensions())));
                    let answer = layer.complete(answer, page, &request_id(&request));
                    Ok(ServiceResponse::new(request, answer))
                }
                Err(error) => {
                    let answer = error.error_response();
                    let page = early.and_then(|layout| Some((error_to_show(&answer, true)?, layout)));
                    let answer = layer.complete(answer, page, "");
                    Err(InternalError::from_response(error, answer).into())
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use actix_web::error::ErrorInternalServerError;
    use actix_web::http::StatusCode;
    use actix_web::http::header::{ACCEPT, CACHE_CONTROL};
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, init_service, read_body, try_call_service};
    use actix_web::{App, web};

    use super::*;
    use crate::words::Language;

    const BROWSER: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

    /// What a client that sends `accept` gets from a small server with every kind of answer.
    async fn get(https: bool, path: &str, accept: &str) -> (StatusCode, HeaderMap, String) {
        let app = App::new()
            .wrap(from_fn(|request: ServiceRequest, next: actix_web::middleware::Next<BoxBody>| async move {
                match request.path() {
                    "/layer" => Err(ErrorInternalServerError("secret detail")),
                    _ => next.call(request).await,
                }
            }))
            .wrap(SecurityHeaders::new(https, Rc::new(|_, _| Layout::new("Accounts", Language::english()))))
            .service(web::resource("/post").route(web::post().to(HttpResponse::Ok)))
            .route("/number/{n}", web::get().to(async |n: web::Path<u8>| n.to_string()))
            .route(
                "/fails",
                web::get().to(async || Err::<String, _>(ErrorInternalServerError("secret detail"))),
            )
            .route(
                "/busy",
                web::get().to(async || {
                    HttpResponse::ServiceUnavailable().insert_header(("retry-after", "7")).finish()
                }),
            )
            .route("/json", web::get().to(async || HttpResponse::BadRequest().json(["invalid_request"])))
            .route(
                "/keys",
                web::get()
                    .to(async || HttpResponse::Ok().insert_header((CACHE_CONTROL, "max-age=300")).json(())),
            )
            .route("/html", web::get().to(async || web::Html::new("<p>")));
        let app = init_service(app).await;
        let request = TestRequest::get()
            .uri(path)
            .insert_header((ACCEPT, accept))
            .insert_header(("origin", "https://evil.example"));
        match try_call_service(&app, request.to_request()).await {
            Ok(answer) => {
                let (status, headers) = (answer.status(), answer.headers().clone());
                (status, headers, String::from_utf8(read_body(answer).await.to_vec()).unwrap())
            }
            Err(error) => {
                let answer = error.error_response();
                let (status, headers) = (answer.status(), answer.headers().clone());
                let body = actix_web::body::to_bytes(answer.into_body()).await.unwrap();
                (status, headers, String::from_utf8(body.to_vec()).unwrap())
            }
        }
    }

    fn value<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
        headers.get(name).map(|value| value.to_str().unwrap())
    }

    #[actix_web::test]
    async fn s65_a_browser_gets_a_guarded_page_for_every_bare_failure() {
        for (path, status) in [
            ("/none", StatusCode::NOT_FOUND),
            ("/post", StatusCode::METHOD_NOT_ALLOWED),
            ("/layer", StatusCode::INTERNAL_SERVER_ERROR),
            ("/number/x", StatusCode::NOT_FOUND),
            ("/fails", StatusCode::INTERNAL_SERVER_ERROR),
            ("/busy", StatusCode::SERVICE_UNAVAILABLE),
        ] {
            let (found, headers, body) = get(true, path, BROWSER).await;
            assert_eq!(found, status, "{path}");
            assert!(body.contains("<h1 id=\"heading\">"), "{path}: {body}");
            assert!(!body.contains("secret detail"), "{path}");
            assert!(value(&headers, "content-security-policy").unwrap().contains("frame-ancestors 'none'"));
            for (name, expected) in [
                ("content-type", "text/html; charset=utf-8"),
                ("x-frame-options", "DENY"),
                ("x-content-type-options", "nosniff"),
                ("referrer-policy", "no-referrer"),
                ("cross-origin-opener-policy", "same-origin"),
                ("cache-control", "no-store"),
                ("strict-transport-security", "max-age=31536000"),
            ] {
                assert_eq!(value(&headers, name), Some(expected), "{path}: {name}");
            }
        }
    }

    #[actix_web::test]
    async fn what_a_failure_says_in_headers_is_kept() {
        let (_, headers, _) = get(false, "/busy", BROWSER).await;
        assert_eq!(value(&headers, "retry-after"), Some("7"));
    }

    #[actix_web::test]
    async fn json_and_answers_to_programs_keep_their_body() {
        let (_, headers, body) = get(false, "/json", BROWSER).await;
        assert_eq!(
            (value(&headers, "content-type"), body.as_str()),
            (Some("application/json"), "[\"invalid_request\"]")
        );
        assert_eq!(value(&headers, "x-content-type-options"), Some("nosniff"));
        assert_eq!(value(&headers, "cache-control"), Some("no-store"));
        for accept in ["*/*", "application/json", "text/html;q=0, */*"] {
            let (status, _, body) = get(false, "/none", accept).await;
            assert_eq!((status, body.as_str()), (StatusCode::NOT_FOUND, ""), "{accept}");
        }
    }

    #[actix_web::test]
    async fn an_answer_may_allow_itself_to_be_cached() {
        let (_, headers, _) = get(false, "/keys", "*/*").await;
        assert_eq!(value(&headers, "cache-control"), Some("max-age=300"));
    }

    #[actix_web::test]
    async fn s65_html_of_any_handler_is_guarded() {
        let (_, headers, body) = get(false, "/html", BROWSER).await;
        assert_eq!(body, "<p>");
        assert!(value(&headers, "content-security-policy").is_some());
        assert_eq!(value(&headers, "x-frame-options"), Some("DENY"));
    }

    #[actix_web::test]
    async fn hsts_is_sent_only_by_an_https_issuer() {
        let (_, headers, _) = get(false, "/html", BROWSER).await;
        assert_eq!(value(&headers, "strict-transport-security"), None);
    }

    #[actix_web::test]
    async fn s32_no_answer_lets_another_origin_read_it() {
        for path in ["/none", "/html", "/json"] {
            let (_, headers, _) = get(false, path, BROWSER).await;
            assert_eq!(value(&headers, "access-control-allow-origin"), None, "{path}");
        }
    }
}
