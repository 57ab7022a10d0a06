//! The span and the one event of each request: method, path without query, client address, status,
//! duration, and why it was refused. They are counted here as well. Also the `x-request-id` of the answer, which is always our own; one that a trusted
//! proxy sent is logged beside it, so that both logs can be joined.

use std::time::Duration;

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
    config::LoggedRequests,
    metrics::{HttpMetrics, Refusal, Route},
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
            trace_id = field::Empty,
        );
        if let Some(id) = id_from_proxy(request) {
            span.record("proxy_id", field::display(id));
        }
        span
    }

    fn on_request_end<B: MessageBody>(_span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        match outcome {
            Ok(response) => {
                let (request, status) = (response.request(), response.status());
                let took =
                    request.extensions().get::<Stopwatch>().map(Stopwatch::elapsed).unwrap_or_default();
                let extensions = response.response().extensions();
                let refusal = extensions.get::<Refusal>();
                if let Some(metrics) = request.app_data::<HttpMetrics>() {
                    metrics.answered(
                        request.app_data::<Route>(),
                        request.method().as_str(),
                        status.as_u16(),
                        took,
                    );
                    if let Some(refusal) = refusal {
                        metrics.refused(refusal);
                    }
                }
                let logged = request.app_data().copied().unwrap_or(LoggedRequests::NoProbes);
                let is_quiet = match logged {
                    LoggedRequests::All => false,
                    LoggedRequests::NoProbes => is_asked_by_machines(request.path()),
                    LoggedRequests::Refused => refusal.is_none() && !status.is_client_error(),
                };
                log_answer(status, took, refusal, is_quiet);
            }
            Err(error) => log_answer(error.as_response_error().status_code(), Duration::ZERO, None, false),
        }
    }
}

/// With the error that the other side was told, and the cause that it was not, where it was refused.
fn log_answer(status: StatusCode, took: Duration, refusal: Option<&Refusal>, is_quiet: bool) {
    let status = status.as_u16();
    let milliseconds = (took.as_secs_f64() * 100_000.0).round() / 100.0;
    let error = refusal.map(|refusal| refusal.error.as_ref());
    let cause = refusal.map(|refusal| refusal.cause).filter(|cause| *cause != Refusal::NO_CAUSE);
    match status {
        500.. => tracing::warn!(status, milliseconds, error, cause, "answered"),
        _ if is_quiet => tracing::debug!(status, milliseconds, error, cause, "answered"),
        _ => tracing::info!(status, milliseconds, error, cause, "answered"),
    }
}

/// Probes come every few seconds and say nothing while they succeed.
pub(super) fn is_asked_by_machines(path: &str) -> bool {
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
