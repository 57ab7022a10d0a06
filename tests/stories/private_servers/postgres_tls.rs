//! A PostgreSQL that takes nothing but TLS: what is asked for is checked, with passwords and with certificates of clients,
//! and each refusal says why.

use diesel::RunQueryDsl as _;
use diesel::sql_types::Text;
use idp_server::config::{DatabaseUrl, MountedSecrets, StorageConfig};
use idp_server::db::{Connection, Db, DbError};
use idp_server::installation::Installation;
use idp_tests::postgres::PostgresServer;
use idp_tests::{ClientSpec, SignedIn, TestIdp};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/postgres");
const SETTINGS: &str = "-c ssl=on -c ssl_cert_file={folder}/server.crt -c ssl_key_file={folder}/server.key \
    -c ssl_ca_file={folder}/ca.crt -c hba_file={folder}/hba";
const ANYHOW: &str = "local all all trust\nhost all all all trust\n";

fn file(name: &str) -> String {
    std::fs::read_to_string(Path::new(DATA).join(name)).unwrap()
}

/// The server, with an empty database and a password for `idp`, after which it takes only what `lines` say.
fn server(lines: &str) -> PostgresServer {
    let files =
        [("server.crt", file("server.crt")), ("server.key", file("server.key")), ("ca.crt", file("ca.crt"))];
    let mut files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    files.push(("hba", ANYHOW));
    let server = PostgresServer::start_with_files(SETTINGS, &files);
    let _url = server.create_database("story");
    server.administer("ALTER USER idp PASSWORD 'correct horse'");
    server.write_file("hba", lines);
    server.stop();
    server.start_again();
    server
}

/// The URL of the database with these settings; `ca` stands for the file of the authority.
fn url(server: &PostgresServer, host: &str, settings: &str) -> DatabaseUrl {
    let url = server.url("story").replace("idp@127.0.0.1", &format!("idp:correct%20horse@{host}"));
    DatabaseUrl::from(&*format!("{url}?{}", settings.replace("=ca", &format!("={DATA}/ca.crt"))))
}

async fn cipher(db: &Db) -> String {
    #[derive(diesel::QueryableByName)]
    struct Used {
        #[diesel(sql_type = Text)]
        version: String,
    }
    let ask = |connection: &mut Connection| {
        let Connection::Postgres(server) = connection else { unreachable!("a story about PostgreSQL") };
        let asked =
            "SELECT coalesce(version, 'none') AS version FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        let used: Used = diesel::sql_query(asked).get_result(server)?;
        Ok(used.version)
    };
    db.read(ask).await.unwrap()
}

fn refusal(url: &DatabaseUrl) -> String {
    match Db::connect(url, 2) {
        Err(DbError::Connect(words)) => words,
        other => panic!("{:?}", other.map(drop)),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_tls_alone_is_checked_as_the_url_says() {
    let server = server("local all all trust\nhostssl all all all scram-sha-256\n");
    for (host, settings) in [
        ("localhost", "sslmode=verify-full&sslrootcert=ca"),
        ("127.0.0.1", "sslmode=verify-ca&sslrootcert=ca"),
        ("127.0.0.1", "sslmode=require"),
    ] {
        let db = Db::connect(&url(&server, host, settings), 2).unwrap();
        assert!(cipher(&db).await.starts_with("TLSv1.3"), "{settings}");
    }
    for (host, settings, words) in [
        ("localhost", "sslmode=disable", "no encryption"),
        ("localhost", "application_name=x", "no encryption"),
        ("127.0.0.1", "sslmode=verify-full&sslrootcert=ca", "not valid for name"),
        ("localhost", "sslmode=verify-full", "UnknownIssuer"),
        ("localhost", "sslmode=verify-ca&sslrootcert=system", "UnknownIssuer"),
        ("localhost", "sslmode=verify-full&sslrootcert=/no/such/file", "sslrootcert /no/such/file"),
    ] {
        let told = refusal(&url(&server, host, settings));
        assert!(told.contains(words), "{host} {settings}: {told}");
    }
    let wrong = url(&server, "localhost", "sslmode=verify-full&sslrootcert=ca&password=wrong");
    assert!(refusal(&wrong).contains("password authentication failed"), "{}", refusal(&wrong));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_shows_its_certificate_where_the_server_asks_for_one() {
    let server = server("local all all trust\nhostssl all all all cert\n");
    let folder = tempfile::tempdir().unwrap();
    let key: PathBuf = folder.path().join("client.key");
    std::fs::copy(Path::new(DATA).join("client.key"), &key).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let shown =
        format!("sslmode=verify-full&sslrootcert=ca&sslcert={DATA}/client.crt&sslkey={}", key.display());
    let db = Db::connect(&url(&server, "localhost", &shown), 2).unwrap();
    assert!(cipher(&db).await.starts_with("TLSv1.3"));
    let without = refusal(&url(&server, "localhost", "sslmode=verify-full&sslrootcert=ca"));
    assert!(without.contains("certificate"), "{without}");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let open = refusal(&url(&server, "localhost", &shown));
    assert!(open.contains("sslkey"), "{open}");
}

/// As an operator of databases hands it out: a Secret, mounted as links.
#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_a_client_may_be_a_mounted_secret_where_that_is_said() {
    let server = server("local all all trust\nhostssl all all all cert\n");
    let folder = tempfile::tempdir().unwrap();
    let secrets = folder.path().join("secrets");
    std::fs::create_dir_all(secrets.join("..version")).unwrap();
    let key = secrets.join("..version/client.key");
    std::fs::copy(Path::new(DATA).join("client.key"), &key).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o440)).unwrap();
    std::os::unix::fs::symlink("..version/client.key", secrets.join("client.key")).unwrap();
    let shown = format!(
        "sslmode=verify-full&sslrootcert=ca&sslcert={DATA}/client.crt&sslkey={}",
        secrets.join("client.key").display()
    );
    let mut storage = StorageConfig {
        data_dir: folder.path().join("data"),
        database_url: Some(url(&server, "localhost", &shown)),
        ..StorageConfig::default()
    };
    let refused = Installation::open(&storage).map(drop).unwrap_err();
    assert!(format!("{refused:?}").contains("sslkey"), "{refused:?}");
    storage.mounted_secrets = MountedSecrets(vec![secrets]);
    let installation = Installation::open(&storage).unwrap();
    assert!(cipher(&installation.db).await.starts_with("TLSv1.3"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_serves_from_a_server_that_takes_tls_alone_and_survives_its_restart() {
    let server = server("local all all trust\nhostssl all all all scram-sha-256\n");
    let at = url(&server, "localhost", "sslmode=verify-full&sslrootcert=ca");
    let idp = TestIdp::start_with(|config| config.storage.database_url = Some(at)).await;
    let story = SignedIn::on(idp, ClientSpec::confidential("site-a")).await;
    assert_eq!(story.idp.userinfo(story.access_token()).await.status, 200);
    server.stop();
    assert_eq!(story.idp.refresh(&story.site, story.refresh_token()).await.status, 503);
    server.start_again();
    let refreshed = async || story.idp.refresh(&story.site, story.refresh_token()).await.status == 200;
    idp_tests::eventually("the provider goes on", refreshed).await;
}
