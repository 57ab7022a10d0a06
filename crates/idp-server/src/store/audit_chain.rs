//! Sealing the audit log, and checking the seals (ADR 71). Events are sealed once they are some minutes old: by then each
//! transaction is over that could write one down under an older id, whatever the clocks of the nodes are.

use super::Store;
use super::master_key::SealingKey;
use crate::db::audit_seals::{self, MarkedSeal};
use crate::db::{Connection, DbError, Locks, clock, first_id_of, to_uuid};
use crate::seals::Mac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_core::audit_chain::{AuditSeal, ChainHash};
use idp_core::time::UnixTime;
use uuid::Uuid;

/// How old an event is before it is sealed, in seconds: twice what clocks may differ by, and what a request may take.
pub const SEALED_AFTER: i64 = 5 * 60;
/// Events of one seal at most, so that no transaction lasts.
const OF_A_SEAL: i64 = 1000;
/// Seals that are read at a time.
const AT_ONCE: i64 = 100;

/// What is wrong with a sealed part of the log.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum AuditFault {
    /// An event was changed, or put in the place of another one.
    Changed,
    /// So many events are missing.
    Removed(i64),
    /// So many events are there that were not when it was sealed.
    Added(i64),
    /// The seal was not made under the master key of this installation.
    Mark,
    /// The seals before this one are missing.
    Gap,
    /// It does not go on where the one before ends.
    Order,
}

/// A part of the log with a fault: between these times something is wrong.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct FaultySeal {
    /// The seal.
    pub seal: AuditSeal,
    /// What is wrong.
    pub fault: AuditFault,
}

/// What a check found.
#[derive(Clone, Eq, PartialEq, Debug, Default)]
pub struct AuditCheck {
    /// Seals whose events are all as they were.
    pub good: u64,
    /// How many events these are.
    pub events: i64,
    /// Seals over events that are older than what is kept: they are where the check begins.
    pub aged: u64,
    /// What is wrong.
    pub faults: Vec<FaultySeal>,
    /// The newest seal, to be kept elsewhere.
    pub head: Option<AuditSeal>,
    /// Whether the seal that was noted elsewhere is there as it was.
    pub holds_noted: bool,
}

/// The number and the hash of a seal, as they were noted elsewhere.
pub type NotedSeal = (i64, ChainHash);

impl Store {
    /// Seals what is old enough; how many seals.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn seal_audit_log(&self, key: &Mac, now: UnixTime) -> Result<u64, DbError> {
        let mut made = 0;
        loop {
            let key = key.clone();
            let lock = Locks::named("audit", ["seals"]);
            if !self.write(lock, move |connection| seal_some(connection, &key, now)).await? {
                return Ok(made);
            }
            made += 1;
        }
    }

    /// So many seals with a higher number than this, in order.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn audit_seals_after(&self, number: i64, count: i64) -> Result<Vec<MarkedSeal>, DbError> {
        self.read(move |connection| audit_seals::after(connection, number, count)).await
    }

    /// Compares the log with its seals, those of events before `since` apart.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn check_audit_log(
        &self,
        key: &Mac,
        since: UnixTime,
        noted: Option<NotedSeal>,
    ) -> Result<AuditCheck, DbError> {
        let limit = to_uuid(&first_id_of(since), "a time")?;
        let (mut check, mut before) = (AuditCheck::default(), None::<AuditSeal>);
        loop {
            let number = before.as_ref().map_or(0, |seal| seal.number);
            let seals = self.audit_seals_after(number, AT_ONCE).await?;
            if seals.is_empty() {
                check.head = before;
                return Ok(check);
            }
            for marked in seals {
                let seal = marked.seal.clone();
                check.holds_noted |= noted == Some((seal.number, seal.hash));
                let fault = self.fault(key, &marked, before.as_ref(), limit).await?;
                match fault {
                    Some(fault) => check.faults.push(FaultySeal { seal: seal.clone(), fault }),
                    None if seal.from < limit => check.aged += 1,
                    None => {
                        check.good += 1;
                        check.events += seal.events;
                    }
                }
                before = Some(seal);
            }
        }
    }

    async fn fault(
        &self,
        key: &Mac,
        marked: &MarkedSeal,
        before: Option<&AuditSeal>,
        limit: Uuid,
    ) -> Result<Option<AuditFault>, DbError> {
        let seal = &marked.seal;
        let mark = URL_SAFE_NO_PAD.decode(&marked.mark).unwrap_or_default();
        if !key.verify(seal.text().as_bytes(), &mark) {
            return Ok(Some(AuditFault::Mark));
        }
        let before = before.filter(|before| before.number + 1 == seal.number);
        if seal.from < limit {
            return Ok(None);
        }
        let previous = match (before, seal.number) {
            (None, 1) => ChainHash::default(),
            (None, _) => return Ok(Some(AuditFault::Gap)),
            (Some(before), _) if before.until != seal.from => return Ok(Some(AuditFault::Order)),
            (Some(before), _) => before.hash,
        };
        let (from, until, most) = (seal.from, seal.until, seal.events.max(OF_A_SEAL).saturating_add(1));
        let events = self.read(move |connection| audit_seals::events(connection, from, until, most)).await?;
        let count = i64::try_from(events.len()).unwrap_or(i64::MAX);
        Ok(match count.checked_sub(seal.events) {
            Some(0) => (audit_seals::hash(previous, &events) != seal.hash).then_some(AuditFault::Changed),
            Some(more @ 1..) => Some(AuditFault::Added(more)),
            other => Some(AuditFault::Removed(other.unwrap_or(0).saturating_neg())),
        })
    }
}

/// One seal more, if there is anything to seal.
fn seal_some(connection: &mut Connection, key: &Mac, now: UnixTime) -> Result<bool, DbError> {
    // A node whose clock is ahead would seal what is not over.
    let server = clock::now_ms(connection)?.map_or(now, |ms| UnixTime(ms / 1000));
    let settled = to_uuid(&first_id_of(now.min(server).plus(-SEALED_AFTER)), "a time")?;
    let last = audit_seals::last(connection)?.map(|marked| marked.seal);
    let from = last.as_ref().map_or(Uuid::nil(), |seal| seal.until);
    let mut events = audit_seals::events(connection, from, settled, OF_A_SEAL + 1)?;
    let Some(first) = events.first() else { return Ok(false) };
    let first = to_uuid(&first.id, "audit_events.id")?;
    let until = match events.split_off(events.len().min(usize::try_from(OF_A_SEAL).unwrap_or(0))).first() {
        Some(next) => to_uuid(&next.id, "audit_events.id")?,
        None => settled,
    };
    let seal = AuditSeal {
        number: last.as_ref().map_or(1, |seal| seal.number + 1),
        from: last.as_ref().map_or(first, |seal| seal.until),
        until,
        events: i64::try_from(events.len()).unwrap_or(OF_A_SEAL),
        hash: audit_seals::hash(last.map_or_else(ChainHash::default, |seal| seal.hash), &events),
    };
    let mark = SealingKey::now(connection)?.mark(key, seal.text().as_bytes())?;
    let mark = URL_SAFE_NO_PAD.encode(mark);
    audit_seals::insert(connection, &MarkedSeal { seal, mark })?;
    Ok(true)
}
