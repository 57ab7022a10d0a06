//! One type for a connection to either database, so that a table's file is written once. What both speak is
//! plain: no `on_conflict`, no `as_returning`, no `for_update`.

use diesel::pg::PgConnection;
use diesel::sqlite::SqliteConnection;

/// Runs a statement on the connection itself, whichever it is. The common type writes the text of a statement anew at each
/// use, only to see whether it is prepared already; this is for what requests ask most.
macro_rules! on_either {
    ($connection:expr, |$one:ident| $run:expr) => {
        match $connection {
            $crate::db::Connection::Sqlite($one) => $run,
            $crate::db::Connection::Postgres($one) => $run,
        }
    };
}
pub(in crate::db) use on_either;

/// The connection every function of this module takes. Opened by `sqlite` and `postgres`, which the scheme of the
/// URL chooses between: what diesel derives for opening one would try each in turn, and make a SQLite file
/// out of a mistyped `postgresql:`. The name is this one because the derive cannot stand a second `Connection`.
#[derive(diesel::MultiConnection)]
pub enum AnyConnection {
    /// To the file.
    Sqlite(SqliteConnection),
    /// To the server.
    Postgres(PgConnection),
}
