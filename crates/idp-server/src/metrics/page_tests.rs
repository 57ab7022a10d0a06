//! The page has every metric that is declared, as it is declared, and nothing else.

#![allow(clippy::unwrap_used)]

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use idp_core::{authentication::Factor, client::GrantType};

use super::*;
use crate::metrics::{
    ALL, Backlog, Counters, DatabaseFaults, FactorOutcome, Kind, RedisFigures, RedisMetrics, Refusal, Route,
    WorkFigures, WorkMetrics,
};

fn work() -> WorkFigures {
    let metrics = WorkMetrics::default();
    metrics.waited.observe(Duration::from_millis(2));
    drop(metrics.begin(|| Duration::from_millis(40)));
    WorkFigures { metrics, threads: 4, waiting: 7, limit: 64 }
}

/// A node that has everything.
fn node() -> (Metrics, Snapshot) {
    let metrics = Metrics::default();
    let took = Duration::from_millis(3);
    metrics.http.answered(Some(&Route::new("/users/{id}")), "GET", 200, took);
    metrics.http.refused(&Refusal { error: "invalid_grant".into(), cause: "reused" });
    metrics.factors.add(Factor::Totp, FactorOutcome::Refused);
    metrics.tokens.add(GrantType::RefreshToken);
    let snapshot = Snapshot {
        started: UnixTime(1_700_000_000),
        database: "postgresql",
        hashing: work(),
        pools: vec![
            PoolFigures { name: "reader", work: work() },
            PoolFigures { name: "writer", work: work() },
        ],
        database_faults: DatabaseFaults::of(&["busy"]),
        redis: Some(RedisFigures { metrics: RedisMetrics::default(), is_in_step: false }),
        listeners: 3,
        listeners_limit: 20_000,
        feed_age: Some(Duration::from_millis(1250)),
        feed_entries: 12,
        is_database_up: true,
        outboxes: Some(Outboxes {
            logouts: Backlog { count: 2, oldest_age: 90 },
            mails: Backlog::default(),
            audit_failing: Some(0),
        }),
        traces: Some(Counters::default()),
        ready: vec![(ReadyPart::Database, true), (ReadyPart::Redis, false)],
        keys: KeyFigures {
            by_state: vec![("active", 1)],
            since: Some(UnixTime(1_700_000_100)),
            due: Some(UnixTime(1_702_000_100)),
        },
        certificate_ends: Some(UnixTime(1_800_000_000)),
    };
    (metrics, snapshot)
}

fn write(format: Format) -> String {
    let (metrics, snapshot) = node();
    page(&metrics, &snapshot, format).unwrap()
}

/// The name of a sample, and its labels but that of a bucket.
fn sample(line: &str) -> (&str, BTreeSet<&str>) {
    let (series, _) = line.rsplit_once(' ').unwrap();
    let Some((name, labels)) = series.split_once('{') else {
        return (series, BTreeSet::new());
    };
    let labels = labels.trim_end_matches('}').split(',').map(|label| label.split_once('=').unwrap().0);
    (name, labels.filter(|label| *label != "le").collect())
}

#[test]
fn every_metric_is_there_as_it_is_declared_and_nothing_else() {
    for format in [Format::OpenMetrics, Format::Text] {
        let page = write(format);
        let mut labels: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for line in page.lines().filter(|line| !line.starts_with('#')) {
            let (name, found) = sample(line);
            labels.insert(name, found);
        }
        let mut expected = BTreeMap::new();
        for declared in ALL {
            let its_labels: BTreeSet<&str> = declared.labels.iter().copied().collect();
            let suffixes: &[&str] =
                if declared.kind == Kind::Histogram { &["_bucket", "_count", "_sum"] } else { &[""] };
            for suffix in suffixes {
                expected.insert(format!("{}{suffix}", declared.name), its_labels.clone());
            }
        }
        let found: BTreeMap<String, BTreeSet<&str>> =
            labels.into_iter().map(|(name, labels)| (name.to_owned(), labels)).collect();
        assert_eq!(found, expected, "{page}");
    }
}

#[test]
fn kinds_units_and_help_are_those_declared() {
    let page = write(Format::OpenMetrics);
    for declared in ALL {
        let name = match declared.kind {
            Kind::Counter => declared.name.trim_end_matches("_total"),
            Kind::Info => declared.name.trim_end_matches("_info"),
            Kind::Gauge | Kind::Histogram => declared.name,
        };
        let unit = declared.unit().map(|unit| format!("# UNIT {name} {unit}"));
        let lines = [
            Some(format!("# TYPE {name} {}", declared.kind.word())),
            Some(format!("# HELP {name} {}.", declared.help)),
            unit,
        ];
        for line in lines.into_iter().flatten() {
            assert!(page.lines().any(|written| written == line), "{line} is missing: {page}");
        }
    }
    assert!(page.ends_with("# EOF\n"));
}

#[test]
fn what_is_counted_is_what_is_shown() {
    let page = write(Format::Text);
    for line in [
        "idp_http_requests_total{route=\"/users/{id}\",method=\"GET\",status=\"2xx\"} 1",
        "idp_refusals_total{error=\"invalid_grant\",cause=\"reused\"} 1",
        "idp_factor_attempts_total{factor=\"totp\",outcome=\"refused\"} 1",
        "idp_factor_attempts_total{factor=\"totp\",outcome=\"accepted\"} 0",
        "idp_tokens_issued_total{grant_type=\"refresh_token\"} 1",
        "idp_hashing_queue_length 7",
        "idp_database_connections_in_use{pool=\"writer\"} 0",
        "idp_database_up 1",
        "idp_redis_in_step 0",
        "idp_feed_age_seconds 1.25",
        "idp_logout_outbox_oldest_age_seconds 90",
        "idp_ready{part=\"redis\"} 0",
        "idp_signing_key_rotation_timestamp_seconds 1702000100",
        "idp_certificate_expiry_timestamp_seconds 1800000000",
        "process_start_time_seconds 1700000000",
    ] {
        assert!(page.lines().any(|written| written == line), "{line} is missing: {page}");
    }
}

#[test]
fn what_is_not_there_is_left_out() {
    let (metrics, mut snapshot) = node();
    snapshot.redis = None;
    snapshot.outboxes = None;
    snapshot.certificate_ends = None;
    let page = page(&metrics, &snapshot, Format::Text).unwrap();
    for absent in ["idp_redis", "idp_mail_outbox", "idp_logout_outbox", "idp_certificate"] {
        assert!(!page.contains(absent), "{absent}: {page}");
    }
    // A row that does not read back is no database that is away.
    assert!(page.contains("idp_database_up 1\n"), "{page}");
}

#[test]
fn a_database_that_does_not_answer_is_down() {
    let (metrics, mut snapshot) = node();
    (snapshot.is_database_up, snapshot.outboxes) = (false, None);
    let page = page(&metrics, &snapshot, Format::Text).unwrap();
    assert!(page.contains("idp_database_up 0\n"), "{page}");
}

#[test]
fn the_format_is_the_one_asked_for() {
    let prometheus =
        "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
    assert_eq!(Format::asked_for(prometheus), Format::OpenMetrics);
    for other in ["", "*/*", "text/plain;version=0.0.4", "text/html"] {
        assert_eq!(Format::asked_for(other), Format::Text);
    }
}
