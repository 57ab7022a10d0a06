//! A transaction in which things may end. Only [`super::super::Store`] makes one, and publishes what it ended before
//! it answers; a function that ends something takes it as an argument, and so cannot be called from anywhere else.

use crate::db::logout_deliveries::{self, EndingSessions};
use crate::db::{Connection, DbError};
use idp_core::time::UnixTime;
use std::ops::{Deref, DerefMut};

/// The right to end things. The store alone gives it, and publishes what ended before it answers:
///
/// ```compile_fail,E0624
/// use idp_server::{db::Connection, store::revoke::Revoking};
///
/// fn ends_without_publishing(connection: &mut Connection) {
///     let _ = Revoking::run(connection, |_| Ok(()));
/// }
/// ```
pub struct Revoking<'a> {
    connection: &'a mut Connection,
    has_queued: bool,
}

impl<'a> Revoking<'a> {
    /// Runs `change`; also answers whether it queued logout tokens.
    pub(in crate::store) fn run<T>(
        connection: &'a mut Connection,
        change: impl FnOnce(&mut Revoking<'_>) -> Result<T, DbError>,
    ) -> Result<(T, bool), DbError> {
        let mut transaction = Revoking { connection, has_queued: false };
        let outcome = change(&mut transaction)?;
        Ok((outcome, transaction.has_queued))
    }

    /// Queues logout tokens for the sessions that are about to end; they must still be open.
    pub(super) fn queue_logout(&mut self, of: EndingSessions, now: UnixTime) -> Result<(), DbError> {
        let now_ms = now.as_secs().saturating_mul(1000);
        self.has_queued |= logout_deliveries::enqueue(self.connection, of, now_ms)? > 0;
        Ok(())
    }
}

impl Deref for Revoking<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

impl DerefMut for Revoking<'_> {
    fn deref_mut(&mut self) -> &mut Connection {
        self.connection
    }
}
