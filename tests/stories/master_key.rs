//! The master key is rotated while people sign in: either key opens meanwhile, the old one is not needed afterwards, and a
//! rotation that is killed anywhere is gone on with.

use crate::acme_orders;
use crate::own_process::idp_server;
use idp_server::clock::Clock;
use idp_server::random;
use idp_tests::backend::Backend;
use idp_tests::{Authenticator, SignedOut, TestIdp};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const STEP: i64 = 30;

/// The exit code of a command, none when it was killed, and its words.
async fn run(folder: &Path, arguments: &[&str], fault: Option<&str>) -> (Option<i32>, String) {
    let mut command = idp_server(folder, arguments);
    if let Some(fault) = fault {
        command.env("FAULT_POINT", fault);
    }
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let words = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&words).into_owned())
}

async fn master(folder: &Path, what: &str) -> (Option<i32>, String) {
    run(folder, &["keys", "master", what], None).await
}

#[track_caller]
fn assert_said((code, said): (Option<i32>, String), expected: i32, words: &str) {
    assert_eq!(code, Some(expected), "{said}");
    assert!(said.contains(words), "{words:?} is not in: {said}");
}

/// Alice signs in with a code of her app, once in each step of it.
async fn signs_in_with_app(story: &SignedOut, app: &Authenticator) {
    story.idp.clock.advance(STEP);
    let (browser, step) = story.second_step().await;
    let inside = browser.press(&step, "code", &[("code", &app.code(&story.idp))]).await;
    assert!(inside.redirect_param("code").is_some(), "{}", inside.body);
}

#[tokio::test]
async fn the_master_key_is_rotated_while_people_sign_in_and_the_old_one_is_not_needed_afterwards() {
    let (story, app) = SignedOut::with_app().await;
    let (idp, site) = (&story.idp, &story.site);
    // Somebody who signs in a hundred times ends the first session: who refreshes is another person.
    for name in ["bob", "carol"] {
        idp.add_user(name).await;
    }
    let browser = idp.browser();
    let mut tokens = browser.sign_in_for_tokens(idp, site, "bob").await;
    acme_orders::keep(idp).await;
    let folder = idp.folder.path();
    assert_said(master(folder, "rotate").await, 4, "there is one master key alone");
    assert_said(master(folder, "drop").await, 4, "there is one master key alone");
    assert_said(master(folder, "add").await, 0, "copy the file to every node");
    assert_said(master(folder, "add").await, 4, "there are two master keys already");
    assert_said(master(folder, "drop").await, 4, "does not seal yet");
    assert_said(master(folder, "status").await, 0, "opens, and seals nothing");

    let is_done = AtomicBool::new(false);
    let work = async {
        let mut count = 0;
        while count == 0 || !is_done.load(Ordering::SeqCst) {
            idp.browser().sign_in_for_tokens(idp, site, "carol").await;
            tokens = idp.refresh(site, tokens.text("refresh_token")).await;
            assert_eq!(tokens.status, 200, "{tokens:?}");
            count += 1;
        }
        count
    };
    let rotation = async {
        let rotated = master(folder, "rotate").await;
        is_done.store(true, Ordering::SeqCst);
        rotated
    };
    let (count, rotated) = tokio::join!(work, rotation);
    assert!(count > 0);
    assert_said(rotated, 0, "values were sealed anew");
    assert_said(master(folder, "status").await, 0, "`keys master drop` removes it");
    signs_in_with_app(&story, &app).await;
    assert_said(master(folder, "drop").await, 0, "copy the file to every node");
    assert_eq!(fs::read_to_string(folder.join("data/master.key")).unwrap().lines().count(), 1);
    assert_said(run(folder, &["audit", "check"], None).await, 0, "as they were");

    let (port, clock, alice) = (idp.address.port(), idp.clock.clone(), story.alice);
    let site = story.site.clone();
    let idp = TestIdp::start_in(story.idp.stop().await, clock, port, |_| {}).await;
    let refreshed = idp.refresh(&site, tokens.text("refresh_token")).await;
    assert_eq!(refreshed.status, 200, "{refreshed:?}");
    assert!(acme_orders::opened(&idp).await.iter().all(Option::is_some), "certificates were sealed anew");
    signs_in_with_app(&SignedOut { idp, site, alice }, &app).await;
}

#[tokio::test]
async fn s106_a_rotation_that_is_killed_anywhere_is_gone_on_with() {
    // Its clock goes on a step with each death, and must not get ahead of that of the commands.
    let clock = Clock::manual(Clock::System.now().plus(-3000));
    let story = SignedOut::on(TestIdp::start_in(tempfile::tempdir().unwrap(), clock, 0, |_| {}).await).await;
    let app = Authenticator::of(&story.idp, story.alice, "Pixel").await;
    let folder = story.idp.folder.path();
    assert_said(master(folder, "add").await, 0, "added master key");
    let mut deaths = 0;
    for nth in 1..=60 {
        let (code, said) = run(folder, &["keys", "master", "rotate"], Some(&format!("*:{nth}"))).await;
        if code.is_some() {
            assert_said((code, said), 0, "values rest sealed under it");
            break;
        }
        deaths += 1;
        // Whatever was sealed anew by then, the server that runs has both keys.
        signs_in_with_app(&story, &app).await;
    }
    assert!(deaths >= 3, "the places between writes are gone from the code: {deaths}");
    assert_said(master(folder, "drop").await, 0, "alone");
    signs_in_with_app(&story, &app).await;
}

#[tokio::test]
async fn a_node_that_does_not_have_the_new_key_is_not_left_behind() {
    let story = SignedOut::build().await;
    let (idp, folder, node) = (&story.idp, story.idp.folder.path(), random::new_id(story.idp.clock.now()));
    assert_said(master(folder, "add").await, 0, "added master key");
    let is_done = AtomicBool::new(false);
    let other = async {
        while !is_done.load(Ordering::SeqCst) {
            let keys = vec!["0123456789abcdef".to_owned()];
            idp.app.store.renew_lease(node, keys, idp.clock.now()).await.unwrap();
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    let rotation = async {
        let rotated = master(folder, "rotate").await;
        is_done.store(true, Ordering::SeqCst);
        rotated
    };
    let ((), refused) = tokio::join!(other, rotation);
    assert_said(refused, 4, "1 of the nodes on this database do not have the new master key");
    assert_eq!(idp.app.store.known_master_keys().await.unwrap().next, None, "taken back");
}

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
    let added = run(folder.path(), &["--set", &printed, "keys", "master", "add"], None).await;
    assert_said(added, 4, "come from a program");
}
