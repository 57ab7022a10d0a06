//! The passkeys of users. Checking what a browser answers is `idp_core::passkey`'s.

use super::schema::passkeys;
use super::update::update;
use super::{Connection, DbError, from_json, identifier_hash, parsed, to_json, to_uuid};
use diesel::prelude::*;
use idp_core::passkey::{CredentialId, Passkey, PasskeyPublicKey, Use, UserHandle};
use idp_core::time::UnixTime;
use uuid::Uuid;

#[derive(Queryable, Insertable)]
#[diesel(table_name = passkeys, treat_none_as_default_value = false)]
struct Row {
    id: String,
    user_id: String,
    user_handle: String,
    name: String,
    credential_id: String,
    credential_id_hash: String,
    public_key: String,
    sign_count: i64,
    is_backup_eligible: bool,
    is_backed_up: bool,
    transports: String,
    aaguid: String,
    is_asked_for: bool,
    created_at: i64,
    last_used_at: Option<i64>,
}

/// Those of a user, the oldest first.
pub fn of_user(connection: &mut Connection, user: Uuid) -> Result<Vec<Passkey>, DbError> {
    let own = passkeys::table.filter(passkeys::user_id.eq(user.to_string()));
    let rows: Vec<Row> = own.order(passkeys::id).load(connection)?;
    rows.into_iter().map(Passkey::try_from).collect()
}

/// The one of this credential id, on any account.
pub fn by_credential_id(
    connection: &mut Connection,
    credential_id: &CredentialId,
) -> Result<Option<Passkey>, DbError> {
    let hash = identifier_hash(&credential_id.text());
    let named = passkeys::table.filter(passkeys::credential_id_hash.eq(hash));
    let row: Option<Row> = named.get_result(connection).optional()?;
    row.map(Passkey::try_from).transpose()
}

/// Stores a new one.
///
/// # Errors
/// [`DbError::Exists`] when one of its id, or of its name at the authenticator, is there.
pub fn insert(connection: &mut Connection, passkey: &Passkey) -> Result<(), DbError> {
    let credential_id = passkey.credential_id.text();
    let row = Row {
        id: passkey.id.to_string(),
        user_id: passkey.user.to_string(),
        user_handle: passkey.user_handle.text(),
        name: passkey.name.clone(),
        credential_id_hash: identifier_hash(&credential_id),
        credential_id,
        public_key: passkey.public_key.text(),
        sign_count: passkey.sign_count.into(),
        is_backup_eligible: passkey.is_backup_eligible,
        is_backed_up: passkey.is_backed_up,
        transports: to_json(&passkey.transports, "passkeys.transports")?,
        aaguid: passkey.aaguid.to_string(),
        is_asked_for: passkey.is_asked_for,
        created_at: passkey.created_at.as_secs(),
        last_used_at: passkey.last_used_at.map(UnixTime::as_secs),
    };
    diesel::insert_into(passkeys::table).values(row).execute(connection)?;
    Ok(())
}

/// Keeps what its authenticator said at a use. Answers whether it is there.
pub fn note_use(connection: &mut Connection, id: Uuid, used: Use, now: UnixTime) -> Result<bool, DbError> {
    let columns = (
        passkeys::sign_count.eq(i64::from(used.sign_count)),
        passkeys::is_backed_up.eq(used.is_backed_up),
        passkeys::last_used_at.eq(Some(now.as_secs())),
    );
    Ok(update(passkeys::table.find(id.to_string()), columns).execute(connection)? > 0)
}

/// Gives one of a user another name. Answers whether there was one.
pub fn rename(connection: &mut Connection, user: Uuid, id: Uuid, name: &str) -> Result<bool, DbError> {
    let one = passkeys::table.find(id.to_string()).filter(passkeys::user_id.eq(user.to_string()));
    Ok(update(one, passkeys::name.eq(name)).execute(connection)? > 0)
}

/// Has the account ask for one of a user after the password. Answers whether there was one that it did not ask for.
pub fn demand(connection: &mut Connection, user: Uuid, id: Uuid) -> Result<bool, DbError> {
    let one = passkeys::table.find(id.to_string()).filter(passkeys::user_id.eq(user.to_string()));
    let unasked = one.filter(passkeys::is_asked_for.eq(false));
    Ok(update(unasked, passkeys::is_asked_for.eq(true)).execute(connection)? > 0)
}

/// Removes one of a user. Answers whether there was one.
pub fn remove(connection: &mut Connection, user: Uuid, id: Uuid) -> Result<bool, DbError> {
    let one = passkeys::table.find(id.to_string()).filter(passkeys::user_id.eq(user.to_string()));
    Ok(diesel::delete(one).execute(connection)? > 0)
}

/// Removes all of a user. Answers how many there were.
pub fn remove_all_of(connection: &mut Connection, user: Uuid) -> Result<usize, DbError> {
    Ok(diesel::delete(passkeys::table.filter(passkeys::user_id.eq(user.to_string()))).execute(connection)?)
}

impl TryFrom<Row> for Passkey {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Self, DbError> {
        Ok(Self {
            id: to_uuid(&row.id, "passkeys.id")?,
            user: to_uuid(&row.user_id, "passkeys.user_id")?,
            user_handle: parsed(UserHandle::parse(&row.user_handle), "passkeys.user_handle")?,
            name: row.name,
            credential_id: parsed(CredentialId::parse(&row.credential_id), "passkeys.credential_id")?,
            public_key: parsed(PasskeyPublicKey::parse(&row.public_key), "passkeys.public_key")?,
            sign_count: parsed(u32::try_from(row.sign_count).ok(), "passkeys.sign_count")?,
            is_backup_eligible: row.is_backup_eligible,
            is_backed_up: row.is_backed_up,
            transports: from_json(&row.transports, "passkeys.transports")?,
            aaguid: to_uuid(&row.aaguid, "passkeys.aaguid")?,
            is_asked_for: row.is_asked_for,
            created_at: UnixTime(row.created_at),
            last_used_at: row.last_used_at.map(UnixTime),
        })
    }
}
