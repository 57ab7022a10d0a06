//! A transaction in which things may end. Only [`Store`] makes one, and publishes what it ended before it answers; a
//! function that ends something takes it as an argument, and so cannot be called from anywhere else.

use super::super::{EphemeralError, Store};
use crate::db::ending_sessions::{self, EndingSessions};
use crate::db::revocations::{self, NewEntries};
use crate::db::{Connection, DbError, Locks};
use crate::spans;
use idp_core::revocation::Revoked;
use idp_core::session::EndCause;
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
    log: NewEntries,
}

/// What a transition that may end something came to.
struct Outcome<T> {
    value: T,
    /// Whether it queued logout tokens.
    has_queued: bool,
    /// The number of the last entry that it added to the log.
    number: Option<i64>,
}

impl<'a> Revoking<'a> {
    /// Runs `change`, and appends last of all what it revoked to the log.
    fn run<T>(
        connection: &'a mut Connection,
        change: impl FnOnce(&mut Revoking<'_>) -> Result<T, DbError>,
    ) -> Result<Outcome<T>, DbError> {
        let mut transaction = Revoking { connection, has_queued: false, log: NewEntries::default() };
        let value = change(&mut transaction)?;
        let Revoking { connection, has_queued, log } = transaction;
        let number = revocations::append(connection, log)?;
        Ok(Outcome { value, has_queued, number })
    }

    /// Has the log say that these are void, when this transaction is committed.
    pub(super) fn log(
        &mut self,
        revoked: Vec<Revoked>,
        cause: EndCause,
        now: UnixTime,
    ) -> Result<(), DbError> {
        self.log.add(self.connection, revoked, cause, now)
    }

    /// Queues logout tokens for what is about to end; it must still be open.
    pub(in crate::store) fn queue_logout(
        &mut self,
        of: EndingSessions<'_>,
        now: UnixTime,
    ) -> Result<(), DbError> {
        let now_ms = now.as_secs().saturating_mul(1000);
        self.has_queued |= ending_sessions::enqueue(self.connection, of, now_ms)? > 0;
        Ok(())
    }
}

impl Store {
    /// Runs a transition that may end something, and answers once Redis has what ended. Asking again publishes what
    /// was not published, although the transition then finds nothing more to end.
    ///
    /// # Errors
    /// The transition's own, or that what it ended could not be published: then the caller must not confirm it.
    pub(in crate::store) async fn write_revoking<T: Send + 'static>(
        &self,
        locks: Locks,
        now: UnixTime,
        change: impl FnOnce(&mut Revoking<'_>) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, DbError> {
        let asked = spans::name_of(&change);
        let write = move |connection: &mut Connection| Revoking::run(connection, change);
        let outcome = self.db.write_as(asked, locks, write).await?;
        self.published(outcome, now).await.map(|(value, _)| value)
    }

    /// The same before other transitions that wait, for what only takes something back. Also answers the number of the last
    /// entry that the log has of it, if it has any.
    pub(in crate::store) async fn write_revoking_first<T: Send + 'static>(
        &self,
        locks: Locks,
        now: UnixTime,
        change: impl FnOnce(&mut Revoking<'_>) -> Result<T, DbError> + Send + 'static,
    ) -> Result<(T, Option<i64>), DbError> {
        let asked = spans::name_of(&change);
        let write = move |connection: &mut Connection| Revoking::run(connection, change);
        let outcome = self.db.write_first(asked, locks, write).await?;
        self.published(outcome, now).await
    }

    async fn published<T>(&self, outcome: Outcome<T>, now: UnixTime) -> Result<(T, Option<i64>), DbError> {
        if outcome.has_queued {
            self.logout_queued.send_replace(());
        }
        self.publish(now).await?;
        Ok((outcome.value, outcome.number))
    }

    /// Copies to Redis what was revoked and is not there yet.
    ///
    /// # Errors
    /// When Redis does not take it: nothing may be confirmed that a site would still accept (S103).
    pub async fn publish(&self, now: UnixTime) -> Result<(), DbError> {
        self.ephemeral.publish(&self.db, now).await.map_err(|error| match error {
            EphemeralError::Db(error) => error,
            error => DbError::Unpublished(error.to_string()),
        })
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
