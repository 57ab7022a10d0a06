//! The revocation log. Numbers are drawn under the lock of the log, which is held until the commit: a reader that sees a
//! number sees every smaller one. `store::revoke` appends.

use super::counters::{self, LAST_REVOCATION, LONGEST_ACCESS_TOKEN};
use super::engine::{CHANNEL, lock_log};
use super::schema::{clients, revocations};
use super::{Connection, Db, DbError, Locks, parsed};
use diesel::prelude::*;
use idp_core::revocation::{Kind, Revocation, Revoked};
use idp_core::session::EndCause;
use idp_core::time::{MAX_LEEWAY, UnixTime};

/// An attacker who has a signing key mints tokens of the longest life that verifiers accept: a day, leeway included
/// (seconds).
const LONGEST_TOKEN_OF_A_STOLEN_KEY: i64 = 24 * 60 * 60 + MAX_LEEWAY + CLOCKS;
/// Seconds by which the clocks of nodes may differ: none forgets an entry that another still needs.
const CLOCKS: i64 = 30;
/// Rows that one statement writes.
const ROWS: usize = 500;
/// Rows that one statement reads.
const PAGE: i64 = 10_000;

#[derive(Queryable, Insertable)]
#[diesel(table_name = revocations, treat_none_as_default_value = false)]
struct Row {
    number: i64,
    kind: String,
    value: String,
    issued_before: Option<i64>,
    cause: String,
    at: i64,
    expires_at: i64,
}

/// What a transaction revokes: appended to the log as its last act.
#[derive(Default)]
pub struct NewEntries {
    entries: Vec<(Revoked, EndCause, UnixTime)>,
    /// How long an access token may live that was issued by now, in seconds.
    longest_token: Option<i64>,
}

impl NewEntries {
    /// Adds entries, after those before. How long tokens live is looked up at the first one: a client that is about to be
    /// removed may say so.
    pub fn add(
        &mut self,
        connection: &mut Connection,
        revoked: Vec<Revoked>,
        cause: EndCause,
        now: UnixTime,
    ) -> Result<(), DbError> {
        if self.longest_token.is_none() && !revoked.is_empty() {
            self.longest_token = Some(longest_access_token(connection)?);
        }
        self.entries.extend(revoked.into_iter().map(|revoked| (revoked, cause, now)));
        Ok(())
    }
}

/// Appends entries, in this order, and has the other nodes told when this is committed. Takes the lock of the log, until
/// the commit: the transaction writes nothing else afterwards. Answers the number of the last one.
pub fn append(connection: &mut Connection, new: NewEntries) -> Result<Option<i64>, DbError> {
    let Some((_, _, now)) = new.entries.first() else {
        return Ok(None);
    };
    let longest = new.longest_token.unwrap_or_default();
    lock_log(connection)?;
    // Never less than the time: a database that comes from a backup gives no number again that was given since.
    let mut number = counters::get(connection, LAST_REVOCATION)?.max(now.as_secs() * 1000);
    let mut rows = Vec::with_capacity(new.entries.len());
    for (revoked, cause, at) in new.entries {
        number += 1;
        let lives = match revoked.kind {
            Kind::Key => LONGEST_TOKEN_OF_A_STOLEN_KEY,
            _ => longest + MAX_LEEWAY + CLOCKS,
        };
        rows.push(Row {
            number,
            kind: revoked.kind.as_str().to_owned(),
            value: revoked.value,
            issued_before: revoked.issued_before.map(UnixTime::as_secs),
            cause: cause.as_str().to_owned(),
            at: at.as_secs(),
            expires_at: at.plus(lives).as_secs(),
        });
    }
    for rows in rows.chunks(ROWS) {
        insert(connection, rows)?;
    }
    counters::raise(connection, LAST_REVOCATION, number)?;
    tell(connection)?;
    Ok(Some(number))
}

/// One round trip to a server for all of them, while it holds the lock; a file costs none.
fn insert(connection: &mut Connection, rows: &[Row]) -> Result<(), DbError> {
    match connection {
        Connection::Postgres(server) => {
            diesel::insert_into(revocations::table).values(rows).execute(server)?;
        }
        Connection::Sqlite(file) => {
            for row in rows {
                diesel::insert_into(revocations::table).values(row).execute(file)?;
            }
        }
    }
    Ok(())
}

/// Notes how long, in seconds, access tokens live by the configuration. The longest there ever was counts: a token
/// outlives the configuration that it was issued under.
pub async fn tokens_live(db: &Db, lifetime: i64) -> Result<(), DbError> {
    if db.read(|connection| counters::get(connection, LONGEST_ACCESS_TOKEN)).await? >= lifetime {
        return Ok(());
    }
    db.write(Locks::installation(), move |connection| {
        counters::raise(connection, LONGEST_ACCESS_TOKEN, lifetime)
    })
    .await
}

/// Notes the life of access tokens, in seconds, that a client had and is about to have no more.
pub fn note_lifetime(connection: &mut Connection, lifetime: Option<i64>) -> Result<(), DbError> {
    counters::raise(connection, LONGEST_ACCESS_TOKEN, lifetime.unwrap_or(0))
}

/// How long, in seconds, an access token may live that was issued by now.
fn longest_access_token(connection: &mut Connection) -> Result<i64, DbError> {
    let usual = counters::get(connection, LONGEST_ACCESS_TOKEN)?;
    let own = clients::table.filter(clients::access_token_lifetime.is_not_null());
    let longest = own.select(diesel::dsl::max(clients::access_token_lifetime));
    let own: Option<i64> = longest.get_result(connection)?;
    Ok(usual.max(own.unwrap_or(0)))
}

/// Delivered at commit, and not at all without one. The nodes of a file look at the file.
fn tell(connection: &mut Connection) -> Result<(), DbError> {
    if let Connection::Postgres(server) = connection {
        diesel::sql_query(format!("NOTIFY {CHANNEL}")).execute(server)?;
    }
    Ok(())
}

/// The number of the last revocation there was; 0 before the first.
pub fn newest(connection: &mut Connection) -> Result<i64, DbError> {
    counters::get(connection, LAST_REVOCATION)
}

/// The first entry from `at` on that names one of these, each by its kind and value, among as many as one page has: numbers begin with
/// the time, and no index finds a name.
pub fn naming(
    connection: &mut Connection,
    named: &[Revoked],
    at: UnixTime,
) -> Result<Option<Revocation>, DbError> {
    let from = at.as_secs().saturating_mul(1000);
    let page = revocations::table.filter(revocations::number.gt(from)).order(revocations::number);
    let page: Vec<Row> = page.limit(PAGE).load(connection)?;
    let is_named = |row: &Row| {
        named.iter().any(|revoked| revoked.kind.as_str() == row.kind && revoked.value == row.value)
    };
    page.into_iter().find(is_named).map(Revocation::try_from).transpose()
}

/// Everything after `number`, in order: page by page, so that no statement is long however much there is.
pub fn after(connection: &mut Connection, number: i64) -> Result<Vec<Revocation>, DbError> {
    let (mut found, mut last) = (Vec::new(), number);
    loop {
        let page = revocations::table.filter(revocations::number.gt(last)).order(revocations::number);
        let page: Vec<Row> = page.limit(PAGE).load(connection)?;
        let Some(newest) = page.last() else {
            return Ok(found);
        };
        last = newest.number;
        let is_last = i64::try_from(page.len()).is_ok_and(|rows| rows < PAGE);
        for row in page {
            found.push(Revocation::try_from(row)?);
        }
        if is_last {
            return Ok(found);
        }
    }
}

/// The newest number, and what came after `known`; everything when the log is an older one than that.
pub fn since(connection: &mut Connection, known: i64) -> Result<(i64, Vec<Revocation>), DbError> {
    let newest = newest(connection)?;
    let news = match newest {
        newest if newest == known => Vec::new(),
        newest if newest < known => after(connection, 0)?,
        _ => after(connection, known)?,
    };
    // The two were read one after the other.
    let newest = news.last().map_or(newest, |last| last.number.max(newest));
    Ok((newest, news))
}

/// Forgets entries that concern no token any more.
pub fn purge(connection: &mut Connection, now: UnixTime, most: i64) -> Result<usize, DbError> {
    let dead = revocations::table.filter(revocations::expires_at.le(now.as_secs()));
    let some: Vec<i64> =
        dead.order(revocations::expires_at).limit(most).select(revocations::number).load(connection)?;
    Ok(diesel::delete(revocations::table.filter(revocations::number.eq_any(some))).execute(connection)?)
}

impl TryFrom<Row> for Revocation {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        Ok(Self {
            number: row.number,
            revoked: Revoked {
                kind: parsed(Kind::parse(&row.kind), "revocations.kind")?,
                value: row.value,
                issued_before: row.issued_before.map(UnixTime),
            },
            cause: parsed(EndCause::parse(&row.cause), "revocations.cause")?,
            at: UnixTime(row.at),
            expires_at: UnixTime(row.expires_at),
        })
    }
}
