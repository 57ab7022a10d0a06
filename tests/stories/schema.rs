//! What the tables themselves hold to, on the database of this run: which words a column takes, what goes with a row that
//! is removed, and what stays.

use crate::filled_database::{NOW, filled};
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl as _, sql_query};
use idp_core::grant::Grant;
use idp_server::config::DatabaseUrl;
use idp_server::db::feed_acknowledgements as acknowledgements;
use idp_server::db::{Connection, Db, DbError, grants, sessions};
use idp_server::random;
use idp_tests::backend::Backend;
use idp_tests::postgres::PostgresServer;
use tempfile::TempDir;

/// A database of its own of the kind of this run.
pub struct Database {
    pub folder: TempDir,
    /// Its URL; the file in `folder` when there is none.
    pub url: Option<String>,
}

impl Database {
    /// An empty one, not even migrated.
    pub fn empty(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = match Backend::of_this_run() {
            Backend::Sqlite => None,
            _ => Some(PostgresServer::shared().create_database(&format!("schema_{name}"))),
        };
        std::fs::write(folder.path().join("idp.db"), "").unwrap();
        Self { folder, url }
    }

    pub fn open(&self) -> Result<Db, DbError> {
        match &self.url {
            Some(url) => Db::connect(&DatabaseUrl::from(url.as_str()), 3),
            None => Db::open(&self.folder.path().join("idp.db")),
        }
    }
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

/// What a query with one column called `word` answers.
fn words(connection: &mut Connection, query: &str) -> Result<Vec<String>, DbError> {
    let rows: Vec<Word> = match connection {
        Connection::Sqlite(file) => sql_query(query).load(file)?,
        Connection::Postgres(server) => sql_query(query).load(server)?,
    };
    Ok(rows.into_iter().map(|row| row.word).collect())
}

pub async fn ask(db: &Db, query: &str) -> Vec<String> {
    let query = query.to_owned();
    db.read(move |connection| words(connection, &query)).await.unwrap()
}

pub async fn execute(db: &Db, statement: &str) -> Result<usize, DbError> {
    let statement = statement.to_owned();
    db.write(idp_server::db::Locks::installation(), move |connection| {
        Ok(match connection {
            Connection::Sqlite(file) => sql_query(statement).execute(file)?,
            Connection::Postgres(server) => sql_query(statement).execute(server)?,
        })
    })
    .await
}

/// Which of these tables have a row.
async fn with_rows(db: &Db, tables: &[&'static str]) -> Vec<&'static str> {
    let mut found = Vec::new();
    for table in tables {
        if !ask(db, &format!("SELECT 'row' AS word FROM {table}")).await.is_empty() {
            found.push(*table);
        }
    }
    found
}

/// Those whose rows belong to another row, and those whose rows never do.
const BELONGING: &[&str] = &[
    "sign_in_names",
    "mail_addresses",
    "search_words",
    "mail_links",
    "registration_links",
    "pictures",
    "password_credentials",
    "totp_credentials",
    "recovery_codes",
    "passkeys",
    "device_names",
    "sessions",
    "consents",
    "grants",
    "feed_acknowledgements",
    "logout_deliveries",
    "client_logos",
];

/// Those of a user alone.
const OF_USER: &[&str] = &[
    "sign_in_names",
    "mail_addresses",
    "search_words",
    "mail_links",
    "registration_links",
    "pictures",
    "password_credentials",
    "totp_credentials",
    "recovery_codes",
    "passkeys",
    "device_names",
];

const LASTING: [&str; 7] =
    ["denied_tokens", "revocations", "counters", "throttles", "audit_events", "redis_continuity", "mails"];

#[tokio::test]
async fn what_belongs_to_a_client_goes_with_it_and_history_stays() {
    let (_database, db, _) = filled("client").await;
    assert_eq!(with_rows(&db, BELONGING).await, BELONGING);
    assert_eq!(execute(&db, "DELETE FROM clients").await.unwrap(), 1);
    assert_eq!(with_rows(&db, BELONGING).await, [OF_USER, &["sessions"]].concat());
    assert_eq!(with_rows(&db, &LASTING).await, LASTING);
}

#[tokio::test]
async fn what_belongs_to_a_user_goes_with_it_and_sites_are_told_all_the_same() {
    let (_database, db, _) = filled("user").await;
    assert_eq!(execute(&db, "DELETE FROM users").await.unwrap(), 1);
    assert_eq!(
        with_rows(&db, BELONGING).await,
        ["feed_acknowledgements", "logout_deliveries", "client_logos"]
    );
    assert_eq!(with_rows(&db, &LASTING).await, LASTING);
    assert_eq!(with_rows(&db, &["clients", "devices"]).await, ["clients", "devices"]);
}

#[tokio::test]
async fn a_session_outlives_its_device_and_a_grant_does_not_outlive_its_session() {
    let (_database, db, rows) = filled("device").await;
    assert_eq!(execute(&db, "DELETE FROM devices").await.unwrap(), 1);
    let sid = rows.session.sid;
    let session = db.read(move |connection| sessions::by_sid(connection, sid)).await.unwrap().unwrap();
    assert_eq!((session.device, session.address), (None, rows.session.address));
    assert_eq!(execute(&db, "DELETE FROM sessions").await.unwrap(), 1);
    let left = with_rows(&db, BELONGING).await;
    let others = ["consents", "feed_acknowledgements", "logout_deliveries", "client_logos"];
    // The names went with the devices.
    let kept: Vec<_> = OF_USER.iter().copied().filter(|table| *table != "device_names").collect();
    assert_eq!(left, [&kept[..], &others].concat());
}

/// A code of it is on its way, or its site follows the feed, while an operator removes it.
#[tokio::test]
async fn a_client_that_was_removed_meanwhile_gets_no_grant_and_holds_up_no_other() {
    let (_database, db, rows) = filled("removed").await;
    assert_eq!(execute(&db, "DELETE FROM clients").await.unwrap(), 1);
    let grant = Grant { id: random::new_id(NOW), ..rows.grant.clone() };
    let refused = db
        .write(idp_server::db::Locks::installation(), move |connection| grants::insert(connection, &grant))
        .await
        .unwrap_err();
    assert!(matches!(refused, DbError::ParentGone(_)) && refused.is_temporary(), "{refused}");
    let noted = db.write(idp_server::db::Locks::installation(), |connection| {
        acknowledgements::listens(connection, "site-a", "one", 1)?;
        acknowledgements::confirm(connection, "site-a", "two", 1, 1, 1)
    });
    noted.await.unwrap();
    assert!(with_rows(&db, &["feed_acknowledgements"]).await.is_empty());
}

#[tokio::test]
async fn a_person_has_one_primary_address_and_a_name_has_one_owner() {
    let (_database, db, _) = filled("one").await;
    for statement in [
        "UPDATE mail_addresses SET is_primary = TRUE",
        "INSERT INTO sign_in_names SELECT hash, user_id FROM sign_in_names",
    ] {
        let refused = execute(&db, statement).await.unwrap_err();
        assert!(matches!(refused, DbError::Exists), "{statement}: {refused}");
    }
}

#[tokio::test]
async fn a_column_of_few_words_takes_no_other() {
    let (_database, db, _) = filled("words").await;
    let wrong = [
        "UPDATE users SET status = 'Active'",
        "UPDATE users SET status = 'deleting'",
        "UPDATE users SET delete_at = 1",
        "UPDATE clients SET consent = '\"ask\"'",
        "UPDATE clients SET access_token_lifetime = 0",
        "UPDATE signing_keys SET state = 'compromised'",
        "UPDATE devices SET kind = ''",
        "UPDATE revocations SET kind = 'session'",
        "UPDATE revocations SET number = 0",
        "UPDATE feed_acknowledgements SET number = -1",
        "UPDATE logout_deliveries SET state = 'failed'",
        "UPDATE logout_deliveries SET state = 'delivered'",
        "UPDATE logout_deliveries SET attempts = -1",
        "UPDATE mails SET state = 'failed'",
        "UPDATE mails SET state = 'sent'",
        "UPDATE mails SET state = 'sent', sent_ms = 1",
        "UPDATE mails SET sealed = NULL",
        "UPDATE mails SET sent_ms = 1",
        "UPDATE mails SET attempts = -1",
        "UPDATE grants SET generation = -1",
        "UPDATE grants SET ended_at = 1",
        "UPDATE grants SET sealed_successor = 'sealed'",
        "UPDATE sessions SET ended_cause = 'kicked'",
        "UPDATE redis_continuity SET name = 'second'",
        "UPDATE users SET username = NULL",
    ];
    for statement in wrong {
        let refused = execute(&db, statement).await.unwrap_err();
        assert!(
            matches!(refused, DbError::Constraint(_)) && !refused.is_temporary(),
            "{statement}: {refused}"
        );
    }
    let right = [
        "UPDATE users SET status = 'disabled'",
        "UPDATE users SET status = 'deleting', delete_at = 1",
        "UPDATE clients SET consent = 'ask', access_token_lifetime = 60",
        "UPDATE sessions SET ended_at = 1, ended_cause = 'kicked'",
        "UPDATE logout_deliveries SET state = 'delivered', delivered_ms = 2",
        "UPDATE mails SET state = 'given_up'",
        "UPDATE mails SET state = 'sent', sent_ms = 1, sealed = NULL",
    ];
    for statement in right {
        assert_eq!(execute(&db, statement).await.unwrap(), 1, "{statement}");
    }
}
