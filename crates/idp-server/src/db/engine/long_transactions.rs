//! Transactions that take as long as they take, on a connection of their own beside the pools: to copy everything, and to
//! bring everything back.

use super::transaction::locked;
use super::{Backend, Connection, Db, DbError, Locks, migrations, sqlite};
use diesel::connection::SimpleConnection as _;

/// A statement of these may read a million rows, and a slow disk may take long for what was read.
const NO_LIMITS: &str = "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0";

impl Db {
    /// Runs `question` on the database as it is at this moment, whatever is written meanwhile.
    ///
    /// # Errors
    /// What `question` answers, or that the database cannot be reached.
    pub fn snapshot<T, E: From<DbError>>(
        &self,
        question: impl FnOnce(&mut Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.own_connection()?;
        let begin = match &connection {
            // The first statement that reads settles what is seen.
            Connection::Sqlite(_) => "BEGIN",
            Connection::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        connection.batch_execute(begin).map_err(DbError::from)?;
        // The transaction wrote nothing, and its connection is closed.
        question(&mut connection)
    }

    /// Runs `change` as one transaction while nothing else is written: all of it is stored, or none.
    ///
    /// # Errors
    /// What `change` answers; then nothing is stored.
    pub fn write_at_length<T, E: From<DbError>>(
        &self,
        change: impl FnOnce(&mut Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let (mut connection, mut refusal) = (self.own_connection()?, None);
        let change = |connection: &mut Connection| {
            change(connection).map_err(|error| {
                refusal = Some(error);
                // Any error takes the transaction back; this one is told to nobody.
                DbError::Busy
            })
        };
        let stored = locked(&mut connection, &Locks::installation(), change, || Ok(()));
        match refusal {
            Some(error) => Err(error),
            None => Ok(stored?),
        }
    }

    /// The migrations that its tables have, in order.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn migrations(&self) -> Result<Vec<String>, DbError> {
        migrations::applied(&mut self.own_connection()?)
    }

    fn own_connection(&self) -> Result<Connection, DbError> {
        match &self.backend {
            Backend::Sqlite(path) => Ok(Connection::Sqlite(sqlite::connect(path)?)),
            Backend::Postgres(server) => {
                let mut connection = server.connect()?;
                connection.batch_execute(NO_LIMITS)?;
                Ok(Connection::Postgres(connection))
            }
        }
    }
}
