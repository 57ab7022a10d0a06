//! What revocations cost in memory, seen from outside: a process of its own, one test.
#![cfg(target_os = "linux")]
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "it measures, and says what")]

use std::{fs, time::Duration};

use resource_sdk::{FeedOptions, RevocationFeed, testing::TestIssuer};

const ENTRIES: usize = 100_000;
/// Sites that hold the same, so that what one of them needed in passing does not count.
const SITES: usize = 4;

/// Bytes of memory that this process has now.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 1_024
}

#[tokio::test]
async fn a_hundred_thousand_entries_are_a_few_megabytes() {
    let issuer = TestIssuer::start();
    for n in 0..ENTRIES {
        issuer.revoke_session(&format!("018f3f4e-8f2b-7cc0-b1f0-{n:012x}"));
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("revoked");
    let keys = issuer.keys();
    // A debug build on a busy machine takes seconds for so large a statement, which is no silence.
    let patient = |options: FeedOptions| options.heartbeat(Duration::from_secs(10)).snapshot_file(&file);
    let kept = issuer.feed_with(&keys, patient);
    assert!(kept.ready(Duration::from_secs(60)).await);
    while !file.exists() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    issuer.stop();
    let load = || {
        let options = FeedOptions::default().longest_pause(Duration::from_secs(60)).snapshot_file(&file);
        let feed = RevocationFeed::start(keys.clone(), "site", "secret", options).unwrap();
        assert_eq!(feed.status().entries, ENTRIES);
        feed
    };
    let first = [load(), load()];
    let before = resident();
    let feeds: Vec<_> = (0..SITES).map(|_| load()).collect();
    let bytes = resident().saturating_sub(before) / (SITES * ENTRIES);
    println!("{bytes} bytes an entry");
    assert!(bytes < 64, "{bytes} bytes an entry");
    drop((first, feeds, kept));
}
