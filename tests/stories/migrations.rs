//! Migrations on the database of this run: they go down and up again, and the tables of another version are refused and
//! left as they were.

use crate::filled_database::filled;
use crate::own_process::idp_server;
use crate::schema::{Database, ask, execute};
use idp_server::db::{Db, DbError};
use idp_tests::backend::Backend;
use std::path::Path;

/// The names of the tables, those of the migrations aside.
pub async fn tables(db: &Db) -> Vec<String> {
    let all = match Backend::of_this_run() {
        Backend::Sqlite => "SELECT name AS word FROM sqlite_schema WHERE type = 'table'",
        _ => "SELECT tablename::text AS word FROM pg_tables WHERE schemaname = 'public'",
    };
    let mut tables = ask(db, all).await;
    tables.retain(|name| name != "__diesel_schema_migrations");
    tables.sort();
    tables
}

#[tokio::test]
async fn the_tables_can_be_taken_down_and_made_again() {
    let (database, db, _) = filled("down").await;
    let before = tables(&db).await;
    assert_eq!(before.len(), 52);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    let mut versions: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    versions.sort();
    for version in versions.iter().rev() {
        for statement in std::fs::read_to_string(version.join("down.sql")).unwrap().split(';') {
            if !statement.trim().is_empty() {
                execute(&db, statement).await.unwrap();
            }
        }
    }
    assert_eq!(tables(&db).await, Vec::<String>::new());
    execute(&db, "DELETE FROM __diesel_schema_migrations").await.unwrap();
    drop(db);
    assert_eq!(tables(&database.open().unwrap()).await, before);
}

/// As if another version had made the last change of the tables.
fn newest_is(version: &str) -> String {
    let known = "__diesel_schema_migrations";
    format!("UPDATE {known} SET version = '{version}' WHERE version = (SELECT max(version) FROM {known})")
}

#[tokio::test]
async fn s107_a_database_of_another_version_is_refused_and_left_as_it_was() {
    // One from before the first release, and one of a version that is still to come.
    for (name, version) in [("older", "20261121000001"), ("newer", "29990101000000")] {
        let (database, db, _) = filled(name).await;
        execute(&db, &newest_is(version)).await.unwrap();
        execute(&db, "DROP TABLE throttles").await.unwrap();
        let before = tables(&db).await;
        let refused = database.open().map(drop).unwrap_err();
        assert!(matches!(&refused, DbError::UnknownSchema(unknown) if unknown == version), "{refused}");
        assert_eq!(tables(&db).await, before, "nothing was made");
        assert!(ask(&db, "SELECT username AS word FROM users").await == ["alice"], "nothing was lost");
    }
}

#[test]
fn s107_the_command_line_says_what_to_do_with_a_database_of_another_version() {
    let database = Database::empty("told");
    let file = format!("sqlite:{}", database.folder.path().join("idp.db").display());
    let url = database.url.clone().unwrap_or(file);
    if database.url.is_none() {
        use std::os::unix::fs::PermissionsExt as _;
        let private = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(database.folder.path().join("idp.db"), private).unwrap();
    }
    let setting = format!("storage.database_url={url}");
    let migrate = || idp_server(database.folder.path(), &["--set", &setting, "migrate"]).output().unwrap();
    let first = migrate();
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let db = database.open().unwrap();
    runtime.block_on(execute(&db, &newest_is("20261121000006"))).unwrap();
    let refused = migrate();
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success());
    for words in ["20261121000006", "made by another version", "give this one an empty database"] {
        assert!(told.contains(words), "{told}");
    }
}

#[tokio::test]
async fn tables_of_a_newer_version_are_used_where_it_says_that_this_one_may_run_on_them() {
    let (database, db, _) = filled("ahead").await;
    // What a version that is still to come has added.
    execute(&db, "INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')").await.unwrap();
    execute(&db, "ALTER TABLE users ADD COLUMN added_later TEXT").await.unwrap();
    let older = database.open().unwrap();
    assert_eq!(ask(&older, "SELECT username AS word FROM users").await, ["alice"]);
    drop(older);
    // It has taken away what this one needs, and says so.
    let contracted = "UPDATE installation_facts SET value = '29990101000000' WHERE name = 'compatible_since'";
    assert_eq!(execute(&db, contracted).await.unwrap(), 1);
    let refused = database.open().map(drop).unwrap_err();
    assert!(matches!(&refused, DbError::UnknownSchema(unknown) if unknown == "29990101000000"), "{refused}");
}
