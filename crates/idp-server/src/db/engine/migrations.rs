//! Brings the tables up to date, from one folder for both databases. A database with a migration that this version does
//! not have is left alone: its tables are not the ones that the code knows.

use super::locks::MIGRATION;
use super::{Connection, DbError};
use diesel::connection::SimpleConnection as _;
use diesel::migration::{MigrationSource, MigrationVersion};
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
    }
    refuse_unknown(connection)?;
    connection.run_pending_migrations(MIGRATIONS).map(drop).map_err(DbError::unavailable)
}

fn refuse_unknown(connection: &mut Connection) -> Result<(), DbError> {
    let applied = connection.applied_migrations().map_err(DbError::unavailable)?;
    let known = known_versions()?;
    match applied.iter().find(|version| !known.contains(version)) {
        Some(unknown) => Err(DbError::UnknownSchema(unknown.to_string())),
        None => Ok(()),
    }
}

fn known_versions() -> Result<BTreeSet<MigrationVersion<'static>>, DbError> {
    let ours = MigrationSource::<Backend>::migrations(&MIGRATIONS).map_err(DbError::unavailable)?;
    Ok(ours.iter().map(|migration| migration.name().version().as_owned()).collect())
}
