//! The scopes that users have consented to, per client.

use super::schema::consents;
use super::update::update;
use super::{Connection, DbError};
use diesel::prelude::*;
use idp_core::client::ClientId;
use idp_core::scope::Scope;
use idp_core::time::UnixTime;
use uuid::Uuid;

/// The scope that `user` has consented to for `client`; the empty one when there was no consent.
pub fn given(connection: &mut Connection, user: Uuid, client: &ClientId) -> Result<Scope, DbError> {
    let key = (user.to_string(), client.as_str().to_owned());
    let text: Option<String> =
        consents::table.find(key).select(consents::scope).get_result(connection).optional()?;
    let scope = text.map(Scope::try_from).transpose().map_err(|_| DbError::Corrupt("consents.scope"))?;
    Ok(scope.unwrap_or_default())
}

/// Adds `scope` to what `user` has consented to for `client`.
pub fn add(
    connection: &mut Connection,
    user: Uuid,
    client: &ClientId,
    scope: &Scope,
    now: UnixTime,
) -> Result<(), DbError> {
    let all = given(connection, user, client)?.union(scope).to_string();
    let key = (user.to_string(), client.as_str().to_owned());
    let columns = (consents::scope.eq(all.clone()), consents::given_at.eq(now.as_secs()));
    if update(consents::table.find(key), columns).execute(connection)? > 0 {
        return Ok(());
    }
    let row = (
        consents::user_id.eq(user.to_string()),
        consents::client_id.eq(client.as_str()),
        consents::scope.eq(all),
        consents::given_at.eq(now.as_secs()),
    );
    diesel::insert_into(consents::table).values(row).execute(connection)?;
    Ok(())
}

/// What a user has consented to for a client.
#[derive(Clone, Debug)]
pub struct Consent {
    /// The client.
    pub client: ClientId,
    /// What it may have; never empty.
    pub scope: Scope,
    /// When the latest part of it was given.
    pub given_at: UnixTime,
}

/// Everything that `user` has consented to.
pub fn of_user(connection: &mut Connection, user: Uuid) -> Result<Vec<Consent>, DbError> {
    let of_user =
        consents::table.filter(consents::user_id.eq(user.to_string())).filter(consents::scope.ne(""));
    let columns = (consents::client_id, consents::scope, consents::given_at);
    let rows: Vec<(String, String, i64)> = of_user.select(columns).load(connection)?;
    rows.into_iter().map(read).collect()
}

fn read((client, scope, given_at): (String, String, i64)) -> Result<Consent, DbError> {
    Ok(Consent {
        client: ClientId::parse(&client).map_err(|_| DbError::Corrupt("consents.client_id"))?,
        scope: Scope::try_from(scope).map_err(|_| DbError::Corrupt("consents.scope"))?,
        given_at: UnixTime(given_at),
    })
}

/// Takes back what `user` has consented to for `client`. The row stays, since codes are out that are void from now on.
/// `false` when there was no consent.
pub fn withdraw(
    connection: &mut Connection,
    user: Uuid,
    client: &ClientId,
    now: UnixTime,
) -> Result<bool, DbError> {
    let was_given = !given(connection, user, client)?.is_empty();
    let key = (user.to_string(), client.as_str().to_owned());
    let columns = (consents::scope.eq(""), consents::withdrawn_at.eq(now.as_secs()));
    if update(consents::table.find(key), columns).execute(connection)? == 0 {
        let row = (
            consents::user_id.eq(user.to_string()),
            consents::client_id.eq(client.as_str()),
            consents::scope.eq(""),
            consents::given_at.eq(now.as_secs()),
            consents::withdrawn_at.eq(now.as_secs()),
        );
        diesel::insert_into(consents::table).values(row).execute(connection)?;
    }
    Ok(was_given)
}

/// Forgets some consents for `client`, at most so many.
pub fn forget_some_of(connection: &mut Connection, client: &ClientId, most: i64) -> Result<usize, DbError> {
    let some = consents::table.filter(consents::client_id.eq(client.as_str())).limit(most);
    let users: Vec<String> = some.select(consents::user_id).load(connection)?;
    let these = consents::table.filter(consents::user_id.eq_any(users));
    Ok(diesel::delete(these.filter(consents::client_id.eq(client.as_str()))).execute(connection)?)
}
