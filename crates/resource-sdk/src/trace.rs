//! The spans of this crate, for any subscriber of `tracing`: what a request of a site waits for. They have a target of their own
//! and the level DEBUG, so that a log at INFO looks as it did. Fields are words of the code, statuses and hosts: no token, no
//! address with its query, no name of a person. With the feature `otel` the trace of OpenTelemetry goes along with requests to the
//! provider and with a sign-in on its way through the browser (W3C Trace Context).

use tracing::{Instrument as _, Span, field::Empty};

/// The target of these spans, and of nothing else.
pub(crate) const TARGET: &str = "resource_sdk::trace";

/// A part of the sign-in, or of what follows from it.
#[cfg(feature = "sign-in")]
pub(crate) fn step(name: &'static str) -> Span {
    tracing::debug_span!(target: TARGET, "sign_in", otel.name = name, otel.status_code = Empty, error.type = Empty)
}

/// The judgement of an access token.
pub(crate) fn verify_token() -> Span {
    tracing::debug_span!(target: TARGET, "verify_token", otel.name = "verify token", error.type = Empty)
}

/// Sends a request to the provider within a span of this name, and says to which trace it belongs.
pub(crate) async fn send(
    name: &'static str,
    request: reqwest::RequestBuilder,
) -> Result<reqwest::Response, reqwest::Error> {
    let (client, request) = request.build_split();
    execute(name, &client, request?).await
}

/// The same of a request that is built.
pub(crate) async fn execute(
    name: &'static str,
    client: &reqwest::Client,
    mut request: reqwest::Request,
) -> Result<reqwest::Response, reqwest::Error> {
    let span = tracing::debug_span!(
        target: TARGET,
        "to_provider",
        otel.name = name,
        otel.kind = "client",
        otel.status_code = Empty,
        http.request.method = request.method().as_str(),
        http.response.status_code = Empty,
        server.address = request.url().host_str(),
        error.type = Empty,
    );
    let traceparent = traceparent(&span).and_then(|value| value.try_into().ok());
    if let Some(traceparent) = traceparent {
        request.headers_mut().insert("traceparent", traceparent);
    }
    let outcome = client.execute(request).instrument(span.clone()).await;
    match &outcome {
        Ok(answer) => {
            span.record("http.response.status_code", i64::from(answer.status().as_u16()));
        }
        Err(error) => failed(&span, if error.is_timeout() { "timeout" } else { "connection" }),
    }
    outcome
}

/// Notes that what the span is about went wrong, in words of the code.
pub(crate) fn failed(span: &Span, words: &str) {
    span.record("error.type", words);
    span.record("otel.status_code", "ERROR");
}

pub(crate) use context::traceparent;
#[cfg(feature = "sign-in")]
pub(crate) use context::{follows_from, go_on_from};

/// With OpenTelemetry: what goes along is for the propagator that the site has set for its process.
#[cfg(feature = "otel")]
#[cfg_attr(
    not(feature = "sign-in"),
    allow(dead_code, reason = "there is no sign-in that it goes along with")
)]
mod context {
    use std::collections::HashMap;

    use opentelemetry::{Context, global, trace::TraceContextExt as _};
    use tracing::Span;
    use tracing_opentelemetry::OpenTelemetrySpanExt as _;

    const TRACEPARENT: &str = "traceparent";

    /// Under which others may go on from this span; nothing where it is not recorded.
    pub(crate) fn traceparent(span: &Span) -> Option<String> {
        if span.is_disabled() {
            return None;
        }
        let context = span.context();
        if !context.span().span_context().is_sampled() {
            return None;
        }
        let mut carrier = HashMap::new();
        global::get_text_map_propagator(|propagator| propagator.inject_context(&context, &mut carrier));
        carrier.remove(TRACEPARENT)
    }

    /// Makes the span, which has not begun, a part of the trace that a proven message names.
    pub(crate) fn go_on_from(span: &Span, traceparent: Option<&str>) {
        if let Some(traceparent) = traceparent {
            // A span that no layer takes has no parent either.
            let _ = span.set_parent(extracted(traceparent));
        }
    }

    /// Notes that the span is about what this one is about.
    pub(crate) fn follows_from(span: &Span, other: &Span) {
        if !other.is_disabled() {
            span.add_link(other.context().span().span_context().clone());
        }
    }

    fn extracted(traceparent: &str) -> Context {
        let carrier = HashMap::from([(TRACEPARENT.to_owned(), traceparent.to_owned())]);
        global::get_text_map_propagator(|propagator| {
            propagator.extract_with_context(&Context::new(), &carrier)
        })
    }
}

/// Without it nothing goes along.
#[cfg(not(feature = "otel"))]
mod context {
    use tracing::Span;

    pub(crate) const fn traceparent(_: &Span) -> Option<String> {
        None
    }

    #[cfg(feature = "sign-in")]
    pub(crate) const fn go_on_from(_: &Span, _: Option<&str>) {}

    #[cfg(feature = "sign-in")]
    pub(crate) const fn follows_from(_: &Span, _: &Span) {}
}
