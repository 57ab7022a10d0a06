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

/// Forgets some consents for `client`, at most so many.
pub fn forget_some_of(connection: &mut Connection, client: &ClientId, most: i64) -> Result<usize, DbError> {
    let some = consents::table.filter(consents::client_id.eq(client.as_str())).limit(most);
    let users: Vec<String> = some.select(consents::user_id).load(connection)?;
    let these = consents::table.filter(consents::user_id.eq_any(users));
    Ok(diesel::delete(these.filter(consents::client_id.eq(client.as_str()))).execute(connection)?)
}
