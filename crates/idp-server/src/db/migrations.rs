//! Brings the tables up to date, from one folder for both databases.

use super::{Connection, DbError};
use diesel::connection::SimpleConnection as _;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};
use std::time::Duration;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");
/// Nodes that start together wait for the first of them. The lock is the connection's: it goes when that does.
const ONE_AT_A_TIME: &str =
    "SET statement_timeout = '60s'; SET lock_timeout = '60s'; SELECT pg_advisory_lock(26972002)";
const LOCK_LIMIT: Duration = Duration::from_secs(60);

/// Runs what has not been run. On PostgreSQL the connection is not fit for anything else afterwards.
pub(super) fn run(connection: &mut Connection) -> Result<(), DbError> {
    if let Connection::Postgres(server) = connection {
        server.batch_execute(ONE_AT_A_TIME).map_err(|error| match DbError::from(error) {
            DbError::TooSlow(_) => DbError::TooSlow(LOCK_LIMIT),
            other => other,
        })?;
    }
    connection.run_pending_migrations(MIGRATIONS).map(drop).map_err(DbError::unavailable)
}
