//! Grants: the refresh family of one session at one client.

use super::counters::NOT_BEFORE;
use super::for_each::{self, ForEach};
use super::schema::{counters, denied_tokens, grants, mail_addresses, sessions, users};
use super::sessions::{WithUser, read_with_user};
use super::update::update;
use super::users::{asked_by_role, join_whole, whole};
use super::{Connection, DbError, GroupAnswers, from_json, on_either, parsed, to_ended, to_json, to_uuid};
use diesel::prelude::*;
use idp_core::authentication::Acr;
use idp_core::client::ClientId;
use idp_core::grant::{Grant, Predecessor, RefreshState, Rotation};
use idp_core::scope::Scope;
use idp_core::secret::SecretHash;
use idp_core::session::{EndCause, Session};
use idp_core::time::UnixTime;
use idp_core::token::TokenId;
use idp_core::user::User;
use std::collections::HashMap;
use uuid::Uuid;

#[derive(Queryable, Insertable)]
#[diesel(table_name = grants, treat_none_as_default_value = false)]
struct Row {
    id: String,
    user_id: String,
    sid: String,
    client_id: String,
    scope: String,
    claims: String,
    proofs: String,
    acr: String,
    created_at: i64,
    expires_at: i64,
    refresh_hash: Option<String>,
    generation: i64,
    refresh_issued_at: i64,
    previous_hash: Option<String>,
    previous_replaced_at: Option<i64>,
    sealed_successor: Option<String>,
    epoch: i64,
    ended_at: Option<i64>,
    ended_cause: Option<String>,
}

/// Stores a new grant; `false` when there is one of its id.
pub fn insert(connection: &mut Connection, grant: &Grant) -> Result<bool, DbError> {
    let refresh = grant.refresh.as_ref();
    let row = Row {
        id: grant.id.to_string(),
        user_id: grant.user.to_string(),
        sid: grant.sid.to_string(),
        client_id: grant.client_id.to_string(),
        scope: grant.scope.to_string(),
        claims: to_json(&grant.claims, "grants.claims")?,
        proofs: to_json(&grant.proofs, "grants.proofs")?,
        acr: grant.acr.to_string(),
        created_at: grant.created_at.as_secs(),
        expires_at: grant.expires_at.as_secs(),
        refresh_hash: refresh.map(|state| state.current.to_string()),
        generation: refresh.map_or(0, |state| state.generation),
        refresh_issued_at: refresh.map_or(grant.created_at, |state| state.issued_at).as_secs(),
        previous_hash: None,
        previous_replaced_at: None,
        sealed_successor: None,
        epoch: grant.epoch,
        ended_at: None,
        ended_cause: None,
    };
    let inserted = diesel::insert_into(grants::table).values(row).on_conflict_do_nothing();
    Ok(on_either!(connection, |connection| inserted.execute(connection))? == 1)
}

/// The grant with this id.
pub fn by_id(connection: &mut Connection, id: Uuid) -> Result<Option<Grant>, DbError> {
    let row: Option<Row> = grants::table.find(id.to_string()).get_result(connection).optional()?;
    row.map(Grant::try_from).transpose()
}

/// A grant with its session and user.
pub type OfPerson = (Grant, Session, User);

/// The grant with this id, unless the token `jti` was given back, with its session and user and the time before which
/// everything is void for every user.
macro_rules! of_person {
    ($id:expr, $jti:expr) => {
        join_whole!(
            grants::table
                .inner_join(sessions::table.on(sessions::sid.eq(grants::sid)))
                .inner_join(users::table.on(users::id.eq(sessions::user_id)))
        )
        .left_join(denied_tokens::table.on(denied_tokens::jti.nullable().eq($jti)))
        .filter(grants::id.eq($id))
        .filter(denied_tokens::jti.is_null())
        .select((grants::all_columns, (sessions::all_columns, whole!())))
    };
}

/// A question for a grant.
#[derive(Clone, Debug)]
pub struct GrantKey {
    id: String,
    /// The access token that the question is for: once it was given back, it finds nothing.
    jti: Option<String>,
}

impl GrantKey {
    /// The grant with this id.
    #[must_use]
    pub fn by_id(id: Uuid) -> Self {
        Self { id: id.to_string(), jti: None }
    }

    /// The grant of an access token, unless that token was given back; `None` when it belongs to no grant.
    #[must_use]
    pub fn of_token(jti: &TokenId) -> Option<Self> {
        Some(Self { id: jti.grant()?.to_string(), jti: Some(jti.to_string()) })
    }
}

/// The grants that are asked for, with their sessions and users: on a server with one statement for all.
pub fn with_persons(connection: &mut Connection, keys: &[GrantKey]) -> GroupAnswers<Option<OfPerson>> {
    match connection {
        Connection::Sqlite(file) => Ok(keys.iter().map(|key| with_person(file, key)).collect()),
        Connection::Postgres(server) => with_persons_of(server, keys),
    }
}

fn with_person(file: &mut SqliteConnection, key: &GrantKey) -> Result<Option<OfPerson>, DbError> {
    let found: Option<(Row, WithUser)> =
        of_person!(&key.id, key.jti.as_deref()).get_result(file).optional()?;
    found.map(read_of_person).transpose()
}

fn with_persons_of(server: &mut PgConnection, keys: &[GrantKey]) -> GroupAnswers<Option<OfPerson>> {
    let asked = keys.iter().map(|key| (&*key.id, key.jti.as_deref()));
    let query = of_person!(for_each::ID, for_each::JTI);
    let rows: Vec<(i64, (Row, WithUser))> = ForEach::of(asked, query).load(server)?;
    let mut found: HashMap<i64, (Row, WithUser)> = rows.into_iter().collect();
    Ok((1..).zip(keys).map(|(place, _)| found.remove(&place).map(read_of_person).transpose()).collect())
}

fn read_of_person((grant, of): (Row, WithUser)) -> Result<OfPerson, DbError> {
    let (session, user) = read_with_user(of)?;
    Ok((Grant::try_from(grant)?, session, user))
}

/// The open grants in the open sessions of a user, whether they can still be used or not.
pub fn open_of_user(connection: &mut Connection, user: Uuid) -> Result<Vec<Grant>, DbError> {
    let open = grants::table
        .inner_join(sessions::table.on(sessions::sid.eq(grants::sid)))
        .filter(sessions::user_id.eq(user.to_string()))
        .filter(sessions::ended_at.is_null())
        .filter(grants::ended_at.is_null())
        .select(grants::all_columns);
    let rows: Vec<Row> = open.load(connection)?;
    rows.into_iter().map(Grant::try_from).collect()
}

/// When a grant of this session was last opened or refreshed.
pub fn last_use_within(connection: &mut Connection, sid: Uuid) -> Result<Option<UnixTime>, DbError> {
    let of_session = grants::table.filter(grants::sid.eq(sid.to_string()));
    let last = of_session.select(diesel::dsl::max(grants::refresh_issued_at));
    let last: Option<i64> = last.get_result(connection)?;
    Ok(last.map(UnixTime))
}

/// The grants of one kind of [`GrantSelector`] that tells few apart: a grant or a session.
pub fn named(connection: &mut Connection, of: &GrantSelector<'_>) -> Result<Vec<Grant>, DbError> {
    let rows: Vec<Row> = match of {
        GrantSelector::Grant(id) => grants::table.find(id.to_string()).load(connection)?,
        GrantSelector::Session(sid) => {
            grants::table.filter(grants::sid.eq(sid.to_string())).load(connection)?
        }
        GrantSelector::Sessions(_) | GrantSelector::User(_) => Vec::new(),
    };
    rows.into_iter().map(Grant::try_from).collect()
}

/// The open grants of a client that were made at `since` or later, at most so many.
pub fn open_of_client(
    connection: &mut Connection,
    client: &ClientId,
    since: UnixTime,
    most: i64,
) -> Result<Vec<Grant>, DbError> {
    let of_client = grants::table.filter(grants::client_id.eq(client.as_str()));
    let open = of_client.filter(grants::created_at.ge(since.as_secs())).filter(grants::ended_at.is_null());
    let rows: Vec<Row> = open.limit(most).load(connection)?;
    rows.into_iter().map(Grant::try_from).collect()
}

/// How many grants of a client people hold at `now`.
pub fn count_open(connection: &mut Connection, client: &ClientId, now: UnixTime) -> Result<i64, DbError> {
    let open = grants::table.filter(grants::client_id.eq(client.as_str())).filter(grants::ended_at.is_null());
    Ok(open.filter(grants::expires_at.gt(now.as_secs())).count().get_result(connection)?)
}

/// The same, counted up to `most`.
pub fn some_open(
    connection: &mut Connection,
    client: &ClientId,
    now: UnixTime,
    most: i64,
) -> Result<usize, DbError> {
    let open = grants::table.filter(grants::client_id.eq(client.as_str())).filter(grants::ended_at.is_null());
    let open = open.filter(grants::expires_at.gt(now.as_secs()));
    let found: Vec<String> = open.select(grants::id).limit(most).load(connection)?;
    Ok(found.len())
}

/// Forgets some grants of a client, at most so many.
pub fn forget_some_of(connection: &mut Connection, client: &ClientId, most: i64) -> Result<usize, DbError> {
    let some = grants::table.filter(grants::client_id.eq(client.as_str())).limit(most);
    let ids: Vec<String> = some.select(grants::id).load(connection)?;
    Ok(diesel::delete(grants::table.filter(grants::id.eq_any(ids))).execute(connection)?)
}

/// Carries out `rotation`; `false` when another request was first or the grant ended meanwhile.
pub fn rotate(connection: &mut Connection, id: Uuid, rotation: &Rotation) -> Result<bool, DbError> {
    let successor = &rotation.successor;
    let same = grants::table
        .find(id.to_string())
        .filter(grants::generation.eq(rotation.generation))
        .filter(grants::ended_at.is_null());
    let before = successor.predecessor.as_ref();
    let columns = (
        grants::refresh_hash.eq(successor.current.to_string()),
        grants::generation.eq(successor.generation),
        grants::refresh_issued_at.eq(successor.issued_at.as_secs()),
        grants::previous_hash.eq(before.map(|before| before.hash.to_string())),
        grants::previous_replaced_at.eq(before.map(|before| before.replaced_at.as_secs())),
        grants::sealed_successor.eq(before.map(|before| before.sealed_successor.clone())),
    );
    let rotated = update(same, columns);
    Ok(on_either!(connection, |connection| rotated.execute(connection))? == 1)
}

/// Begins another epoch of an open grant: the access tokens of the earlier ones are void.
pub fn begin_epoch(connection: &mut Connection, id: Uuid, epoch: i64) -> Result<(), DbError> {
    let open = grants::table.find(id.to_string()).filter(grants::ended_at.is_null());
    update(open, grants::epoch.eq(epoch)).execute(connection)?;
    Ok(())
}

/// Which open grants to end.
pub enum GrantSelector<'a> {
    /// This one.
    Grant(Uuid),
    /// All of a session.
    Session(Uuid),
    /// All of these sessions.
    Sessions(&'a [Uuid]),
    /// All in the open sessions of a user.
    User(Uuid),
}

/// Ends open grants, once: the first cause stays. How many were open.
pub fn end(
    connection: &mut Connection,
    of: &GrantSelector<'_>,
    cause: EndCause,
    now: UnixTime,
) -> Result<usize, DbError> {
    let open = grants::table.filter(grants::ended_at.is_null());
    // The sealed successor goes with the grant: what ended must not be handed out again.
    let ended = (
        grants::ended_at.eq(now.as_secs()),
        grants::ended_cause.eq(cause.as_str()),
        grants::sealed_successor.eq(None::<String>),
    );
    let changed = match of {
        GrantSelector::Grant(id) => {
            update(open.filter(grants::id.eq(id.to_string())), ended).execute(connection)?
        }
        GrantSelector::Session(sid) => {
            update(open.filter(grants::sid.eq(sid.to_string())), ended).execute(connection)?
        }
        GrantSelector::Sessions(sids) => {
            let sids = sids.iter().map(Uuid::to_string);
            update(open.filter(grants::sid.eq_any(sids)), ended).execute(connection)?
        }
        GrantSelector::User(user) => {
            let theirs = sessions::table.filter(sessions::user_id.eq(user.to_string()));
            let theirs = theirs.filter(sessions::ended_at.is_null()).select(sessions::sid);
            update(open.filter(grants::sid.eq_any(theirs)), ended).execute(connection)?
        }
    };
    Ok(changed)
}

/// Forgets grants that expired before `limit`.
pub fn purge(connection: &mut Connection, limit: UnixTime, most: i64) -> Result<usize, DbError> {
    let old = grants::table.filter(grants::expires_at.lt(limit.as_secs()));
    let some: Vec<String> = old.order(grants::expires_at).limit(most).select(grants::id).load(connection)?;
    Ok(diesel::delete(grants::table.filter(grants::id.eq_any(some))).execute(connection)?)
}

impl Row {
    fn refresh_state(&self) -> Result<Option<RefreshState>, DbError> {
        let Some(current) = &self.refresh_hash else {
            return Ok(None);
        };
        let current = parsed(SecretHash::parse(current), "grants.refresh_hash")?;
        let issued_at = UnixTime(self.refresh_issued_at);
        Ok(Some(RefreshState {
            current,
            generation: self.generation,
            issued_at,
            predecessor: self.predecessor()?,
        }))
    }

    fn predecessor(&self) -> Result<Option<Predecessor>, DbError> {
        let (Some(hash), Some(at), Some(answer)) =
            (&self.previous_hash, self.previous_replaced_at, &self.sealed_successor)
        else {
            return Ok(None);
        };
        let hash = parsed(SecretHash::parse(hash), "grants.previous_hash")?;
        Ok(Some(Predecessor { hash, replaced_at: UnixTime(at), sealed_successor: answer.clone() }))
    }
}

impl TryFrom<Row> for Grant {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        Ok(Self {
            id: to_uuid(&row.id, "grants.id")?,
            user: to_uuid(&row.user_id, "grants.user_id")?,
            sid: to_uuid(&row.sid, "grants.sid")?,
            client_id: ClientId::parse(&row.client_id).map_err(|_| DbError::Corrupt("grants.client_id"))?,
            scope: Scope::try_from(row.scope.clone()).map_err(|_| DbError::Corrupt("grants.scope"))?,
            claims: from_json(&row.claims, "grants.claims")?,
            proofs: from_json(&row.proofs, "grants.proofs")?,
            acr: Acr::parse(&row.acr).ok_or(DbError::Corrupt("grants.acr"))?,
            created_at: UnixTime(row.created_at),
            expires_at: UnixTime(row.expires_at),
            refresh: row.refresh_state()?,
            epoch: row.epoch,
            ended: to_ended(row.ended_at, row.ended_cause.as_deref())?,
        })
    }
}
