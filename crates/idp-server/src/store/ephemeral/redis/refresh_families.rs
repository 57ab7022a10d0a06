//! Refresh families: the current token's hash, its generation and the sealed successor for racers, in one hash a family.
//! Whose family it is and whether it ended is SQL's to say; `idp_core` decides over both.

use super::{Call, EphemeralError, RedisBackend, milliseconds};
use futures_util::future::try_join_all;
use idp_core::client::ClientId;
use idp_core::grant::{Grant, Predecessor, RefreshState, Rotation};
use idp_core::secret::SecretHash;
use idp_core::time::UnixTime;
use std::collections::HashMap;
use uuid::Uuid;

/// Keys outlive what they hold by a little, since clocks may disagree: the times in them decide.
const MARGIN: i64 = 120;

/// Which family.
#[derive(Clone, Debug)]
pub struct Family {
    /// Whose.
    pub user: Uuid,
    /// In which session.
    pub sid: Uuid,
    /// At which client.
    pub client_id: ClientId,
    /// Which grant.
    pub grant: Uuid,
}

/// How long keys matter, in seconds.
#[derive(Copy, Clone, Debug)]
pub struct KeyLifetimes {
    /// Until the current token of a family is too old for use.
    pub family: i64,
    /// Until a session has lain idle for too long.
    pub session: i64,
}

/// What Redis knows of a family.
#[derive(Clone, Debug, Default)]
pub struct LoadedFamily {
    /// Its living end; nothing when Redis does not have it.
    pub refresh: Option<RefreshState>,
    /// When its session was last used.
    pub last_seen_at: Option<UnixTime>,
}

/// What trying to rotate came to.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum RotationOutcome {
    /// The successor is in place.
    Rotated,
    /// Another request was first.
    Raced,
    /// Redis does not have the family.
    Missing,
}

impl Family {
    /// The family of a grant.
    #[must_use]
    pub fn of(grant: &Grant) -> Self {
        Self { user: grant.user, sid: grant.sid, client_id: grant.client_id.clone(), grant: grant.id }
    }

    fn key(&self, epoch: i64) -> String {
        let Self { user, sid, client_id, grant } = self;
        format!("rt:{epoch}:{{{user}}}:{sid}:{client_id}:{grant}")
    }

    fn session_key(&self, epoch: i64) -> String {
        session_key(epoch, self.user, self.sid)
    }
}

/// A family as it lies in Redis.
type Fields = HashMap<String, String>;

/// The living end of a family; nothing when a field is missing or does not read back.
fn refresh_state(fields: &Fields) -> Option<RefreshState> {
    let hash = |name| fields.get(name).and_then(|text| SecretHash::parse(text));
    let number = |name| fields.get(name).and_then(|text| text.parse::<i64>().ok());
    let predecessor = || {
        let replaced_at = UnixTime(number("replaced_at")?);
        let sealed_successor = fields.get("successor")?.clone();
        Some(Predecessor { hash: hash("previous_hash")?, replaced_at, sealed_successor })
    };
    let issued_at = UnixTime(number("issued_at")?);
    let (current, generation) = (hash("hash")?, number("generation")?);
    Some(RefreshState { current, generation, issued_at, predecessor: predecessor() })
}

/// The user stands in braces, so that all that is a user's lies on one server of a Cluster.
fn session_key(epoch: i64, user: Uuid, sid: Uuid) -> String {
    format!("session:{epoch}:{{{user}}}:{sid}")
}

impl RedisBackend {
    /// Begins the family of a grant that SQL has just taken in, with the first token's hash.
    ///
    /// # Errors
    /// [`EphemeralError`].
    pub async fn begin_family(
        &self,
        family: &Family,
        first: &SecretHash,
        now: UnixTime,
    ) -> Result<(), EphemeralError> {
        let epoch = self.epoch()?;
        let call = Call::new(&self.scripts.begin_family)
            .key(family.key(epoch.number))
            .key(family.session_key(epoch.number))
            .argument(first)
            .argument(now.as_secs())
            .argument(self.lives.of_family())
            .argument(self.lives.of_session());
        self.run::<i64>(&epoch, call).await.map(drop)
    }

    /// The family and the last use of its session. Anything in its place that does not read back is no family.
    ///
    /// # Errors
    /// [`EphemeralError`].
    pub async fn load_family(&self, family: &Family) -> Result<LoadedFamily, EphemeralError> {
        let epoch = self.epoch()?;
        let call = Call::new(&self.scripts.load_family)
            .key(family.key(epoch.number))
            .key(family.session_key(epoch.number));
        let (fields, last_seen): (Fields, Option<String>) = self.run(&epoch, call).await?;
        let last_seen_at = last_seen.and_then(|text| text.parse().ok()).map(UnixTime);
        Ok(LoadedFamily { refresh: refresh_state(&fields), last_seen_at })
    }

    /// Carries out `rotation`.
    ///
    /// # Errors
    /// [`EphemeralError`]; then it may be in place or not, and a repetition of the same request finds out.
    pub async fn rotate_refresh(
        &self,
        family: &Family,
        rotation: &Rotation,
    ) -> Result<RotationOutcome, EphemeralError> {
        let epoch = self.epoch()?;
        let successor = &rotation.successor;
        let call = Call::new(&self.scripts.rotate_refresh)
            .key(family.key(epoch.number))
            .key(family.session_key(epoch.number))
            .argument(rotation.generation)
            .argument(rotation.replaced)
            .argument(successor.current)
            .argument(successor.issued_at.as_secs())
            .argument(rotation.sealed_successor())
            .argument(self.lives.of_family())
            .argument(self.lives.of_session());
        let word: String = self.run(&epoch, call).await?;
        Ok(match word.as_str() {
            "rotated" => RotationOutcome::Rotated,
            "raced" => RotationOutcome::Raced,
            _ => RotationOutcome::Missing,
        })
    }

    /// Forgets families that ended. They were dead already, by SQL; this only frees the memory.
    ///
    /// # Errors
    /// [`EphemeralError`].
    pub async fn forget_families(&self, families: &[Family]) -> Result<(), EphemeralError> {
        let epoch = self.epoch()?;
        let forget = families.iter().map(|family| self.forget_key(family.key(epoch.number)));
        try_join_all(forget).await.map(drop)
    }

    /// When a session was last used, as far as Redis knows.
    ///
    /// # Errors
    /// [`EphemeralError`].
    pub async fn last_seen(&self, user: Uuid, sid: Uuid) -> Result<Option<UnixTime>, EphemeralError> {
        let epoch = self.epoch()?;
        let call = Call::new(&self.scripts.last_seen).key(session_key(epoch.number, user, sid));
        let seen: Option<String> = self.run(&epoch, call).await?;
        Ok(seen.and_then(|text| text.parse().ok()).map(UnixTime))
    }
}

impl KeyLifetimes {
    fn of_family(self) -> i64 {
        milliseconds(self.family.saturating_add(MARGIN))
    }

    fn of_session(self) -> i64 {
        milliseconds(self.session.saturating_add(MARGIN))
    }
}
