//! Logs: one event per request, and the events during it, under a request id (UUIDv7) that the response carries too.
//! Headers, cookies, bodies and query strings are never logged, because codes, tokens and names travel in them. A line is
//! bounded in length, and no input can forge another line.

mod line;
mod request;
mod traced;

use std::panic;

use tracing_subscriber::{
    Layer, Registry,
    filter::{FilterExt as _, filter_fn},
    fmt,
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

pub use request::{RequestSpan, stamp_request_id};
pub use traced::{TraceParents, traced};

use crate::{
    config::{LogConfig, LogFormat},
    traces::{Traces, is_taken},
};

/// Starts logging to standard error, for the whole process, panics included, and traces where there are any.
///
/// # Errors
/// When logging was started before.
pub fn start(config: &LogConfig, traces: Option<&Traces>) -> anyhow::Result<()> {
    let layer: Box<dyn Layer<Registry> + Send + Sync> = match config.format {
        LogFormat::Text => fmt::layer().with_ansi(false).with_writer(line::stderr).boxed(),
        // The span once: the request of the event.
        LogFormat::Json => fmt::layer()
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .with_writer(line::json_stderr)
            .boxed(),
    };
    let of_log = config.filter.env_filter().and(filter_fn(|metadata| !is_taken(metadata)));
    let registry = tracing_subscriber::registry().with(layer.with_filter(of_log));
    match traces {
        Some(traces) => registry.with(traces.layer()).try_init()?,
        None => registry.try_init()?,
    }
    panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// Where, and not what: the words of a panic may quote the value that caused it.
fn log_panic(info: &panic::PanicHookInfo<'_>) {
    let location = info.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(location, "a defect ended one piece of work; please report this line");
}
