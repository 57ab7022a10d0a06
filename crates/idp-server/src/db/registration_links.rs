//! Links by which an account is opened, by the hash of their secret, and of the address that they were sent to. What one says
//! of the person is sealed here; it is read in `store::registration_links`.

use super::schema::registration_links as links;
use super::update::update;
use super::{Connection, DbError, identifier_hash, parsed, to_uuid};
use diesel::prelude::*;
use idp_core::mail_address::MailAddress;
use idp_core::secret::SecretHash;
use idp_core::time::UnixTime;
use uuid::Uuid;

/// Who wanted a link to be sent.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum LinkKind {
    /// A person who typed the address.
    Asked,
    /// An operator.
    Invited,
}

impl LinkKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Asked, Self::Invited];

    /// The column's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Invited => "invited",
        }
    }
}

/// A link, as it stands in the database.
#[derive(Clone, Debug)]
pub struct StoredLink {
    /// Who wanted it.
    pub kind: LinkKind,
    /// What its address is found by, see [`address_hash`].
    pub address_hash: String,
    /// What it says of the person.
    pub sealed: String,
    /// When it was sent.
    pub created_at: UnixTime,
    /// Until when it is good.
    pub expires_at: UnixTime,
    /// The account that was opened by it.
    pub user: Option<Uuid>,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = links, treat_none_as_default_value = false)]
struct Row {
    kind: String,
    address_hash: String,
    secret_hash: String,
    sealed: String,
    created_at: i64,
    expires_at: i64,
    user_id: Option<String>,
}

/// What an address is found by, however it is written.
#[must_use]
pub fn address_hash(address: &MailAddress) -> String {
    identifier_hash(address.canonical())
}

/// Stores a link, in the place of an older one of its kind to the same address.
pub fn put(connection: &mut Connection, link: &StoredLink, secret: &SecretHash) -> Result<(), DbError> {
    let former = links::table.find((link.kind.as_str(), &link.address_hash));
    diesel::delete(former).execute(connection)?;
    let row = Row {
        kind: link.kind.as_str().to_owned(),
        address_hash: link.address_hash.clone(),
        secret_hash: secret.to_string(),
        sealed: link.sealed.clone(),
        created_at: link.created_at.as_secs(),
        expires_at: link.expires_at.as_secs(),
        user_id: link.user.map(|user| user.to_string()),
    };
    diesel::insert_into(links::table).values(row).execute(connection)?;
    Ok(())
}

/// The link with this secret, whether its time is over or not.
pub fn by_secret(connection: &mut Connection, secret: &SecretHash) -> Result<Option<StoredLink>, DbError> {
    let named = links::table.filter(links::secret_hash.eq(secret.to_string()));
    let found: Option<Row> = named.get_result(connection).optional()?;
    found.map(StoredLink::try_from).transpose()
}

/// The links by which `user` opened the account, while they are kept: one at most.
pub fn of_user(connection: &mut Connection, user: Uuid) -> Result<Vec<StoredLink>, DbError> {
    let own = links::table.filter(links::user_id.eq(user.to_string()));
    let found: Vec<Row> = own.load(connection)?;
    found.into_iter().map(StoredLink::try_from).collect()
}

/// Notes which account was opened by the link with this secret.
pub fn note_opened(connection: &mut Connection, secret: &SecretHash, user: Uuid) -> Result<(), DbError> {
    let named = links::table.filter(links::secret_hash.eq(secret.to_string()));
    update(named, links::user_id.eq(Some(user.to_string()))).execute(connection)?;
    Ok(())
}

/// Forgets a link that opened no account. Answers whether there was one.
pub fn forget_unused(
    connection: &mut Connection,
    kind: LinkKind,
    address_hash: &str,
) -> Result<bool, DbError> {
    let one = links::table.find((kind.as_str(), address_hash)).filter(links::user_id.is_null());
    Ok(diesel::delete(one).execute(connection)? > 0)
}

/// The invitation to the address of this hash, be it used or old.
pub fn invitation(connection: &mut Connection, address_hash: &str) -> Result<Option<StoredLink>, DbError> {
    let one = links::table.find((LinkKind::Invited.as_str(), address_hash));
    let found: Option<Row> = one.get_result(connection).optional()?;
    found.map(StoredLink::try_from).transpose()
}

/// So many invitations, used ones and old ones among them, in the order of their hashes, beginning after this one.
pub fn invitations_after(
    connection: &mut Connection,
    after: Option<&str>,
    count: i64,
) -> Result<Vec<StoredLink>, DbError> {
    let invited = links::table.filter(links::kind.eq(LinkKind::Invited.as_str()));
    let later = invited.filter(links::address_hash.gt(after.unwrap_or_default()));
    let found: Vec<Row> = later.order(links::address_hash).limit(count).load(connection)?;
    found.into_iter().map(StoredLink::try_from).collect()
}

/// Forgets links whose time was over at `limit`.
pub fn purge(connection: &mut Connection, limit: UnixTime, most: i64) -> Result<usize, DbError> {
    let old = links::table.filter(links::expires_at.lt(limit.as_secs()));
    let some: Vec<String> =
        old.order(links::expires_at).limit(most).select(links::secret_hash).load(connection)?;
    Ok(diesel::delete(links::table.filter(links::secret_hash.eq_any(some))).execute(connection)?)
}

impl TryFrom<Row> for StoredLink {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Self, DbError> {
        let kind = LinkKind::ALL.into_iter().find(|kind| kind.as_str() == row.kind);
        let user = row.user_id.map(|id| to_uuid(&id, "registration_links.user_id"));
        Ok(Self {
            kind: parsed(kind, "registration_links.kind")?,
            address_hash: row.address_hash,
            sealed: row.sealed,
            created_at: UnixTime(row.created_at),
            expires_at: UnixTime(row.expires_at),
            user: user.transpose()?,
        })
    }
}
