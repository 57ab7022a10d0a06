//! Links by which accounts are opened, as they are written and read: what one says of a person rests sealed.

use super::mail_outbox::Letters;
use crate::db::registration_links::{self as stored, LinkKind, StoredLink};
use crate::db::{Connection, DbError};
use idp_core::mail_address::MailAddress;
use idp_core::registration_link::{RegistrationLink, RegistrationOrigin};
use idp_core::secret::SecretHash;
use idp_core::username::Username;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Contents {
    address: String,
    name: Option<String>,
    username: Option<String>,
    way_back: Option<String>,
}

/// Stores a link, in the place of an older one of its kind to the same address. Nothing is stored where no letter is written.
pub(super) fn put(
    connection: &mut Connection,
    letters: &Letters,
    link: &RegistrationLink,
    secret: &SecretHash,
) -> Result<(), DbError> {
    let (kind, name, username) = match link.origin.clone() {
        RegistrationOrigin::Asked => (LinkKind::Asked, None, None),
        RegistrationOrigin::Invited { name, username } => (LinkKind::Invited, name, username),
    };
    let contents = Contents {
        address: link.address.to_string(),
        name,
        username: username.map(|username| username.as_str().to_owned()),
        way_back: link.way_back.clone(),
    };
    let address_hash = stored::address_hash(&link.address);
    let Some(sealed) = letters.seal(connection, &contents, &address_hash)? else { return Ok(()) };
    let (created_at, expires_at, user) = (link.created_at, link.expires_at, link.opened);
    let row = StoredLink { kind, address_hash, sealed, created_at, expires_at, user };
    stored::put(connection, &row, secret)
}

/// The link with this secret, good or not.
pub(super) fn by_secret(
    connection: &mut Connection,
    letters: &Letters,
    secret: &SecretHash,
) -> Result<Option<RegistrationLink>, DbError> {
    let found = stored::by_secret(connection, secret)?;
    Ok(found.and_then(|found| opened(letters, &found)))
}

/// The link by which `user` opened the account, while it is kept.
pub(super) fn of_user(
    connection: &mut Connection,
    letters: &Letters,
    user: Uuid,
) -> Result<Option<RegistrationLink>, DbError> {
    let found = stored::of_user(connection, user)?;
    Ok(found.iter().find_map(|link| opened(letters, link)))
}

/// What a link says; `None` when it was sealed under a master key that is gone.
pub(super) fn opened(letters: &Letters, link: &StoredLink) -> Option<RegistrationLink> {
    let contents: Contents = letters.unseal(&link.sealed, &link.address_hash)?;
    let username = contents.username.map(|username| Username::parse(&username)).transpose().ok()?;
    let origin = match link.kind {
        LinkKind::Asked => RegistrationOrigin::Asked,
        LinkKind::Invited => RegistrationOrigin::Invited { name: contents.name, username },
    };
    Some(RegistrationLink {
        address: MailAddress::parse(&contents.address).ok()?,
        origin,
        way_back: contents.way_back,
        created_at: link.created_at,
        expires_at: link.expires_at,
        opened: link.user,
    })
}
