//! Signing keys: seeing where each stands, and moving them on before it is due.

use super::{Administration, DirectoryError};
use crate::db::audit_events::AuditContext;
use crate::store::master_key::MasterKeyChange;
use crate::store::revoke::Target;
use idp_core::administration::{Permission, Permissions};
use idp_core::key::{KeyRing, RingKey};
use idp_core::session::EndCause;
use idp_core::time::UnixTime;
use std::sync::Arc;

impl Administration<'_> {
    /// The ring of signing keys as it is stored by now.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the keys cannot be read.
    pub async fn signing_keys(&self) -> Result<Arc<KeyRing>, DirectoryError> {
        self.require(Permission::ReadKeys)?;
        self.keys.follow(self.store).await?;
        Ok(self.keys.ring())
    }

    /// Lets the next key sign from now on, if it has been published for long enough.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], [`DirectoryError::Keys`], [`DirectoryError::NextKeyTooFresh`], or that it is not stored.
    pub async fn rotate_keys(&self, now: UnixTime) -> Result<(), DirectoryError> {
        Ok(self.keys.rotate(self.store, self.right_to_keys()?, now).await?)
    }

    /// Lets this key sign nothing more; as [`Administration::rotate_keys`], if it is the one that signs.
    ///
    /// # Errors
    /// As [`Administration::rotate_keys`].
    pub async fn retire_key(&self, kid: String, now: UnixTime) -> Result<(), DirectoryError> {
        Ok(self.keys.retire(self.store, kid, self.right_to_keys()?, now).await?)
    }

    /// Gives up a key that others may have: what it signed is void, and if it signed, the next one does at once.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], [`DirectoryError::Keys`], or that it is not stored and published.
    pub async fn give_up_key(&self, kid: String, now: UnixTime) -> Result<(), DirectoryError> {
        Ok(self.keys.compromised(self.store, kid, self.right_to_keys()?, now).await?)
    }

    /// Gives up every key and signs everybody out, as only the operator at the console does, who has lost the master key.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that it is not stored and published.
    pub async fn reset_keys(&self, now: UnixTime) -> Result<(), DirectoryError> {
        let about = AuditContext::of(self.right(Permissions::all())?);
        self.store.revoke(Target::SigningKeys, EndCause::Administrator, about, now).await?;
        Ok(())
    }

    /// Has the master key that was announced seal from now on, as only the operator at the console does, who has it. Answers whether
    /// it does: it was not announced any more else.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that it is not stored.
    pub async fn use_next_master_key(
        &self,
        change: MasterKeyChange,
        now: UnixTime,
    ) -> Result<bool, DirectoryError> {
        let about = AuditContext::of(self.right(Permissions::all())?);
        Ok(self.store.use_next_master_key(change, about, now).await?)
    }

    fn right_to_keys(&self) -> Result<AuditContext, DirectoryError> {
        Ok(AuditContext::of(self.right(Permission::ManageKeys)?))
    }
}

/// The keys of a ring, in the order in which they came to where they stand.
#[must_use]
pub fn in_order(ring: &KeyRing) -> Vec<&RingKey> {
    let mut keys: Vec<&RingKey> = ring.keys().iter().collect();
    keys.sort_by_key(|entry| (entry.state.at(), entry.key.kid()));
    keys
}
