//! Authorization codes, by the hash of the code. A redeemed one stays for a while, so that a second use is recognised as
//! one (RFC 6749 4.1.2). With Redis they live there.

use super::schema::authorization_codes as codes;
use super::update::update;
use super::{Connection, DbError, from_json, on_either, to_json, to_uuid};
use diesel::prelude::*;
use idp_core::client::ClientId;
use idp_core::grant::authorization_code::AuthorizationCode;
use idp_core::pkce::CodeChallenge;
use idp_core::scope::Scope;
use idp_core::secret::SecretHash;
use idp_core::time::UnixTime;
use uuid::Uuid;

#[derive(Queryable, Insertable)]
#[diesel(table_name = codes, treat_none_as_default_value = false)]
struct Row {
    hash: String,
    grant_id: String,
    client_id: String,
    redirect_uri: String,
    user_id: String,
    sid: String,
    scope: String,
    claims: String,
    nonce: Option<String>,
    code_challenge: Option<String>,
    auth_time: i64,
    expires_at: i64,
    redeemed_at: Option<i64>,
}

/// Stores a new code.
pub fn insert(
    connection: &mut Connection,
    hash: &SecretHash,
    code: &AuthorizationCode,
) -> Result<(), DbError> {
    let row = Row {
        hash: hash.to_string(),
        grant_id: code.grant.to_string(),
        client_id: code.client_id.to_string(),
        redirect_uri: code.redirect_uri.clone(),
        user_id: code.user.to_string(),
        sid: code.sid.to_string(),
        scope: code.scope.to_string(),
        claims: to_json(&code.claims, "authorization_codes.claims")?,
        // As JSON: the site may have put anything there, and PostgreSQL's TEXT holds no NUL.
        nonce: code.nonce.as_ref().map(|nonce| to_json(nonce, "authorization_codes.nonce")).transpose()?,
        code_challenge: code.code_challenge.clone().map(String::from),
        auth_time: code.auth_time.as_secs(),
        expires_at: code.expires_at.as_secs(),
        redeemed_at: None,
    };
    let inserted = diesel::insert_into(codes::table).values(row);
    on_either!(connection, |connection| inserted.execute(connection))?;
    Ok(())
}

/// The code with this hash, redeemed or not.
pub fn by_hash(connection: &mut Connection, hash: &SecretHash) -> Result<Option<AuthorizationCode>, DbError> {
    let named = codes::table.find(hash.to_string());
    let row: Option<Row> = on_either!(connection, |connection| named.get_result(connection)).optional()?;
    row.map(AuthorizationCode::try_from).transpose()
}

/// Marks a code as redeemed; `false` when another request was first.
pub fn redeem(connection: &mut Connection, hash: &SecretHash, now: UnixTime) -> Result<bool, DbError> {
    let open = codes::table.find(hash.to_string()).filter(codes::redeemed_at.is_null());
    let redeemed = update(open, codes::redeemed_at.eq(now.as_secs()));
    Ok(on_either!(connection, |connection| redeemed.execute(connection))? == 1)
}

/// Forgets the codes of a user.
pub fn forget_user(connection: &mut Connection, user: Uuid) -> Result<usize, DbError> {
    Ok(diesel::delete(codes::table.filter(codes::user_id.eq(user.to_string()))).execute(connection)?)
}

/// Forgets codes that expired before `limit`.
pub fn purge(connection: &mut Connection, limit: UnixTime, most: i64) -> Result<usize, DbError> {
    let old = codes::table.filter(codes::expires_at.lt(limit.as_secs()));
    let some: Vec<String> = old.order(codes::expires_at).limit(most).select(codes::hash).load(connection)?;
    Ok(diesel::delete(codes::table.filter(codes::hash.eq_any(some))).execute(connection)?)
}

impl TryFrom<Row> for AuthorizationCode {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        let challenge = row.code_challenge.map(CodeChallenge::try_from).transpose();
        Ok(Self {
            grant: to_uuid(&row.grant_id, "authorization_codes.grant_id")?,
            client_id: ClientId::parse(&row.client_id)
                .map_err(|_| DbError::Corrupt("authorization_codes.client_id"))?,
            redirect_uri: row.redirect_uri,
            user: to_uuid(&row.user_id, "authorization_codes.user_id")?,
            sid: to_uuid(&row.sid, "authorization_codes.sid")?,
            scope: Scope::try_from(row.scope).map_err(|_| DbError::Corrupt("authorization_codes.scope"))?,
            claims: from_json(&row.claims, "authorization_codes.claims")?,
            nonce: row.nonce.map(|nonce| from_json(&nonce, "authorization_codes.nonce")).transpose()?,
            code_challenge: challenge.map_err(|_| DbError::Corrupt("authorization_codes.code_challenge"))?,
            auth_time: UnixTime(row.auth_time),
            expires_at: UnixTime(row.expires_at),
            redeemed_at: row.redeemed_at.map(UnixTime),
        })
    }
}
