//! The signing keys that this node uses: an immutable snapshot of the stored ring, replaced whole. When keys move on
//! is `idp_core::key`'s to say; `store::signing_keys` has the transactions.

use crate::db::audit_events::AuditContext;
use crate::seals::Seal;
use crate::store::Store;
use crate::store::signing_keys::{KeyCustody, KeysError, states_of};
use arc_swap::ArcSwap;
use idp_core::key::{KeyRing, KeyState, RotationPolicy, RotationStep, SigningKey};
use idp_core::time::UnixTime;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The ring, for every request to read.
pub struct Keys {
    ring: ArcSwap<KeyRing>,
    taking_up: tokio::sync::Mutex<()>,
    custody: ArcSwap<KeyCustody>,
    /// Whether the stored keys opened when they were last read.
    opens: AtomicBool,
    bits: usize,
}

impl Keys {
    /// Loads the ring and does what is due; makes the first key when there is none. The one that waits behind it is made by the
    /// next [`Keys::maintain`]: a first start is not kept waiting for it.
    ///
    /// # Errors
    /// When the keys cannot be read, made or stored.
    pub async fn load(
        store: &Store,
        seal: &Arc<Seal>,
        policy: RotationPolicy,
        bits: usize,
        now: UnixTime,
    ) -> Result<Self, KeysError> {
        let keys = Self::unread(seal, policy, bits);
        keys.carry_on(store, 1, now).await?;
        Ok(keys)
    }

    /// No ring yet: it is read by the first [`Keys::follow`] or [`Keys::maintain`].
    #[must_use]
    pub fn unread(seal: &Arc<Seal>, policy: RotationPolicy, bits: usize) -> Self {
        let custody = KeyCustody { policy, seal: Arc::clone(seal) };
        let ring = ArcSwap::from_pointee(KeyRing::new(policy, []));
        let (taking_up, custody) = (tokio::sync::Mutex::default(), ArcSwap::from_pointee(custody));
        Self { ring, taking_up, custody, opens: AtomicBool::new(true), bits }
    }

    /// The ring as it is now.
    #[must_use]
    pub fn ring(&self) -> Arc<KeyRing> {
        self.ring.load_full()
    }

    /// Reads the ring again and carries out what is due. Keys are made before the transaction begins, since that takes
    /// a second.
    ///
    /// # Errors
    /// [`KeysError`]; the ring in use stays.
    pub async fn maintain(&self, store: &Store, now: UnixTime) -> Result<(), KeysError> {
        // A ring that is empty needs two: one that signs and one that waits.
        self.carry_on(store, 2, now).await
    }

    /// The same with at most so many new keys.
    async fn carry_on(&self, store: &Store, most: usize, now: UnixTime) -> Result<(), KeysError> {
        let mut fresh = Vec::new();
        let mut planned = store.key_ring(&self.custody.load()).await?;
        while fresh.len() < most && planned.plan(now).contains(&RotationStep::Generate) {
            let key = self.generate().await?;
            planned = planned.add(key.clone(), now);
            fresh.push(key);
        }
        let (custody, about) = (self.custody.load_full(), AuditContext::default());
        store.change_key_ring(&custody, about, now, move |ring| carry_out(ring, fresh, now)).await?;
        self.take_up(store).await
    }

    /// Takes up what another process changed, if anything. What is due besides is left to [`Keys::maintain`]: making a
    /// key takes a while, and no heartbeat should wait for it.
    ///
    /// # Errors
    /// [`KeysError`]; the ring in use stays.
    pub async fn follow(&self, store: &Store) -> Result<(), KeysError> {
        let stored = store.key_states().await?;
        if stored == states_of(&self.ring()) { Ok(()) } else { self.take_up(store).await }
    }

    /// Whether the stored keys open under the master key of this node. When they do not, it signs nothing: the keys that it
    /// held were given up.
    #[must_use]
    pub fn open_under_master_key(&self) -> bool {
        self.opens.load(Ordering::Relaxed)
    }

    /// Uses another master key, if the stored keys open under it.
    ///
    /// # Errors
    /// [`KeysError::Sealed`] when they do not; then the former one stays.
    pub async fn change_seal(&self, store: &Store, seal: &Arc<Seal>) -> Result<(), KeysError> {
        let custody = KeyCustody { seal: Arc::clone(seal), ..KeyCustody::clone(&self.custody.load()) };
        store.key_ring(&custody).await?;
        self.custody.store(Arc::new(custody));
        self.take_up(store).await
    }

    /// Reads the ring and uses it from now on; one at a time, so that nothing older comes after something newer.
    async fn take_up(&self, store: &Store) -> Result<(), KeysError> {
        let _one_at_a_time = self.taking_up.lock().await;
        let custody = self.custody.load_full();
        let stored = store.key_ring(&custody).await;
        if matches!(stored, Err(KeysError::Sealed(_))) {
            self.ring.store(Arc::new(KeyRing::new(custody.policy, [])));
        }
        self.opens.store(!matches!(stored, Err(KeysError::Sealed(_))), Ordering::Relaxed);
        self.ring.store(Arc::new(stored?));
        Ok(())
    }

    /// Lets the next key sign now, if every verifier can hold it by now.
    ///
    /// # Errors
    /// [`KeysError::NotReady`] says from when it may.
    pub async fn rotate(&self, store: &Store, about: AuditContext, now: UnixTime) -> Result<(), KeysError> {
        let custody = self.custody.load_full();
        store.change_key_ring(&custody, about, now, move |ring| Ok(ring.promote(now)?)).await?;
        self.maintain(store, now).await
    }

    /// Lets the key `kid` sign nothing more; it stays published for what it has signed. When it is the one that signs,
    /// the next key takes its place, if every verifier can hold that by now.
    ///
    /// # Errors
    /// [`KeysError::Unknown`], [`KeysError::DoesNotSign`], or [`KeysError::NotReady`], which says from when it may.
    pub async fn retire(
        &self,
        store: &Store,
        kid: String,
        about: AuditContext,
        now: UnixTime,
    ) -> Result<(), KeysError> {
        let custody = self.custody.load_full();
        store.change_key_ring(&custody, about, now, move |ring| step_down(ring, kid, now)).await?;
        self.maintain(store, now).await
    }

    /// Gives up the key `kid`, since others may have it: what it signed is void wherever the keys are read again. When
    /// it signed, the next key signs from now on, published long enough or not; then there is a fresh next key.
    ///
    /// # Errors
    /// [`KeysError::Unknown`] when there is no such key.
    pub async fn compromised(
        &self,
        store: &Store,
        kid: String,
        about: AuditContext,
        now: UnixTime,
    ) -> Result<(), KeysError> {
        store.give_up_key(&self.custody.load_full(), kid, about, now).await?;
        self.maintain(store, now).await
    }

    async fn generate(&self) -> Result<SigningKey, KeysError> {
        let bits = self.bits;
        let made = tokio::task::spawn_blocking(move || SigningKey::generate(bits)).await;
        made.map_err(|error| KeysError::Made(error.to_string()))?
            .map_err(|error| KeysError::Made(error.to_string()))
    }
}

/// Does what is due, with `fresh` keys at hand. Another node may have been faster: then nothing is due and the fresh
/// keys are dropped.
fn carry_out(ring: KeyRing, fresh: Vec<SigningKey>, now: UnixTime) -> Result<KeyRing, KeysError> {
    let (mut ring, mut fresh) = (ring, fresh.into_iter());
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
    }
    Ok(ring)
}

fn step_down(ring: KeyRing, kid: String, now: UnixTime) -> Result<KeyRing, KeysError> {
    let Some(entry) = ring.keys().iter().find(|entry| entry.key.kid() == kid) else {
        return Err(KeysError::Unknown(kid));
    };
    if !matches!(entry.state, KeyState::Active { .. }) {
        return Err(KeysError::DoesNotSign { kid, state: entry.state.name() });
    }
    let signs = ring.signer().is_some_and(|key| key.kid() == kid);
    Ok(if signs { ring.promote(now)? } else { ring.retire(&kid, now) })
}
