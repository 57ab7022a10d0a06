//! Traces on their way to a collector, as OTLP over HTTP: which spans are taken (`sampling`), how they are sent (`exporter`), and
//! what waits meanwhile, which is bounded. No request waits for a collector: what it does not take in time is dropped and counted.
//! What spans say is `spans`'. The subscriber of a process has one of these (ADR 82).

mod exporter;
mod sampling;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, Span, SpanData, SpanLimits, SpanProcessor,
};
use tracing::subscriber::Interest;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::filter::{LevelFilter, dynamic_filter_fn};
use tracing_subscriber::layer::{Context, Filter, Layer};
use tracing_subscriber::registry::LookupSpan;

use crate::config::TracesConfig;
use crate::metrics::{Counters, TraceSpanOutcome};
use crate::secret_file::{MountedSecrets, SecretFileError};
use crate::spans;
use crate::version::VERSION;
use exporter::Exporter;
use sampling::Sampling;

/// Spans that may wait, or be on their way, at once. One takes some hundred bytes.
const MOST_WAITING: usize = 2048;
/// Spans of one request to the collector.
const BATCH: usize = 512;
/// How long a span waits for others to go with.
const DELAY: Duration = Duration::from_secs(1);

/// Targets of spans that become traces: ours, and in the demonstration those of its sites.
const TARGETS: &[&str] = &[
    spans::TARGET,
    #[cfg(feature = "demo")]
    "resource_sdk::trace",
    #[cfg(feature = "demo")]
    "demo_site::trace",
];

/// Why there are no traces.
#[derive(Debug, thiserror::Error)]
pub enum TracesError {
    /// The file with headers.
    #[error("traces.headers_file")]
    File(#[from] SecretFileError),
    /// It holds something else.
    #[error("traces.headers_file: {} must hold a header a line, such as `authorization: Bearer word`", .0.display())]
    Headers(PathBuf),
    /// The client cannot be made.
    #[error("the client for traces cannot be made")]
    Client(#[from] reqwest::Error),
}

/// The traces of this process. Clones share them.
#[derive(Clone, Debug)]
pub struct Traces {
    provider: SdkTracerProvider,
    outcomes: Counters<TraceSpanOutcome>,
}

impl Traces {
    /// As the configuration says; `None` where it names no collector.
    ///
    /// # Errors
    /// [`TracesError`]. Whether the collector answers is not asked.
    pub fn start(config: &TracesConfig, mounted: &MountedSecrets) -> Result<Option<Self>, TracesError> {
        let (outcomes, waiting) = (Counters::default(), Arc::default());
        let Some(exporter) = Exporter::open(config, mounted, &outcomes, &waiting)? else { return Ok(None) };
        // Every size is named: what is not is read from variables of the environment.
        let batches = BatchConfigBuilder::default()
            .with_max_queue_size(MOST_WAITING)
            .with_max_export_batch_size(BATCH)
            .with_scheduled_delay(DELAY)
            .build();
        let next = BatchSpanProcessor::builder(exporter).with_batch_config(batches).build();
        let provider = SdkTracerProvider::builder()
            .with_sampler(Sampling::new(config.ratio))
            .with_span_limits(SpanLimits::default())
            .with_resource(resource(config))
            .with_span_processor(Bounded { next, waiting, outcomes: outcomes.clone() })
            .build();
        Ok(Some(Self { provider, outcomes }))
    }

    /// Whether what [`Traces::start`] reads can be used. Starts nothing.
    ///
    /// # Errors
    /// As there.
    pub fn check(config: &TracesConfig, mounted: &MountedSecrets) -> Result<(), TracesError> {
        Exporter::open(config, mounted, &Counters::default(), &Arc::default()).map(drop)
    }

    /// What takes the spans of a subscriber.
    #[must_use]
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer("idp-server"))
            .with_location(false)
            .with_threads(false)
            .with_level(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            // The spans of `tracing` say what the current one is.
            .with_context_activation(false)
            .with_filter(begun_or_below())
    }

    /// What became of the spans.
    #[must_use]
    pub const fn outcomes(&self) -> &Counters<TraceSpanOutcome> {
        &self.outcomes
    }

    /// Sends what waits, for so long at most. Blocks its thread.
    pub fn stop(&self, within: Duration) {
        if let Err(error) = self.provider.shutdown_with_timeout(within) {
            tracing::warn!(%error, "the last spans of traces were not taken");
        }
    }
}

/// Whether this is for traces, and not for the log: spans of ours, and no events, for what is logged may name people.
#[must_use]
pub fn is_taken(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && TARGETS.contains(&metadata.target())
}

/// What begins a trace, and what is done below it. A request that is not recorded is no current span (`log::traced`), so what is done
/// for it has none either, which is most of what traces would cost.
fn begun_or_below<S>() -> impl Filter<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    dynamic_filter_fn(|metadata, context: &Context<'_, S>| {
        is_taken(metadata)
            && (spans::BEGINNINGS.contains(&metadata.name()) || context.lookup_current().is_some())
    })
    .with_callsite_filter(
        |metadata| {
            if is_taken(metadata) { Interest::sometimes() } else { Interest::never() }
        },
    )
    .with_max_level_hint(LevelFilter::DEBUG)
}

fn resource(config: &TracesConfig) -> Resource {
    Resource::builder_empty()
        .with_service_name(config.service_name.clone())
        .with_attribute(opentelemetry::KeyValue::new("service.version", VERSION))
        .build()
}

/// Lets so many spans wait and no more, and counts the others.
#[derive(Debug)]
struct Bounded {
    next: BatchSpanProcessor,
    waiting: Arc<AtomicUsize>,
    outcomes: Counters<TraceSpanOutcome>,
}

impl SpanProcessor for Bounded {
    fn on_start(&self, _: &mut Span, _: &opentelemetry::Context) {}

    fn on_end(&self, span: SpanData) {
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= MOST_WAITING {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            self.outcomes.add(TraceSpanOutcome::Dropped);
            return;
        }
        self.next.on_end(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.next.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.next.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.next.set_resource(resource);
    }
}
