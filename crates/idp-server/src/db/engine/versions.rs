//! What versions of this program tell each other through the tables: which one brought them up to date, and how old one may be that
//! runs on them. The one row of a table that the engine knows, for it has to look before the tables are used.

use super::{Connection, DbError};
use crate::version::VERSION;
use diesel::result::OptionalExtension as _;
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl as _, sql_query};

/// A version that knows this migration runs on the tables as they are after the newest. A migration that only adds leaves it; one that takes
/// away what the version before uses (to contract) names the migration that made it needless.
const COMPATIBLE_SINCE: &str = "20261130000016";

const COMPATIBLE: &str = "compatible_since";
const WRITTEN_BY: &str = "written_by";

/// Which version brought the tables up to date, if they say so.
pub(super) fn written_by(connection: &mut Connection) -> Result<Option<String>, DbError> {
    fact(connection, WRITTEN_BY)
}

/// Whether a version whose newest migration is `newest` runs on tables with migrations that it does not know.
pub(super) fn may_run(connection: &mut Connection, newest: &str) -> Result<bool, DbError> {
    Ok(fact(connection, COMPATIBLE)?.is_some_and(|since| newest >= since.as_str()))
}

/// Notes this version, where the tables are as it knows them; what is noted already is not written.
pub(super) fn note(connection: &mut Connection) -> Result<(), DbError> {
    set(connection, WRITTEN_BY, VERSION)?;
    set(connection, COMPATIBLE, COMPATIBLE_SINCE)
}

#[derive(QueryableByName)]
struct Value {
    #[diesel(sql_type = Text)]
    value: String,
}

fn fact(connection: &mut Connection, name: &str) -> Result<Option<String>, DbError> {
    let asked = format!("SELECT value FROM installation_facts WHERE name = '{name}'");
    let found: Option<Value> = match connection {
        Connection::Sqlite(file) => sql_query(asked).get_result(file).optional()?,
        Connection::Postgres(server) => sql_query(asked).get_result(server).optional()?,
    };
    Ok(found.map(|row| row.value))
}

/// Names and values are of this file.
fn set(connection: &mut Connection, name: &str, value: &str) -> Result<(), DbError> {
    let statement = match fact(connection, name)? {
        Some(known) if known == value => return Ok(()),
        // Another process that starts may have noted one meanwhile.
        _ => format!(
            "INSERT INTO installation_facts (name, value) VALUES ('{name}', '{value}') ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        ),
    };
    match connection {
        Connection::Sqlite(file) => sql_query(statement).execute(file)?,
        Connection::Postgres(server) => sql_query(statement).execute(server)?,
    };
    Ok(())
}
