//! Spans as OTLP over HTTP. The thread of the batches sends, over a client of its own; an answer takes as long as [`TIME_LIMIT`] at
//! most, and what was not taken is not sent again: a collector that comes back needs what happens then.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use prost::Message as _;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, redirect};
use tokio::runtime::Builder;
use url::Url;

use super::TracesError;
use crate::config::TracesConfig;
use crate::metrics::{Counters, TraceSpanOutcome};
use crate::secret_file::MountedSecrets;
use crate::version::USER_AGENT;

/// How long the collector may take for one batch.
const TIME_LIMIT: Duration = Duration::from_secs(3);

/// The way to the collector.
#[derive(Debug)]
pub(super) struct Exporter {
    client: Client,
    url: Url,
    resource: ResourceAttributesWithSchema,
    outcomes: Counters<TraceSpanOutcome>,
    /// Spans that wait or are on their way, of all batches.
    waiting: Arc<AtomicUsize>,
    is_failing: AtomicBool,
}

impl Exporter {
    /// The way to the collector that is configured, if one is.
    ///
    /// # Errors
    /// A file of headers that cannot be read or used.
    pub(super) fn open(
        config: &TracesConfig,
        mounted: &MountedSecrets,
        outcomes: &Counters<TraceSpanOutcome>,
        waiting: &Arc<AtomicUsize>,
    ) -> Result<Option<Self>, TracesError> {
        let Some(endpoint) = &config.endpoint else { return Ok(None) };
        let mut headers = match &config.headers_file {
            Some(path) => {
                read_headers(&mounted.read(path)?).ok_or_else(|| TracesError::Headers(path.clone()))?
            }
            None => HeaderMap::new(),
        };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .http1_only()
            .timeout(TIME_LIMIT)
            // Between two batches nothing runs that would see that a connection was closed.
            .pool_max_idle_per_host(0)
            .default_headers(headers)
            .user_agent(USER_AGENT)
            .build()?;
        Ok(Some(Self {
            client,
            url: endpoint.of_spans(),
            resource: ResourceAttributesWithSchema::default(),
            outcomes: outcomes.clone(),
            waiting: Arc::clone(waiting),
            is_failing: AtomicBool::new(false),
        }))
    }

    /// The thread of the batches has no runtime, and this one ends with the request.
    fn post(&self, body: Vec<u8>) -> Result<(), String> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|_| "nothing is left to send it with".to_owned())?;
        let outcome = runtime.block_on(self.send(body));
        // A name that the system still looks for is not waited for.
        runtime.shutdown_background();
        outcome
    }

    async fn send(&self, body: Vec<u8>) -> Result<(), String> {
        let answer = self.client.post(self.url.clone()).body(body).send().await;
        match answer {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(format!("the answer has the status {}", answer.status().as_u16())),
            Err(error) if error.is_timeout() => Err("no answer in time".to_owned()),
            Err(_) => Err("the connection failed".to_owned()),
        }
    }

    /// The first failure of a row is told, and its end; the metric has all of them.
    fn tell(&self, outcome: &Result<(), String>) {
        match (outcome, self.is_failing.swap(outcome.is_err(), Ordering::Relaxed)) {
            (Err(error), false) => {
                tracing::warn!(error, "the collector does not take traces; they are dropped")
            }
            (Ok(()), true) => tracing::info!("the collector takes traces again"),
            _ => {}
        }
    }
}

impl SpanExporter for Exporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let count = batch.len();
        let resource_spans = group_spans_by_resource_and_scope(batch, &self.resource);
        let body = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
        let outcome = self.post(body);
        self.waiting.fetch_sub(count, Ordering::Relaxed);
        let word = if outcome.is_ok() { TraceSpanOutcome::Exported } else { TraceSpanOutcome::Failed };
        self.outcomes.add_many(word, u64::try_from(count).unwrap_or(u64::MAX));
        self.tell(&outcome);
        outcome.map_err(OTelSdkError::InternalFailure)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.into();
    }
}

/// A header a line; empty lines are none. `None` for anything else.
fn read_headers(contents: &[u8]) -> Option<HeaderMap> {
    let text = std::str::from_utf8(contents).ok()?;
    let mut headers = HeaderMap::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let (name, value) = line.split_once(':')?;
        let name: HeaderName = name.trim().parse().ok()?;
        let mut value = HeaderValue::from_str(value.trim()).ok()?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Some(headers)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn s111_headers_are_read_and_not_shown() {
        let headers = read_headers(b"Authorization: Bearer w0rd:1\r\n\nx-tenant:7\n").unwrap();
        assert_eq!(headers.len(), 2);
        assert_eq!(headers.get("authorization").unwrap(), "Bearer w0rd:1");
        assert!(!format!("{headers:?}").contains("w0rd"));
        for unfit in ["Bearer word", "a b: c", ": c", "x: \u{1}"] {
            assert!(read_headers(unfit.as_bytes()).is_none(), "{unfit}");
        }
        assert!(read_headers(b"x: \xff").is_none());
    }
}
