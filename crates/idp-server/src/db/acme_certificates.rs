//! Certificates that the provider orders by itself, and how their orders stand. One node at a time has an order in hand, by a lease.

use super::schema::acme_certificates as certificates;
use super::update::update;
use super::{Connection, DbError};
use diesel::prelude::*;
use idp_core::time::UnixTime;

/// A certificate at rest.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct StoredCertificate {
    /// The row that it is of, which its key is sealed in the context of.
    pub id: String,
    /// The certificate with the chain above it, in PEM.
    pub chain: String,
    /// Its private key (PKCS #8, PEM), sealed.
    pub sealed_key: String,
    /// When it ends.
    pub ends_at: UnixTime,
}

/// How the order of a certificate stands.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct OrderState {
    /// When the certificate ends that is there, if one is.
    pub ends_at: Option<UnixTime>,
    /// When the next one is ordered.
    pub renew_at: UnixTime,
    /// When the authority is asked again whether that should be another time.
    pub ask_at: UnixTime,
    /// Failures since the last success.
    pub failures: u32,
    /// Not before this is it tried again.
    pub try_at: UnixTime,
    /// Since when it fails, and why it did last.
    pub failing: Option<(UnixTime, String)>,
}

impl OrderState {
    /// Whether there is something to do: to order, or to ask when to.
    #[must_use]
    pub fn is_due(&self, now: UnixTime) -> bool {
        self.try_at <= now && (self.renew_at <= now || self.ask_at <= now)
    }
}

type State = (Option<i64>, i64, i64, i64, i64, Option<i64>, Option<String>);

/// How this order stands; `None` before the first.
pub fn state(connection: &mut Connection, id: &str) -> Result<Option<OrderState>, DbError> {
    let columns = (
        certificates::ends_at,
        certificates::renew_at,
        certificates::ask_at,
        certificates::failures,
        certificates::try_at,
        certificates::failing_since,
        certificates::last_error,
    );
    let found: Option<State> =
        certificates::table.find(id).select(columns).get_result(connection).optional()?;
    Ok(found.map(|(ends_at, renew_at, ask_at, failures, try_at, since, error)| OrderState {
        ends_at: ends_at.map(UnixTime),
        renew_at: UnixTime(renew_at),
        ask_at: UnixTime(ask_at),
        failures: u32::try_from(failures).unwrap_or(u32::MAX),
        try_at: UnixTime(try_at),
        failing: since.map(|since| (UnixTime(since), error.unwrap_or_default())),
    }))
}

/// Every certificate that is there, the one that ends last first.
pub fn all(connection: &mut Connection) -> Result<Vec<StoredCertificate>, DbError> {
    let there = certificates::table.filter(certificates::chain.is_not_null());
    let columns = (
        certificates::id,
        certificates::chain.assume_not_null(),
        certificates::sealed_key.assume_not_null(),
        certificates::ends_at.assume_not_null(),
    );
    let found: Vec<(String, String, String, i64)> =
        there.order(certificates::ends_at.desc()).select(columns).load(connection)?;
    let stored = |(id, chain, sealed_key, ends_at)| StoredCertificate {
        id,
        chain,
        sealed_key,
        ends_at: UnixTime(ends_at),
    };
    Ok(found.into_iter().map(stored).collect())
}

/// Gives the order to `node` until then, if it is due at `now` and no other node has it.
pub fn claim(
    connection: &mut Connection,
    id: &str,
    node: &str,
    now: UnixTime,
    until: UnixTime,
) -> Result<bool, DbError> {
    let now = now.as_secs();
    let lease = (certificates::node.eq(node), certificates::leased_until.eq(until.as_secs()));
    let is_due = certificates::renew_at.le(now).or(certificates::ask_at.le(now));
    let free = certificates::table
        .find(id)
        .filter(certificates::leased_until.le(now))
        .filter(certificates::try_at.le(now))
        .filter(is_due);
    if update(free, lease).execute(connection)? > 0 {
        return Ok(true);
    }
    if state(connection, id)?.is_some() {
        return Ok(false);
    }
    let row = (
        certificates::id.eq(id),
        certificates::chain.eq(None::<String>),
        certificates::sealed_key.eq(None::<String>),
        certificates::ends_at.eq(None::<i64>),
        certificates::renew_at.eq(now),
        certificates::ask_at.eq(now),
        certificates::failures.eq(0),
        certificates::try_at.eq(now),
        certificates::failing_since.eq(None::<i64>),
        certificates::last_error.eq(None::<String>),
        lease,
    );
    diesel::insert_into(certificates::table).values(row).execute(connection)?;
    Ok(true)
}

/// Stores what was issued, and when it is to be renewed and asked about. Others that are over are forgotten.
pub fn issued(
    connection: &mut Connection,
    certificate: &StoredCertificate,
    (renew_at, ask_at): (UnixTime, UnixTime),
    now: UnixTime,
) -> Result<(), DbError> {
    let over = certificates::table
        .filter(certificates::ends_at.lt(now.as_secs()))
        .filter(certificates::id.ne(&certificate.id));
    diesel::delete(over).execute(connection)?;
    let columns = (
        certificates::chain.eq(certificate.chain.as_str()),
        certificates::sealed_key.eq(certificate.sealed_key.as_str()),
        certificates::ends_at.eq(certificate.ends_at.as_secs()),
        certificates::renew_at.eq(renew_at.as_secs()),
        certificates::ask_at.eq(ask_at.as_secs()),
        certificates::failures.eq(0),
        certificates::try_at.eq(now.as_secs()),
        certificates::failing_since.eq(None::<i64>),
        certificates::last_error.eq(None::<String>),
        certificates::leased_until.eq(now.as_secs()),
    );
    update(certificates::table.find(&certificate.id), columns).execute(connection)?;
    Ok(())
}

/// Notes when it is to be renewed and asked about, and gives the order back, which fails no more.
pub fn planned(
    connection: &mut Connection,
    id: &str,
    (renew_at, ask_at): (UnixTime, UnixTime),
    now: UnixTime,
) -> Result<(), DbError> {
    let columns = (
        certificates::renew_at.eq(renew_at.as_secs()),
        certificates::ask_at.eq(ask_at.as_secs()),
        certificates::failures.eq(0),
        certificates::failing_since.eq(None::<i64>),
        certificates::last_error.eq(None::<String>),
        certificates::leased_until.eq(now.as_secs()),
    );
    update(certificates::table.find(id), columns).execute(connection)?;
    Ok(())
}

/// Notes why it failed and when it is tried again, and gives the order back. The certificate that is there stays.
pub fn failed(
    connection: &mut Connection,
    id: &str,
    error: &str,
    try_at: UnixTime,
    now: UnixTime,
) -> Result<(), DbError> {
    let first = certificates::table.find(id).filter(certificates::failing_since.is_null());
    update(first, certificates::failing_since.eq(now.as_secs())).execute(connection)?;
    let columns = (
        certificates::failures.eq(certificates::failures + 1),
        certificates::last_error.eq(error),
        certificates::try_at.eq(try_at.as_secs()),
        certificates::leased_until.eq(now.as_secs()),
    );
    update(certificates::table.find(id), columns).execute(connection)?;
    Ok(())
}

/// Has it tried at once, also after failures.
pub fn hurry(connection: &mut Connection, id: &str, now: UnixTime) -> Result<(), DbError> {
    let later = certificates::table.find(id).filter(certificates::try_at.gt(now.as_secs()));
    update(later, certificates::try_at.eq(now.as_secs())).execute(connection)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_due_when_it_is_time_and_no_pause_is_kept() {
        let state = |renew_at: i64, ask_at: i64, try_at: i64| OrderState {
            ends_at: None,
            renew_at: UnixTime(renew_at),
            ask_at: UnixTime(ask_at),
            failures: 0,
            try_at: UnixTime(try_at),
            failing: None,
        };
        let now = UnixTime(100);
        assert!(state(100, 200, 0).is_due(now) && state(200, 100, 100).is_due(now));
        assert!(!state(101, 101, 0).is_due(now) && !state(0, 0, 101).is_due(now));
    }
}
