//! The connections of a pool to one database: opened when one is needed, and kept for the next who needs one. The last
//! one used is the first one lent, since its caches are warm.

use super::{Connection, DbError};
use diesel::connection::TransactionManager as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

type Manager = <Connection as diesel::Connection>::TransactionManager;
type Open = dyn Fn() -> Result<Connection, DbError> + Send + Sync;

pub(super) struct Connections {
    open: Box<Open>,
    idle: Mutex<Vec<Connection>>,
}

impl Connections {
    pub(super) fn new(open: impl Fn() -> Result<Connection, DbError> + Send + Sync + 'static) -> Self {
        Self { open: Box::new(open), idle: Mutex::default() }
    }

    /// Lends a connection to `work`. One that broke, or on which a transaction was left open, is thrown away.
    ///
    /// # Errors
    /// What `work` answers, or [`DbError::Unavailable`] when there is no connection.
    pub(super) fn lend<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, DbError>,
    ) -> Result<T, DbError> {
        let mut connection = match self.pop() {
            Some(idle) => idle,
            // A server that takes no more: one that was lent may have come back meanwhile.
            None => (self.open)().or_else(|refused| self.pop().ok_or(refused))?,
        };
        let answer = work(&mut connection);
        match &answer {
            // Those that are idle led to the same server.
            Err(DbError::Lost(_)) => self.idle().clear(),
            _ if Manager::is_broken_transaction_manager(&mut connection) => {}
            _ => self.idle().push(connection),
        }
        answer
    }

    fn pop(&self) -> Option<Connection> {
        self.idle().pop()
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
