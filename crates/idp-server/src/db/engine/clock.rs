//! The clock of the database: a second witness beside the node's own, before anything is undone because of a time.

use super::{Connection, DbError};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

#[derive(QueryableByName)]
struct Now {
    #[diesel(sql_type = BigInt)]
    now_ms: i64,
}

/// The time (ms) by the clock of the database server; `None` for a file, which has none of its own.
pub fn now_ms(connection: &mut Connection) -> Result<Option<i64>, DbError> {
    let Connection::Postgres(server) = connection else {
        return Ok(None);
    };
    let asked = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS now_ms";
    let now: Now = diesel::sql_query(asked).get_result(server)?;
    Ok(Some(now.now_ms))
}
