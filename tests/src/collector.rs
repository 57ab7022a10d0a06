//! A collector of traces: takes OTLP over HTTP, keeps the spans that came, and can hang.

use crate::logout_receiver::{Listening, serve};
use crate::ports::free_port;
use actix_web::web::{self, Bytes, Data, PayloadConfig};
use actix_web::{HttpRequest, HttpResponse};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, span::SpanKind};
use prost::Message as _;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// A span as it came.
#[derive(Clone, Debug)]
pub struct Span {
    /// `service.name` of its resource.
    pub service: String,
    /// Its name.
    pub name: String,
    /// What it is to the other side.
    pub kind: SpanKind,
    /// The trace, in hexadecimal.
    pub trace: String,
    /// The span, in hexadecimal.
    pub id: String,
    /// Its parent; empty for the first of a trace.
    pub parent: String,
    /// Traces and spans that it names beside.
    pub links: Vec<(String, String)>,
    /// What it says.
    pub attributes: BTreeMap<String, String>,
    /// From its beginning to its end, in nanoseconds.
    pub took: u64,
    /// Names of the events in it.
    pub events: Vec<String>,
}

impl Span {
    /// What it says under this name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }
}

/// The collector. Clones share what came.
#[derive(Clone)]
pub struct Collector {
    /// What `traces.endpoint` names.
    pub endpoint: String,
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    spans: Mutex<Vec<Span>>,
    /// Every body, as text as far as it is.
    bodies: Mutex<String>,
    authorizations: Mutex<Vec<String>>,
    hangs: AtomicBool,
    asked: AtomicUsize,
}

impl Collector {
    /// One that takes everything, from [`Collector::listen`] on.
    #[must_use]
    pub fn new() -> Self {
        let port = free_port();
        Self { endpoint: format!("http://127.0.0.1:{port}"), port, shared: Arc::default() }
    }

    /// Listens on its port from now on.
    #[must_use]
    pub fn listen(&self) -> Listening {
        let shared = Data::from(Arc::clone(&self.shared));
        serve(self.port, move |app| {
            app.app_data(shared.clone())
                .app_data(PayloadConfig::new(64 << 20))
                .route("/v1/traces", web::post().to(take));
        })
    }

    /// Answers nothing from now on.
    pub fn hang(&self) {
        self.shared.hangs.store(true, Ordering::SeqCst);
    }

    /// How many requests came.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.shared.asked.load(Ordering::SeqCst)
    }

    /// What came so far.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        self.shared.spans.lock().unwrap().clone()
    }

    /// What came so far, which is forgotten.
    #[must_use]
    pub fn take_spans(&self) -> Vec<Span> {
        self.shared.bodies.lock().unwrap().clear();
        std::mem::take(&mut self.shared.spans.lock().unwrap())
    }

    /// All that came, as text.
    #[must_use]
    pub fn bodies(&self) -> String {
        self.shared.bodies.lock().unwrap().clone()
    }

    /// `Authorization` of each request.
    #[must_use]
    pub fn authorizations(&self) -> Vec<String> {
        self.shared.authorizations.lock().unwrap().clone()
    }
}

impl Default for Collector {
    fn default() -> Self {
        Self::new()
    }
}

async fn take(request: HttpRequest, body: Bytes, collector: Data<Shared>) -> HttpResponse {
    collector.asked.fetch_add(1, Ordering::SeqCst);
    if collector.hangs.load(Ordering::SeqCst) {
        return std::future::pending().await;
    }
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    assert_eq!(header("content-type"), Some("application/x-protobuf"));
    collector.authorizations.lock().unwrap().extend(header("authorization").map(str::to_owned));
    collector.bodies.lock().unwrap().push_str(&String::from_utf8_lossy(&body));
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    collector.spans.lock().unwrap().extend(request.resource_spans.into_iter().flat_map(spans));
    HttpResponse::Ok().content_type("application/x-protobuf").finish()
}

fn spans(of: ResourceSpans) -> Vec<Span> {
    let resource = attributes(of.resource.unwrap_or_default().attributes);
    let service = resource.get("service.name").cloned().unwrap_or_default();
    let all = of.scope_spans.into_iter().flat_map(|scope| scope.spans);
    all.map(|span| Span {
        service: service.clone(),
        kind: span.kind(),
        name: span.name,
        trace: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        links: span.links.iter().map(|link| (hex(&link.trace_id), hex(&link.span_id))).collect(),
        attributes: attributes(span.attributes),
        took: span.end_time_unix_nano.saturating_sub(span.start_time_unix_nano),
        events: span.events.into_iter().map(|event| event.name).collect(),
    })
    .collect()
}

fn attributes(all: Vec<KeyValue>) -> BTreeMap<String, String> {
    all.into_iter().map(|pair| (pair.key, text(pair.value))).collect()
}

fn text(value: Option<AnyValue>) -> String {
    match value.and_then(|value| value.value) {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::DoubleValue(number)) => number.to_string(),
        Some(Value::BoolValue(is)) => is.to_string(),
        other => panic!("no span of ours has {other:?}"),
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
