//! Accounts at certificate authorities, by the address of the directory; the credentials rest sealed.

use super::schema::acme_accounts as accounts;
use super::{Connection, DbError};
use diesel::prelude::*;
use idp_core::time::UnixTime;

/// The sealed credentials of the account at this directory.
pub fn find(connection: &mut Connection, directory_url: &str) -> Result<Option<String>, DbError> {
    let named = accounts::table.find(directory_url);
    Ok(named.select(accounts::sealed_credentials).get_result(connection).optional()?)
}

/// Stores an account, in the place of another one at the same directory.
pub fn put(
    connection: &mut Connection,
    directory_url: &str,
    sealed_credentials: &str,
    now: UnixTime,
) -> Result<(), DbError> {
    diesel::delete(accounts::table.find(directory_url)).execute(connection)?;
    let row = (
        accounts::directory_url.eq(directory_url),
        accounts::sealed_credentials.eq(sealed_credentials),
        accounts::created_at.eq(now.as_secs()),
    );
    diesel::insert_into(accounts::table).values(row).execute(connection)?;
    Ok(())
}
