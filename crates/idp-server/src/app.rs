//! What every request shares: configuration, database, keys, clock. Built once by `serve`, by `demo`
//! and by tests, which bring their own clock.

use crate::client_address::TrustedProxies;
use crate::clock::{Clock, wall_ms};
use crate::config::Config;
use crate::db::{Db, DbError, revocations};
use crate::decoys::Decoys;
use crate::feed::{Feed, Listeners};
use crate::hash_pool::HashPool;
use crate::hot::{Hot, HotError};
use crate::keys::{Keys, KeysError};
use crate::outgoing::{Outgoing, OutgoingError};
use crate::page::Frame;
use crate::seals::Seals;
use crate::store::sessions::SignInRules;
use idp_core::discovery::Metadata;
use idp_core::grant::refresh_token::RefreshPolicy;
use idp_core::session::SessionPolicy;
use idp_core::throttle::BucketPolicy;
use idp_core::time::UnixTime;
use std::sync::Arc;

/// Clocks of nodes may disagree by this many seconds when a token of ours comes back.
pub const CLOCK_LEEWAY: i64 = 30;

/// Why the application cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// Redis.
    #[error(transparent)]
    Hot(#[from] HotError),
    /// The rotation times contradict each other.
    #[error(transparent)]
    Policy(#[from] idp_core::key::ring::PolicyError),
    /// The master key.
    #[error("the master key cannot be used: {0}")]
    Master(#[from] idp_core::seal::SealError),
    /// Requests of our own.
    #[error(transparent)]
    Outgoing(#[from] OutgoingError),
    /// The revocation feed.
    #[error(transparent)]
    Feed(#[from] idp_core::token::MintError),
    /// The hashing threads.
    #[error("the hashing threads do not start: {0}")]
    Hashing(#[from] std::io::Error),
}

/// The shared state.
pub struct App {
    /// As loaded.
    pub config: Config,
    /// The database.
    pub db: Db,
    /// Where hot state lives.
    pub hot: Hot,
    /// The time.
    pub clock: Clock,
    /// Signing keys.
    pub keys: Keys,
    /// Sealing keys.
    pub seals: Seals,
    /// Password hashing.
    pub hashing: HashPool,
    /// What the password of a name that nobody has is compared with.
    pub decoys: Decoys,
    /// Requests of our own.
    pub outgoing: Outgoing,
    /// The revocation feed of this node.
    pub feed: Feed,
    /// The metadata document.
    pub metadata: Metadata,
}

impl App {
    /// Derives the sealing keys, loads or makes the signing keys and starts the hashing threads.
    ///
    /// # Errors
    /// [`AppError`] says which part failed.
    pub async fn build(
        config: Config,
        db: Db,
        master: &[u8; 32],
        clock: Clock,
    ) -> Result<Arc<Self>, AppError> {
        idp_core::key::provider::install();
        let seals = Seals::new(master)?;
        let policy = config.key.policy(config.token.access)?;
        revocations::tokens_live(&db, config.token.access.as_secs()).await?;
        let hot = Hot::open(&config, &db, clock.now_ms()).await?;
        let keys = Keys::load(&db, &seals.signing_key, policy, config.key.bits, clock.now()).await?;
        let hashing = HashPool::start(&config.password)?;
        let decoys = Decoys::new(seals.decoy.clone(), &config.password)?;
        decoys.refresh(&db).await?;
        let outgoing = Outgoing::new(&config.backchannel)?;
        let metadata = Metadata::new(config.issuer.url.as_str());
        let limits =
            Listeners::new(config.feed.most_listeners(&config.listen), config.feed.max_listeners_per_client);
        let feed = Feed::new(config.issuer.url.as_str(), limits);
        look_at_log(&feed, &db, &keys, clock.now()).await?;
        Ok(Arc::new(Self { config, db, hot, clock, keys, seals, hashing, decoys, outgoing, feed, metadata }))
    }

    /// The issuer identifier.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.config.issuer.url.as_str()
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> UnixTime {
        self.clock.now()
    }

    /// The frame of every page.
    #[must_use]
    pub fn frame(&self) -> Frame {
        Frame::new(&self.config.issuer.service_name)
    }

    /// The proxies that may speak for others.
    #[must_use]
    pub fn trusted_proxies(&self) -> TrustedProxies {
        TrustedProxies::new(&self.config.proxy.trusted)
    }

    /// How long sessions last.
    #[must_use]
    pub fn session_policy(&self) -> SessionPolicy {
        self.config.session.lasting()
    }

    /// What a sign-in is under.
    #[must_use]
    pub fn sign_in_rules(&self) -> SignInRules {
        SignInRules { lasting: self.session_policy(), devices: self.config.session.login_policy() }
    }

    /// How long refresh tokens last.
    #[must_use]
    pub fn refresh_policy(&self) -> RefreshPolicy {
        let token = &self.config.token;
        RefreshPolicy {
            idle: token.refresh_idle.as_secs(),
            absolute: token.refresh_absolute.as_secs(),
            grace: token.refresh_grace.as_secs(),
        }
    }

    /// How many guesses an account bears.
    #[must_use]
    pub fn account_bucket(&self) -> BucketPolicy {
        let throttle = &self.config.throttle;
        bucket(throttle.account_burst, throttle.account_refill.as_secs())
    }

    /// How many guesses an address may make.
    #[must_use]
    pub fn address_bucket(&self) -> BucketPolicy {
        let throttle = &self.config.throttle;
        bucket(throttle.address_burst, throttle.address_refill.as_secs())
    }
}

/// The first look, so that whoever comes first finds the feed as complete as it was a moment ago.
async fn look_at_log(feed: &Feed, db: &Db, keys: &Keys, now: UnixTime) -> Result<(), AppError> {
    let at_ms = wall_ms();
    let (newest, entries) = db.read(|connection| revocations::since(connection, 0)).await?;
    match keys.ring().signer() {
        Some(key) => Ok(feed.take_in(newest, entries, at_ms, now, key)?),
        None => Ok(()),
    }
}

fn bucket(burst: u32, seconds_per_try: i64) -> BucketPolicy {
    BucketPolicy { burst, seconds_per_try: u32::try_from(seconds_per_try).unwrap_or(u32::MAX) }
}
