//! A span for each request, as a site with traces has one. The spans of the SDK stand below it.

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::Method,
    middleware::Next,
    web::Data,
};
use tracing::{Instrument as _, field::Empty};

use crate::pages::Identity;

/// The target of these spans.
const TARGET: &str = "demo_site::trace";

/// Runs a request within its span. A `traceparent` that a visitor sends is nothing to us.
pub(crate) async fn traced(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    // The pattern, and nothing where none fits: a path may say who asks.
    let route = request.match_pattern();
    let method = method_of(&request);
    let name = [method, route.as_deref().unwrap_or_default()].join(" ");
    let span = tracing::debug_span!(
        target: TARGET,
        "request",
        otel.name = name.trim_end(),
        otel.kind = "server",
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
        server.address = request.app_data::<Data<Identity>>().map(|identity| identity.host.clone()),
    );
    let outcome = next.call(request).instrument(span.clone()).await;
    if let Ok(response) = &outcome {
        span.record("http.response.status_code", i64::from(response.status().as_u16()));
    }
    outcome
}

/// A method that a visitor made up has one word for all of them (semantic conventions of OpenTelemetry).
fn method_of(request: &ServiceRequest) -> &'static str {
    match *request.method() {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "_OTHER",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn a_method_that_a_visitor_made_up_is_no_name() {
        let named = |method: &[u8]| {
            let method = Method::from_bytes(method).unwrap_or_default();
            method_of(&TestRequest::default().method(method).to_srv_request())
        };
        assert_eq!(named(b"POST"), "POST");
        assert_eq!(named(b"CANARY-METHOD"), "_OTHER");
    }
}
