//! The master key is rotated on nodes that each have a file of their own, by an operator at another machine, over one PostgreSQL.

use crate::master_key::{SECOND_KEY, assert_said, master};
use idp_server::clock::Clock;
use idp_server::config::DatabaseUrl;
use idp_tests::postgres::PostgresServer;
use idp_tests::{SignedOut, TestIdp, backend};
use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A machine with a file of the master key, which is `text`.
fn machine(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    DirBuilder::new().mode(0o700).create(folder.path().join("data")).unwrap();
    put(folder.path(), text);
    folder
}

fn key_file(folder: &Path) -> PathBuf {
    folder.join("data/master.key")
}

/// Written beside and renamed, as the how-to says.
fn put(folder: &Path, text: &str) {
    let beside = folder.join("data/new.key");
    fs::write(&beside, text).unwrap();
    fs::set_permissions(&beside, Permissions::from_mode(0o600)).unwrap();
    fs::rename(&beside, key_file(folder)).unwrap();
}

fn copy(from: &Path, to: &TestIdp) {
    put(to.folder.path(), &fs::read_to_string(key_file(from)).unwrap());
}

async fn node(url: &str, clock: &Clock) -> TestIdp {
    let settings = |config: &mut idp_server::config::Config| {
        config.storage.database_url = Some(DatabaseUrl::from(url));
        config.redis.url = None;
    };
    TestIdp::start_nodes(1, machine(SECOND_KEY), clock.clone(), 0, settings).await
}

fn sealing(node: &TestIdp) -> String {
    node.app.seals().fingerprints[0].clone()
}

#[tokio::test]
async fn nodes_change_over_together_or_not_at_all_and_open_what_the_other_sealed() {
    let url = PostgresServer::shared().create_migrated_database();
    let (desk, clock) = (machine(SECOND_KEY), Clock::manual(Clock::System.now()));
    let desk = desk.path();
    backend::use_database(desk, &url);
    let story = SignedOut::on(node(&url, &clock).await).await;
    let (one, other) = (&story.idp, node(&url, &clock).await);
    let former = sealing(one);
    assert_eq!(sealing(&other), former);
    let tokens = one.browser().sign_in_for_tokens(one, &story.site, "alice").await;

    assert_said(master(desk, "add").await, 0, "copy the file to every node");
    copy(desk, one);
    let refused = master(desk, "rotate").await;
    assert_said(refused, 4, "1 of the nodes on this database do not have the new master key");
    assert_eq!((sealing(one), sealing(&other)), (former.clone(), former.clone()));

    copy(desk, &other);
    assert_said(master(desk, "rotate").await, 0, "values rest sealed under it");
    assert_ne!(sealing(one), former);
    assert_eq!(sealing(one), sealing(&other));
    let under_former = other.refresh(&story.site, tokens.text("refresh_token")).await;
    assert_eq!(under_former.status, 200, "{under_former:?}");
    let under_new = one.refresh(&story.site, under_former.text("refresh_token")).await;
    assert_eq!(under_new.status, 200, "{under_new:?}");

    assert_said(master(desk, "drop").await, 0, "copy the file to every node");
    for node in [one, &other] {
        copy(desk, node);
        assert!(node.app.store.health().await.unwrap().has_master_key);
    }
}
