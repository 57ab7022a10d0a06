//! The roles and groups of a person as a client is told of them, the bundles of those who have very many, and what is left of
//! roles and groups that were removed.

use super::Store;
use super::removed_clients::{AT_ONCE, PAUSE, TURNS_AT_ONCE};
use crate::clock::CLOCK_LEEWAY;
use crate::db::{DbError, Locks, memberships, permission_bundles};
use idp_core::administration::Memberships;
use idp_core::client::Client;
use idp_core::time::UnixTime;
use idp_core::token::PermissionBundle;
use tokio::time::sleep;
use uuid::Uuid;

/// For how many seconds longer than the token that names it a bundle is kept, so that it is written down once a day and not with
/// each token.
const KEPT_LONGER: i64 = 24 * 60 * 60;

impl Store {
    /// The roles and groups of a person as far as `client` cares for any. Most do not, and nothing is read for them.
    ///
    /// A caller who makes tokens of a grant loads the grant first: so what was lost in between is in tokens of an epoch that is
    /// over.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn memberships_for(&self, client: &Client, user: Uuid) -> Result<Memberships, DbError> {
        if !client.metadata.uses_memberships() {
            return Ok(Memberships::default());
        }
        self.read(move |connection| memberships::of_user(connection, user)).await
    }

    /// Forgets what names roles and groups that were just removed, if that is little; else the clean-up goes on.
    pub(super) async fn forget_few_memberships(&self) {
        for _ in 0..TURNS_AT_ONCE {
            match self.forget_some_memberships().await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    return tracing::warn!(%error, "rows of a removed role or group are not forgotten yet");
                }
            }
        }
    }

    /// Forgets all that names removed roles and groups, with pauses.
    ///
    /// # Errors
    /// When the database does not answer; the next turn goes on.
    pub(super) async fn forget_removed_memberships(&self) -> Result<(), DbError> {
        while self.forget_some_memberships().await? {
            sleep(PAUSE).await;
        }
        Ok(())
    }

    /// Whether there was anything to forget.
    async fn forget_some_memberships(&self) -> Result<bool, DbError> {
        if self.read(memberships::next_removed).await?.is_none() {
            return Ok(false);
        }
        self.write(Locks::rights(), |connection| match memberships::next_removed(connection)? {
            Some(removed) => memberships::forget_some(connection, removed, AT_ONCE).map(|_| true),
            None => Ok(false),
        })
        .await
    }

    /// Has these bundles answered for as long as a token that expires at `expires_at` may name them.
    ///
    /// # Errors
    /// When they are not stored.
    pub async fn keep_bundles(
        &self,
        bundles: Vec<PermissionBundle>,
        expires_at: UnixTime,
    ) -> Result<(), DbError> {
        let needed = expires_at.plus(CLOCK_LEEWAY);
        for bundle in bundles {
            let hash = bundle.hash.clone();
            let kept = self.read(move |connection| permission_bundles::kept_until(connection, &hash)).await?;
            if kept.is_some_and(|until| until >= needed) {
                continue;
            }
            let until = needed.plus(KEPT_LONGER);
            self.write(Locks::none(), move |connection| permission_bundles::keep(connection, &bundle, until))
                .await?;
        }
        Ok(())
    }

    /// What is in the bundle of this hash: canonical JSON.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn bundle(&self, hash: String) -> Result<Option<String>, DbError> {
        self.read(move |connection| permission_bundles::content(connection, &hash)).await
    }
}
