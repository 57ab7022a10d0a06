//! The rows of any table as JSON arrays, one a line: read from either database, and inserted into either. The columns are
//! asked of the database, so a column that is added later is in the next backup.

use super::tables::{InBackup, TABLES, Table};
use super::{Connection, DbError};
use diesel::connection::{DefaultLoadingMode, SimpleConnection as _};
use diesel::pg::PgRowByRowLoadingMode;
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl as _, sql_query};
use serde::{Deserialize, Serialize};

/// A column, and how its values are written.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What its values are.
    pub kind: ColumnKind,
}

/// What the values of a column are.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// A string.
    Text,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// Octets, as hexadecimal digits.
    Bytes,
}

/// A table whose rows are copied.
#[derive(Debug)]
pub struct CopiedTable {
    table: &'static Table,
    columns: Vec<Column>,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

impl CopiedTable {
    /// All that a backup has, in the order in which rows can be inserted.
    ///
    /// # Errors
    /// When the database does not answer, or a column is of a type that is not known here.
    pub fn all(connection: &mut Connection) -> Result<Vec<Self>, DbError> {
        let copied = TABLES.iter().filter(|table| table.in_backup == InBackup::Yes);
        copied.map(|table| Ok(Self { table, columns: columns(connection, table.name)? })).collect()
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.table.name
    }

    /// Its columns, in order.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Hands every row to `each`, one after the other: however many there are, one is in memory.
    ///
    /// # Errors
    /// What `each` answers, or that the database does not answer.
    pub fn read<E: From<DbError>>(
        &self,
        connection: &mut Connection,
        mut each: impl FnMut(&str) -> Result<(), E>,
    ) -> Result<(), E> {
        let line = |row: diesel::QueryResult<Line>| row.map(|row| row.line).map_err(DbError::from);
        match connection {
            Connection::Sqlite(file) => {
                let query = sql_query(self.select(in_sqlite, "json_array"));
                let rows = query.load_iter::<Line, DefaultLoadingMode>(file).map_err(DbError::from)?;
                rows.into_iter().try_for_each(|row| each(&line(row)?))
            }
            Connection::Postgres(server) => {
                let query = sql_query(self.select(on_postgres, "json_build_array"));
                let rows = query.load_iter::<Line, PgRowByRowLoadingMode>(server).map_err(DbError::from)?;
                rows.into_iter().try_for_each(|row| each(&line(row)?))
            }
        }
    }

    fn select(&self, value: fn(&Column) -> String, array: &str) -> String {
        let values: Vec<String> = self.columns.iter().map(value).collect();
        format!("SELECT CAST({array}({}) AS TEXT) AS line FROM {}", values.join(", "), quoted(self.name()))
    }

    /// Inserts rows: a JSON array of what [`CopiedTable::read`] hands out. Answers how many.
    ///
    /// # Errors
    /// When a value does not fit its column, or the database does not answer.
    pub fn insert(&self, connection: &mut Connection, rows: &str) -> Result<usize, DbError> {
        let names: Vec<String> = self.columns.iter().map(|column| quoted(&column.name)).collect();
        let into = format!("INSERT INTO {} ({})", quoted(self.name()), names.join(", "));
        let numbered = self.columns.iter().enumerate();
        match connection {
            Connection::Sqlite(file) => {
                let values: Vec<String> = numbered.map(|(at, column)| of_sqlite(at, column)).collect();
                let query = format!("{into} SELECT {} FROM json_each(?)", values.join(", "));
                Ok(sql_query(query).bind::<Text, _>(rows).execute(file)?)
            }
            Connection::Postgres(server) => {
                let values: Vec<String> = numbered.map(|(at, column)| of_postgres(at, column)).collect();
                let from = "json_array_elements(CAST($1 AS json)) AS given (cells)";
                let query = format!("{into} SELECT {} FROM {from}", values.join(", "));
                Ok(sql_query(query).bind::<Text, _>(rows).execute(server)?)
            }
        }
    }

    /// Removes every row. Tables that reference it come first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn empty(&self, connection: &mut Connection) -> Result<(), DbError> {
        let query = sql_query(format!("DELETE FROM {}", quoted(self.name())));
        match connection {
            Connection::Sqlite(file) => query.execute(file)?,
            Connection::Postgres(server) => query.execute(server)?,
        };
        Ok(())
    }

    /// Has the planner of a server know what was inserted: it may be a million rows into empty tables.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn settle(connection: &mut Connection) -> Result<(), DbError> {
        match connection {
            Connection::Sqlite(_) => Ok(()),
            Connection::Postgres(server) => Ok(server.batch_execute("ANALYZE")?),
        }
    }

    /// How many rows it has.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn count(&self, connection: &mut Connection) -> Result<u64, DbError> {
        #[derive(QueryableByName)]
        struct Count {
            #[diesel(sql_type = BigInt)]
            count: i64,
        }
        let query = sql_query(format!("SELECT count(*) AS count FROM {}", quoted(self.name())));
        let found: Count = match connection {
            Connection::Sqlite(file) => query.get_result(file)?,
            Connection::Postgres(server) => query.get_result(server)?,
        };
        Ok(u64::try_from(found.count).unwrap_or(0))
    }
}

fn columns(connection: &mut Connection, table: &str) -> Result<Vec<Column>, DbError> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = Text)]
        kind: String,
    }
    let found: Vec<Found> = match connection {
        Connection::Sqlite(file) => {
            sql_query("SELECT name, type AS kind FROM pragma_table_info(?) ORDER BY cid")
                .bind::<Text, _>(table)
                .load(file)?
        }
        Connection::Postgres(server) => sql_query(
            "SELECT CAST(column_name AS TEXT) AS name, CAST(data_type AS TEXT) AS kind FROM information_schema.columns \
             WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position",
        )
        .bind::<Text, _>(table)
        .load(server)?,
    };
    let column = |found: Found| {
        let kind = match found.kind.to_ascii_lowercase().as_str() {
            "text" => ColumnKind::Text,
            "bigint" => ColumnKind::Number,
            "boolean" => ColumnKind::Boolean,
            "bytea" => ColumnKind::Bytes,
            _ => return Err(DbError::Corrupt("of a type that no backup knows")),
        };
        Ok(Column { name: found.name, kind })
    };
    found.into_iter().map(column).collect()
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

fn in_sqlite(column: &Column) -> String {
    let name = quoted(&column.name);
    match column.kind {
        ColumnKind::Text | ColumnKind::Number => name,
        ColumnKind::Boolean => format!("json(CASE {name} WHEN 0 THEN 'false' WHEN 1 THEN 'true' END)"),
        ColumnKind::Bytes => format!("CASE WHEN {name} IS NOT NULL THEN lower(hex({name})) END"),
    }
}

fn on_postgres(column: &Column) -> String {
    let name = quoted(&column.name);
    match column.kind {
        ColumnKind::Bytes => format!("encode({name}, 'hex')"),
        _ => name,
    }
}

fn of_sqlite(at: usize, column: &Column) -> String {
    let cell = format!("json_extract(value, '$[{at}]')");
    if column.kind == ColumnKind::Bytes { format!("unhex({cell})") } else { cell }
}

fn of_postgres(at: usize, column: &Column) -> String {
    let cell = format!("(cells ->> {at})");
    match column.kind {
        ColumnKind::Text => cell,
        ColumnKind::Number => format!("CAST({cell} AS BIGINT)"),
        ColumnKind::Boolean => format!("CAST({cell} AS BOOLEAN)"),
        ColumnKind::Bytes => format!("decode({cell}, 'hex')"),
    }
}
