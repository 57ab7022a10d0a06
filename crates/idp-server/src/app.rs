//! What every request shares: configuration, database, keys, clock. Built once by `serve`, by `demo`
//! and by tests, which bring their own clock.

use crate::acme::{Acme, AcmeError};
use crate::audit_webhook::{AuditWebhook, AuditWebhookError};
use crate::client_address::TrustedProxies;
use crate::clock::Clock;
use crate::config::{Config, Loaded, Origins};
use crate::db::{Db, DbError};
use crate::directory::{Administration, Caller, Directory};
use crate::dummy_hashes::DummyHashes;
use crate::feed::{Feed, Listeners};
use crate::hash_pool::HashPool;
use crate::keys::Keys;
use crate::leaked_passwords::{LeakedPasswords, LeakedPasswordsError};
use crate::mail::{MailSetupError, Postman};
use crate::metrics::{Counters, Metrics, TraceSpanOutcome};
use crate::out_of_band::OutOfBand;
use crate::outgoing::{Outgoing, OutgoingError};
use crate::page::{Theme, ThemeError, refusals_with_a_cause};
use crate::pictures::Pictures;
use crate::random;
use crate::readiness::Readiness;
use crate::seals::{Seals, SharedSeals};
use crate::secret_file::MasterKeys;
use crate::store::master_key::KnownMasterKeys;
use crate::store::signing_keys::KeysError;
use crate::store::{EphemeralError, Store};
use crate::tls::Certificate;
use crate::traces::{Traces, TracesError};
use arc_swap::ArcSwap;
use aws_lc_rs::hmac;
use idp_core::discovery::Metadata;
use idp_core::passkey::RelyingParty;
use idp_core::revocation::{Run, RunError};
use idp_core::throttle::BucketPolicy;
use idp_core::time::UnixTime;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use tokio::sync::Notify;
use uuid::Uuid;

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
    Ephemeral(#[from] EphemeralError),
    /// The rotation times contradict each other.
    #[error(transparent)]
    Policy(#[from] idp_core::key::ring::PolicyError),
    /// The master key.
    #[error("storage.master_key_file: the master key cannot be used")]
    Master(#[from] idp_core::seal::SealError),
    /// Requests of our own.
    #[error(transparent)]
    Outgoing(#[from] OutgoingError),
    /// Lists of passwords that were stolen elsewhere.
    #[error(transparent)]
    Leaked(#[from] LeakedPasswordsError),
    /// Letters.
    #[error(transparent)]
    Mail(#[from] MailSetupError),
    /// The webhook of the audit log.
    #[error(transparent)]
    AuditWebhook(#[from] AuditWebhookError),
    /// Traces.
    #[error(transparent)]
    Traces(#[from] TracesError),
    /// Certificates that are ordered.
    #[error(transparent)]
    Acme(#[from] AcmeError),
    /// A file of the theme.
    #[error(transparent)]
    Theme(#[from] ThemeError),
    /// The revocation feed.
    #[error(transparent)]
    Feed(#[from] idp_core::token::MintError),
    /// The run of the feed has no key.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The hashing threads.
    #[error("password.hashing_threads: the threads do not start")]
    Hashing(#[from] std::io::Error),
}

/// What is wrong with the files and settings that [`App::build`] reads besides those of the database, each by itself.
#[must_use]
pub fn check_files(config: &Config) -> Vec<AppError> {
    let checks: [Result<(), AppError>; 8] = [
        config.key.policy(config.token.access).map(drop).map_err(AppError::from),
        Outgoing::new(&config.backchannel).map(drop).map_err(AppError::from),
        LeakedPasswords::open(config).map(drop).map_err(AppError::from),
        Theme::load(&config.theme, config.language.default).map(drop).map_err(AppError::from),
        Postman::new(&config.mail, &config.issuer, &config.storage.mounted_secrets)
            .map(drop)
            .map_err(AppError::from),
        AuditWebhook::open(&config.audit, &config.storage.mounted_secrets).map(drop).map_err(AppError::from),
        Traces::check(&config.traces, &config.storage.mounted_secrets).map_err(AppError::from),
        Acme::open(&config.tls.acme, &config.storage.mounted_secrets).map(drop).map_err(AppError::from),
    ];
    checks.into_iter().filter_map(Result::err).collect()
}

/// The shared state.
pub struct App {
    /// Names this node among those that serve from the same database.
    pub node: Uuid,
    /// As loaded.
    pub config: Config,
    /// Where its values come from.
    origins: Origins,
    /// Everything that is remembered.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// The latest time that was used, in seconds since 1970.
    latest: AtomicI64,
    /// Signing keys.
    pub keys: Keys,
    seals: SharedSeals,
    /// Asks the task that follows the master key to look at once.
    pub master_key_wanted: Notify,
    /// Password hashing.
    pub hashing: HashPool,
    /// What a password for an unknown name is compared with.
    pub dummy_hashes: DummyHashes,
    /// Draws the pictures that people upload.
    pub pictures: Pictures,
    /// Requests of our own.
    pub outgoing: Outgoing,
    /// Passwords that were stolen elsewhere.
    pub leaked_passwords: LeakedPasswords,
    /// Takes letters to people.
    pub postman: Postman,
    /// Takes the events of the audit log.
    pub audit_webhook: Option<AuditWebhook>,
    /// What no answer waits for.
    pub out_of_band: OutOfBand,
    /// How the pages look.
    pub theme: Arc<Theme>,
    /// The revocation feed of this node.
    pub feed: Feed,
    /// The metadata document.
    pub metadata: Metadata,
    /// What is counted.
    pub metrics: Metrics,
    /// What keeps this node from serving.
    pub readiness: Readiness,
    /// The certificate, where the server speaks TLS itself.
    pub certificate: OnceLock<Arc<Certificate>>,
    /// Orders it, where it comes from no files.
    pub acme: Option<Acme>,
    /// What became of the spans of traces, where there are any.
    pub traces: OnceLock<Counters<TraceSpanOutcome>>,
    /// When it was built.
    pub started: UnixTime,
}

impl App {
    /// Derives the sealing keys, loads or makes the signing keys and starts the hashing threads.
    ///
    /// # Errors
    /// [`AppError`] says which part failed.
    pub async fn build(
        loaded: impl Into<Loaded>,
        db: Db,
        master: &MasterKeys,
        clock: Clock,
    ) -> Result<Arc<Self>, AppError> {
        idp_core::key::provider::install();
        let Loaded { config, origins, .. } = loaded.into();
        let seals: SharedSeals = Arc::new(ArcSwap::from_pointee(Seals::of(master)?));
        let policy = config.key.policy(config.token.access)?;
        let store = Store::open(db, &config, &clock).await?;
        let store = store.with_seals(&config, &seals);
        let keys =
            Keys::load(&store, &seals.load().signing_key, policy, config.key.bits, clock.now()).await?;
        let hashing = HashPool::start(&config.password)?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, &*store.dummy_hash_key().await?);
        let dummy_hashes = DummyHashes::new(key, &config.password)?;
        dummy_hashes.refresh(&store).await?;
        let outgoing = Outgoing::new(&config.backchannel)?;
        let leaked_passwords = LeakedPasswords::open(&config)?;
        let theme = Arc::new(Theme::load(&config.theme, config.language.default)?);
        let postman = Postman::new(&config.mail, &config.issuer, &config.storage.mounted_secrets)?;
        let audit_webhook = AuditWebhook::open(&config.audit, &config.storage.mounted_secrets)?;
        let acme = Acme::open(&config.tls.acme, &config.storage.mounted_secrets)?;
        let levels = &config.authentication.levels;
        let metadata = Metadata::new(config.issuer.url.as_str(), config.language.tags(), levels);
        let metadata = if config.takes_registrations() { metadata.with_registration() } else { metadata };
        let limits =
            Listeners::new(config.feed.most_listeners(&config.listen), config.feed.max_listeners_per_client);
        let run = Run::generate(&mut random::rng())?;
        let feed = Feed::new(config.issuer.url.as_str(), run, limits);
        look_at_log(&feed, &store, &keys, clock.now()).await?;
        Ok(Arc::new(Self {
            node: random::new_id(clock.now()),
            started: clock.now(),
            config,
            origins,
            store,
            latest: AtomicI64::new(clock.now().as_secs()),
            clock,
            keys,
            seals,
            master_key_wanted: Notify::new(),
            hashing,
            dummy_hashes,
            pictures: Pictures::default(),
            outgoing,
            leaked_passwords,
            postman,
            audit_webhook,
            out_of_band: OutOfBand::default(),
            theme,
            feed,
            metadata,
            metrics: Metrics::expecting(refusals_with_a_cause()),
            readiness: Readiness::default(),
            certificate: OnceLock::new(),
            acme,
            traces: OnceLock::new(),
        }))
    }

    /// The issuer identifier.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.config.issuer.url.as_str()
    }

    /// The provider as browsers know it that keep passkeys; `None` where it is reached by an address.
    #[must_use]
    pub fn relying_party(&self) -> Option<RelyingParty> {
        RelyingParty::of_issuer(self.issuer())
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> UnixTime {
        let now = self.clock.now();
        self.latest.fetch_max(now.as_secs(), Ordering::Relaxed);
        now
    }

    /// The latest time that [`App::now`] has given: it lies ahead once the clock was put back.
    #[must_use]
    pub fn latest(&self) -> UnixTime {
        UnixTime(self.latest.load(Ordering::Relaxed))
    }

    /// Goes on from `now`, unless a time later than `latest` was given since.
    pub fn clock_was_put_back(&self, latest: UnixTime, now: UnixTime) {
        let (from, to) = (latest.as_secs(), now.as_secs());
        let _later = self.latest.compare_exchange(from, to, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// The proxies that may speak for others.
    #[must_use]
    pub fn trusted_proxies(&self) -> TrustedProxies {
        TrustedProxies::new(&self.config.proxy.trusted)
    }

    /// The sealing keys.
    #[must_use]
    pub fn seals(&self) -> Arc<Seals> {
        self.seals.load_full()
    }

    /// Takes up what another process changed about the signing keys. When they do not open under the master key of this node, since
    /// they were reset under another one, it has that looked for, and does not wait for it.
    ///
    /// # Errors
    /// [`KeysError`]; when the keys do not open, this node signs nothing and is not ready.
    pub async fn follow_keys(&self) -> Result<(), KeysError> {
        let followed = self.keys.follow(&self.store).await;
        if matches!(followed, Err(KeysError::Sealed(_))) {
            self.master_key_wanted.notify_one();
        }
        followed
    }

    /// Changes over to the master key that seals, where this node has it. Answers what is known of the master keys when they have to
    /// be read again: one of them is not here, or the signing keys do not open.
    ///
    /// # Errors
    /// [`KeysError`]; then the former one goes on to seal what travels.
    pub async fn follow_master_key(&self) -> Result<Option<KnownMasterKeys>, KeysError> {
        let (known, seals) = (self.store.known_master_keys().await?, self.seals());
        if let Some(sealing) =
            known.seals.as_ref().filter(|sealing| seals.fingerprints.first() != Some(sealing))
            && let Some(seals) = seals.sealing_under(sealing).map_err(|error| unreadable(&error))?
        {
            self.use_seals(seals).await?;
        }
        let is_here = !known.are_missing_in(&self.seals().fingerprints);
        Ok((!is_here || !self.keys.open_under_master_key()).then_some(known))
    }

    /// Reads the master keys again, and uses them if the signing keys open. A program that prints them has its time for it.
    ///
    /// # Errors
    /// [`KeysError`]; then those that were there stay.
    pub async fn take_up_master_key(&self) -> Result<(), KeysError> {
        let source = self.config.storage.master_keys();
        let read = tokio::task::spawn_blocking(move || source.read()).await;
        let masters = read.map_err(|error| unreadable(&error))?.map_err(|error| unreadable(&error))?;
        let known = self.store.known_master_keys().await?;
        let masters = match &known.seals {
            Some(seals) => {
                masters.sealing_under(seals).ok_or_else(|| unreadable(&format!("{seals} is missing")))?
            }
            None => masters,
        };
        let seals = Seals::of(&masters).map_err(|error| unreadable(&error))?;
        if seals.fingerprints == self.seals().fingerprints && self.keys.open_under_master_key() {
            return Err(unreadable(&"there is no other one"));
        }
        self.use_seals(seals).await?;
        match known.next.filter(|next| !self.seals().have(Some(next))) {
            Some(next) => Err(unreadable(&format!("{next} is missing"))),
            None => Ok(()),
        }
    }

    async fn use_seals(&self, seals: Seals) -> Result<(), KeysError> {
        self.keys.change_seal(&self.store, &seals.signing_key).await?;
        tracing::info!(master_keys = ?seals.fingerprints, "the master keys were taken up, and the signing keys open");
        let fingerprints = seals.fingerprints.clone();
        self.seals.store(Arc::new(seals));
        // A rotation waits for it.
        Ok(self.store.renew_lease(self.node, fingerprints, self.now()).await?)
    }

    /// The users and clients, and the acts on them.
    #[must_use]
    pub fn directory(&self) -> Directory<'_> {
        let (store, hashing, config) = (&self.store, &self.hashing, &self.config);
        let (leaked, keys, origins) = (&self.leaked_passwords, &self.keys, &self.origins);
        Directory { store, hashing, config, leaked, keys, origins, seals: &self.seals }
    }

    /// The same in the hands of an administrator.
    #[must_use]
    pub fn administration<'a>(&'a self, caller: &'a Caller) -> Administration<'a> {
        Administration { directory: self.directory(), caller }
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

    /// How many guesses an address may make beside these by proof of work: twice as many, twice as fast.
    #[must_use]
    pub fn proven_address_bucket(&self) -> BucketPolicy {
        let throttle = &self.config.throttle;
        let refill = throttle.address_refill.as_secs() / 2;
        bucket(throttle.address_burst.saturating_mul(2), refill.max(1))
    }
}

fn unreadable(error: &dyn std::fmt::Display) -> KeysError {
    KeysError::Sealed(format!("(master key: {error})"))
}

/// The first look, so that the first listener finds the feed as complete as it was a moment ago.
async fn look_at_log(feed: &Feed, store: &Store, keys: &Keys, now: UnixTime) -> Result<(), AppError> {
    let moment = feed.moment();
    let (newest, entries) = store.revocations_since(0, now).await?;
    match keys.ring().signer() {
        Some(key) => Ok(feed.take_in(newest, entries, moment, now, key)?),
        None => Ok(()),
    }
}

fn bucket(burst: u32, seconds_per_try: i64) -> BucketPolicy {
    BucketPolicy { burst, seconds_per_try: u32::try_from(seconds_per_try).unwrap_or(u32::MAX) }
}
