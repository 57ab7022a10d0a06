//! `keys reset` begins again after the master key was lost. It takes the keys from no node that lives, and a node whose
//! key file does not fit any more says so and mends itself.

use crate::own_process::{idp_server, take_over};
use idp_core::session::EndCause;
use idp_server::clock::Clock;
use idp_server::config::{Config, StorageConfig};
use idp_server::db::audit_events::AuditContext;
use idp_server::installation::Installation;
use idp_server::keys::Keys;
use idp_server::seals::Seals;
use idp_server::store::{Store, revoke::Target};
use idp_tests::{ClientSpec, SignedIn, TestIdp, eventually};
use std::fs;
use std::path::Path;

async fn reset_by_command(folder: &Path) -> (bool, String) {
    let folder = folder.to_owned();
    let reset = move || idp_server(&folder, &["keys", "reset", "--yes"]).output().unwrap();
    let output = tokio::task::spawn_blocking(reset).await.unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[tokio::test]
async fn a9_keys_are_not_reset_while_a_node_lives() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let count = story.idp.nodes().len();
    let lives = async || story.idp.app.store.leases().await.unwrap().count() == count;
    eventually("every node has said that it lives", lives).await;
    let (is_done, words) = reset_by_command(story.idp.folder.path()).await;
    assert!(!is_done && words.contains("still live"), "{words}");
    let refreshed = story.idp.refresh(&story.site, story.refresh_token()).await;
    assert_eq!(refreshed.status, 200, "{}", refreshed.body);
    assert_eq!(story.idp.userinfo(refreshed.text("access_token")).await.status, 200);

    // In the process that serves, and after its orderly end.
    let (folder, serving) = take_over(story.idp).await;
    let refused = async || {
        let (is_done, words) = reset_by_command(folder.path()).await;
        assert!(!is_done, "the keys were taken from a node that serves");
        words.contains("1 of the nodes")
    };
    eventually("the serving node is known", refused).await;
    serving.stop().await;
    let (is_done, words) = reset_by_command(folder.path()).await;
    assert!(is_done, "{words}");
}

/// The clocks of two nodes may differ by two minutes: a node that lives is known to live, whichever of them is behind.
#[tokio::test]
async fn a9_keys_are_not_reset_while_a_node_lives_whose_clock_is_a_minute_off() {
    for off in [60, -60] {
        let clock = Clock::manual(Clock::System.now().plus(off));
        let idp = TestIdp::start_in(tempfile::tempdir().unwrap(), clock, 0, |_| {}).await;
        let count = idp.nodes().len();
        let lives = async || idp.app.store.leases().await.unwrap().count() == count;
        eventually("every node has said that it lives", lives).await;
        let (is_done, words) = reset_by_command(idp.folder.path()).await;
        assert!(!is_done && words.contains("still live"), "{off} s: {words}");
    }
}

/// What `keys reset` does on another machine with a key file of its own, to a node that could not say that it lives.
async fn reset_elsewhere(idp: &TestIdp, key_file: &Path) {
    let storage =
        StorageConfig { master_key_file: Some(key_file.to_owned()), ..idp.app.config.storage.clone() };
    let installation = Installation::open_with_new_master_key(&storage).unwrap();
    let seal = Seals::new(&installation.master).unwrap().signing_key;
    let config = Config { storage, ..idp.app.config.clone() };
    let store = Store::for_command(installation.db, &config).await.unwrap();
    let now = idp.clock.now();
    store.revoke(Target::SigningKeys, EndCause::Administrator, AuditContext::default(), now).await.unwrap();
    let policy = config.key.policy(config.token.access).unwrap();
    Keys::load(&store, &seal, policy, config.key.bits, now).await.unwrap();
}

async fn status(idp: &TestIdp, path: &str) -> u16 {
    idp.http.get(idp.url(path)).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a9_a_node_whose_key_file_does_not_fit_says_so_and_mends_itself_when_the_file_comes() {
    for node_has in ["the former key", "no key file", "a key file with something else in it"] {
        let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
        let idp = &story.idp;
        let (own, new) = (idp.app.config.storage.master_key(), idp.folder.path().join("elsewhere.key"));
        match node_has {
            "no key file" => fs::remove_file(&own).unwrap(),
            "the former key" => {}
            _ => fs::write(&own, "not a key").unwrap(),
        }
        reset_elsewhere(idp, &new).await;
        let says_so = async || {
            idp.nodes().all(|node| !node.keys.open_under_master_key())
                && status(idp, "/health/ready").await == 503
        };
        eventually("no node is ready", says_so).await;
        assert_eq!(status(idp, "/jwks").await, 503, "{node_has}");
        assert_eq!(status(idp, "/health/live").await, 200, "{node_has}");
        let signed_in = idp.browser().sign_in(idp, &story.site, "alice").await;
        let refused = idp.redeem(&story.site, &signed_in.redirect_param("code").unwrap()).await;
        assert_eq!(refused.status, 503, "{node_has}: {}", refused.body);

        // A new file in the place of the other, as deployments do.
        let beside = own.with_extension("new");
        fs::copy(&new, &beside).unwrap();
        fs::rename(&beside, &own).unwrap();
        let mended = async || {
            idp.nodes().all(|node| node.keys.open_under_master_key())
                && status(idp, "/health/ready").await == 200
        };
        eventually("every node is ready again", mended).await;
        assert_eq!(status(idp, "/jwks").await, 200, "{node_has}");
        let tokens = idp.browser().sign_in_for_tokens(idp, &story.site, "alice").await;
        assert_eq!(idp.userinfo(tokens.text("access_token")).await.status, 200, "{node_has}");
        assert_eq!(idp.userinfo(story.access_token()).await.status, 401, "{node_has}");
    }
}
