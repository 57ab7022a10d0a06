//! Backups: made while people sign in, and restored into an empty installation of the other database. There people sign in
//! with all that they had, sites find the keys that they know, and nothing that was taken back works.

use crate::own_process::idp_server;
use crate::schema::{ask, execute};
use idp_core::revocation::UNDER_WAY;
use idp_server::age::Identity;
use idp_server::clock::{CLOCK_LEEWAY, Clock};
use idp_server::config::DatabaseUrl;
use idp_server::random;
use idp_tests::backend::{self, Backend};
use idp_tests::postgres::PostgresServer;
use idp_tests::{Authenticator, SignedOut, TestIdp, recovery_codes};
use serde_json::Value;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;

const STEP: i64 = 30;
const PASSPHRASE: &str = "a walk along 7 rivers";

/// What a command came to.
#[derive(Debug)]
struct Outcome {
    /// Its exit code; none when it was killed.
    code: Option<i32>,
    words: String,
}

impl Outcome {
    #[track_caller]
    fn is(self, code: i32, words: &str) -> String {
        assert_eq!(self.code, Some(code), "{}", self.words);
        assert!(self.words.contains(words), "{words:?} is not in: {}", self.words);
        self.words
    }
}

async fn run(folder: &Path, arguments: &[&str], fault: Option<&str>) -> Outcome {
    let mut command = idp_server(folder, arguments);
    if let Some(fault) = fault {
        command.env("FAULT_POINT", fault);
    }
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let words = [output.stdout, output.stderr].concat();
    Outcome { code: output.status.code(), words: String::from_utf8_lossy(&words).into_owned() }
}

/// A folder with the keys of backups, and the backups.
struct Safe {
    folder: TempDir,
    recipient: String,
}

impl Safe {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let identity = Identity::generate(&mut random::rng());
        let recipient = identity.recipient().unwrap().to_string();
        let safe = Self { folder, recipient };
        safe.put("key.txt", identity.text().unwrap());
        safe.put("passphrase", PASSPHRASE);
        safe
    }

    /// Writes a private file.
    fn put(&self, name: &str, contents: impl AsRef<[u8]>) -> String {
        let file = self.folder.path().join(name);
        fs::write(&file, contents).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
        self.path(name)
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// Makes a backup of the provider of `folder` for the key.
    async fn backup(&self, folder: &Path, issuer: &str) -> Outcome {
        let issuer = format!("issuer.url={issuer}");
        let (file, recipient) = (self.path("idp.backup"), self.recipient.as_str());
        run(folder, &["--set", &issuer, "backup", "create", &file, "--recipient", recipient], None).await
    }

    /// Restores it into the installation of `folder`.
    async fn restore(&self, folder: &Path, more: &[&str]) -> Outcome {
        self.restore_dying(folder, more, None).await
    }

    async fn restore_dying(&self, folder: &Path, more: &[&str], fault: Option<&str>) -> Outcome {
        let (file, key) = (self.path("idp.backup"), self.path("key.txt"));
        let arguments = ["restore", &file, "--identity-file", &key];
        run(folder, &[&arguments[..], more].concat(), fault).await
    }
}

/// An empty installation on the other kind of database than that of this run.
struct Elsewhere {
    folder: TempDir,
    database: Option<DatabaseUrl>,
}

impl Elsewhere {
    fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("data")).unwrap();
        fs::set_permissions(folder.path().join("data"), Permissions::from_mode(0o700)).unwrap();
        let database = (Backend::of_this_run() == Backend::Sqlite).then(|| {
            let url = PostgresServer::shared().create_empty_database();
            backend::use_database(folder.path(), &url);
            DatabaseUrl::from(url.as_str())
        });
        Self { folder, database }
    }

    fn with_master_key_of(folder: &Path) -> Self {
        let elsewhere = Self::empty();
        fs::copy(folder.join("data/master.key"), elsewhere.master_key()).unwrap();
        elsewhere
    }

    fn master_key(&self) -> PathBuf {
        self.folder.path().join("data/master.key")
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Serves from it where the former provider served.
    async fn serve(self, port: u16) -> TestIdp {
        let clock = Clock::manual(Clock::System.now().plus(1));
        let database = self.database;
        TestIdp::start_nodes(1, self.folder, clock, port, |config| {
            config.storage.database_url = database;
            config.redis.url = None;
        })
        .await
    }
}

/// Two minutes ago, so that what happens in a story is past for the commands, whose clock is that of the system.
async fn minutes_ago() -> TestIdp {
    let clock = Clock::manual(Clock::System.now().plus(-120));
    TestIdp::start_in(tempfile::tempdir().unwrap(), clock, 0, |_| {}).await
}

async fn key_ids(idp: &TestIdp) -> Vec<String> {
    let keys: Value = idp.http.get(idp.url("/jwks")).send().await.unwrap().json().await.unwrap();
    let mut ids: Vec<String> =
        keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn people_sign_in_on_the_restored_installation_and_nothing_that_was_taken_back_works() {
    let story = SignedOut::on(minutes_ago().await).await;
    let (idp, site, safe) = (&story.idp, &story.site, Safe::new());
    for name in ["bob", "carol"] {
        idp.add_user(name).await;
    }
    let phone = idp.browser();
    let form = story.open_own(&phone, "/account/methods/totp", None).await;
    let app = Authenticator::scanning(&form);
    let added = phone.press(&form, "add", &[("code", &app.code(idp))]).await;
    let codes = recovery_codes(&phone.follow(added).await);
    idp.clock.advance(STEP);
    // Bob gave one token back, signed out in one browser, and is signed in in another.
    let (left, stays) = (idp.browser(), idp.browser());
    let given_back = left.sign_in_for_tokens(idp, site, "bob").await;
    let revoked = idp.post_as(site, "/revoke", &[("token", given_back.text("refresh_token"))]).await;
    assert_eq!(revoked.status, 200);
    let devices = left.open(idp.url("/account/devices")).await;
    assert_eq!(left.press(&devices, "all", &[]).await.status, 303);
    let open = stays.sign_in_for_tokens(idp, site, "bob").await;
    let keys = key_ids(idp).await;

    let is_done = AtomicBool::new(false);
    let sign_ins = async {
        let mut count = 0;
        while count == 0 || !is_done.load(Ordering::SeqCst) {
            idp.browser().sign_in_for_tokens(idp, site, "carol").await;
            count += 1;
        }
        count
    };
    let backup = async {
        let outcome = safe.backup(idp.folder.path(), &idp.issuer).await;
        is_done.store(true, Ordering::SeqCst);
        outcome
    };
    let (count, made) = tokio::join!(sign_ins, backup);
    assert!(made.is(0, "and read it back: 3 people").contains(&idp.issuer), "{count} sign-ins meanwhile");
    let (file, key) = (safe.path("idp.backup"), safe.path("key.txt"));
    run(idp.folder.path(), &["backup", "verify", &file, "--identity-file", &key], None)
        .await
        .is(0, "is whole: 3 people");

    let (port, site, alice) = (idp.address.port(), story.site.clone(), story.alice);
    let before = story.idp.stop().await;
    let elsewhere = Elsewhere::with_master_key_of(before.path());
    let restored_at = Clock::System.now();
    safe.restore(elsewhere.path(), &[]).await.is(0, "Everybody has to sign in again");
    let idp = elsewhere.serve(port).await;
    // Also what the lost machine issued by a clock that was ahead of this one.
    let void =
        ask(&idp.db, "SELECT CAST(issued_before AS TEXT) AS word FROM revocations WHERE kind = 'all'").await;
    let void: Vec<i64> = void.iter().map(|time| time.parse().unwrap()).collect();
    let least = restored_at.plus(CLOCK_LEEWAY + UNDER_WAY).as_secs();
    assert!(void.iter().any(|time| *time >= least), "{void:?} {least}");

    assert_eq!(key_ids(&idp).await, keys, "sites know the keys");
    for (tokens, why) in [(&given_back, "given back before"), (&open, "good when it was lost")] {
        assert!(!idp.is_active(&site, tokens.text("access_token")).await, "{why}");
        let refreshed = idp.refresh(&site, tokens.text("refresh_token")).await;
        assert_eq!(refreshed.refusal(), (400, "invalid_grant"), "{why}");
    }
    for (browser, why) in [(&left, "signed out before"), (&stays, "signed in when it was lost")] {
        let page = browser.visit(idp.authorize_url(&site, &[])).await;
        assert!(page.has_form("/login"), "{why}: {}", page.body);
    }
    let bob = idp.browser().sign_in_for_tokens(&idp, &site, "bob").await;
    assert!(idp.is_active(&site, bob.text("access_token")).await);
    let story = SignedOut { idp, site, alice };
    let (browser, step) = story.second_step().await;
    let inside = browser.press(&step, "code", &[("code", &app.code(&story.idp))]).await;
    assert!(inside.redirect_param("code").is_some(), "a code of the app: {}", inside.body);
    let (browser, step) = story.second_step().await;
    let page = browser.press(&step, "use_recovery_code", &[]).await;
    let inside = browser.press(&page, "recovery_code", &[("code", &codes[2])]).await;
    assert!(inside.redirect_param("code").is_some(), "a recovery code: {}", inside.body);
}

/// The key by which dummy hashes are chosen is not that of the master key any more once this was rotated.
#[tokio::test]
async fn names_that_are_nobodys_cost_what_they_did_on_the_restored_installation() {
    let (idp, safe) = (minutes_ago().await, Safe::new());
    let chosen_by = idp.app.store.dummy_hash_key().await.unwrap();
    for what in ["add", "rotate", "drop"] {
        run(idp.folder.path(), &["keys", "master", what], None).await.is(0, "");
    }
    safe.backup(idp.folder.path(), &idp.issuer).await.is(0, "and read it back");
    let port = idp.address.port();
    let before = idp.stop().await;
    let elsewhere = Elsewhere::with_master_key_of(before.path());
    safe.restore(elsewhere.path(), &[]).await.is(0, "Everybody has to sign in again");
    let idp = elsewhere.serve(port).await;
    assert_ne!(idp.app.seals().first_dummy_hash_key, chosen_by);
    assert_eq!(idp.app.store.dummy_hash_key().await.unwrap(), chosen_by);
}

#[tokio::test]
async fn a_move_keeps_sessions_and_ends_links_in_letters() {
    let story = SignedOut::on(minutes_ago().await).await;
    let (idp, site, safe, browser) = (&story.idp, &story.site, Safe::new(), story.idp.browser());
    let tokens = browser.sign_in_for_tokens(idp, site, "alice").await;
    let link = idp.operator().first_administrator_link(idp.clock.now()).await.unwrap().unwrap();
    let (port, site, issuer) = (idp.address.port(), story.site.clone(), idp.issuer.clone());
    let before = story.idp.stop().await;
    safe.backup(before.path(), &issuer).await.is(0, "1 person");
    let elsewhere = Elsewhere::with_master_key_of(before.path());
    safe.restore(elsewhere.path(), &["--keep-sessions"]).await.is(0, "Everybody stays signed in");
    let idp = elsewhere.serve(port).await;
    let silent = browser.open(idp.authorize_url(&site, &[])).await;
    assert!(silent.redirect_param("code").is_some(), "{}", silent.body);
    assert!(idp.is_active(&site, tokens.text("access_token")).await);
    // With Redis the families are there, and were not moved.
    if Backend::refreshes_in_sql() {
        assert_eq!(idp.refresh(&site, tokens.text("refresh_token")).await.status, 200);
    }
    let page = idp.browser().visit(&link).await;
    assert_ne!(page.status, 200, "a link of before: {}", page.body);
}

#[tokio::test]
async fn what_is_no_whole_backup_for_this_installation_is_refused_in_words_and_changes_nothing() {
    let story = SignedOut::on(minutes_ago().await).await;
    let (safe, issuer) = (Safe::new(), story.idp.issuer.clone());
    let before = story.idp.stop().await;
    safe.backup(before.path(), &issuer).await.is(0, "1 person");
    let (file, key) = (safe.path("idp.backup"), safe.path("key.txt"));
    safe.backup(before.path(), &issuer).await.is(4, "exists already");
    safe.restore(before.path(), &[]).await.is(4, "the installation is in use");

    let elsewhere = Elsewhere::empty();
    let fingerprint_is_named =
        safe.restore(elsewhere.path(), &[]).await.is(4, "is sealed under the master key ");
    assert!(fingerprint_is_named.contains("which is not in it"), "{fingerprint_is_named}");
    fs::write(elsewhere.master_key(), "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n").unwrap();
    fs::set_permissions(elsewhere.master_key(), Permissions::from_mode(0o600)).unwrap();
    safe.restore(elsewhere.path(), &[]).await.is(4, " has ");
    fs::remove_file(elsewhere.master_key()).unwrap();
    fs::copy(before.path().join("data/master.key"), elsewhere.master_key()).unwrap();

    let whole = fs::read(&file).unwrap();
    let (mut changed, middle) = (whole.clone(), whole.len() / 2);
    changed[middle] ^= 1;
    let other = safe.put("other.txt", &*Identity::generate(&mut random::rng()).text().unwrap());
    let passphrase = safe.path("passphrase");
    let cut_off = safe.put("cut_off", &whole[..middle]);
    let changed = safe.put("changed", &changed);
    let no_backup = safe.put("no_backup", "a letter, and not a short one, to someone who keeps backups");
    let missing = safe.path("missing");
    for (file, flag, key, code, words) in [
        (&cut_off, "--identity-file", &key, 4, "is damaged or was cut off"),
        (&changed, "--identity-file", &key, 4, "is damaged or was cut off"),
        (&no_backup, "--identity-file", &key, 4, "it is not a file in the age format"),
        (&missing, "--identity-file", &key, 1, "No such file"),
        (&file, "--identity-file", &other, 4, "it is not encrypted for this key"),
        (&file, "--passphrase-file", &passphrase, 4, "it is encrypted for a key and not under a passphrase"),
        (&file, "--identity-file", &passphrase, 4, "must be a file of private keys"),
    ] {
        run(elsewhere.path(), &["restore", file, flag, key], None).await.is(code, words);
        run(elsewhere.path(), &["backup", "verify", file, flag, key], None).await.is(code, words);
    }
    // Nothing was touched: the empty installation takes the backup.
    safe.restore(elsewhere.path(), &[]).await.is(0, "restored 1 person");
    safe.restore(elsewhere.path(), &[]).await.is(4, "the installation is in use");
}

#[tokio::test]
async fn a_backup_under_a_passphrase_opens_with_it_alone() {
    let story = SignedOut::on(minutes_ago().await).await;
    let (safe, issuer) = (Safe::new(), format!("issuer.url={}", story.idp.issuer));
    let before = story.idp.stop().await;
    let (file, passphrase) = (safe.path("idp.backup"), safe.path("passphrase"));
    let made = ["--set", &issuer, "backup", "create", &file, "--passphrase-file", &passphrase];
    run(before.path(), &made, None).await.is(0, "1 person");
    assert!(!fs::read(&file).unwrap().windows(5).any(|octets| octets == b"alice"));
    let wrong = safe.put("wrong", "a walk along 8 rivers");
    let verify = async |key: &str| {
        run(before.path(), &["backup", "verify", &file, "--passphrase-file", key], None).await
    };
    verify(&wrong).await.is(4, "the passphrase does not open it");
    verify(&passphrase).await.is(0, "is whole");
    // What could be guessed within the years for which a backup lies somewhere.
    let short = safe.put("short", "seven rivers...");
    let (other, made) = (safe.path("other.backup"), ["--set", &issuer, "backup", "create"]);
    let refused =
        run(before.path(), &[&made[..], &[&other, "--passphrase-file", &short]].concat(), None).await;
    refused.is(4, "fewer than 16 characters");
    assert!(!Path::new(&other).exists());
}

/// SQLite keeps a character that PostgreSQL does not: that is said when the backup is made, and before anything is touched.
#[tokio::test]
async fn text_that_postgresql_does_not_store_is_named_and_goes_back_into_sqlite() {
    if Backend::of_this_run() != Backend::Sqlite {
        return;
    }
    let story = SignedOut::on(minutes_ago().await).await;
    let (safe, issuer) = (Safe::new(), story.idp.issuer.clone());
    let renamed = execute(&story.idp.db, "UPDATE clients SET name = 'a' || char(0) || 'b'").await.unwrap();
    assert_eq!(renamed, 1);
    let before = story.idp.stop().await;
    safe.backup(before.path(), &issuer).await.is(0, "rows with a NUL character (1 of clients)");
    let elsewhere = Elsewhere::with_master_key_of(before.path());
    safe.restore(elsewhere.path(), &[]).await.is(4, "which PostgreSQL does not store");
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    fs::set_permissions(folder.path().join("data"), Permissions::from_mode(0o700)).unwrap();
    fs::copy(before.path().join("data/master.key"), folder.path().join("data/master.key")).unwrap();
    safe.restore(folder.path(), &[]).await.is(0, "rows with a NUL character (1 of clients)");
}

/// The places are those between two writes, and those between two statements that insert.
#[tokio::test]
async fn s106_a_restore_that_is_killed_leaves_an_installation_that_says_so_and_is_repeated() {
    let story = SignedOut::on(minutes_ago().await).await;
    let (safe, issuer, browser) = (Safe::new(), story.idp.issuer.clone(), story.idp.browser());
    browser.sign_in_for_tokens(&story.idp, &story.site, "alice").await;
    let (port, site) = (story.idp.address.port(), story.site.clone());
    let before = story.idp.stop().await;
    safe.backup(before.path(), &issuer).await.is(0, "1 person");
    let elsewhere = Elsewhere::with_master_key_of(before.path());
    let (mut deaths, mut was_half) = (0, 0);
    for nth in 1..=100 {
        let outcome = safe.restore_dying(elsewhere.path(), &[], Some(&format!("*:{nth}"))).await;
        if outcome.code == Some(0) {
            break;
        }
        if outcome.code.is_some() {
            // It died after the last commit, and was about to say so.
            outcome.is(4, "the installation is in use");
            break;
        }
        deaths += 1;
        let listed = run(elsewhere.path(), &["user", "list"], None).await;
        if listed.code == Some(3) {
            was_half += 1;
            listed.is(3, "a restore began at");
            run(elsewhere.path(), &["config", "check"], None)
                .await
                .is(3, "repeat it with `idp-server restore`");
        }
    }
    assert!(deaths >= 10 && was_half >= deaths - 3, "{deaths} deaths, {was_half} half restored");
    let idp = elsewhere.serve(port).await;
    let page = browser.visit(idp.authorize_url(&site, &[])).await;
    assert!(page.has_form("/login"), "signed in before the loss: {}", page.body);
    idp.browser().sign_in_for_tokens(&idp, &site, "alice").await;
}
