//! Every metric: its name, unit, help and labels. Names follow the conventions of Prometheus: a unit of the SI in the name, `_total`
//! for what only grows, `_timestamp_seconds` for a moment in seconds since 1970.

use prometheus_client::registry::{Metric, Registry, Unit};

/// How a metric behaves.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Kind {
    /// Only grows, from 0 at the start of the process.
    Counter,
    /// Goes up and down.
    Gauge,
    /// How many were at most so large, with their sum.
    Histogram,
    /// Always 1; its labels say something.
    Info,
}

impl Kind {
    /// The word of the text format.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::Info => "info",
        }
    }
}

/// A metric.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Declaration {
    /// As it is asked for.
    pub name: &'static str,
    /// How it behaves.
    pub kind: Kind,
    /// Its labels.
    pub labels: &'static [&'static str],
    /// What it says, without the full stop at its end.
    pub help: &'static str,
}

impl Declaration {
    /// The unit that its name has, where it has one.
    #[must_use]
    pub fn unit(&self) -> Option<&'static str> {
        let name = self.name.trim_end_matches("_total");
        ["seconds", "bytes"].into_iter().find(|unit| name.ends_with(&format!("_{unit}")))
    }

    /// The name without what the text format appends by itself.
    fn base(&self) -> &'static str {
        let name = match self.kind {
            Kind::Counter => self.name.strip_suffix("_total").unwrap_or(self.name),
            Kind::Info => self.name.strip_suffix("_info").unwrap_or(self.name),
            Kind::Gauge | Kind::Histogram => self.name,
        };
        let unit = self.unit().and_then(|unit| name.strip_suffix(unit)?.strip_suffix('_'));
        unit.unwrap_or(name)
    }

    /// Adds this metric with these values to a page.
    pub(super) fn add(&self, registry: &mut Registry, values: impl Metric) {
        match self.unit() {
            Some("seconds") => registry.register_with_unit(self.base(), self.help, Unit::Seconds, values),
            Some("bytes") => registry.register_with_unit(self.base(), self.help, Unit::Bytes, values),
            _ => registry.register(self.base(), self.help, values),
        }
    }
}

/// Declares metrics, and lists them all.
macro_rules! declared {
    ($($constant:ident = $kind:ident $name:literal [$($label:literal),*] $help:literal;)+) => {
        $(pub(super) const $constant: Declaration =
            Declaration { name: $name, kind: Kind::$kind, labels: &[$($label),*], help: $help };)+

        /// Every metric there is, in the order of the page.
        pub const ALL: &[Declaration] = &[$($constant),+];
    };
}

declared! {
    HTTP_REQUESTS = Counter "idp_http_requests_total" ["route", "method", "status"]
        "Requests that were answered, by the pattern of their path, their method, and the class of the status";
    HTTP_DURATION = Histogram "idp_http_request_duration_seconds" ["route", "method"]
        "From the head of a request to that of its answer";
    REFUSALS = Counter "idp_refusals_total" ["error", "cause"]
        "Requests that were refused, by what the other side was told and by what only the log is told; none where there is no more to tell";

    SIGN_INS = Counter "idp_sign_ins_total" ["method", "outcome"]
        "Sign-ins, by what they began with";
    FACTOR_ATTEMPTS = Counter "idp_factor_attempts_total" ["factor", "outcome"]
        "Passwords, codes, passkeys and links that were tried, also on pages of people who are signed in";
    TOKENS = Counter "idp_tokens_issued_total" ["grant_type"]
        "Answers of the token endpoint with an access token";
    REFRESHES = Counter "idp_refreshes_total" ["outcome"]
        "Refresh tokens that were presented: rotated, repeated (a race or a lost answer got the same successor), or refused";

    HASHING_THREADS = Gauge "idp_hashing_threads" []
        "Threads that hash passwords";
    HASHING_BUSY = Gauge "idp_hashing_threads_busy" []
        "Those of them that are at work";
    HASHING_QUEUE = Gauge "idp_hashing_queue_length" []
        "Passwords that wait for a thread";
    HASHING_QUEUE_LIMIT = Gauge "idp_hashing_queue_limit" []
        "How many may wait (password.hashing_queue); more are answered 503";
    HASHING_WAIT = Histogram "idp_hashing_wait_seconds" []
        "How long passwords waited for a thread";
    HASHING_DURATION = Histogram "idp_hashing_duration_seconds" []
        "How long a thread was at work on one";
    HASHING_REFUSED = Counter "idp_hashing_refused_total" []
        "Passwords that were not looked at, since the queue was full";

    DATABASE_UP = Gauge "idp_database_up" []
        "Whether the database answered the questions of this page within a second: 1 or 0";
    DATABASE_CONNECTIONS = Gauge "idp_database_connections_limit" ["pool"]
        "Connections of a pool at most; each has a thread";
    DATABASE_BUSY = Gauge "idp_database_connections_in_use" ["pool"]
        "Those of them that are in use";
    DATABASE_QUEUE = Gauge "idp_database_queue_length" ["pool"]
        "Statements and transactions that wait for a connection";
    DATABASE_WAIT = Histogram "idp_database_wait_seconds" ["pool"]
        "How long they waited for one";
    DATABASE_DURATION = Histogram "idp_database_transaction_seconds" ["pool"]
        "How long a connection was in use for a read, for reads that share a statement (group), or for a write with its commit; on SQLite for a group of writes with one flush";
    DATABASE_ERRORS = Counter "idp_database_errors_total" ["error"]
        "Reads and writes that the database did not carry out";

    REDIS_IN_STEP = Gauge "idp_redis_in_step" []
        "Whether Redis answers and holds all that it should: 1 or 0; absent without Redis";
    REDIS_DURATION = Histogram "idp_redis_round_trip_seconds" []
        "How long Redis took for an answer";
    REDIS_ERRORS = Counter "idp_redis_errors_total" ["error"]
        "Questions that Redis did not answer";

    FEED_LISTENERS = Gauge "idp_feed_listeners" []
        "Processes of sites that listen to the revocation feed of this node";
    FEED_LISTENERS_LIMIT = Gauge "idp_feed_listeners_limit" []
        "How many there may be";
    FEED_AGE = Gauge "idp_feed_age_seconds" []
        "How long ago this node began to read the revocation log as it is known to the feed: more than a few heartbeats, and sites go without";
    FEED_ENTRIES = Gauge "idp_feed_entries" []
        "What is void and still told";

    LOGOUT_PENDING = Gauge "idp_logout_outbox_pending" []
        "Logout tokens that wait for sites of all nodes, counted up to 1000";
    LOGOUT_OLDEST = Gauge "idp_logout_outbox_oldest_age_seconds" []
        "Since when the oldest of these waits; 0 where none does";
    LOGOUTS = Counter "idp_logout_deliveries_total" ["outcome"]
        "Tries of this node to hand over a logout token";
    MAIL_PENDING = Gauge "idp_mail_outbox_pending" []
        "Letters that wait, of all nodes, counted up to 1000";
    MAIL_OLDEST = Gauge "idp_mail_outbox_oldest_age_seconds" []
        "Since when the oldest of these waits; 0 where none does";
    MAILS = Counter "idp_mail_deliveries_total" ["outcome"]
        "Tries of this node to hand over a letter";
    AUDIT_POSTS = Counter "idp_audit_webhook_posts_total" ["outcome"]
        "Requests of this node to the webhook of the audit log";
    AUDIT_FAILING = Gauge "idp_audit_webhook_failing_seconds" []
        "For how long the webhook has taken nothing; 0 while it does; absent without a webhook";
    TRACE_SPANS = Counter "idp_trace_spans_total" ["outcome"]
        "Spans of traces: taken by the collector, not taken, or dropped since too many waited for it; absent without traces";

    READY = Gauge "idp_ready" ["part"]
        "Whether a part can be used, as /health/ready found it last: 1 or 0";
    SIGNING_KEYS = Gauge "idp_signing_keys" ["state"]
        "Signing keys of the installation: next, active, retired";
    SIGNING_KEY_SINCE = Gauge "idp_signing_key_since_timestamp_seconds" []
        "Since when the key signs that signs now";
    SIGNING_KEY_DUE = Gauge "idp_signing_key_rotation_timestamp_seconds" []
        "When the next one takes its place";
    CERTIFICATE_END = Gauge "idp_certificate_expiry_timestamp_seconds" []
        "When the certificate of TLS in the server itself ends; absent without one";
    ACME_ORDERS = Counter "idp_acme_orders_total" ["outcome"]
        "Certificates that this node ordered by ACME, issued or not";

    BUILD = Info "idp_build_info" ["version", "database"]
        "What runs here";
    PROCESS_CPU = Counter "process_cpu_seconds_total" []
        "Processor time of this process";
    PROCESS_MEMORY = Gauge "process_resident_memory_bytes" []
        "Memory that it has";
    PROCESS_FDS = Gauge "process_open_fds" []
        "Files and sockets that it has open";
    PROCESS_FDS_LIMIT = Gauge "process_max_fds" []
        "How many it may have open";
    PROCESS_THREADS = Gauge "process_threads" []
        "Its threads";
    PROCESS_START = Gauge "process_start_time_seconds" []
        "When it started, in seconds since 1970";
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_name_is_there_once_and_says_what_it_counts() {
        let names: BTreeSet<&str> = ALL.iter().map(|declared| declared.name).collect();
        assert_eq!(names.len(), ALL.len());
        for Declaration { name, kind, labels, help } in ALL {
            let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            assert!(plain(name) && labels.iter().all(|label| plain(label)), "{name}");
            assert!(name.starts_with("idp_") || name.starts_with("process_"), "{name}");
            assert_eq!(name.ends_with("_total"), *kind == Kind::Counter, "{name}");
            assert_eq!(name.ends_with("_info"), *kind == Kind::Info, "{name}");
            assert!(!help.ends_with('.') && help.starts_with(char::is_uppercase), "{name}: {help}");
            assert!(!help.contains(['\n', '\\', '"']), "{name}: {help}");
        }
    }

    #[test]
    fn what_the_format_appends_is_no_part_of_the_base() {
        assert_eq!((PROCESS_CPU.base(), PROCESS_CPU.unit()), ("process_cpu", Some("seconds")));
        assert_eq!((HTTP_REQUESTS.base(), HTTP_REQUESTS.unit()), ("idp_http_requests", None));
        assert_eq!((BUILD.base(), BUILD.unit()), ("idp_build", None));
        assert_eq!(
            (PROCESS_MEMORY.base(), PROCESS_MEMORY.unit()),
            ("process_resident_memory", Some("bytes"))
        );
    }
}
