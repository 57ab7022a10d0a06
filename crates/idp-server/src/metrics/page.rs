//! Writes the page that Prometheus reads.

use std::fmt::Error;

use idp_core::time::UnixTime;
use prometheus_client::{
    encoding::{EncodeGaugeValue, EncodeMetric, prometheus_text, text},
    metrics::{TypedMetric, counter::ConstCounter, gauge::ConstGauge, info::Info},
    registry::Registry,
};

use super::{
    Metrics,
    declared::{self, Declaration},
    labels::{Label, Labels, ReadyPart, Values},
    process::Process,
    snapshot::{KeyFigures, Outboxes, PoolFigures, Snapshot},
};
use crate::version::VERSION;

/// How the page is written.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Format {
    /// OpenMetrics 1.0, which Prometheus asks for by name.
    OpenMetrics,
    /// The text format of Prometheus, 0.0.4, for everything else.
    Text,
}

impl Format {
    /// The one that an `Accept` header asks for.
    #[must_use]
    pub fn asked_for(accept: &str) -> Self {
        if accept.contains("application/openmetrics-text") { Self::OpenMetrics } else { Self::Text }
    }

    /// The `Content-Type`.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// The page.
///
/// # Errors
/// None that can happen: it is written to memory.
pub fn page(metrics: &Metrics, snapshot: &Snapshot, format: Format) -> Result<String, Error> {
    let mut page = Page(Registry::default());
    page.of_requests(metrics);
    page.of_hashing(snapshot);
    page.of_database(snapshot);
    page.of_redis(snapshot);
    page.of_feed(snapshot);
    page.of_deliveries(metrics, snapshot.outboxes.as_ref());
    page.of_traces(snapshot);
    page.of_health(metrics, snapshot);
    page.of_process(snapshot);
    let mut written = String::new();
    match format {
        Format::OpenMetrics => text::encode(&mut written, &page.0)?,
        Format::Text => prometheus_text::encode(&mut written, &page.0)?,
    }
    Ok(written)
}

struct Page(Registry);

impl Page {
    fn add<M>(&mut self, declared: &Declaration, values: Values<M>)
    where
        M: EncodeMetric + TypedMetric + Send + Sync + std::fmt::Debug + 'static,
    {
        declared.add(&mut self.0, values);
    }

    fn one<M>(&mut self, declared: &Declaration, value: M)
    where
        M: EncodeMetric + TypedMetric + Send + Sync + std::fmt::Debug + 'static,
    {
        self.add(declared, Values(vec![(Labels::new(), value)]));
    }

    fn gauge<N>(&mut self, declared: &Declaration, value: N)
    where
        N: EncodeGaugeValue + Send + Sync + std::fmt::Debug + 'static,
    {
        self.one(declared, ConstGauge::new(value));
    }

    /// One that may be absent.
    fn gauge_where<N>(&mut self, declared: &Declaration, value: Option<N>)
    where
        N: EncodeGaugeValue + Send + Sync + std::fmt::Debug + 'static,
    {
        if let Some(value) = value {
            self.gauge(declared, value);
        }
    }

    fn of_requests(&mut self, metrics: &Metrics) {
        let (answers, durations) = metrics.http.values();
        self.add(&declared::HTTP_REQUESTS, answers);
        self.add(&declared::HTTP_DURATION, durations);
        self.add(&declared::REFUSALS, metrics.http.refusal_values());
        self.add(&declared::SIGN_INS, metrics.sign_ins.values());
        self.add(&declared::FACTOR_ATTEMPTS, metrics.factors.values());
        self.add(&declared::TOKENS, metrics.tokens.values());
        self.add(&declared::REFRESHES, metrics.refreshes.values());
    }

    fn of_hashing(&mut self, snapshot: &Snapshot) {
        let hashing = &snapshot.hashing;
        self.gauge(&declared::HASHING_THREADS, hashing.threads);
        self.gauge(&declared::HASHING_BUSY, hashing.metrics.busy());
        self.gauge(&declared::HASHING_QUEUE, hashing.waiting);
        self.gauge(&declared::HASHING_QUEUE_LIMIT, hashing.limit);
        self.one(&declared::HASHING_WAIT, hashing.metrics.waited.clone());
        self.one(&declared::HASHING_DURATION, hashing.metrics.took.clone());
        self.one(&declared::HASHING_REFUSED, hashing.metrics.refused.clone());
    }

    fn of_database(&mut self, snapshot: &Snapshot) {
        self.gauge(&declared::DATABASE_UP, u32::from(snapshot.is_database_up));
        let pools = &snapshot.pools;
        self.add(&declared::DATABASE_CONNECTIONS, by_pool(pools, |pool| ConstGauge::new(pool.work.threads)));
        self.add(&declared::DATABASE_BUSY, by_pool(pools, |pool| ConstGauge::new(pool.work.metrics.busy())));
        self.add(&declared::DATABASE_QUEUE, by_pool(pools, |pool| ConstGauge::new(pool.work.waiting)));
        self.add(&declared::DATABASE_WAIT, by_pool(pools, |pool| pool.work.metrics.waited.clone()));
        self.add(&declared::DATABASE_DURATION, by_pool(pools, |pool| pool.work.metrics.took.clone()));
        let faults = snapshot.database_faults.counters();
        let faults = faults.map(|(word, counter)| (vec![("error", word.into())], counter));
        self.add(&declared::DATABASE_ERRORS, Values(faults.collect()));
    }

    fn of_redis(&mut self, snapshot: &Snapshot) {
        if let Some(redis) = &snapshot.redis {
            self.gauge(&declared::REDIS_IN_STEP, u32::from(redis.is_in_step));
            self.one(&declared::REDIS_DURATION, redis.metrics.took.clone());
            self.add(&declared::REDIS_ERRORS, redis.metrics.faults.values());
        }
    }

    fn of_feed(&mut self, snapshot: &Snapshot) {
        self.gauge(&declared::FEED_LISTENERS, snapshot.listeners);
        self.gauge(&declared::FEED_LISTENERS_LIMIT, snapshot.listeners_limit);
        self.gauge_where(&declared::FEED_AGE, snapshot.feed_age.map(|age| age.as_secs_f64()));
        self.gauge(&declared::FEED_ENTRIES, snapshot.feed_entries);
    }

    fn of_deliveries(&mut self, metrics: &Metrics, outboxes: Option<&Outboxes>) {
        self.gauge_where(&declared::LOGOUT_PENDING, outboxes.map(|found| found.logouts.count));
        self.gauge_where(&declared::LOGOUT_OLDEST, outboxes.map(|found| found.logouts.oldest_age));
        self.add(&declared::LOGOUTS, metrics.logouts.values());
        self.gauge_where(&declared::MAIL_PENDING, outboxes.map(|found| found.mails.count));
        self.gauge_where(&declared::MAIL_OLDEST, outboxes.map(|found| found.mails.oldest_age));
        self.add(&declared::MAILS, metrics.mails.values());
        self.add(&declared::AUDIT_POSTS, metrics.audit_posts.values());
        self.gauge_where(&declared::AUDIT_FAILING, outboxes.and_then(|found| found.audit_failing));
    }

    fn of_traces(&mut self, snapshot: &Snapshot) {
        if let Some(outcomes) = &snapshot.traces {
            self.add(&declared::TRACE_SPANS, outcomes.values());
        }
    }

    fn of_health(&mut self, metrics: &Metrics, snapshot: &Snapshot) {
        let ready = snapshot.ready.iter().map(|(part, is_ready)| {
            (vec![(ReadyPart::NAME, part.word().into())], ConstGauge::new(u32::from(*is_ready)))
        });
        self.add(&declared::READY, Values(ready.collect()));
        let KeyFigures { by_state, since, due } = &snapshot.keys;
        let by_state =
            by_state.iter().map(|(state, count)| (vec![("state", (*state).into())], ConstGauge::new(*count)));
        self.add(&declared::SIGNING_KEYS, Values(by_state.collect()));
        self.gauge_where(&declared::SIGNING_KEY_SINCE, since.map(UnixTime::as_secs));
        self.gauge_where(&declared::SIGNING_KEY_DUE, due.map(UnixTime::as_secs));
        self.gauge_where(&declared::CERTIFICATE_END, snapshot.certificate_ends.map(UnixTime::as_secs));
        self.add(&declared::ACME_ORDERS, metrics.certificate_orders.values());
    }

    fn of_process(&mut self, snapshot: &Snapshot) {
        let build = vec![("version", VERSION), ("database", snapshot.database)];
        declared::BUILD.add(&mut self.0, Info::new(build));
        let process = Process::now();
        self.one(&declared::PROCESS_CPU, ConstCounter::new(process.cpu.as_secs_f64()));
        self.gauge_where(&declared::PROCESS_MEMORY, process.resident_memory);
        self.gauge_where(&declared::PROCESS_FDS, process.open_files);
        self.gauge_where(&declared::PROCESS_FDS_LIMIT, process.open_files_limit);
        self.gauge_where(&declared::PROCESS_THREADS, process.threads);
        self.gauge(&declared::PROCESS_START, snapshot.started.as_secs());
    }
}

fn by_pool<M>(pools: &[PoolFigures], value: impl Fn(&PoolFigures) -> M) -> Values<M> {
    Values(pools.iter().map(|pool| (vec![("pool", pool.name.into())], value(pool))).collect())
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;
