//! Links in letters, by the hash of their secret. A person has one for each purpose and subject; using one up removes
//! it.

use super::schema::mail_links as links;
use super::{Connection, DbError, parsed, to_uuid};
use diesel::prelude::*;
use idp_core::mail_link::{LinkPurpose, MailLink};
use idp_core::secret::SecretHash;
use idp_core::time::UnixTime;
use uuid::Uuid;

const RESET_PASSWORD: &str = "reset_password";
const VERIFY_ADDRESS: &str = "verify_address";
const END_SESSION: &str = "end_session";
const END_EVERY_SESSION: &str = "end_every_session";

#[derive(Queryable, Insertable)]
#[diesel(table_name = links, treat_none_as_default_value = false)]
struct Row {
    user_id: String,
    purpose: String,
    subject: String,
    secret_hash: String,
    way_back: Option<String>,
    expires_at: i64,
}

/// Stores a link, in the place of an older one for the same.
pub fn put(connection: &mut Connection, link: &MailLink, secret: &SecretHash) -> Result<(), DbError> {
    let (purpose, subject) = columns(link.purpose);
    forget(connection, link.user, purpose, &subject)?;
    let row = Row {
        user_id: link.user.to_string(),
        purpose: purpose.to_owned(),
        subject,
        secret_hash: secret.to_string(),
        way_back: link.way_back.clone(),
        expires_at: link.expires_at.as_secs(),
    };
    diesel::insert_into(links::table).values(row).execute(connection)?;
    Ok(())
}

/// The link with this secret, whether its time is over or not.
pub fn by_secret(connection: &mut Connection, secret: &SecretHash) -> Result<Option<MailLink>, DbError> {
    let named = links::table.filter(links::secret_hash.eq(secret.to_string()));
    let found: Option<Row> = named.get_result(connection).optional()?;
    found.map(MailLink::try_from).transpose()
}

/// Uses the link with this secret up. Answers whether there was one.
pub fn take(connection: &mut Connection, secret: &SecretHash) -> Result<bool, DbError> {
    let named = links::table.filter(links::secret_hash.eq(secret.to_string()));
    Ok(diesel::delete(named).execute(connection)? > 0)
}

/// Forgets the link to a new password of a user.
pub fn forget_reset(connection: &mut Connection, user: Uuid) -> Result<(), DbError> {
    forget(connection, user, RESET_PASSWORD, "")
}

/// Forgets the link that would verify an address of a user.
pub fn forget_of_address(connection: &mut Connection, user: Uuid, address: Uuid) -> Result<(), DbError> {
    forget(connection, user, VERIFY_ADDRESS, &address.to_string())
}

fn forget(connection: &mut Connection, user: Uuid, purpose: &str, subject: &str) -> Result<(), DbError> {
    let of_user = links::table.filter(links::user_id.eq(user.to_string()));
    let one = of_user.filter(links::purpose.eq(purpose)).filter(links::subject.eq(subject));
    diesel::delete(one).execute(connection)?;
    Ok(())
}

/// Forgets the links of a user that end sessions, but the `kept` that were sent last.
pub fn forget_old_ends(connection: &mut Connection, user: Uuid, kept: usize) -> Result<(), DbError> {
    let of_user = links::table.filter(links::user_id.eq(user.to_string()));
    let ends = of_user.filter(links::purpose.eq_any([END_SESSION, END_EVERY_SESSION]));
    let mut ends: Vec<(i64, String)> =
        ends.select((links::expires_at, links::secret_hash)).load(connection)?;
    if ends.len() > kept {
        ends.sort_unstable_by(|one, other| other.cmp(one));
        let old: Vec<String> = ends.into_iter().skip(kept).map(|(_, secret)| secret).collect();
        diesel::delete(links::table.filter(links::secret_hash.eq_any(old))).execute(connection)?;
    }
    Ok(())
}

/// Forgets every link of a user.
pub fn forget_all_of(connection: &mut Connection, user: Uuid) -> Result<(), DbError> {
    diesel::delete(links::table.filter(links::user_id.eq(user.to_string()))).execute(connection)?;
    Ok(())
}

/// Forgets links whose time was over at `limit`.
pub fn purge(connection: &mut Connection, limit: UnixTime, most: i64) -> Result<usize, DbError> {
    let old = links::table.filter(links::expires_at.lt(limit.as_secs()));
    let some: Vec<String> =
        old.order(links::expires_at).limit(most).select(links::secret_hash).load(connection)?;
    Ok(diesel::delete(links::table.filter(links::secret_hash.eq_any(some))).execute(connection)?)
}

fn columns(purpose: LinkPurpose) -> (&'static str, String) {
    match purpose {
        LinkPurpose::ResetPassword => (RESET_PASSWORD, String::new()),
        LinkPurpose::VerifyAddress(id) => (VERIFY_ADDRESS, id.to_string()),
        LinkPurpose::EndSession(sid) => (END_SESSION, sid.to_string()),
        LinkPurpose::EndEverySession(id) => (END_EVERY_SESSION, id.to_string()),
    }
}

impl TryFrom<Row> for MailLink {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Self, DbError> {
        let subject = || to_uuid(&row.subject, "mail_links.subject");
        let purpose = match row.purpose.as_str() {
            RESET_PASSWORD => Some(LinkPurpose::ResetPassword),
            VERIFY_ADDRESS => Some(LinkPurpose::VerifyAddress(subject()?)),
            END_SESSION => Some(LinkPurpose::EndSession(subject()?)),
            END_EVERY_SESSION => Some(LinkPurpose::EndEverySession(subject()?)),
            _ => None,
        };
        Ok(Self {
            user: to_uuid(&row.user_id, "mail_links.user_id")?,
            purpose: parsed(purpose, "mail_links.purpose")?,
            expires_at: UnixTime(row.expires_at),
            way_back: row.way_back,
        })
    }
}
