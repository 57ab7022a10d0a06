//! Logs: one event for each request and whatever happens during it, under a request id (UUIDv7) that the answer
//! carries too. Headers, cookies, bodies and query strings never get here, because codes, tokens and
//! names travel in them; a line is bounded in length, and nothing in it can pretend to be another.

mod line;
mod request;

use std::panic;

use tracing_subscriber::{
    EnvFilter, Layer, Registry, filter::ParseError, fmt, layer::SubscriberExt, util::SubscriberInitExt,
};

pub use request::{RequestSpan, X_REQUEST_ID, stamp_request_id};

use crate::config::{LogConfig, LogFormat};

/// Starts logging to standard error, for the whole process, panics included.
///
/// # Errors
/// When the filter cannot be read, or logging was started before.
pub fn start(config: &LogConfig) -> anyhow::Result<()> {
    let layer: Box<dyn Layer<Registry> + Send + Sync> = match config.format {
        LogFormat::Text => fmt::layer().with_ansi(false).with_writer(line::stderr).boxed(),
        LogFormat::Json => fmt::layer().json().flatten_event(true).with_writer(line::stderr).boxed(),
    };
    tracing_subscriber::registry().with(layer.with_filter(parse_filter(&config.filter)?)).try_init()?;
    panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// Reads `tracing` directives.
///
/// # Errors
/// When they are malformed.
pub fn parse_filter(directives: &str) -> Result<EnvFilter, ParseError> {
    EnvFilter::builder().parse(directives)
}

/// Where, and not what: the words of a panic may quote the value that caused it.
fn log_panic(info: &panic::PanicHookInfo<'_>) {
    let location = info.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(location, "a defect ended one piece of work; please report this line");
}
