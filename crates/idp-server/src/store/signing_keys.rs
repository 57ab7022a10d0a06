//! The signing keys at rest: sealed under the master key, read and changed as one ring in one transaction, so that
//! nodes that start together end with one key. When a key may move on is `idp_core::key`'s to say, and `keys` holds
//! the ring that a node uses.

use super::Store;
use super::master_key::SealingKey;
use super::revoke::{Revoking, end};
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::installation_facts::Fact;
use crate::db::signing_keys::{self, StoredKey};
use crate::db::{Connection, DbError, Locks, parsed};
use crate::seals::Seal;
use idp_core::key::{KeyRing, KeyRow, KeyState, RingKey, RotationPolicy};
use idp_core::session::EndCause;
use idp_core::time::UnixTime;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Why the keys cannot be used or changed.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The store failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A key does not open: it was sealed under another master key, or was damaged.
    #[error("signing key {0} does not open under this master key")]
    Sealed(String),
    /// A stored key opens and is not a key that can sign.
    #[error(transparent)]
    Stored(#[from] idp_core::key::ring::RowError),
    /// The tables hold half of a backup.
    #[error("a restore of a backup is under way in this installation")]
    Restoring,
    /// A key could not be made.
    #[error("a signing key could not be made: {0}")]
    Made(String),
    /// No key has this name.
    #[error("there is no signing key {0:?}")]
    Unknown(String),
    /// The key does not sign, so there is nothing to stop.
    #[error("signing key {kid:?} is {state} and does not sign; `keys compromised` gives up any key at once")]
    DoesNotSign {
        /// The key.
        kid: String,
        /// Where it stands.
        state: &'static str,
    },
    /// The next key may not sign yet.
    #[error(transparent)]
    NotReady(#[from] idp_core::key::ring::NotReady),
}

/// How a ring is kept: the policy it moves by, and the seal that its private keys rest under.
#[derive(Clone)]
pub struct KeyCustody {
    /// When keys move on.
    pub policy: RotationPolicy,
    /// Opens and closes private keys.
    pub seal: Arc<Seal>,
}

/// A key's id, its state and since when, in seconds: what tells whether a ring was changed.
pub type KeyStates = Vec<(String, String, i64)>;

impl Store {
    /// The ring as it is stored.
    ///
    /// # Errors
    /// When it cannot be read, or does not open under this master key.
    pub async fn key_ring(&self, custody: &KeyCustody) -> Result<KeyRing, KeysError> {
        let custody = custody.clone();
        self.read(move |connection| Ok(read_ring(connection, &custody))).await?
    }

    /// What tells whether the ring was changed, in the order of the ids. Cheap enough for every heartbeat.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn key_states(&self) -> Result<KeyStates, DbError> {
        self.read(signing_keys::states).await
    }

    /// Stores the ring that `change` makes of the present one; what equals it is not written. Where it is an act of an
    /// administrator, `about` says by whose right.
    ///
    /// # Errors
    /// What `change` answers, or that the ring cannot be read or stored.
    pub async fn change_key_ring(
        &self,
        custody: &KeyCustody,
        about: AuditContext,
        now: UnixTime,
        change: impl FnOnce(KeyRing) -> Result<KeyRing, KeysError> + Send + 'static,
    ) -> Result<(), KeysError> {
        let custody = custody.clone();
        self.write(Locks::named("signing keys", [""]), move |connection| {
            about.check_right(connection)?;
            refusal(change_ring(connection, &custody, (about, now), change))
        })
        .await?
    }

    /// Gives up the key `kid`, since others may have it: what it signed is void at once, and when it signed, the
    /// next key does from now on.
    ///
    /// # Errors
    /// [`KeysError::Unknown`] when there is no such key, or that it is not stored and published.
    pub async fn give_up_key(
        &self,
        custody: &KeyCustody,
        kid: String,
        about: AuditContext,
        now: UnixTime,
    ) -> Result<(), KeysError> {
        let custody = custody.clone();
        self.write_revoking(Locks::named("signing keys", [""]), now, move |tx| {
            about.check_right(tx)?;
            refusal(give_up(tx, &custody, kid, (about, now)))
        })
        .await?
    }
}

/// A refusal is a value of the transaction; a failure of the database takes the transaction back.
fn refusal<T>(outcome: Result<T, KeysError>) -> Result<Result<T, KeysError>, DbError> {
    match outcome {
        Err(KeysError::Db(error)) => Err(error),
        outcome => Ok(outcome),
    }
}

fn change_ring(
    connection: &mut Connection,
    custody: &KeyCustody,
    (about, now): (AuditContext, UnixTime),
    change: impl FnOnce(KeyRing) -> Result<KeyRing, KeysError>,
) -> Result<(), KeysError> {
    refuse_half_restored(connection)?;
    let before = read_ring(connection, custody)?;
    let states = states_of(&before);
    let after = change(before)?;
    if states_of(&after) == states {
        return Ok(());
    }
    write_ring(connection, &custody.seal, &after, (about, now))
}

/// A process that opened the installation before a restore began must not go on with it.
fn refuse_half_restored(connection: &mut Connection) -> Result<(), KeysError> {
    match Fact::Restoring.get(connection)? {
        Some(_) => Err(KeysError::Restoring),
        None => Ok(()),
    }
}

fn give_up(
    tx: &mut Revoking<'_>,
    custody: &KeyCustody,
    kid: String,
    (about, now): (AuditContext, UnixTime),
) -> Result<(), KeysError> {
    refuse_half_restored(tx)?;
    let ring = read_ring(tx, custody)?;
    if !ring.keys().iter().any(|entry| entry.key.kid() == kid) {
        return Err(KeysError::Unknown(kid));
    }
    write_ring(tx, &custody.seal, &ring.compromised(&kid, now), (about.clone(), now))?;
    end::keys(tx, std::slice::from_ref(&kid), EndCause::Administrator, now)?;
    let about = AuditContext { detail: Some(kid), ..about };
    Ok(audit_events::record(tx, AuditEvent::KeyCompromised, about, now)?)
}

/// The states of a ring in the order in which [`Store::key_states`] answers them.
#[must_use]
pub fn states_of(ring: &KeyRing) -> KeyStates {
    let state = |entry: &RingKey| {
        (entry.key.kid().to_owned(), entry.state.name().to_owned(), entry.state.at().as_secs())
    };
    let mut states: KeyStates = ring.keys().iter().map(state).collect();
    states.sort();
    states
}

fn read_ring(connection: &mut Connection, custody: &KeyCustody) -> Result<KeyRing, KeysError> {
    let mut keys = Vec::new();
    for stored in signing_keys::all(connection)? {
        let since = UnixTime(stored.state_since);
        let state = parsed(KeyState::from_columns(&stored.state, since), "signing_keys.state")?;
        let opened = custody.seal.open(&stored.sealed_pem, &stored.kid).map(Zeroizing::new);
        let pem: Zeroizing<String> = opened.ok_or_else(|| KeysError::Sealed(stored.kid.clone()))?;
        let row = KeyRow { kid: stored.kid, pem, state };
        keys.push(RingKey::try_from(row)?);
    }
    Ok(KeyRing::new(custody.policy, keys))
}

fn write_ring(
    connection: &mut Connection,
    seal: &Seal,
    ring: &KeyRing,
    (about, now): (AuditContext, UnixTime),
) -> Result<(), KeysError> {
    let (mut rows, key) = (Vec::new(), SealingKey::now(connection)?);
    for entry in ring.keys() {
        let row = entry.to_row();
        let sealed_pem = key.rest(seal, &*row.pem, &row.kid)?;
        let (state, state_since) = (row.state.name().to_owned(), row.state.at().as_secs());
        rows.push(StoredKey { kid: row.kid, state, state_since, sealed_pem });
    }
    signing_keys::replace(connection, rows)?;
    let detail = ring.signer().map(|key| format!("signer {}", key.kid()));
    let about = AuditContext { detail, ..about };
    Ok(audit_events::record(connection, AuditEvent::KeysRotated, about, now)?)
}
