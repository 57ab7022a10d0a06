//! The store: every transition of the provider, one transaction each, as a method of [`Store`]. A transition loads,
//! asks a rule of `idp_core`, and writes what follows, the audit event included. The database and Redis are private
//! to it, so that a caller can forget no duty: what a transition ended is published to Redis and the logout outbox
//! is woken before the method answers. No HTTP here.

pub mod accounts;
mod acme;
pub mod activity;
pub mod administrators;
pub mod attention;
pub mod attributes;
pub mod audit;
pub mod audit_chain;
pub mod audit_stream;
pub mod authorization_codes;
mod backoff;
mod clean_up;
mod client_leases;
pub mod client_logos;
pub mod client_secrets;
pub mod clients;
mod clock_corrections;
pub mod connected_sites;
pub mod deletion;
pub mod deliveries;
pub mod devices;
mod ephemeral;
mod examination;
pub mod explanation;
pub mod feed_acknowledgements;
pub mod figures;
pub mod grants;
pub mod groups;
mod health;
pub mod idempotency;
pub mod login_throttle;
pub mod logout_outbox;
pub mod mail_fallback;
pub mod mail_links;
pub mod mail_outbox;
pub mod master_key;
pub mod memberships;
pub mod methods;
pub mod nodes;
pub mod not_me;
pub mod own_addresses;
pub mod own_password;
pub mod passkeys;
pub mod password_reset;
pub mod people_import;
pub mod personal_data;
mod policies;
pub mod profile;
pub mod provisioned_groups;
pub mod provisioning;
pub mod receipts;
mod recipients;
pub mod recovery_codes;
pub mod registration;
mod registration_links;
mod removed_clients;
mod restored;
pub mod revoke;
pub mod roles;
pub mod second_factors;
pub mod second_step_links;
mod seen;
pub mod sessions;
pub mod sign_in;
pub mod signing_keys;
pub mod statistics;
mod step_up;
pub mod terms;
pub mod token_state;
pub mod user_search;
pub mod users;

pub use ephemeral::{EphemeralError, RedisReport, check as check_redis};
pub use examination::{Examination, MissingIndex};
pub use health::StoreHealth;
pub use policies::Policies;

use crate::clock::Clock;
use crate::config::Config;
use crate::db::grants::{GrantKey, OfPerson, with_persons};
use crate::db::{Changes, Connection, Db, DbError, GroupReader, Locks, revocations};
use crate::seals::{Seals, SharedSeals};
use client_leases::ClientLeases;
use ephemeral::Ephemeral;
use idp_core::revocation::Revocation;
use idp_core::time::UnixTime;
use mail_outbox::Letters;
use std::sync::Arc;
use tokio::sync::watch;

/// Everything the provider remembers. What ends something is a [`revoke::Target`]; the method commits, publishes to
/// Redis and wakes the feed and the outbox:
///
/// ```
/// use idp_core::{session::EndCause, time::UnixTime};
/// use idp_server::{db::audit_events::AuditContext, store::{Store, revoke::Target}};
///
/// async fn sign_everybody_out(store: &Store, now: UnixTime) -> bool {
///     store.revoke(Target::Everybody, EndCause::Administrator, AuditContext::default(), now).await.is_ok()
/// }
/// ```
///
/// Nothing outside of the store reaches the database past it:
///
/// ```compile_fail,E0616
/// async fn past_the_store(store: &idp_server::store::Store) {
///     let _ = store.db.write(idp_server::db::Locks::none(), |_| Ok(())).await;
/// }
/// ```
///
/// or opens a transaction of its own:
///
/// ```compile_fail,E0624
/// async fn past_the_store(store: &idp_server::store::Store) {
///     let _ = store.write(idp_server::db::Locks::none(), |_| Ok(())).await;
/// }
/// ```
pub struct Store {
    db: Db,
    /// What most requests ask.
    grants: GroupReader<GrantKey, Option<OfPerson>>,
    ephemeral: Ephemeral,
    policies: Policies,
    client_leases: ClientLeases,
    letters: Letters,
    seals: Option<SharedSeals>,
    /// Changes when a transition has queued logout tokens.
    logout_queued: watch::Sender<()>,
}

impl Store {
    /// The store of a server: brings Redis, if one is configured, into step with the database.
    ///
    /// # Errors
    /// [`EphemeralError::Evicts`], a Redis URL that the client does not take, or a database that does not answer. A
    /// Redis that does not answer keeps no server from starting.
    pub async fn open(db: Db, config: &Config, clock: &Clock) -> Result<Self, EphemeralError> {
        revocations::tokens_live(&db, config.token.access.as_secs()).await?;
        let ephemeral = Ephemeral::open(config, &db, clock.now_ms()).await?;
        let store = Self::of(db, ephemeral, config);
        if let Err(error) = store.bring_back_times(clock.now()).await {
            tracing::warn!(%error, "times of a clock that was ahead are not brought back yet");
        }
        Ok(store)
    }

    /// The store of a command, which asks Redis nothing before it has something to publish.
    ///
    /// # Errors
    /// A Redis URL that the client does not take, or a database that does not answer.
    pub async fn for_command(db: Db, config: &Config) -> Result<Self, EphemeralError> {
        let newest = db.read(revocations::newest).await?;
        let ephemeral = Ephemeral::for_command(config, newest)?;
        Ok(Self::of(db, ephemeral, config))
    }

    fn of(db: Db, ephemeral: Ephemeral, config: &Config) -> Self {
        Self {
            grants: db.group_reader(with_persons),
            db,
            ephemeral,
            policies: Policies::of(config),
            client_leases: ClientLeases::default(),
            letters: Letters::default(),
            seals: None,
            logout_queued: watch::Sender::new(()),
        }
    }

    /// The same store, which seals what rests under these, and writes letters where the configuration names a way to send them.
    /// Who shares them may put those of other master keys into their place.
    #[must_use]
    pub fn with_seals(self, config: &Config, seals: &SharedSeals) -> Self {
        Self { letters: Letters::of(config, seals), seals: Some(Arc::clone(seals)), ..self }
    }

    /// The sealing keys; a store that has none changes nothing that rests sealed.
    fn seals(&self) -> Result<Arc<Seals>, DbError> {
        self.seals.as_ref().map(|seals| seals.load_full()).ok_or(DbError::OtherMasterKey)
    }

    /// The policies that its transitions apply.
    #[must_use]
    pub const fn policies(&self) -> &Policies {
        &self.policies
    }

    /// Begins to watch for commits of any process.
    ///
    /// # Errors
    /// When the thread that watches cannot be started.
    pub fn changes(&self) -> Result<Changes, DbError> {
        self.db.changes()
    }

    /// The newest number of the revocation log, and the entries after `known`; all of them when the log ends before
    /// that.
    ///
    /// # Errors
    /// When the log cannot be read: the feed must then prove nothing.
    pub async fn revocations_since(
        &self,
        known: i64,
        now: UnixTime,
    ) -> Result<(i64, Vec<Revocation>), DbError> {
        let found = self.db.read_first(move |connection| revocations::since(connection, known)).await?;
        let is_ahead = |entry: &Revocation| entry.revoked.issued_before.is_some_and(|at| at.is_ahead_of(now));
        if !found.1.iter().any(is_ahead) {
            return Ok(found);
        }
        self.bring_back_times(now).await?;
        self.db.read_first(move |connection| revocations::since(connection, known)).await
    }

    async fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Connection) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, DbError> {
        self.db.read(question).await
    }

    /// Runs a transition that ends nothing, under the locks of those it decides about.
    async fn write<T: Send + 'static>(
        &self,
        locks: Locks,
        change: impl FnOnce(&mut Connection) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, DbError> {
        self.db.write(locks, change).await
    }
}
