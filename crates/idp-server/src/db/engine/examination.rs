//! How the database answers: its version, the indexes that it has, and by which a statement is answered. Changes nothing.

use super::{Connection, DbError, migrations};
use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;
use std::collections::BTreeMap;

/// An index that the migrations make and that is not there.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct MissingIndex {
    /// Its name.
    pub name: String,
    /// The statement that makes it.
    pub made_by: String,
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

/// Asks nothing, and so how long it takes to ask.
pub fn nothing(connection: &mut Connection) -> Result<(), DbError> {
    Ok(connection.batch_execute("SELECT 1")?)
}

/// What the database calls itself.
pub fn version(connection: &mut Connection) -> Result<String, DbError> {
    let (name, asked) = match connection {
        Connection::Sqlite(_) => ("SQLite", "SELECT sqlite_version() AS word"),
        Connection::Postgres(_) => ("PostgreSQL", "SELECT current_setting('server_version') AS word"),
    };
    let found = words(connection, asked)?;
    Ok(format!("{name} {}", found.first().map_or("of unknown version", String::as_str)))
}

/// The indexes that an empty database has after the same migrations, and this one has not, or not whole.
pub fn missing_indexes(connection: &mut Connection) -> Result<Vec<MissingIndex>, DbError> {
    let present = match connection {
        Connection::Sqlite(_) => "SELECT name AS word FROM sqlite_master WHERE type = 'index'",
        Connection::Postgres(_) => {
            "SELECT c.relname::text AS word FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid \
             WHERE i.indisvalid AND pg_table_is_visible(c.oid)"
        }
    };
    let present = words(connection, present)?;
    let expected: BTreeMap<String, String> =
        migrations::indexes()?.into_iter().map(|index| (index.name, index.made_by)).collect();
    let missing = expected.into_iter().filter(|(name, _)| !present.contains(name));
    Ok(missing.map(|(name, made_by)| MissingIndex { name, made_by }).collect())
}

/// What those of `statements` are for that are answered by looking at a whole table.
pub fn scanning(
    connection: &mut Connection,
    statements: &[(&'static str, &str)],
) -> Result<Vec<&'static str>, DbError> {
    let mut found = Vec::new();
    for (purpose, statement) in statements {
        if plan(connection, statement)?.iter().any(|step| reads_a_whole_table(step)) {
            found.push(*purpose);
        }
    }
    Ok(found)
}

/// The steps by which a statement is answered. A server that finds a table small enough reads all of it: it is told not to where it
/// can help it, within a transaction that ends with the question.
fn plan(connection: &mut Connection, statement: &str) -> Result<Vec<String>, DbError> {
    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text)]
        detail: String,
    }
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
        line: String,
    }
    match connection {
        Connection::Sqlite(file) => {
            let steps: Vec<Step> = sql_query(format!("EXPLAIN QUERY PLAN {statement}")).load(file)?;
            Ok(steps.into_iter().map(|step| step.detail).collect())
        }
        Connection::Postgres(server) => server.transaction(|server| {
            server.batch_execute("SET LOCAL enable_seqscan = off")?;
            let lines: Vec<Line> = sql_query(format!("EXPLAIN {statement}")).load(server)?;
            Ok(lines.into_iter().map(|line| line.line).collect())
        }),
    }
}

/// In the words of SQLite and of PostgreSQL.
fn reads_a_whole_table(step: &str) -> bool {
    let step = step.trim_start_matches([' ', '-', '>']);
    step.starts_with("SCAN ") || step.starts_with("Seq Scan ")
}

fn words(connection: &mut Connection, asked: &str) -> Result<Vec<String>, DbError> {
    let found: Vec<Word> = match connection {
        Connection::Sqlite(file) => sql_query(asked).load(file)?,
        Connection::Postgres(server) => sql_query(asked).load(server)?,
    };
    Ok(found.into_iter().map(|found| found.word).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::db::{Db, HOT_STATEMENTS, Locks};

    async fn fresh() -> (tempfile::TempDir, Db) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("idp.db");
        std::fs::write(&file, "").unwrap();
        let db = Db::open(&file).unwrap();
        (folder, db)
    }

    #[tokio::test]
    async fn an_index_that_was_dropped_is_named_with_what_makes_it_again() {
        let (_folder, db) = fresh().await;
        assert_eq!(db.read(missing_indexes).await.unwrap(), []);
        assert_eq!(db.read(|c| scanning(c, HOT_STATEMENTS)).await.unwrap(), Vec::<&str>::new());
        let drop_it = "DROP INDEX grants_by_session";
        db.write(Locks::none(), move |c| Ok(c.batch_execute(drop_it)?)).await.unwrap();
        let missing = db.read(missing_indexes).await.unwrap();
        assert_eq!(missing.len(), 1);
        assert_eq!(missing[0].name, "grants_by_session");
        assert_eq!(
            db.read(|c| scanning(c, HOT_STATEMENTS)).await.unwrap(),
            ["the grants of a session"],
            "and it is what requests need"
        );
        let again = missing[0].made_by.clone();
        db.write(Locks::none(), move |c| Ok(c.batch_execute(&again)?)).await.unwrap();
        assert_eq!(db.read(missing_indexes).await.unwrap(), []);
        assert!(db.read(version).await.unwrap().starts_with("SQLite 3."));
    }
}
