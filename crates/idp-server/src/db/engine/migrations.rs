//! Brings the tables up to date, from one folder for both databases. A database with a migration that this version does
//! not have is left alone, unless those who made it say that this version may run on it (`versions`).

use super::error::BUSY_TIMEOUT;
use super::locks::{Locks, MIGRATION};
use super::transaction::locked;
use super::{Connection, DbError, versions};
use diesel::connection::SimpleConnection as _;
use diesel::migration::{MigrationSource, MigrationVersion};
use diesel::sql_types::{Bool, Text};
use diesel::sqlite::SqliteConnection;
use diesel::{Connection as _, QueryableByName, RunQueryDsl as _, sql_query};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};
use std::collections::BTreeSet;
use std::time::Duration;

type Backend = <Connection as diesel::Connection>::Backend;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");
/// Nodes that start together wait for the first of them. The lock is the connection's: it goes when that does.
fn one_at_a_time() -> String {
    format!("SET statement_timeout = '60s'; SET lock_timeout = '60s'; SELECT pg_advisory_lock({MIGRATION})")
}
const LOCK_LIMIT: Duration = Duration::from_secs(60);

/// How long a process waits for another one that makes the tables of the same file, in milliseconds.
const FILE_PATIENCE: &str = "PRAGMA busy_timeout = 60000";

/// Runs the migrations that have not been run. On PostgreSQL the connection is not fit for anything else afterwards.
///
/// # Errors
/// [`DbError::UnknownSchema`] when another version made the tables; then nothing is changed.
pub(super) fn run(connection: &mut Connection) -> Result<(), DbError> {
    if let Connection::Postgres(server) = connection {
        server.batch_execute(&one_at_a_time()).map_err(|error| match DbError::from(error) {
            DbError::TooSlow(_) => DbError::TooSlow(LOCK_LIMIT),
            other => other,
        })?;
        return bring_up_to_date(connection);
    }
    // Every start comes by here: only one that has to change the tables waits for who writes.
    match inspect(connection)? {
        Tables::Current | Tables::Ahead => bring_up_to_date(connection),
        Tables::None | Tables::Behind(_) => bring_file_up_to_date(connection),
    }
}

/// As one transaction, so that of two processes that start on a new file one makes the tables and the other finds them.
fn bring_file_up_to_date(connection: &mut Connection) -> Result<(), DbError> {
    connection.batch_execute(FILE_PATIENCE)?;
    let done = locked(connection, &Locks::none(), bring_up_to_date, || Ok(()));
    connection.batch_execute(BUSY_TIMEOUT)?;
    done
}

fn bring_up_to_date(connection: &mut Connection) -> Result<(), DbError> {
    if let Some(unknown) = newer(connection)? {
        let by = versions::written_by(connection)?.unwrap_or_default();
        tracing::warn!(
            migration = unknown,
            by,
            "the tables were made by a newer version, which says that this one may run on them: upgrade it soon"
        );
        return Ok(());
    }
    connection.run_pending_migrations(MIGRATIONS).map_err(DbError::unavailable)?;
    versions::note(connection)
}

/// An index.
#[derive(QueryableByName)]
pub(super) struct Index {
    #[diesel(sql_type = Text)]
    pub(super) name: String,
    /// The statement that makes it.
    #[diesel(sql_type = Text)]
    pub(super) made_by: String,
}

/// The indexes that the migrations make, by name, each with its statement: those of an empty database in memory.
///
/// # Errors
/// When it cannot be made.
pub(super) fn indexes() -> Result<Vec<Index>, DbError> {
    let empty = SqliteConnection::establish(":memory:").map_err(DbError::connect)?;
    let mut empty = Connection::Sqlite(empty);
    run(&mut empty)?;
    let Connection::Sqlite(empty) = &mut empty else { return Ok(Vec::new()) };
    // One that belongs to a constraint has no statement, and goes with its table alone.
    let asked = "SELECT name, sql AS made_by FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name";
    Ok(sql_query(asked).load(empty)?)
}

/// How the tables of a database stand to this version.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Tables {
    /// There are none.
    None,
    /// So many migrations have not been run.
    Behind(usize),
    /// As this version knows them.
    Current,
    /// A newer version made them, and says that this one may run on them.
    Ahead,
}

/// How the tables stand. Changes nothing.
///
/// # Errors
/// [`DbError::UnknownSchema`] when another version made them.
pub(super) fn inspect(connection: &mut Connection) -> Result<Tables, DbError> {
    // To ask for the migrations that were run makes the table of these.
    if !has_tables(connection)? {
        return Ok(Tables::None);
    }
    if newer(connection)?.is_some() {
        return Ok(Tables::Ahead);
    }
    let pending = connection.pending_migrations(MIGRATIONS).map_err(DbError::unavailable)?.len();
    Ok(if pending == 0 { Tables::Current } else { Tables::Behind(pending) })
}

/// How the tables stand, and what `question` answers about them where this version knows them.
///
/// # Errors
/// As [`inspect`], and those of the question.
pub(super) fn inspect_and<T>(
    connection: &mut Connection,
    question: impl FnOnce(&mut Connection) -> Result<T, DbError>,
) -> Result<(Tables, Option<T>), DbError> {
    let tables = inspect(connection)?;
    let is_known = matches!(tables, Tables::Current | Tables::Ahead);
    let answer = if is_known { Some(question(connection)?) } else { None };
    Ok((tables, answer))
}

/// The migrations that were run, in order.
pub(super) fn applied(connection: &mut Connection) -> Result<Vec<String>, DbError> {
    let mut applied = connection.applied_migrations().map_err(DbError::unavailable)?;
    applied.sort();
    Ok(applied.iter().map(ToString::to_string).collect())
}

/// Whether tables were ever made.
pub(super) fn has_tables(connection: &mut Connection) -> Result<bool, DbError> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Bool)]
        found: bool,
    }
    let found: Found = match connection {
        Connection::Sqlite(file) => sql_query(
            "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = '__diesel_schema_migrations') AS found",
        )
        .get_result(file)?,
        Connection::Postgres(server) => {
            sql_query("SELECT to_regclass('__diesel_schema_migrations') IS NOT NULL AS found")
                .get_result(server)?
        }
    };
    Ok(found.found)
}

/// The first migration that this version does not know, where it may run on the tables all the same: all that it knows were run,
/// and those who made the other ones say so.
fn newer(connection: &mut Connection) -> Result<Option<String>, DbError> {
    let applied = connection.applied_migrations().map_err(DbError::unavailable)?;
    let known = known_versions()?;
    let Some(unknown) = applied.iter().find(|version| !known.contains(version)) else { return Ok(None) };
    let newest = known.last().map(ToString::to_string).unwrap_or_default();
    match known.iter().all(|version| applied.contains(version)) && versions::may_run(connection, &newest)? {
        true => Ok(Some(unknown.to_string())),
        false => Err(DbError::UnknownSchema(unknown.to_string())),
    }
}

/// The newest migration that this version knows.
pub(super) fn newest_known() -> Option<String> {
    Some(known_versions().ok()?.last()?.to_string())
}

fn known_versions() -> Result<BTreeSet<MigrationVersion<'static>>, DbError> {
    let ours = MigrationSource::<Backend>::migrations(&MIGRATIONS).map_err(DbError::unavailable)?;
    Ok(ours.iter().map(|migration| migration.name().version().as_owned()).collect())
}
