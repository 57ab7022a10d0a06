//! The signing keys of this installation: loaded once, kept as an immutable snapshot, changed in one
//! database transaction so that nodes which start together end with one key.

use crate::chance;
use crate::db::{Connection, Db, DbError, audit_events, parsed, signing_keys};
use crate::seals::Seal;
use crate::store::ending;
use arc_swap::ArcSwap;
use idp_core::key::{KeyRing, KeyRow, KeyState, RingKey, RotationPolicy, RotationStep, SigningKey};
use idp_core::session::EndCause;
use idp_core::time::UnixTime;
use signing_keys::StoredKey;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The store failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A key does not open: it was sealed under another master key, or was damaged.
    #[error("signing key {0} does not open under this master key")]
    Sealed(String),
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

/// The ring, for every request to read.
pub struct Keys {
    ring: ArcSwap<KeyRing>,
    taking_up: tokio::sync::Mutex<()>,
    policy: RotationPolicy,
    bits: usize,
}

impl Keys {
    /// Loads the ring and does what is due; makes the first key when there is none.
    ///
    /// # Errors
    /// [`KeysError`].
    pub async fn load(
        db: &Db,
        seal: &Arc<Seal>,
        policy: RotationPolicy,
        bits: usize,
        now: UnixTime,
    ) -> Result<Self, KeysError> {
        let ring = ArcSwap::from_pointee(KeyRing::new(policy, []));
        let keys = Self { ring, taking_up: tokio::sync::Mutex::default(), policy, bits };
        keys.maintain(db, seal, now).await?;
        Ok(keys)
    }

    /// The ring as it is now.
    #[must_use]
    pub fn ring(&self) -> Arc<KeyRing> {
        self.ring.load_full()
    }

    /// Reads the ring again and carries out what is due. Keys are made before the transaction begins:
    /// that takes a second, and the database has one writer.
    ///
    /// # Errors
    /// [`KeysError`]; the ring in use stays.
    pub async fn maintain(&self, db: &Db, seal: &Arc<Seal>, now: UnixTime) -> Result<(), KeysError> {
        let stored = self.read(db, seal).await?;
        let mut fresh = Vec::new();
        // A first start needs two: one that signs and one that waits.
        let mut planned = stored;
        while planned.plan(now).contains(&RotationStep::Generate) {
            let key = self.generate().await?;
            planned = planned.add(key.clone(), now);
            fresh.push(key);
        }
        let (policy, seal) = (self.policy, Arc::clone(seal));
        let seal_in = Arc::clone(&seal);
        db.write(move |connection| Ok(carry_out(connection, policy, &seal_in, fresh, now))).await??;
        self.take_up(db, &seal).await
    }

    /// Takes up what another process changed, if anything: cheap enough for every heartbeat. What is due besides is left
    /// to [`Keys::maintain`]: making a key takes a while, and nobody should wait for it here.
    ///
    /// # Errors
    /// [`KeysError`]; the ring in use stays.
    pub async fn follow(&self, db: &Db, seal: &Arc<Seal>) -> Result<(), KeysError> {
        let stored = db.read(signing_keys::states).await?;
        let ring = self.ring();
        let mut held: Vec<_> = ring.keys().iter().map(state_of).collect();
        held.sort();
        if stored == held { Ok(()) } else { self.take_up(db, seal).await }
    }

    /// Reads the ring and uses it from now on; one at a time, so that nothing older comes after something newer.
    async fn take_up(&self, db: &Db, seal: &Arc<Seal>) -> Result<(), KeysError> {
        let _one_at_a_time = self.taking_up.lock().await;
        self.ring.store(Arc::new(self.read(db, seal).await?));
        Ok(())
    }

    /// Lets the next key sign now, if every verifier can hold it by now.
    ///
    /// # Errors
    /// [`KeysError::NotReady`] says from when it may.
    pub async fn rotate(&self, db: &Db, seal: &Arc<Seal>, now: UnixTime) -> Result<(), KeysError> {
        let (policy, seal_in) = (self.policy, Arc::clone(seal));
        let change = move |connection: &mut Connection| Ok(promote(connection, policy, &seal_in, now));
        db.write(change).await??;
        self.maintain(db, seal, now).await
    }

    /// Lets the key `kid` sign nothing more; it stays published for what it has signed. When it is the one that signs,
    /// the next key takes its place, if every verifier can hold that by now.
    ///
    /// # Errors
    /// [`KeysError::Unknown`], [`KeysError::DoesNotSign`], or [`KeysError::NotReady`], which says from when it may.
    pub async fn retire(
        &self,
        db: &Db,
        seal: &Arc<Seal>,
        kid: String,
        now: UnixTime,
    ) -> Result<(), KeysError> {
        let (policy, seal_in) = (self.policy, Arc::clone(seal));
        let change = move |connection: &mut Connection| Ok(step_down(connection, policy, &seal_in, kid, now));
        db.write(change).await??;
        self.maintain(db, seal, now).await
    }

    /// Gives up the key `kid`, since others may have it: what it signed is void wherever the keys are read again. When
    /// it signed, the next key signs from now on, published long enough or not; then there is a fresh next key.
    ///
    /// # Errors
    /// [`KeysError::Unknown`] when there is no such key.
    pub async fn compromised(
        &self,
        db: &Db,
        seal: &Arc<Seal>,
        kid: String,
        now: UnixTime,
    ) -> Result<(), KeysError> {
        let (policy, seal_in) = (self.policy, Arc::clone(seal));
        let change = move |connection: &mut Connection| Ok(give_up(connection, policy, &seal_in, kid, now));
        db.write(change).await??;
        self.maintain(db, seal, now).await
    }

    async fn read(&self, db: &Db, seal: &Arc<Seal>) -> Result<KeyRing, KeysError> {
        let (policy, seal) = (self.policy, Arc::clone(seal));
        db.read(move |connection| Ok(read_ring(connection, policy, &seal))).await?
    }

    async fn generate(&self) -> Result<SigningKey, KeysError> {
        let bits = self.bits;
        let made = tokio::task::spawn_blocking(move || SigningKey::generate(bits, &mut chance::rng())).await;
        made.map_err(|error| KeysError::Made(error.to_string()))?
            .map_err(|error| KeysError::Made(error.to_string()))
    }
}

/// What tells whether a key is as it was: its name, its state and since when.
fn state_of(entry: &RingKey) -> (String, String, i64) {
    (entry.key.kid().to_owned(), entry.state.name().to_owned(), entry.state.at().as_secs())
}

/// Does what is due inside one transaction, with `fresh` keys at hand. Another node may have been
/// faster: then nothing is due and the fresh keys are dropped.
fn carry_out(
    connection: &mut Connection,
    policy: RotationPolicy,
    seal: &Seal,
    fresh: Vec<SigningKey>,
    now: UnixTime,
) -> Result<KeyRing, KeysError> {
    let mut ring = read_ring(connection, policy, seal)?;
    let mut fresh = fresh.into_iter();
    let mut changed = false;
    while let Some(step) = ring.plan(now).into_iter().next() {
        ring = match step {
            RotationStep::Generate => match fresh.next() {
                Some(key) => ring.add(key, now),
                None => break,
            },
            RotationStep::BringBack { kid } => ring.bring_back(&kid, now),
            RotationStep::Promote { .. } => ring.promote(now)?,
            RotationStep::Retire { kid } => ring.retire(&kid, now),
            RotationStep::Drop { kid } => ring.remove(&kid, now),
        };
        changed = true;
    }
    if changed {
        write_ring(connection, seal, &ring, now)?;
    }
    Ok(ring)
}

fn promote(
    connection: &mut Connection,
    policy: RotationPolicy,
    seal: &Seal,
    now: UnixTime,
) -> Result<(), KeysError> {
    let ring = read_ring(connection, policy, seal)?.promote(now)?;
    write_ring(connection, seal, &ring, now)
}

fn step_down(
    connection: &mut Connection,
    policy: RotationPolicy,
    seal: &Seal,
    kid: String,
    now: UnixTime,
) -> Result<(), KeysError> {
    let ring = read_ring(connection, policy, seal)?;
    let Some(entry) = ring.keys().iter().find(|entry| entry.key.kid() == kid) else {
        return Err(KeysError::Unknown(kid));
    };
    if !matches!(entry.state, KeyState::Active { .. }) {
        return Err(KeysError::DoesNotSign { kid, state: entry.state.name() });
    }
    let signs = ring.signer().is_some_and(|key| key.kid() == kid);
    let ring = if signs { ring.promote(now)? } else { ring.retire(&kid, now) };
    write_ring(connection, seal, &ring, now)
}

fn give_up(
    connection: &mut Connection,
    policy: RotationPolicy,
    seal: &Seal,
    kid: String,
    now: UnixTime,
) -> Result<(), KeysError> {
    let ring = read_ring(connection, policy, seal)?;
    if !ring.keys().iter().any(|entry| entry.key.kid() == kid) {
        return Err(KeysError::Unknown(kid));
    }
    write_ring(connection, seal, &ring.compromised(&kid, now), now)?;
    ending::keys(connection, std::slice::from_ref(&kid), EndCause::Administrator, now)?;
    let about = audit_events::About { detail: Some(kid), ..Default::default() };
    Ok(audit_events::record(connection, audit_events::Event::KeyCompromised, about, now)?)
}

fn read_ring(connection: &mut Connection, policy: RotationPolicy, seal: &Seal) -> Result<KeyRing, KeysError> {
    let mut keys = Vec::new();
    for stored in signing_keys::all(connection)? {
        let since = UnixTime(stored.state_since);
        let state = parsed(KeyState::from_columns(&stored.state, since), "signing_keys.state")?;
        let pem: Zeroizing<String> = seal
            .open(&stored.sealed_pem, &stored.kid)
            .map(Zeroizing::new)
            .ok_or_else(|| KeysError::Sealed(stored.kid.clone()))?;
        let row = KeyRow { kid: stored.kid, pem, state };
        keys.push(RingKey::try_from(row).map_err(|error| KeysError::Made(error.to_string()))?);
    }
    Ok(KeyRing::new(policy, keys))
}

fn write_ring(
    connection: &mut Connection,
    seal: &Seal,
    ring: &KeyRing,
    now: UnixTime,
) -> Result<(), KeysError> {
    let mut rows = Vec::new();
    for entry in ring.keys() {
        let row = entry.to_row();
        let sealed_pem =
            seal.close(&*row.pem, &row.kid).map_err(|error| KeysError::Made(error.to_string()))?;
        let (state, state_since) = (row.state.name().to_owned(), row.state.at().as_secs());
        rows.push(StoredKey { kid: row.kid, state, state_since, sealed_pem });
    }
    signing_keys::replace(connection, rows)?;
    let detail = ring.signer().map(|key| format!("signer {}", key.kid()));
    let about = audit_events::About { detail, ..Default::default() };
    Ok(audit_events::record(connection, audit_events::Event::KeysRotated, about, now)?)
}
