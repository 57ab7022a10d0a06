//! A PostgreSQL database that nodes and commands come to for the first time: migrated once, one set of keys, one master
//! key, and the password of the database shown nowhere.

use crate::own_process::idp_server;
use diesel::{Connection as _, PgConnection};
use idp_server::app::App;
use idp_server::clock::Clock;
use idp_server::config::{Config, DatabaseUrl, StorageConfig};
use idp_server::db::audit_events::{self, AuditEvent};
use idp_server::installation::{Installation, InstallationError};
use idp_tests::postgres::{self, PostgresServer};
use std::path::Path;
use std::sync::{Arc, Barrier};

fn storage(folder: &Path, url: &str) -> StorageConfig {
    StorageConfig {
        data_dir: folder.join("data"),
        database_url: Some(DatabaseUrl::from(url)),
        ..StorageConfig::default()
    }
}

#[tokio::test]
async fn s107_two_nodes_that_first_start_together_have_one_set_of_keys() {
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

/// What a node does on its first start, and at once behind it; the names of its keys.
fn first_start(config: Config) -> Vec<String> {
    actix_web::rt::System::new().block_on(async {
        let Installation { db, master, .. } = Installation::open(&config.storage).unwrap();
        let app = App::build(config, db.clone(), &master, Clock::System).await.unwrap();
        assert!(app.keys.ring().signer().is_some(), "a node that is ready signs");
        app.keys.maintain(&app.store, app.now()).await.unwrap();
        let made =
            db.read(|connection| audit_events::count(connection, AuditEvent::KeysRotated)).await.unwrap();
        assert_eq!(made, 2, "each key was made once");
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
    // A server that names another database by mistake gets no tables.
    for arguments in [&["user", "list"][..], &["keys", "reset", "--yes"], &["user", "list"]] {
        let (succeeded, said) = run(&good, arguments);
        assert!(!succeeded && said.contains("no installation") && said.contains("no tables"), "{said}");
    }
    assert!(!folder.path().join("data").exists());
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
