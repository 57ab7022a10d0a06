//! The revocation log. Numbers are drawn inside the write that revokes, and writes run alone: a reader that sees a number
//! sees every smaller one. `store::revoke` appends.

use super::counters::{self, LAST_REVOCATION, LONGEST_ACCESS_TOKEN};
use super::engine::CHANNEL;
use super::schema::{clients, revocations};
use super::{Connection, Db, DbError, parsed};
use diesel::prelude::*;
use idp_core::revocation::{Kind, Revocation, Revoked};
use idp_core::session::EndCause;
use idp_core::time::{MAX_LEEWAY, UnixTime};

/// An attacker who has a signing key mints tokens of the longest life that verifiers accept: a day, leeway included
/// (seconds).
const LONGEST_TOKEN_OF_ANYBODY: i64 = 24 * 60 * 60 + MAX_LEEWAY + CLOCKS;
/// Seconds by which the clocks of nodes may differ: none forgets an entry that another still needs.
const CLOCKS: i64 = 30;

#[derive(Queryable, Insertable)]
#[diesel(table_name = revocations)]
struct Row {
    number: i64,
    kind: String,
    value: String,
    issued_before: Option<i64>,
    cause: String,
    at: i64,
    expires_at: i64,
}

/// Appends entries, in this order, and has the other nodes told when this is committed.
pub fn append(
    connection: &mut Connection,
    revoked: &[Revoked],
    cause: EndCause,
    now: UnixTime,
) -> Result<(), DbError> {
    if revoked.is_empty() {
        return Ok(());
    }
    let expires_at = now.plus(longest_access_token(connection)? + MAX_LEEWAY + CLOCKS).as_secs();
    // Never less than the time: a database that comes from a backup gives no number again that was given since.
    let mut number = counters::get(connection, LAST_REVOCATION)?.max(now.as_secs() * 1000);
    for one in revoked {
        number += 1;
        let row = Row {
            number,
            kind: one.kind.as_str().to_owned(),
            value: one.value.clone(),
            issued_before: one.issued_before.map(UnixTime::as_secs),
            cause: cause.as_str().to_owned(),
            at: now.as_secs(),
            expires_at: match one.kind {
                Kind::Key => now.plus(LONGEST_TOKEN_OF_ANYBODY).as_secs(),
                _ => expires_at,
            },
        };
        diesel::insert_into(revocations::table).values(row).execute(connection)?;
    }
    counters::raise(connection, LAST_REVOCATION, number)?;
    tell(connection)
}

/// Notes how long, in seconds, access tokens live by the configuration. The longest there ever was counts: a token
/// outlives the configuration that it was issued under.
pub async fn tokens_live(db: &Db, lifetime: i64) -> Result<(), DbError> {
    if db.read(|connection| counters::get(connection, LONGEST_ACCESS_TOKEN)).await? >= lifetime {
        return Ok(());
    }
    db.write(move |connection| counters::raise(connection, LONGEST_ACCESS_TOKEN, lifetime)).await
}

/// Notes the life of access tokens, in seconds, that a client had and is about to have no more.
pub fn note_lifetime(connection: &mut Connection, lifetime: Option<i64>) -> Result<(), DbError> {
    counters::raise(connection, LONGEST_ACCESS_TOKEN, lifetime.unwrap_or(0))
}

/// How long, in seconds, an access token may live that was issued by now.
fn longest_access_token(connection: &mut Connection) -> Result<i64, DbError> {
    let usual = counters::get(connection, LONGEST_ACCESS_TOKEN)?;
    let own = clients::table.select(diesel::dsl::max(clients::access_token_lifetime));
    let own: Option<i64> = own.first(connection)?;
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

/// Everything after `number`, in order.
pub fn after(connection: &mut Connection, number: i64) -> Result<Vec<Revocation>, DbError> {
    let rows = revocations::table.filter(revocations::number.gt(number)).order(revocations::number);
    rows.load::<Row>(connection)?.into_iter().map(Revocation::try_from).collect()
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
pub fn purge(connection: &mut Connection, now: UnixTime) -> Result<usize, DbError> {
    let dead = revocations::table.filter(revocations::expires_at.le(now.as_secs()));
    Ok(diesel::delete(dead).execute(connection)?)
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
