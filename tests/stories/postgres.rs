//! PostgreSQL away, silent, full, and entered by two nodes at once. These stories start servers of their own, whatever
//! home the others have.

use crate::own_process::idp_server;
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};
use idp_server::app::App;
use idp_server::clock::{Clock, Stopwatch};
use idp_server::config::{Config, DatabaseUrl, StorageConfig};
use idp_server::db::audit_events::{self, Event};
use idp_server::installation::{Installation, InstallationError};
use idp_tests::home::Home;
use idp_tests::postgres::{self, PostgresServer};
use idp_tests::{Answer, Browser, ClientSpec, PASSWORD, SignedIn, TestIdp};
use std::path::Path;
use std::sync::{Arc, Barrier};
use std::time::Duration;

/// Alice, signed in at a provider whose database is on a server that only this story has.
struct Story {
    alice: SignedIn,
    server: PostgresServer,
}

impl Story {
    /// `None` when the run has no other servers.
    async fn begin(max_connections: u32) -> Option<Self> {
        if Home::has_no_servers() {
            return None;
        }
        let server = PostgresServer::start(&format!("-c fsync=off -c max_connections={max_connections}"));
        let url = server.create_database("idp");
        let at_the_server =
            |config: &mut Config| config.storage.database_url = Some(DatabaseUrl::from(url.as_str()));
        let idp = TestIdp::start_with(at_the_server).await;
        let alice = SignedIn::on(idp, ClientSpec::confidential("site-a")).await;
        Some(Self { alice, server })
    }

    /// Whatever needs the database says within three seconds that it is away; whatever does not goes on.
    async fn is_refused_in_time(&self) {
        let (idp, site) = (&self.alice.idp, &self.alice.site);
        let (started, anybody) = (Stopwatch::start(), idp.browser());
        let given_back = [("token", self.alice.access_token())];
        let (token, revoked, authorize, ready, keys, discovery, live) = tokio::join!(
            idp.refresh(site, self.alice.refresh_token()),
            idp.post_as(site, "/revoke", &given_back),
            self.alice.browser.open(idp.authorize_url(site, &[])),
            anybody.open(idp.url("/health/ready")),
            anybody.open(idp.url("/jwks")),
            anybody.open(idp.url("/.well-known/openid-configuration")),
            anybody.open(idp.url("/health/live")),
        );
        assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
        for answer in [&token, &revoked] {
            assert_eq!(answer.refusal(), (503, "temporarily_unavailable"));
            assert!(!answer.header("retry-after").is_empty());
        }
        assert_eq!((authorize.status, authorize.header("retry-after").is_empty()), (503, false));
        assert_eq!((ready.status, keys.status, discovery.status, live.status), (503, 200, 200, 200));
    }

    /// A login that was begun while the database was there.
    async fn login_page(&self) -> (Browser, Answer) {
        let stranger = self.alice.idp.browser();
        let page = stranger.visit(self.alice.idp.authorize_url(&self.alice.site, &[])).await;
        (stranger, page)
    }

    async fn login_is_refused_in_time(&self, (stranger, page): &(Browser, Answer)) {
        let started = Stopwatch::start();
        let login = stranger.log_in_as(page, "alice", PASSWORD).await;
        assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
        assert_eq!((login.status, login.header("retry-after").is_empty()), (503, false), "{}", login.body);
    }

    /// The very tokens that were refused work within two seconds, and what was answered 503 has not happened.
    async fn goes_on_soon(&self) {
        let (idp, site) = (&self.alice.idp, &self.alice.site);
        let back = Stopwatch::start();
        while idp.refresh(site, self.alice.refresh_token()).await.status != 200 {
            assert!(back.elapsed() < Duration::from_secs(2), "still refused after {:?}", back.elapsed());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(
            idp.userinfo(self.alice.access_token()).await.status,
            200,
            "nobody was told it is revoked"
        );
        let (stranger, page) = self.login_page().await;
        assert!(stranger.log_in_as(&page, "alice", PASSWORD).await.redirect_param("code").is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s105_postgresql_stopped_is_503_in_time_and_its_return_needs_no_restart() {
    let Some(story) = Story::begin(50).await else { return };
    let login = story.login_page().await;
    for _ in 0..2 {
        story.server.stop();
        story.is_refused_in_time().await;
        story.login_is_refused_in_time(&login).await;
        story.server.start_again();
        story.goes_on_soon().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s105_a_postgresql_that_was_restarted_unnoticed_costs_a_node_one_request() {
    let Some(story) = Story::begin(50).await else { return };
    let (idp, site) = (&story.alice.idp, &story.alice.site);
    let reads = (0..8).map(|_| idp.userinfo(story.alice.access_token()));
    futures_util::future::join_all(reads).await;
    story.server.stop();
    story.server.start_again();
    for _node in idp.nodes() {
        let first = idp.refresh(site, story.alice.refresh_token()).await;
        assert!(first.status == 200 || first.refusal() == (503, "temporarily_unavailable"), "{first:?}");
    }
    for _ in 0..8 {
        assert_eq!(idp.userinfo(story.alice.access_token()).await.status, 200);
        assert_eq!(idp.refresh(site, story.alice.refresh_token()).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s105_a_postgresql_that_says_nothing_is_given_up_in_time() {
    let Some(story) = Story::begin(50).await else { return };
    let login = story.login_page().await;
    story.server.pause();
    // More than there are connections: the later ones wait for one in vain.
    for _ in 0..4 {
        story.is_refused_in_time().await;
    }
    story.login_is_refused_in_time(&login).await;
    story.server.go_on();
    story.goes_on_soon().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s105_a_postgresql_without_a_free_connection_is_503_until_there_is_one() {
    let Some(story) = Story::begin(12).await else { return };
    let login = story.login_page().await;
    let url = story.server.url("idp");
    let mut others = Vec::new();
    let ours = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'idp-server'";
    // Each place of ours that becomes free is taken before the provider asks again.
    for _ in 0..2 {
        others.extend(std::iter::from_fn(|| PgConnection::establish(&url).ok()));
        others[0].batch_execute(ours).unwrap();
        postgres::wait_until_gone(&mut others[0], "idp-server");
    }
    others.extend(std::iter::from_fn(|| PgConnection::establish(&url).ok()));
    story.is_refused_in_time().await;
    story.login_is_refused_in_time(&login).await;
    drop(others);
    story.goes_on_soon().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s105_a_writer_who_does_not_finish_holds_up_others_in_time_only() {
    let Some(story) = Story::begin(50).await else { return };
    let (idp, site) = (&story.alice.idp, &story.alice.site);
    let mut other = PgConnection::establish(&story.server.url("idp")).unwrap();
    other.batch_execute("BEGIN; LOCK TABLE grants IN SHARE MODE").unwrap();
    let started = Stopwatch::start();
    let refreshes = (0..6).map(|_| idp.refresh(site, story.alice.refresh_token()));
    let (refused, read) =
        tokio::join!(futures_util::future::join_all(refreshes), idp.userinfo(story.alice.access_token()));
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    for answer in refused {
        match Home::refreshes_in_sql() {
            true => assert_eq!(answer.refusal(), (503, "temporarily_unavailable")),
            false => assert_eq!(answer.status, 200, "Redis goes on beside a writer"),
        }
    }
    assert_eq!(read.status, 200, "reading goes on beside a writer");
    other.batch_execute("ROLLBACK").unwrap();
    story.goes_on_soon().await;
}

fn storage(folder: &Path, url: &str) -> StorageConfig {
    StorageConfig {
        data_dir: folder.join("data"),
        database_url: Some(DatabaseUrl::from(url)),
        ..StorageConfig::default()
    }
}

#[tokio::test]
async fn s107_two_nodes_that_first_start_together_have_one_set_of_keys() {
    if Home::has_no_servers() {
        return;
    }
    for trial in 0..5 {
        let url = PostgresServer::shared().create_database(&format!("first_start_{trial}"));
        let shared = tempfile::tempdir().unwrap();
        let together = Arc::new(Barrier::new(2));
        let starts = [(); 2].map(|()| {
            let node = tempfile::tempdir().unwrap();
            let mut config = Config { storage: storage(node.path(), &url), ..Config::default() };
            config.storage.master_key_file = Some(shared.path().join("master.key"));
            let together = Arc::clone(&together);
            std::thread::spawn(move || {
                together.wait();
                let kids = first_start(config);
                drop(node);
                kids
            })
        });
        let [one, two] = starts.map(|start| start.join().unwrap());
        assert_eq!(one.len(), 2, "one that signs and one that waits");
        assert_eq!(one, two, "trial {trial}");
        let mut connection = PgConnection::establish(&url).unwrap();
        assert_eq!(postgres::count(&mut connection, "signing_keys"), 2);
        assert_eq!(postgres::count(&mut connection, "__diesel_schema_migrations"), migrations());
    }
}

/// What a node does on its first start; the names of its keys.
fn first_start(config: Config) -> Vec<String> {
    actix_web::rt::System::new().block_on(async {
        let Installation { db, master, .. } = Installation::open(&config.storage).unwrap();
        let app = App::build(config, db.clone(), &master, Clock::System).await.unwrap();
        let made = db.read(|connection| audit_events::count(connection, Event::KeysRotated)).await.unwrap();
        assert_eq!(made, 1, "the keys were made once");
        let mut kids: Vec<String> =
            app.keys.ring().keys().iter().map(|entry| entry.key.kid().to_owned()).collect();
        kids.sort();
        kids
    })
}

fn migrations() -> i64 {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    i64::try_from(std::fs::read_dir(folder).unwrap().count()).unwrap()
}

#[test]
fn s107_many_processes_migrate_one_database_once() {
    if Home::has_no_servers() {
        return;
    }
    let url = PostgresServer::shared().create_database("migrated_together");
    let database = format!("storage.database_url={url}");
    let folders = [(); 4].map(|()| tempfile::tempdir().unwrap());
    let started: Vec<_> = folders
        .iter()
        .map(|folder| idp_server(folder.path(), &["--set", &database, "migrate"]).spawn().unwrap())
        .collect();
    for process in started {
        let done = process.wait_with_output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    let mut connection = PgConnection::establish(&url).unwrap();
    assert_eq!(postgres::count(&mut connection, "__diesel_schema_migrations"), migrations());
}

#[tokio::test]
async fn s110_a_server_in_use_does_not_get_a_new_master_key() {
    if Home::has_no_servers() {
        return;
    }
    let url = PostgresServer::shared().create_database("in_use");
    let [first, second] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let config = Config { storage: storage(first.path(), &url), ..Config::default() };
    let kids = tokio::task::spawn_blocking(move || first_start(config)).await.unwrap();
    assert_eq!(kids.len(), 2);
    let stranger = storage(second.path(), &url);
    let refused = Installation::open(&stranger).map(drop).unwrap_err();
    assert!(matches!(refused, InstallationError::MasterKeyLost { .. }), "{refused}");
    assert!(!stranger.master_key().exists(), "no key was made");
    std::fs::copy(storage(first.path(), &url).master_key(), stranger.master_key()).unwrap();
    assert!(Installation::open(&stranger).is_ok(), "with the key of the first node it is a second node");
}

#[test]
fn s111_commands_work_on_postgresql_and_show_its_password_nowhere() {
    if Home::has_no_servers() {
        return;
    }
    let url = PostgresServer::shared().create_database("commands");
    let with_password = |host: &str| url.replacen("idp@127.0.0.1", &format!("idp:hunter2@{host}"), 1);
    let folder = tempfile::tempdir().unwrap();
    let run = |url: &str, arguments: &[&str]| {
        let database = format!("storage.database_url={url}");
        let done = idp_server(folder.path(), &[&["--set", &database], arguments].concat()).output().unwrap();
        let said = String::from_utf8([done.stdout, done.stderr].concat()).unwrap();
        assert!(!said.contains("hunter2"), "{arguments:?}: {said}");
        (done.status.success(), said)
    };
    let good = with_password("127.0.0.1");
    let commands: [(&[&str], &str); 7] = [
        (&["config", "check"], "postgres://***@127.0.0.1"),
        (&["migrate"], "postgres://***@127.0.0.1"),
        (&["user", "add", "alice", "--generate"], "alice"),
        (&["user", "list"], "alice"),
        (&["client", "add", "site-a", "--redirect-uri", "https://a.example/callback"], "site-a"),
        (&["client", "list"], "site-a"),
        (&["keys", "list"], "active"),
    ];
    for (arguments, expected) in commands {
        let (succeeded, said) = run(&good, arguments);
        assert!(succeeded && said.contains(expected), "{arguments:?}: {said}");
    }
    assert!(!folder.path().join("data/idp.db").exists());
    for bad in [
        "postgres://idp:hunter2@127.0.0.1:1/idp".to_owned(),
        with_password("no.such.host.invalid"),
        with_password("127.0.0.1") + "_missing",
        with_password("127.0.0.1") + "?sslmode=require",
        "postgres://idp:x/hunter2@127.0.0.1/idp".to_owned(),
        "postgres://idp:x@hunter2@127.0.0.1/idp".to_owned(),
        "postgresql:idp:hunter2@127.0.0.1/idp".to_owned(),
    ] {
        let (succeeded, said) = run(&bad, &["user", "list"]);
        assert!(!succeeded, "{said}");
    }
}
