//! The master key comes from a program, or from a file that an orchestrator mounts: it is rotated there, and nothing waits for it.

use crate::master_key::{SECOND_KEY, assert_said, run};
use idp_core::session::EndCause;
use idp_server::clock::Clock;
use idp_server::store::master_key::MasterKeyChange;
use idp_server::store::revoke::Target;
use idp_tests::backend::Backend;
use idp_tests::{SignedOut, TestIdp, eventually};
use std::fs;

#[tokio::test]
async fn a_master_key_may_come_from_a_program() {
    if Backend::is_not_a_file("where the database is says nothing of where the key is") {
        return;
    }
    let story = SignedOut::build().await;
    let folder = story.idp.stop().await;
    let (own, elsewhere) = (folder.path().join("data/master.key"), folder.path().join("elsewhere.key"));
    fs::rename(&own, &elsewhere).unwrap();
    let command = |words: &str| format!("storage.master_key_command={words}");
    let printed = command(&format!("cat,{}", elsewhere.display()));
    let listed = run(folder.path(), &["--set", &printed, "user", "list"], None).await;
    assert_said(listed, 0, "alice");
    assert_said(run(folder.path(), &["--set", &printed, "config", "check"], None).await, 0, "");
    assert!(!own.exists(), "no key was made");
    for (words, said) in
        [("false", "false ended with exit status: 1"), ("echo,no key", "printed no master key")]
    {
        let refused = run(folder.path(), &["--set", &command(words), "user", "list"], None).await;
        assert_said(refused, 1, said);
    }
    let master =
        async |what: &str| run(folder.path(), &["--set", &printed, "keys", "master", what], None).await;
    assert_said(master("add").await, 4, "come from elsewhere");
    let first = fs::read_to_string(&elsewhere).unwrap();
    fs::write(&elsewhere, format!("{first}{SECOND_KEY}\n")).unwrap();
    assert_said(master("drop").await, 4, "does not seal yet");
    assert_said(master("rotate").await, 0, "values were sealed anew");
    let said = master("drop").await;
    assert_said(said, 0, "remove it where the keys come from (cat), so that");
    assert_eq!(fs::read_to_string(&elsewhere).unwrap().lines().count(), 2, "it is not ours to change");
    fs::write(&elsewhere, SECOND_KEY).unwrap();
    assert_said(master("status").await, 0, "seals");
}

#[tokio::test]
async fn mounted_master_keys_are_rotated_without_being_changed_here() {
    let story = SignedOut::build().await;
    let folder = story.idp.stop().await;
    let mounted = folder.path().join("mounted");
    fs::create_dir(&mounted).unwrap();
    let key = mounted.join("master.key");
    fs::rename(folder.path().join("data/master.key"), &key).unwrap();
    let (named, lies_in) = (
        format!("storage.master_key_file={}", key.display()),
        format!("storage.mounted_secrets={}", mounted.display()),
    );
    let master = async |what: &str| {
        run(folder.path(), &["--set", &named, "--set", &lies_in, "keys", "master", what], None).await
    };
    assert_said(master("add").await, 4, "come from elsewhere");
    let first = fs::read_to_string(&key).unwrap();
    fs::write(&key, format!("{first}{SECOND_KEY}\n")).unwrap();
    assert_said(master("rotate").await, 0, "values were sealed anew");
    assert_said(master("drop").await, 0, "remove it where the keys come from");
    fs::write(&key, SECOND_KEY).unwrap();
    assert_said(master("drop").await, 4, "there is one master key alone");
}

/// What a program that hangs keeps is the master key, and nothing else.
#[tokio::test]
async fn a_program_that_hangs_does_not_hold_up_the_revocation_feed() {
    let folder = tempfile::tempdir().unwrap();
    let (key, runs, hangs) =
        (folder.path().join("key"), folder.path().join("runs"), folder.path().join("hangs"));
    fs::write(&key, SECOND_KEY).unwrap();
    let script = format!(
        "echo >> {}; test ! -e {} || sleep 60; cat {}",
        runs.display(),
        hangs.display(),
        key.display()
    );
    let program = ["sh", "-c", &script].map(str::to_owned).to_vec();
    let clock = Clock::manual(Clock::System.now());
    let idp = TestIdp::start_in(folder, clock, 0, |config| config.storage.master_key_command = program).await;
    let story = SignedOut::on(idp).await;
    let idp = &story.idp;
    idp.browser().sign_in_for_tokens(idp, &story.site, "alice").await;
    let runs = || fs::read_to_string(&runs).unwrap_or_default().lines().count();
    fs::write(&hangs, "").unwrap();
    let (before, current) = (runs(), idp.app.seals().fingerprints[0].clone());
    let change = MasterKeyChange { current, next: "0123456789abcdef".to_owned() };
    assert!(idp.app.store.announce_master_key(change).await.unwrap());
    let count = idp.nodes().len();
    eventually("every node runs the program", async || runs() == before + count).await;
    let now = idp.clock.now();
    let known = idp.app.feed.state().number;
    let revoked = idp.app.store.revoke(Target::Everybody, EndCause::Administrator, Default::default(), now);
    revoked.await.unwrap();
    let newest = idp.app.store.revocations_since(0, now).await.unwrap().0;
    assert!(newest > known);
    let tell = async || idp.nodes().all(|node| node.feed.state().number == newest);
    eventually("every feed tells it", tell).await;
    assert_eq!(runs(), before + count, "while the program hangs, it is not run again");
}
