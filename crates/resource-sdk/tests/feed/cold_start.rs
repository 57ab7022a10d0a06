//! A site that starts while the provider is away.

use std::{fs, time::Duration};

use resource_sdk::{
    Clock, FeedOptions, Freshness, KeyOptions, RemoteKeys, ResourceServer, RevocationFeed, Verifier,
    VerifyError::*,
    testing::{CLIENT_ID, CLIENT_SECRET, HEARTBEAT, TestIssuer},
};
use tempfile::TempDir;

use crate::world::*;

/// A site with both its files in a folder.
struct Site {
    feed: RevocationFeed,
    fresh: ResourceServer,
    offline: ResourceServer,
    keys: RemoteKeys,
}

fn site(issuer: &TestIssuer, folder: &TempDir) -> Site {
    let keys = KeyOptions::default().cache_file(folder.path().join("keys.json"));
    let keys = RemoteKeys::start(issuer.url(), keys).unwrap();
    let options = FeedOptions::default()
        .heartbeat(HEARTBEAT)
        .longest_pause(Duration::from_millis(500))
        .snapshot_file(folder.path().join("revoked"));
    let feed = RevocationFeed::start(keys.clone(), CLIENT_ID, CLIENT_SECRET, options).unwrap();
    let verifier = Verifier::builder(issuer.url(), API).feed(feed.clone());
    let verifier = verifier.freshness(Freshness::Feed { within: WITHIN }).build(keys.clone()).unwrap();
    let fresh = ResourceServer::new(verifier).with_clock(Clock::Manual(issuer.clock()));
    Site { feed, offline: fresh.with_freshness(Freshness::Offline).unwrap(), fresh, keys }
}

/// A folder in which a site left what it knew, `early` in the snapshot and `late` behind it.
async fn folder_of_earlier_site(issuer: &TestIssuer) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    issuer.revoke_session("early");
    let site = site(issuer, &folder);
    site.keys.ready().await.unwrap();
    issuer.wait_until_acknowledged().await;
    let file = folder.path().join("revoked");
    let lines = async || fs::read_to_string(&file).map_or(0, |kept| kept.lines().count());
    until("the snapshot is on disk", async || lines().await == 1).await;
    issuer.revoke_session("late");
    until("the batch is on disk", async || lines().await == 2).await;
    until("the keys are on disk", async || folder.path().join("keys.json").exists()).await;
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn n06_a_site_that_starts_in_an_outage_refuses_what_was_revoked() {
    let issuer = TestIssuer::start();
    let folder = folder_of_earlier_site(&issuer).await;
    issuer.stop();
    let site = site(&issuer, &folder);
    let token = |sid: &str| issuer.token(API).session(sid).mint();
    for sid in ["early", "late"] {
        assert_eq!(site.offline.verify(&token(sid)).await.err(), Some(Revoked), "{sid}");
    }
    assert_eq!(site.offline.verify(&token("other")).await.err(), None);
    assert_eq!(site.fresh.verify(&token("other")).await.err(), Some(NotFresh), "a file proves nothing");
    assert_eq!((site.feed.status().number, site.feed.staleness()), (2, None));
    issuer.start_again();
    until("fresh", async || site.fresh.verify(&token("other")).await.is_ok()).await;
    assert_eq!(site.fresh.verify(&token("early")).await.err(), Some(Revoked));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn n06_the_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let issuer = TestIssuer::start();
    let folder = folder_of_earlier_site(&issuer).await;
    issuer.stop();
    let file = folder.path().join("revoked");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o622)).unwrap();
    assert_eq!(site(&issuer, &folder).feed.status().entries, 0, "others could have written it");
}

#[tokio::test(flavor = "multi_thread")]
async fn n06_a_damaged_or_foreign_file_is_left_out() {
    let issuer = TestIssuer::start();
    let folder = folder_of_earlier_site(&issuer).await;
    issuer.stop();
    let file = folder.path().join("revoked");
    let whole = fs::read_to_string(&file).unwrap();
    let (snapshot, batch) = whole.split_once('\n').unwrap();
    let entries_of = |contents: &str| {
        fs::write(&file, contents).unwrap();
        site(&issuer, &folder).feed.status().entries
    };
    assert_eq!(entries_of(&whole), 2);
    assert_eq!(entries_of(&whole[..whole.len() - 9]), 1, "the last line was being written");
    assert_eq!(entries_of(batch), 1, "what is said without its snapshot counts all the same");
    assert_eq!(entries_of(&format!("{snapshot}x\n{batch}")), 1);
    assert_eq!(entries_of(&format!("garbage\n{whole}")), 2);
    let other = TestIssuer::start();
    let theirs = fs::read_to_string(folder_of_earlier_site(&other).await.path().join("revoked")).unwrap();
    for foreign in ["", "\0\0\0", "{}", theirs.as_str(), issuer.token(API).mint().as_str()] {
        assert_eq!(entries_of(foreign), 0);
    }
    // Without the keys the site cannot tell whose it is.
    fs::write(&file, &whole).unwrap();
    fs::remove_file(folder.path().join("keys.json")).unwrap();
    assert_eq!(site(&issuer, &folder).feed.status().entries, 0);
}
