//! The key ring, private keys sealed under the master key.

use super::schema::signing_keys;
use super::{Connection, DbError};
use diesel::prelude::*;

/// A key as it is stored.
#[derive(Clone, Queryable, Insertable)]
#[diesel(table_name = signing_keys, treat_none_as_default_value = false)]
pub struct StoredKey {
    /// RFC 7638 thumbprint.
    pub kid: String,
    /// Where in its life it is.
    pub state: String,
    /// Since when, in seconds since 1970.
    pub state_since: i64,
    /// The PKCS#8 PEM, sealed.
    pub sealed_pem: String,
}

/// Every key.
pub fn all(connection: &mut Connection) -> Result<Vec<StoredKey>, DbError> {
    Ok(signing_keys::table.order(signing_keys::kid).load(connection)?)
}

/// Name, state and since when, of every key, by name: whether anything changed.
pub fn states(connection: &mut Connection) -> Result<Vec<(String, String, i64)>, DbError> {
    let columns = (signing_keys::kid, signing_keys::state, signing_keys::state_since);
    let mut states: Vec<(String, String, i64)> = signing_keys::table.select(columns).load(connection)?;
    // A server's collation is not ours.
    states.sort();
    Ok(states)
}

/// Puts `keys` in the place of all there are. One transaction with [`all`] keeps two nodes from
/// each making a first key.
pub fn replace(connection: &mut Connection, keys: Vec<StoredKey>) -> Result<(), DbError> {
    diesel::delete(signing_keys::table).execute(connection)?;
    for key in keys {
        diesel::insert_into(signing_keys::table).values(key).execute(connection)?;
    }
    Ok(())
}
