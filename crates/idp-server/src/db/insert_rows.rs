//! Rows of one table that are inserted together: on a server with one statement, since each costs a round trip, and on a file one
//! by one, where it costs none and the statement stays prepared.

/// The most rows of one statement: with the columns of the widest table far below the parameters that one may have.
pub(in crate::db) const ROWS: usize = 1000;

/// Inserts a slice of rows into a table. A backtrace names the function that does, and not this file.
#[collapse_debuginfo(yes)]
macro_rules! insert_rows {
    ($connection:expr, $table:expr, $rows:expr) => {{
        let rows: &[_] = $rows;
        match $connection {
            // A statement of one row is prepared once; one of many is as long as they are.
            $crate::db::Connection::Postgres(server) if rows.len() == 1 => {
                for row in rows {
                    diesel::insert_into($table).values(row).execute(server)?;
                }
            }
            $crate::db::Connection::Postgres(server) => {
                for rows in rows.chunks($crate::db::insert_rows::ROWS) {
                    diesel::insert_into($table).values(rows).execute(server)?;
                }
            }
            $crate::db::Connection::Sqlite(file) => {
                for row in rows {
                    diesel::insert_into($table).values(row).execute(file)?;
                }
            }
        }
        Ok::<(), $crate::db::DbError>(())
    }};
}
pub(in crate::db) use insert_rows;
