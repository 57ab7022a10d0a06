//! Dummy hashes: a login for an unknown name is compared with one of these, so that timing does not reveal which accounts
//! exist. After a change of the parameters of argon2 accounts keep their old cost until they sign in again; a dummy hash
//! therefore has one of the costs in use, as often as accounts have it, and for one name always the same.
//!
//! The choice is weighted rendezvous hashing: when an account moves from an old cost to today's, names move from the
//! old cost to today's as well, and none the other way, just as accounts do.

use std::{io, sync::Arc};

use arc_swap::ArcSwap;
use aws_lc_rs::hmac;
use idp_core::password;

use crate::{config::PasswordConfig, db::DbError, store::Store};

/// The dummy hashes of one installation.
pub struct DummyHashes {
    key: hmac::Key,
    /// For an installation without users.
    today: Arc<str>,
    in_use: ArcSwap<Vec<DummyHash>>,
}

struct DummyHash {
    /// The beginning of the PHC strings of this cost.
    cost: String,
    phc: Arc<str>,
    users: u32,
}

impl DummyHashes {
    /// Chooses by `key`, which stays the same for as long as the installation, and until [`DummyHashes::refresh`] among
    /// today's cost alone.
    ///
    /// # Errors
    /// When the configured cost is out of bounds.
    pub fn new(key: hmac::Key, config: &PasswordConfig) -> io::Result<Self> {
        let params = config.params().map_err(io::Error::other)?;
        let today = password::dummy_phc(&params).map_err(io::Error::other)?.into();
        Ok(Self { key, today, in_use: ArcSwap::from_pointee(Vec::new()) })
    }

    /// Looks at what the stored hashes cost now.
    ///
    /// # Errors
    /// [`DbError`]; the former choice stays.
    pub async fn refresh(&self, store: &Store) -> Result<(), DbError> {
        let costs = store.password_costs().await?;
        self.in_use.store(Arc::new(costs.into_iter().filter_map(DummyHash::of).collect()));
        Ok(())
    }

    /// The PHC string, which no password matches, for an unknown name.
    #[must_use]
    pub fn choose(&self, name: &str) -> Arc<str> {
        let in_use = self.in_use.load();
        let lot = |dummy: &DummyHash| draw(&self.key, &dummy.cost, name) / f64::from(dummy.users);
        let chosen = in_use.iter().min_by(|a, b| lot(a).total_cmp(&lot(b)));
        Arc::clone(chosen.map_or(&self.today, |dummy| &dummy.phc))
    }
}

impl DummyHash {
    /// `None` for hashes that are not computed here at all.
    fn of((cost, users): (String, u32)) -> Option<Self> {
        let phc = password::dummy_phc_of(&cost).ok()?.into();
        Some(Self { cost, phc, users })
    }
}

/// A number for this name and this cost, exponentially distributed: divided by the weights, the least of several is each
/// one's as often as its weight says.
fn draw(key: &hmac::Key, cost: &str, name: &str) -> f64 {
    let tag = hmac::sign(key, format!("{}:{cost}{name}", cost.len()).as_bytes());
    let bits = tag.as_ref().iter().take(4).fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
    // In the middle of one of 2^32 equal steps between 0 and 1, so that the logarithm is finite.
    let uniform = (f64::from(bits) + 0.5) / (f64::from(u32::MAX) + 1.0);
    -uniform.ln()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::db::audit_events::AuditContext;
    use std::collections::BTreeSet;

    use idp_core::{
        password::PasswordParams,
        time::UnixTime,
        user::{Account, MailAddresses, SecondFactorDuty, StandardClaims, User, UserStatus},
        username::Username,
    };
    use rand_core::OsRng;
    use uuid::Uuid;

    use super::*;
    use crate::{
        config::{Config, StorageConfig},
        installation::Installation,
        random,
    };

    const NOW: UnixTime = UnixTime(1_700_000_000);
    /// Cost of two generations, in KiB.
    const OLD: u32 = 64;
    const NEW: u32 = 128;

    fn hashes() -> DummyHashes {
        let today = PasswordConfig { memory_kib: NEW, iterations: 1, ..PasswordConfig::default() };
        DummyHashes::new(hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]), &today).unwrap()
    }

    fn hash(memory_kib: u32) -> String {
        let params = PasswordParams::new(memory_kib, 1, 1).unwrap();
        password::hash(
            &password::Password::typed("correct horse".to_owned().into()).unwrap(),
            &params,
            &mut OsRng,
            &mut Vec::new(),
        )
        .unwrap()
    }

    async fn add(store: &Store, name: String, hash: String) -> Uuid {
        let user = User {
            id: random::new_id(NOW),
            username: Username::parse(&name).unwrap(),
            status: UserStatus::Active,
            not_before: NOW,
            claims: StandardClaims::default(),
            created_at: NOW,
            second_factor: SecondFactorDuty::default(),
            browsers_forgotten_at: None,
        };
        let id = user.id;
        let account = Account { user, addresses: MailAddresses::default(), attributes: Default::default() };
        store.add_account(account, Some(hash.into()), AuditContext::default(), NOW).await.unwrap();
        id
    }

    /// Which of a thousand unknown names have the old cost. None may have any but the two.
    fn slow(hashes: &DummyHashes) -> BTreeSet<String> {
        let names = (0..1000).map(|number| format!("nobody{number}"));
        let has = |name: &str, cost: u32| hashes.choose(name).contains(&format!("$m={cost},t=1,p=1$"));
        names
            .inspect(|name| assert!(has(name, OLD) != has(name, NEW)))
            .filter(|name| has(name, OLD))
            .collect()
    }

    /// Ten accounts of the old cost and ten of the new: so have the strangers. Then accounts sign in one after the other
    /// and get the new cost: strangers follow, and none goes back.
    #[tokio::test]
    async fn s80_unknown_names_cost_what_accounts_cost_and_one_name_always_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let storage = StorageConfig { data_dir: folder.path().join("data"), ..StorageConfig::default() };
        let config = Config { storage, ..Config::default() };
        let installation = Installation::open(&config.storage).unwrap();
        let store = Store::for_command(installation.db, &config).await.unwrap();
        let hashes = hashes();
        hashes.refresh(&store).await.unwrap();
        assert!(slow(&hashes).is_empty(), "without users, today's cost");

        let (old, new) = (hash(OLD), hash(NEW));
        let mut accounts = Vec::new();
        for number in 0..10 {
            accounts.push(add(&store, format!("old{number}"), old.clone()).await);
            add(&store, format!("new{number}"), new.clone()).await;
        }
        hashes.refresh(&store).await.unwrap();
        let mut before = slow(&hashes);
        assert!((400..=600).contains(&before.len()), "{} of 1000", before.len());
        assert_eq!(slow(&hashes), before);

        for id in accounts {
            let (old, new) = (old.clone(), new.clone());
            store.rehash_password(id, old, new).await.unwrap();
            hashes.refresh(&store).await.unwrap();
            let after = slow(&hashes);
            assert!(after.is_subset(&before), "a name went back to the old cost");
            before = after;
        }
        assert!(before.is_empty());
    }

    #[test]
    fn s80_a_dummy_hash_holds_nothing_of_the_account_it_is_like() {
        let stored = hash(OLD);
        let dummy = DummyHash::of((password::cost_of(&stored).to_owned(), 1)).unwrap().phc;
        for (part, other) in stored.split('$').zip(dummy.split('$')).skip(4) {
            assert_ne!(part, other);
        }
    }

    #[test]
    fn s80_which_names_are_slow_is_known_to_this_installation_only() {
        let with = |key: [u8; 32]| {
            let hashes = DummyHashes { key: hmac::Key::new(hmac::HMAC_SHA256, &key), ..hashes() };
            let used = [OLD, NEW].map(|cost| (password::cost_of(&hash(cost)).to_owned(), 1));
            hashes.in_use.store(Arc::new(used.into_iter().filter_map(DummyHash::of).collect()));
            slow(&hashes)
        };
        assert_eq!(with([7; 32]), with([7; 32]));
        assert_ne!(with([7; 32]), with([8; 32]));
    }
}
