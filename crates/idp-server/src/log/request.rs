//! The span and the one event of each request: method, path without query, client address, status and
//! duration. Also the `x-request-id` of the answer, which is always our own; one that a trusted
//! proxy sent is logged beside it, so that both logs can be joined.

use actix_web::{
    Error, HttpMessage,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{HeaderName, HeaderValue},
    },
    middleware::Next,
};
use tracing::{Span, field};
use tracing_actix_web::{RequestId, RootSpanBuilder};
use uuid::Uuid;

use crate::{
    client_address::{ClientAddress, TrustedProxies},
    clock::Stopwatch,
};

/// The header that carries the request id.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A path is logged up to this many characters; ours are shorter.
const LONGEST_PATH: usize = 200;

/// For `TracingLogger`: what is known about a request before it is handled.
pub struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        request.extensions_mut().insert(Stopwatch::start());
        let id = request.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default();
        let path: String = request.path().chars().take(LONGEST_PATH).collect();
        let span = tracing::info_span!(
            "request",
            id,
            method = request.method().as_str(),
            path,
            client = %ClientAddress::of_request(request.request()).ip(),
            proxy_id = field::Empty,
        );
        if let Some(id) = id_from_proxy(request) {
            span.record("proxy_id", field::display(id));
        }
        span
    }

    fn on_request_end<B: MessageBody>(_span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        match outcome {
            Ok(response) => {
                let milliseconds = response
                    .request()
                    .extensions()
                    .get::<Stopwatch>()
                    .map(|watch| watch.elapsed().as_secs_f64() * 1000.0)
                    .unwrap_or_default();
                let quiet = is_asked_by_machines(response.request().path());
                log_answer(response.status(), milliseconds, quiet);
            }
            Err(error) => log_answer(error.as_response_error().status_code(), 0.0, false),
        }
    }
}

fn log_answer(status: StatusCode, milliseconds: f64, quiet: bool) {
    let status = status.as_u16();
    let milliseconds = (milliseconds * 100.0).round() / 100.0;
    match status {
        500.. => tracing::warn!(status, milliseconds, "answered"),
        _ if quiet => tracing::debug!(status, milliseconds, "answered"),
        _ => tracing::info!(status, milliseconds, "answered"),
    }
}

/// Probes come every few seconds and say nothing while they succeed.
fn is_asked_by_machines(path: &str) -> bool {
    path.starts_with("/health/") || path.starts_with("/assets/")
}

/// The request id of a trusted proxy, when it is a UUID; a client could choose it to mislead the reader of the log.
fn id_from_proxy(request: &ServiceRequest) -> Option<Uuid> {
    let peer = request.peer_addr()?.ip();
    if !TrustedProxies::of_request(request.request()).contains(peer) {
        return None;
    }
    request.headers().get(X_REQUEST_ID)?.to_str().ok()?.parse().ok()
}

/// Puts the request id on the answer. Wrap it inside `TracingLogger`, which makes the id.
///
/// # Errors
/// Those of the wrapped service.
pub async fn stamp_request_id(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let id = request.extensions().get::<RequestId>().map(ToString::to_string);
    let mut response = next.call(request).await?;
    if let Some(value) = id.and_then(|id| HeaderValue::try_from(id).ok()) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    Ok(response)
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
