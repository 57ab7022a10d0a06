//! What a command works with: the configuration, and the installation once it is open.

use std::sync::Arc;

use arc_swap::ArcSwap;

use super::{failure::Failure, output::Output};
use crate::{
    clock::Clock,
    config::{Config, Origins},
    directory::{Administration, Caller, Directory},
    hash_pool::HashPool,
    installation::Installation,
    keys::Keys,
    leaked_passwords::LeakedPasswords,
    seals::{Seals, SharedSeals},
    store::Store,
    traces::Traces,
};

/// What a command works with.
pub(super) struct Context {
    pub(super) config: Config,
    pub(super) origins: Origins,
    pub(super) output: Output,
    pub(super) clock: Clock,
    /// Who runs the command, for the audit log.
    pub(super) caller: Caller,
    /// Of a server alone.
    pub(super) traces: Option<Traces>,
}

/// The store of an opened installation, and what acts on the directory need besides.
pub(super) struct Opened {
    pub(super) store: Store,
    pub(super) hashing: HashPool,
    pub(super) leaked: LeakedPasswords,
    pub(super) keys: Keys,
    pub(super) seals: SharedSeals,
}

impl Opened {
    pub(super) fn administration<'a>(&'a self, context: &'a Context) -> Administration<'a> {
        let (store, hashing, config) = (&self.store, &self.hashing, &context.config);
        let (leaked, keys, origins) = (&self.leaked, &self.keys, &context.origins);
        let directory = Directory { store, hashing, config, leaked, keys, origins, seals: &self.seals };
        Administration { directory, caller: &context.caller }
    }
}

impl Context {
    /// The installation that is there. `serve`, `demo` and `migrate` alone make one.
    pub(super) fn installation(&self) -> Result<Installation, Failure> {
        Ok(Installation::open_existing(&self.config.storage)?)
    }

    pub(super) async fn open(&self) -> Result<Opened, Failure> {
        self.open_with(self.installation()?).await
    }

    pub(super) async fn open_with(&self, installation: Installation) -> Result<Opened, Failure> {
        let seals = shared_seals(&installation)?;
        let config = &self.config;
        let policy = config.key.policy(config.token.access).map_err(Failure::refused)?;
        let keys = Keys::unread(&seals.load().signing_key, policy, config.key.bits);
        let store = self.store_with(installation, &seals).await?;
        let hashing = HashPool::start(&config.password)?;
        Ok(Opened { store, hashing, leaked: self.leaked_passwords()?, keys, seals })
    }

    pub(super) fn leaked_passwords(&self) -> Result<LeakedPasswords, Failure> {
        Ok(LeakedPasswords::open(&self.config).map_err(anyhow::Error::from)?)
    }

    pub(super) async fn store(&self, installation: Installation) -> Result<Store, Failure> {
        let seals = shared_seals(&installation)?;
        self.store_with(installation, &seals).await
    }

    async fn store_with(&self, installation: Installation, seals: &SharedSeals) -> Result<Store, Failure> {
        let store = Store::for_command(installation.db, &self.config).await.map_err(anyhow::Error::from)?;
        Ok(store.with_seals(&self.config, seals))
    }

    /// For the one command that replaces everything the master key sealed.
    pub(super) fn installation_with_new_master_key(&self) -> Result<Installation, Failure> {
        Ok(Installation::open_with_new_master_key(&self.config.storage)?)
    }
}

fn shared_seals(installation: &Installation) -> Result<SharedSeals, Failure> {
    let seals = Seals::of(&installation.master).map_err(anyhow::Error::from)?;
    Ok(Arc::new(ArcSwap::from_pointee(seals)))
}
