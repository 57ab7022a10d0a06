//! What knowing of revocations costs a verification, beside not knowing, in one run on one machine:
//! `cargo bench -p resource-sdk --bench revocation`.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a program of its own")]

use std::{hint::black_box, time::Duration};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use resource_sdk::{Freshness, RemoteKeys, RevocationFeed, UnixTime, Verifier, testing::TestIssuer};
use tokio::runtime::Runtime;

const API: &str = "https://api.example";
const SESSION: &str = "018f3f4e-8f2b-7cc0-b1f0-4d7c3c8e9a12";

/// A provider that has revoked so many sessions, and a site that knows of all.
struct Subject {
    issuer: TestIssuer,
    keys: RemoteKeys,
    feed: RevocationFeed,
}

impl Subject {
    fn with_entries(runtime: &Runtime, entries: u128) -> Self {
        let _inside = runtime.enter();
        let issuer = TestIssuer::start();
        for n in 0..entries {
            let hex = format!("{:032x}", 0x018f_3f4e_8f2b_7cc0_b1f0_0000_0000_0000 + n);
            let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
            issuer.revoke_session(&parts.join("-"));
        }
        let keys = issuer.keys();
        let feed = issuer.feed(&keys);
        assert!(runtime.block_on(feed.ready(Duration::from_secs(60))), "{:?}", feed.status());
        assert_eq!(feed.status().entries as u128, entries);
        Self { issuer, keys, feed }
    }

    fn verifier(&self, freshness: Freshness, with_feed: bool, cache: Option<u64>) -> Verifier {
        let builder = Verifier::builder(self.issuer.url(), API);
        let builder = if with_feed { builder.feed(self.feed.clone()) } else { builder };
        let builder = match cache {
            Some(capacity) => builder.token_cache(capacity),
            None => builder,
        };
        builder.freshness(freshness).build(self.keys.clone()).unwrap()
    }

    fn token(&self) -> String {
        let token = self.issuer.token(API).session(SESSION).subject("018f3f4e-8f2b-7cc0-b1f0-4d7c3c8e9a10");
        token.claim("jti", "AY8_To8rfMCx8E18PI6aEA.AY8_To8rfMCx8E18PI6aEQ").mint()
    }
}

fn revocation(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let (empty, full) = (Subject::with_entries(&runtime, 0), Subject::with_entries(&runtime, 100_000));
    let within = Freshness::Feed { within: Duration::from_secs(3) };
    for (name, cache) in [("full", None), ("cache_hit", Some(10_000))] {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(1));
        for (case, subject, freshness, with_feed) in [
            ("offline", &empty, &Freshness::Offline, false),
            ("offline_and_100000_entries", &full, &Freshness::Offline, true),
            ("feed_empty", &empty, &within, true),
            ("feed_100000_entries", &full, &within, true),
        ] {
            let verifier = subject.verifier(freshness.clone(), with_feed, cache);
            let (token, now) = (subject.token(), UnixTime::from_secs(subject.issuer.clock().now().as_secs()));
            group.bench_function(case, |bencher| {
                bencher.iter(|| verifier.verify(black_box(&token), now).unwrap());
            });
        }
        group.finish();
    }
}

criterion_group!(benches, revocation);
criterion_main!(benches);
