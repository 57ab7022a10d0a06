//! The spans of traces, a function for each kind of work. What stands here is all that a trace can say: fields are
//! words of the code, patterns of our paths, statuses and durations, and hosts of registered addresses. No value of a request,
//! of a person or of a row becomes one (ADR 82). Names follow the semantic conventions of OpenTelemetry 1.x. Without
//! traces no span is made here: no layer takes them (`traces`), and `tracing` asks each of these places once.

use std::any::type_name;
use std::collections::HashMap;
use std::future::Future;

use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{SpanContext, TraceContextExt as _};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::{Instrument as _, Span, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::clock::Stopwatch;
use crate::metrics::known_method;

/// The target of these spans, and of nothing else: the traces take them, and the log leaves them out.
pub const TARGET: &str = "idp_server::trace";
/// The names of spans that begin a trace; all others are below one.
pub const BEGINNINGS: [&str; 2] = ["request", "task"];
/// The header of W3C Trace Context that says which trace a request belongs to.
pub const TRACEPARENT: &str = "traceparent";
/// The word for methods that have none of their own, by the conventions.
const OTHER_METHOD: &str = "_OTHER";

/// A request that is answered here. What is not known yet is recorded by [`answered`].
#[must_use]
pub fn request(method: &str, id: &str) -> Span {
    let method = known_method(method).unwrap_or(OTHER_METHOD);
    tracing::info_span!(
        target: TARGET,
        "request",
        otel.name = method,
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = Empty,
        http.response.status_code = Empty,
        error.type = Empty,
        idp.refusal.cause = Empty,
        idp.request.id = id,
    )
}

/// How a request was answered: by which route, with which status, and why it was refused, in words of the code.
pub fn answered(span: &Span, method: &str, route: Option<&str>, status: u16, refusal: Option<(&str, &str)>) {
    if span.is_disabled() {
        return;
    }
    if let Some(route) = route {
        let method = known_method(method).unwrap_or(OTHER_METHOD);
        // The span has begun, and its name is no field of it any more.
        span.context().span().update_name(format!("{method} {route}"));
        span.record("http.route", route);
    }
    span.record("http.response.status_code", i64::from(status));
    if let Some((error, cause)) = refusal {
        span.record("error.type", error);
        span.record("idp.refusal.cause", cause);
    }
    if status >= 500 {
        span.record("otel.status_code", "ERROR");
    }
}

/// Work of a task that no request waits for, such as the delivery of a letter. It begins a trace of its own.
#[must_use]
pub fn task(name: &'static str) -> Span {
    tracing::info_span!(target: TARGET, "task", otel.name = name, otel.kind = "consumer")
}

/// Work of the database: `operation` is "read", "group read" or "write", `asked` the function that asks.
#[must_use]
pub fn sql(system: &'static str, operation: &'static str, asked: &'static str) -> Span {
    let span = tracing::info_span!(
        target: TARGET,
        "sql",
        otel.name = Empty,
        otel.kind = "client",
        otel.status_code = Empty,
        db.system.name = system,
        db.operation.name = operation,
        db.query.summary = Empty,
        error.type = Empty,
        idp.wait_ms = Empty,
    );
    if !span.is_disabled() {
        let summary = format!("{operation} {}", function_name(asked));
        span.record("otel.name", &summary);
        span.record("db.query.summary", &summary);
    }
    span
}

/// A question to Redis: a command, or the name of the script that EVALSHA calls.
#[must_use]
pub fn redis(command: &'static str, script: Option<&'static str>) -> Span {
    let span = tracing::info_span!(
        target: TARGET,
        "redis",
        otel.name = command,
        otel.kind = "client",
        otel.status_code = Empty,
        db.system.name = "redis",
        db.operation.name = command,
        db.stored_procedure.name = script,
        error.type = Empty,
    );
    if let (Some(script), false) = (script, span.is_disabled()) {
        span.record("otel.name", format!("{command} {script}"));
    }
    span
}

/// A request that is made from here, to a host that was registered or configured.
#[must_use]
pub fn outgoing(method: &'static str, host: Option<&str>) -> Span {
    tracing::info_span!(
        target: TARGET,
        "outgoing",
        otel.name = method,
        otel.kind = "client",
        otel.status_code = Empty,
        http.request.method = method,
        http.response.status_code = Empty,
        server.address = host,
        error.type = Empty,
    )
}

/// A letter that is handed to the mail server.
#[must_use]
pub fn smtp() -> Span {
    tracing::info_span!(target: TARGET, "smtp", otel.name = "SMTP", otel.kind = "client", otel.status_code = Empty, error.type = Empty)
}

/// Work of the threads that hash passwords.
#[must_use]
pub fn hashing(operation: &'static str) -> Span {
    tracing::info_span!(target: TARGET, "hashing", otel.name = operation, idp.wait_ms = Empty)
}

/// The signatures of one answer.
#[must_use]
pub fn signing() -> Span {
    tracing::info_span!(target: TARGET, "signing", otel.name = "sign tokens", idp.wait_ms = Empty)
}

/// Notes that what the span is about went wrong; `word` is one of the code.
pub fn failed(span: &Span, word: &str) {
    span.record("error.type", word);
    span.record("otel.status_code", "ERROR");
}

/// A span of work that waits for its turn first. Clones share it.
#[derive(Clone, Debug)]
pub struct Waiting(Option<(Span, Stopwatch)>);

impl Waiting {
    /// The wait begins now.
    #[must_use]
    pub fn of(span: &Span) -> Self {
        Self((!span.is_disabled()).then(|| (span.clone(), Stopwatch::start())))
    }

    /// The wait is over.
    pub fn is_over(&self) {
        if let Some((span, since)) = &self.0 {
            span.record("idp.wait_ms", since.elapsed().as_secs_f64() * 1000.0);
        }
    }
}

/// Runs `work` within the span, and notes when it fails.
///
/// # Errors
/// Those of the work.
pub async fn within<T, E>(
    span: Span,
    word: impl FnOnce(&E) -> &'static str,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    if span.is_disabled() {
        return work.await;
    }
    let outcome = work.instrument(span.clone()).await;
    outcome.inspect_err(|error| match word(error) {
        // An answer that is none of ours to mend.
        "" => {}
        word => failed(&span, word),
    })
}

/// The name of a function's type or of a closure's: the compiler knows where it stands.
#[must_use]
pub fn name_of<F>(_: &F) -> &'static str {
    type_name::<F>()
}

/// `idp_server::store::sessions::<impl idp_server::store::Store>::signed_in::{{closure}}` as `store.sessions.signed_in`.
fn function_name(of_type: &str) -> String {
    let mut depth = 0_usize;
    let outside: String = of_type
        .chars()
        .filter(|character| {
            match character {
                '<' => depth += 1,
                '>' => depth = depth.saturating_sub(1),
                _ => return depth == 0,
            }
            false
        })
        .collect();
    let parts = outside.split("::").filter(|part| !part.is_empty() && !part.starts_with('{'));
    parts.skip_while(|part| *part == "idp_server").collect::<Vec<_>>().join(".")
}

/// The id of the trace that the span belongs to, where it is recorded.
#[must_use]
pub fn trace_id(span: &Span) -> Option<String> {
    recorded(span).map(|context| context.trace_id().to_string())
}

/// The `traceparent` under which others may go on from this span; `None` where it is not recorded.
#[must_use]
pub fn traceparent(span: &Span) -> Option<String> {
    recorded(span)?;
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(&span.context(), &mut carrier);
    carrier.remove(TRACEPARENT)
}

fn recorded(span: &Span) -> Option<SpanContext> {
    if span.is_disabled() {
        return None;
    }
    let context = span.context().span().span_context().clone();
    (context.is_valid() && context.is_sampled()).then_some(context)
}

/// Makes the span, which has not begun, a part of the trace of a trusted caller.
pub fn go_on_from(span: &Span, traceparent: &str) {
    // A span that no layer takes has no parent either.
    let _ = span.set_parent(extracted(traceparent));
}

/// Notes that this request follows from another one, which a value that we sealed names.
pub fn follows_from(traceparent: Option<&str>) {
    if let Some(traceparent) = traceparent {
        Span::current().add_link(extracted(traceparent).span().span_context().clone());
    }
}

fn extracted(traceparent: &str) -> opentelemetry::Context {
    let carrier = HashMap::from([(TRACEPARENT.to_owned(), traceparent.to_owned())]);
    TraceContextPropagator::new().extract_with_context(&opentelemetry::Context::new(), &carrier)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_called_by_the_function_that_asks() {
        for (of_type, name) in [
            ("idp_server::db::revocations::newest", "db.revocations.newest"),
            (
                "idp_server::store::sessions::<impl idp_server::store::Store>::signed_in::{{closure}}::{{closure}}",
                "store.sessions.signed_in",
            ),
            ("idp_server::store::Store::revocations_since::{{closure}}", "store.Store.revocations_since"),
            ("idp_server::store::a::of<alloc::vec::Vec<u8>>::{{closure}}", "store.a.of"),
        ] {
            assert_eq!(function_name(of_type), name);
        }
        let here = function_name(name_of(&|| ()));
        assert_eq!(here, "spans.tests.a_statement_is_called_by_the_function_that_asks");
    }

    #[test]
    fn a_traceparent_is_read_or_nothing() {
        let fit = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert!(extracted(fit).span().span_context().is_sampled());
        for unfit in [
            "",
            "00",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        ] {
            assert!(!extracted(unfit).span().span_context().is_valid(), "{unfit}");
        }
    }

    #[test]
    fn without_traces_there_is_no_span_and_nothing_to_pass_on() {
        let span = request("GET", "");
        assert!(span.is_disabled());
        assert_eq!((trace_id(&span), traceparent(&span)), (None, None));
        assert!(Waiting::of(&span).0.is_none());
    }
}
