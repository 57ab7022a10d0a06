//! The `[log]` table. The module `log` of the server sets up the subscriber.

use std::{borrow::Cow, str::FromStr};

use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

/// The `[log]` table.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// One line of text, or one JSON object, an event.
    pub format: LogFormat,
    /// Which events, as `tracing` directives: `info`, or `info,idp_server=debug`.
    pub filter: LogFilter,
    /// Which requests have a line.
    pub requests: LoggedRequests,
}

impl Default for LogConfig {
    fn default() -> Self {
        let filter = LogFilter(Cow::Borrowed("info,actix_server=warn"));
        Self { format: LogFormat::Text, filter, requests: LoggedRequests::NoProbes }
    }
}

/// `tracing` directives, known to be well-formed.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct LogFilter(Cow<'static, str>);

/// The text is not a list of `tracing` directives.
#[derive(Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("must be a list of tracing directives, such as info,idp_server=debug")]
pub struct LogFilterError;

impl LogFilter {
    /// Warnings and errors only.
    pub const WARN: Self = Self(Cow::Borrowed("warn"));

    /// The filter of a subscriber.
    #[must_use]
    pub fn env_filter(&self) -> EnvFilter {
        EnvFilter::builder().parse_lossy(&self.0)
    }
}

impl FromStr for LogFilter {
    type Err = LogFilterError;

    fn from_str(directives: &str) -> Result<Self, LogFilterError> {
        EnvFilter::builder().parse(directives).map_err(|_| LogFilterError)?;
        Ok(Self(Cow::Owned(directives.to_owned())))
    }
}

impl TryFrom<String> for LogFilter {
    type Error = LogFilterError;

    fn try_from(directives: String) -> Result<Self, LogFilterError> {
        directives.parse()
    }
}

/// Which requests have a line in the log. One that failed for a fault of ours always has.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", try_from = "String")]
pub enum LoggedRequests {
    /// Each.
    All,
    /// Each but those for health, metrics and the files of pages, while they succeed.
    NoProbes,
    /// Those that were refused or failed.
    Refused,
}

impl TryFrom<String> for LoggedRequests {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "all" => Ok(Self::All),
            "no_probes" => Ok(Self::NoProbes),
            "refused" => Ok(Self::Refused),
            _ => Err("must be \"all\", \"no_probes\" or \"refused\"".to_owned()),
        }
    }
}

/// How an event is written.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", try_from = "String")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

impl TryFrom<String> for LogFormat {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("must be \"text\" or \"json\"".to_owned()),
        }
    }
}
