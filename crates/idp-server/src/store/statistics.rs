//! Numbers for the overview of administrators, counted by the clean-up: the hours that are over, and what each site holds. What a
//! page asks is a few rows of these, however many people there are (docs/adr/0069).

use super::Store;
use crate::db::audit_events::{self, AuditEvent};
use crate::db::hourly_sign_ins::{self, HourOfSignIns};
use crate::db::site_sessions::{self, SiteSessions};
use crate::db::{
    Connection, DbError, Locks, clients, feed_acknowledgements, grants, logout_deliveries, revocations,
};
use idp_core::client::ClientId;
use idp_core::time::UnixTime;
use std::collections::BTreeMap;

/// An hour, in seconds.
pub const HOUR: i64 = 60 * 60;
/// The same, for ranges.
const HOUR_STEP: usize = 60 * 60;
/// Hours that are counted and written down at once: a new installation has a month of them.
const AT_ONCE: i64 = 24;
/// How far the hours reach back.
const KEPT: i64 = 31 * 24 * HOUR;
/// An hour is counted so long after its end: a transaction may record an event of it and commit a little later.
const SETTLED: i64 = 5 * 60;
/// Hours that are counted while a page waits: those since the last clean-up, and one to spare.
const COUNTED_LIVE: i64 = 3;
/// What is counted no further where an administrator waits for it.
const MOST: i64 = 1000;

/// The same of what waits for one of many sites.
const MOST_WAITING: i64 = 200;

/// What counts as a refused attempt.
const REFUSED: [AuditEvent; 4] = [
    AuditEvent::SignInFailed,
    AuditEvent::SignInThrottled,
    AuditEvent::SecondStepFailed,
    AuditEvent::AccessDenied,
];

impl Store {
    /// Counts the hours that are over and were not counted yet, and what each site holds.
    ///
    /// # Errors
    /// When the database does not answer; what was counted until then stays.
    pub async fn count_up(&self, now: UnixTime) -> Result<(), DbError> {
        self.count_hours(now).await?;
        self.count_site_sessions(now).await
    }

    async fn count_hours(&self, now: UnixTime) -> Result<(), DbError> {
        let earliest = hour_of(now.plus(-KEPT));
        let newest = self.read(hourly_sign_ins::newest).await?;
        let first = newest.map_or(earliest, |newest| newest.saturating_add(HOUR).max(earliest));
        let over = hour_of(now.plus(-SETTLED));
        let mut hour = first;
        while hour < over {
            let end = over.min(hour.saturating_add(AT_ONCE * HOUR));
            let counted = self.read(move |connection| {
                let mut hours = (hour..end).step_by(HOUR_STEP);
                hours.try_fold(Vec::new(), |mut counted, hour| {
                    counted.push(count(connection, hour)?);
                    Ok(counted)
                })
            });
            let counted = counted.await?;
            self.write(Locks::named("statistics", [""]), move |connection| {
                counted.into_iter().try_for_each(|counted| hourly_sign_ins::add(connection, counted))
            })
            .await?;
            hour = end;
        }
        let limit = UnixTime(earliest);
        self.write(Locks::none(), move |connection| hourly_sign_ins::purge(connection, limit, MOST)).await?;
        Ok(())
    }

    async fn count_site_sessions(&self, now: UnixTime) -> Result<(), DbError> {
        let mut after = None;
        loop {
            let page = self.clients_after(after, MOST).await?;
            let Some(last) = page.last().map(|client| client.id.clone()) else { return Ok(()) };
            for client in page {
                let id = client.id.clone();
                let open = self.read(move |connection| grants::count_open(connection, &id, now)).await?;
                let locks = Locks::named("statistics", [""]);
                let put = move |connection: &mut Connection| {
                    site_sessions::put(connection, &client.id, open, now.as_secs())
                };
                self.write(locks, put).await?;
            }
            after = Some(last);
        }
    }

    /// The hours from `since` to now, each counted; those that nobody counted yet are read from the log, as far as they are few.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn sign_ins_by_hour(
        &self,
        since: UnixTime,
        now: UnixTime,
    ) -> Result<Vec<HourOfSignIns>, DbError> {
        let (first, last) = (hour_of(since), hour_of(now));
        self.read(move |connection| {
            let mut hours = hourly_sign_ins::since(connection, first)?;
            let next = hours.last().map_or(first, |counted| counted.hour.saturating_add(HOUR));
            let mut hour = next.max(last.saturating_sub((COUNTED_LIVE - 1) * HOUR)).max(first);
            while hour <= last {
                hours.push(count(connection, hour)?);
                hour = hour.saturating_add(HOUR);
            }
            Ok(hours)
        })
        .await
    }

    /// So many sites that hold the most sign-ins, by the last count.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn busiest_sites(&self, count: i64) -> Result<Vec<SiteSessions>, DbError> {
        self.read(move |connection| site_sessions::busiest(connection, count)).await
    }

    /// By site, what it has not confirmed, the most first: sign-outs that it is to be told of, each counted up to a bound, and entries
    /// of the revocation log, of those that follow the feed.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn unconfirmed_by_site(
        &self,
        now: UnixTime,
    ) -> Result<(Vec<(String, u64)>, Vec<(String, u64)>), DbError> {
        self.read(move |connection| {
            let mut waiting = Vec::new();
            for client in logout_deliveries::waiting(connection)? {
                let count = logout_deliveries::waiting_for(connection, &client, MOST_WAITING)?;
                waiting.push((client, u64::try_from(count).unwrap_or_default()));
            }
            let newest = revocations::newest(connection)?;
            let following = clients::following_feed(connection)?;
            let following: Vec<ClientId> = following.into_iter().collect();
            let mut behind: BTreeMap<String, u64> = BTreeMap::new();
            for instance in feed_acknowledgements::connected(connection, &following, now.as_secs())? {
                let lag = u64::try_from(newest.saturating_sub(instance.number)).unwrap_or_default();
                let most = behind.entry(instance.client_id).or_default();
                *most = lag.max(*most);
            }
            Ok((most_first(waiting), most_first(behind.into_iter().collect())))
        })
        .await
    }

    /// How many sign-ins a site holds, and whether there are more than are counted.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open_grants_at(&self, client: ClientId, now: UnixTime) -> Result<(usize, bool), DbError> {
        let most = usize::try_from(MOST).unwrap_or(usize::MAX);
        let found =
            self.read(move |connection| grants::some_open(connection, &client, now, MOST + 1)).await?;
        Ok((found.min(most), found > most))
    }
}

fn most_first(mut counted: Vec<(String, u64)>) -> Vec<(String, u64)> {
    counted.sort_by(|(one, of_one), (other, of_other)| of_other.cmp(of_one).then_with(|| one.cmp(other)));
    counted
}

/// When the hour of a time began.
fn hour_of(time: UnixTime) -> i64 {
    time.as_secs().div_euclid(HOUR).saturating_mul(HOUR)
}

fn count(connection: &mut Connection, hour: i64) -> Result<HourOfSignIns, DbError> {
    let (from, until) = (UnixTime(hour), UnixTime(hour.saturating_add(HOUR)));
    let accepted = audit_events::count_between(connection, AuditEvent::SignedIn, from, until)?;
    let mut refused = 0_i64;
    for event in REFUSED {
        let counted = audit_events::count_between(connection, event, from, until)?;
        refused = refused.saturating_add(counted);
    }
    Ok(HourOfSignIns { hour, accepted, refused })
}
