//! The master key is rotated while people sign in: either key opens meanwhile, the old one is not needed afterwards, and a
//! rotation that is killed anywhere is gone on with.

use crate::acme_orders;
use crate::explain;
use crate::mail::{provider, set_password};
use crate::own_process::idp_server;
use crate::schema::ask;
use idp_core::totp::TotpSecret;
use idp_core::username::Username;
use idp_server::app::App;
use idp_server::clock::Clock;
use idp_server::db::audit_events::AuditContext;
use idp_server::db::installation_facts::Fact;
use idp_server::db::{DbError, Locks};
use idp_server::directory::DirectoryError;
use idp_server::directory::import::{NewApp, NewPerson, Verdict};
use idp_server::installation::Installation;
use idp_server::metrics::ReadyPart;
use idp_server::random;
use idp_server::seals::Seals;
use idp_server::store::master_key::MasterKeyChange;
use idp_server::store::signing_keys::KeysError;
use idp_tests::passkey::press;
use idp_tests::smtp_sink::SmtpSink;
use idp_tests::{Authenticator, SignedOut, TestIdp, eventually, operator_of, typed};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const STEP: i64 = 30;
const DAY: i64 = 24 * 60 * 60;
/// A master key: 32 octets.
pub const SECOND_KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

/// The exit code of a command, none when it was killed, and its words.
pub async fn run(folder: &Path, arguments: &[&str], fault: Option<&str>) -> (Option<i32>, String) {
    let mut command = idp_server(folder, arguments);
    if let Some(fault) = fault {
        command.env("FAULT_POINT", fault);
    }
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let words = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&words).into_owned())
}

pub async fn master(folder: &Path, what: &str) -> (Option<i32>, String) {
    run(folder, &["keys", "master", what], None).await
}

#[track_caller]
pub fn assert_said((code, said): (Option<i32>, String), expected: i32, words: &str) {
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
    // A person who signs in a hundred times ends their first session: another one refreshes.
    for name in ["bob", "carol"] {
        idp.add_user(name).await;
    }
    let browser = idp.browser();
    let mut tokens = browser.sign_in_for_tokens(idp, site, "bob").await;
    acme_orders::keep(idp).await;
    idp.add_user("dora").await;
    let unused = idp.browser().sign_in_for_tokens(idp, site, "dora").await;
    let dummy_hashes = idp.app.store.dummy_hash_key().await.unwrap();
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
    // As the token endpoint takes it, which is asked afterwards.
    explain::is(
        &explain::explained(idp, unused.text("refresh_token")).await,
        "refresh_token",
        Some(true),
        "",
    );
    let unused = idp.refresh(site, unused.text("refresh_token")).await;
    assert_eq!(unused.status, 200, "{unused:?}");
    assert_said(master(folder, "drop").await, 0, "copy the file to every node");
    assert_eq!(fs::read_to_string(folder.join("data/master.key")).unwrap().lines().count(), 1);
    assert_said(run(folder, &["audit", "check"], None).await, 0, "as they were");

    let (port, clock, alice) = (idp.address.port(), idp.clock.clone(), story.alice);
    let site = story.site.clone();
    let idp = TestIdp::start_in(story.idp.stop().await, clock, port, |_| {}).await;
    let refreshed = idp.refresh(&site, tokens.text("refresh_token")).await;
    assert_eq!(refreshed.status, 200, "{refreshed:?}");
    assert!(acme_orders::opened(&idp).await.iter().all(Option::is_some), "certificates were sealed anew");
    // Names without an account cost what they did.
    assert_eq!(idp.app.store.dummy_hash_key().await.unwrap(), dummy_hashes);
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
    let other = async || {
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
    let ((), refused) = tokio::join!(other(), rotation);
    assert_said(refused, 4, "1 of the nodes on this database do not have the new master key");
    assert_eq!(idp.app.store.known_master_keys().await.unwrap().next, None, "taken back");
    // That one is stopped, and another one comes that does not have it: the old key is not dropped while it lives.
    idp.app.store.forget_node(node).await.unwrap();
    assert_said(master(folder, "rotate").await, 0, "values rest sealed under it");
    is_done.store(false, Ordering::SeqCst);
    let dropping = async {
        let dropped = master(folder, "drop").await;
        is_done.store(true, Ordering::SeqCst);
        dropped
    };
    let ((), refused) = tokio::join!(other(), dropping);
    assert_said(refused, 4, "1 of the nodes on this database do not seal under this master key");
}

#[tokio::test]
async fn a_passkey_page_that_is_open_while_the_key_changes_is_answered() {
    let (story, passkey) = SignedOut::with_passkey().await;
    let folder = story.idp.folder.path();
    assert_said(master(folder, "add").await, 0, "added master key");
    let (browser, page) = story.login_page().await;
    let answer = passkey.used(&page);
    assert_said(master(folder, "rotate").await, 0, "values rest sealed under it");
    let inside = press(&browser, &page, &answer).await;
    assert!(inside.redirect_param("code").is_some(), "{} {}", inside.status, inside.body);
    // Sent twice across the change, it is one sign-in.
    let again = press(&browser, &page, &answer).await;
    assert!(again.status < 500 && story.open_sessions().await == 1, "{} {}", again.status, again.body);
}

/// A node that was cut off while the key changed: it has the former one alone, and says so with no lease.
#[tokio::test]
async fn a_node_that_was_silent_while_the_key_changed_seals_nothing_and_is_not_ready() {
    let sink = SmtpSink::start().await;
    let idp = provider(&sink).await;
    idp.add_user("alice").await;
    let (folder, now) = (idp.folder.path(), idp.clock.now());
    let former = folder.join("former.key");
    fs::copy(folder.join("data/master.key"), &former).unwrap();
    let mut config = idp.app.config.clone();
    config.storage.master_key_file = Some(former.clone());
    let Installation { db, master: own, .. } = Installation::open(&config.storage).unwrap();
    let silent = App::build(config, db, &own, idp.clock.clone()).await.unwrap();
    let prepared = |name: &'static str| {
        let mut person = NewPerson::called(Username::parse(name).unwrap());
        let secret = TotpSecret::generate(&mut random::rng());
        person.apps.push(NewApp { name: String::new(), secret });
        let silent = &silent;
        async move {
            let by = operator_of(silent);
            let person = by.prepare_person(person, &[], &silent.seals().totp_secret, now).await.unwrap();
            by.add_people([person].into(), "story", now).await
        }
    };
    // An import that runs when the rotation begins.
    assert_eq!(prepared("bob").await.unwrap(), [Verdict::Added(Vec::new())]);
    let is_ready = async || silent.store.health().await.unwrap().has_master_key;
    assert!(is_ready().await);

    assert_said(master(folder, "add").await, 0, "added master key");
    assert_said(master(folder, "rotate").await, 0, "values rest sealed under it");
    let refused = prepared("carol").await.unwrap_err();
    assert!(matches!(refused, DirectoryError::Store(DbError::OtherMasterKey)), "{refused}");
    assert!(
        operator_of(&silent).account(Username::parse("carol").unwrap()).await.is_err(),
        "nothing is half there"
    );
    assert!(!is_ready().await);
    // A letter of the others waits for one of them, and is not given up.
    set_password(&idp, "alice").await;
    let claimed = async |node: &App| node.store.claim_mails(9, now_ms(node), now_ms(node) + 1).await.unwrap();
    assert!(claimed(&silent).await.is_empty());
    assert_eq!(claimed(&idp.app).await.len(), 1);
    assert_said(master(folder, "drop").await, 0, "copy the file to every node");
    assert_eq!(
        silent.follow_master_key().await.unwrap(),
        Some(idp.app.store.known_master_keys().await.unwrap())
    );
    assert!(silent.take_up_master_key().await.is_err(), "its file has the former key");

    fs::copy(folder.join("data/master.key"), &former).unwrap();
    silent.take_up_master_key().await.unwrap();
    assert!(is_ready().await);
    assert_eq!(prepared("carol").await.unwrap(), [Verdict::Added(Vec::new())]);
    let (code, said) = master(folder, "status").await;
    assert!(code == Some(0) && !said.contains("open under no key"), "{said}");
}

fn now_ms(node: &App) -> i64 {
    node.clock.now_ms()
}

/// As nodes are that the file was not copied to, and which no rotation saw.
#[tokio::test]
async fn a_node_without_the_key_that_seals_is_not_ready_until_it_has_it() {
    let sink = SmtpSink::start().await;
    let idp = provider(&sink).await;
    idp.add_user("alice").await;
    let (store, now) = (&idp.app.store, idp.clock.now());
    let next = Seals::new(&[1; 32]).unwrap().fingerprints[0].clone();
    let change = MasterKeyChange { current: idp.app.seals().fingerprints[0].clone(), next };
    assert!(store.announce_master_key(change.clone()).await.unwrap());
    assert!(idp.operator().use_next_master_key(change, now).await.unwrap());
    let ready = async || {
        let answer = idp.http.get(idp.url("/health/ready")).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (status, body) = ready().await;
    assert!(status == 503 && !body.contains("master key"), "strangers are told a status alone: {body}");
    let lacks_it = |node: &Arc<App>| node.readiness.parts().contains(&(ReadyPart::MasterKey, false));
    assert!(idp.nodes().any(lacks_it));
    let alice = Username::parse("alice").unwrap();
    let refused = idp.operator().set_password(&alice, typed("a walk along 7 rivers"), now).await.unwrap_err();
    assert!(matches!(refused, DirectoryError::Store(DbError::OtherMasterKey)), "{refused}");
    // Private keys are made and kept by those alone that have it.
    let refused = idp.app.keys.rotate(store, AuditContext::default(), now.plus(365 * DAY)).await;
    assert!(matches!(refused, Err(KeysError::Db(DbError::OtherMasterKey))), "{refused:?}");

    let file = idp.folder.path().join("data/master.key");
    let both = format!("{}{SECOND_KEY}\n", fs::read_to_string(&file).unwrap());
    let beside = file.with_extension("new");
    fs::copy(&file, &beside).unwrap();
    fs::write(&beside, both).unwrap();
    fs::rename(&beside, &file).unwrap();
    let all_have_it = async || {
        let mut nodes = idp.nodes();
        nodes.all(|node| node.seals().fingerprints.len() == 2) && ready().await.0 == 200
    };
    eventually("every node is ready again", all_have_it).await;
    set_password(&idp, "alice").await;
    assert_said(master(idp.folder.path(), "rotate").await, 0, "values rest sealed under it");
}

/// A server that was starting when a restore began.
#[tokio::test]
async fn what_opened_the_installation_before_a_restore_began_makes_no_signing_key_in_it() {
    let idp = TestIdp::start().await;
    idp.db.write(Locks::installation(), |connection| Fact::Restoring.set(connection, "now")).await.unwrap();
    let refused = idp.app.keys.maintain(&idp.app.store, idp.clock.now()).await;
    assert!(matches!(refused, Err(KeysError::Restoring)), "{refused:?}");
    idp.db.write(Locks::installation(), |connection| Fact::Restoring.clear(connection)).await.unwrap();
    idp.app.keys.maintain(&idp.app.store, idp.clock.now()).await.unwrap();
}

#[tokio::test]
async fn of_two_rotations_at_once_none_takes_the_other_back() {
    let story = SignedOut::build().await;
    let (idp, folder) = (&story.idp, story.idp.folder.path());
    assert_said(master(folder, "add").await, 0, "added master key");
    let current = idp.app.seals().fingerprints[0].clone();
    let (one, other) = tokio::join!(master(folder, "rotate"), master(folder, "rotate"));
    for (code, said) in [&one, &other] {
        let is_told = *code == Some(4) && said.contains("look at `keys master status`");
        assert!(*code == Some(0) || is_told, "{code:?} {said}");
    }
    assert!(one.0 == Some(0) || other.0 == Some(0), "one of them did it");
    let known = idp.app.store.known_master_keys().await.unwrap();
    let next = known.seals.clone().unwrap();
    assert!(next != current && known.next.is_none(), "{known:?}");
    // One that hung before it began, since before the other one was done.
    let late = MasterKeyChange { current, next: next.clone() };
    assert!(!idp.app.store.announce_master_key(late.clone()).await.unwrap());
    idp.app.store.withdraw_master_key(late.clone()).await.unwrap();
    let done = idp.operator().use_next_master_key(late, idp.clock.now()).await.unwrap();
    assert!(done, "it seals, by the other one");
    assert_eq!(idp.app.store.known_master_keys().await.unwrap(), known);
    let rotated = events_named(idp, "master_key_rotated").await;
    assert_eq!(rotated, 1, "and is on record once");
}

async fn events_named(idp: &TestIdp, event: &str) -> usize {
    ask(&idp.db, &format!("SELECT id AS word FROM audit_events WHERE event = '{event}'")).await.len()
}
