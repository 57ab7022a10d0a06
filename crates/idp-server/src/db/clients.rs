//! Registered clients.

use super::schema::clients;
use super::update::update;
use super::{Connection, DbError, from_json, identifier_hash, parsed, to_json};
use diesel::prelude::*;
use idp_core::authentication::Acr;
use idp_core::backchannel::BackchannelLogoutUri;
use idp_core::client::{Client, ClientId, ClientKind, ClientMetadata, ConsentPolicy};
use idp_core::color::Color;
use idp_core::logo::LogoName;
use idp_core::scope::Scope;
use idp_core::secret::SecretHash;
use idp_core::time::UnixTime;
use idp_core::web_link::WebLink;
use std::collections::HashSet;

#[diesel::declare_sql_function]
extern "SQL" {
    /// The text in small letters, as far as the database knows these.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = clients, treat_none_as_default_value = false)]
pub(super) struct Row {
    id: String,
    id_hash: String,
    name: String,
    secret_hashes: Option<String>,
    redirect_uris: String,
    post_logout_redirect_uris: String,
    grant_types: String,
    scopes: String,
    audience: String,
    require_pkce: bool,
    consent: String,
    access_token_lifetime: Option<i64>,
    backchannel_logout_uri: Option<String>,
    backchannel_logout_session_required: bool,
    id_token_encryption_key: Option<String>,
    follows_feed: bool,
    required_acr: Option<String>,
    client_uri: Option<String>,
    policy_uri: Option<String>,
    tos_uri: Option<String>,
    color: Option<String>,
    logo: Option<String>,
    claims_mapping: String,
    allowed_roles: String,
    allowed_groups: String,
    allowed_networks: String,
    uses_memberships: bool,
    not_before: i64,
    created_at: i64,
    removed_at: Option<i64>,
}

/// Registers a client.
///
/// # Errors
/// [`DbError::Exists`] when the id is taken.
pub fn insert(connection: &mut Connection, client: &Client) -> Result<(), DbError> {
    diesel::insert_into(clients::table).values(Row::try_from(client)?).execute(connection)?;
    Ok(())
}

/// The client with this id.
pub fn by_id(connection: &mut Connection, id: &ClientId) -> Result<Option<Client>, DbError> {
    let row: Option<Row> = presented(id).get_result(connection).optional()?;
    row.map(Client::try_from).transpose()
}

/// How the client with this id authenticates. Before a request has authenticated, nothing else of a registration may be
/// read: a whole one takes longer to read than none, and would tell an attacker which ids exist.
pub fn kind(connection: &mut Connection, id: &ClientId) -> Result<Option<ClientKind>, DbError> {
    let hashes = presented(id).select(clients::secret_hashes).get_result(connection).optional()?;
    hashes.map(|hashes: Option<String>| read_kind(hashes.as_deref())).transpose()
}

/// A request may present anything as an id: it is looked up by its hash.
#[diesel::dsl::auto_type(no_type_alias)]
fn presented(id: &ClientId) -> _ {
    let hash: String = identifier_hash(id.as_str());
    clients::table.filter(clients::id_hash.eq(hash)).filter(clients::removed_at.is_null())
}

/// So many clients, by id, beginning after this one.
pub fn page(
    connection: &mut Connection,
    after: Option<&ClientId>,
    count: i64,
) -> Result<Vec<Client>, DbError> {
    let after = after.map_or("", ClientId::as_str);
    let page = clients::table.filter(clients::id.gt(after)).filter(clients::removed_at.is_null());
    let page = page.order(clients::id).limit(count);
    page.load::<Row>(connection)?.into_iter().map(Client::try_from).collect()
}

/// So many clients whose id or name begins with `prefix`, in whatever case, by id, beginning after this one. It goes over all of
/// them in their order: sites are hundreds where people are millions.
pub fn beginning_with(
    connection: &mut Connection,
    prefix: &str,
    after: Option<&ClientId>,
    count: i64,
) -> Result<Vec<Client>, DbError> {
    let after = after.map_or("", ClientId::as_str);
    let escaped = prefix.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    let pattern = lower(format!("{escaped}%"));
    let begins = lower(clients::id).like(pattern.clone()).escape('\\');
    let begins = begins.or(lower(clients::name).like(pattern).escape('\\'));
    let page = clients::table.filter(clients::id.gt(after)).filter(clients::removed_at.is_null());
    let page = page.filter(begins).order(clients::id).limit(count);
    page.load::<Row>(connection)?.into_iter().map(Client::try_from).collect()
}

/// The clients that may follow the revocation feed.
pub fn following_feed(connection: &mut Connection) -> Result<HashSet<ClientId>, DbError> {
    let ids: Vec<String> =
        clients::table.filter(clients::follows_feed).select(clients::id).load(connection)?;
    ids.into_iter().map(|id| parsed(ClientId::parse(&id).ok(), "clients.id")).collect()
}

/// The clients of which anything depends on roles and groups.
pub fn using_memberships(connection: &mut Connection) -> Result<Vec<Client>, DbError> {
    let using = clients::table.filter(clients::uses_memberships).filter(clients::removed_at.is_null());
    using.order(clients::id).load::<Row>(connection)?.into_iter().map(Client::try_from).collect()
}

/// Replaces the secrets of a confidential client.
pub fn set_secrets(
    connection: &mut Connection,
    id: &ClientId,
    secrets: &[SecretHash],
) -> Result<(), DbError> {
    let column = clients::secret_hashes.eq(secrets_column(secrets)?);
    update(clients::table.find(id.as_str()), column).execute(connection)?;
    Ok(())
}

/// Replaces the metadata of the registration: everything but its id, its secrets, its logo and its dates.
pub fn set_metadata(connection: &mut Connection, client: &Client) -> Result<(), DbError> {
    let row = Row::try_from(client)?;
    let columns = (
        clients::name.eq(row.name),
        clients::redirect_uris.eq(row.redirect_uris),
        clients::post_logout_redirect_uris.eq(row.post_logout_redirect_uris),
        clients::grant_types.eq(row.grant_types),
        clients::scopes.eq(row.scopes),
        clients::audience.eq(row.audience),
        clients::require_pkce.eq(row.require_pkce),
        clients::consent.eq(row.consent),
        clients::access_token_lifetime.eq(row.access_token_lifetime),
        clients::backchannel_logout_uri.eq(row.backchannel_logout_uri),
        clients::backchannel_logout_session_required.eq(row.backchannel_logout_session_required),
        clients::id_token_encryption_key.eq(row.id_token_encryption_key),
        clients::follows_feed.eq(row.follows_feed),
        clients::required_acr.eq(row.required_acr),
        clients::client_uri.eq(row.client_uri),
        clients::policy_uri.eq(row.policy_uri),
        clients::tos_uri.eq(row.tos_uri),
        clients::color.eq(row.color),
        clients::claims_mapping.eq(row.claims_mapping),
        clients::allowed_roles.eq(row.allowed_roles),
        clients::allowed_groups.eq(row.allowed_groups),
        clients::allowed_networks.eq(row.allowed_networks),
        clients::uses_memberships.eq(row.uses_memberships),
    );
    update(clients::table.find(client.id.as_str()), columns).execute(connection)?;
    Ok(())
}

/// Names the logo of the registration, whose content is in [`super::client_logos`].
pub fn set_logo(
    connection: &mut Connection,
    id: &ClientId,
    logo: Option<&LogoName>,
) -> Result<bool, DbError> {
    let there = clients::table.find(id.as_str()).filter(clients::removed_at.is_null());
    let name = logo.map(ToString::to_string);
    Ok(update(there, clients::logo.eq(name)).execute(connection)? > 0)
}

/// Voids what the client was given before `now`.
pub fn void_earlier(connection: &mut Connection, id: &ClientId, now: UnixTime) -> Result<(), DbError> {
    let earlier = clients::table.find(id.as_str()).filter(clients::not_before.lt(now.as_secs()));
    update(earlier, clients::not_before.eq(now.as_secs())).execute(connection)?;
    Ok(())
}

/// Removes the client: from here on there is none of this id. The row stays until all that names it is forgotten. `false` when there was none. Sites learn of it by the revocation log only.
pub fn remove(connection: &mut Connection, id: &ClientId, now: UnixTime) -> Result<bool, DbError> {
    let there = clients::table.find(id.as_str()).filter(clients::removed_at.is_null());
    let columns = (
        clients::removed_at.eq(now.as_secs()),
        clients::secret_hashes.eq(None::<String>),
        clients::backchannel_logout_uri.eq(None::<String>),
        clients::follows_feed.eq(false),
    );
    Ok(update(there, columns).execute(connection)? > 0)
}

/// The next removed client, by id, that something still names, after this one.
pub fn next_removed(
    connection: &mut Connection,
    after: Option<&ClientId>,
) -> Result<Option<ClientId>, DbError> {
    let after = after.map_or("", ClientId::as_str);
    let gone = clients::table.filter(clients::removed_at.is_not_null()).filter(clients::id.gt(after));
    let next = gone.order(clients::id).limit(1).select(clients::id);
    let id: Option<String> = next.get_result(connection).optional()?;
    id.map(|id| parsed(ClientId::parse(&id).ok(), "clients.id")).transpose()
}

/// Whether a removed client of this id is still being forgotten.
pub fn is_removed(connection: &mut Connection, id: &ClientId) -> Result<bool, DbError> {
    let gone = clients::table.find(id.as_str()).filter(clients::removed_at.is_not_null());
    Ok(diesel::select(diesel::dsl::exists(gone)).get_result(connection)?)
}

/// Forgets a removed client, which nothing may name any more. How many there were.
pub fn forget(connection: &mut Connection, id: &ClientId) -> Result<usize, DbError> {
    let gone = clients::table.find(id.as_str()).filter(clients::removed_at.is_not_null());
    Ok(diesel::delete(gone).execute(connection)?)
}

impl TryFrom<&Client> for Row {
    type Error = DbError;
    fn try_from(client: &Client) -> Result<Self, DbError> {
        let secret_hashes = match &client.kind {
            ClientKind::Public => None,
            ClientKind::Confidential { secrets } => Some(secrets_column(secrets)?),
        };
        let metadata = &client.metadata;
        let logout_uri = metadata.backchannel_logout_uri.as_ref();
        Ok(Self {
            id: client.id.to_string(),
            id_hash: identifier_hash(client.id.as_str()),
            name: metadata.name.clone(),
            secret_hashes,
            redirect_uris: to_json(&metadata.redirect_uris, "clients.redirect_uris")?,
            post_logout_redirect_uris: to_json(
                &metadata.post_logout_redirect_uris,
                "clients.post_logout_redirect_uris",
            )?,
            grant_types: to_json(&metadata.grant_types, "clients.grant_types")?,
            scopes: metadata.scope.to_string(),
            audience: metadata.audience.clone(),
            require_pkce: metadata.require_pkce,
            consent: consent_word(metadata.consent).to_owned(),
            access_token_lifetime: metadata.access_token_lifetime,
            not_before: client.not_before.as_secs(),
            created_at: client.created_at.as_secs(),
            removed_at: None,
            backchannel_logout_uri: logout_uri.map(|uri| uri.as_str().to_owned()),
            backchannel_logout_session_required: metadata.backchannel_logout_session_required,
            id_token_encryption_key: encryption_key_column(metadata)?,
            follows_feed: metadata.follows_feed,
            required_acr: metadata.required_acr.as_ref().map(ToString::to_string),
            client_uri: link_column(metadata.client_uri.as_ref()),
            policy_uri: link_column(metadata.policy_uri.as_ref()),
            tos_uri: link_column(metadata.tos_uri.as_ref()),
            color: metadata.color.map(String::from),
            logo: client.logo.as_ref().map(ToString::to_string),
            claims_mapping: to_json(&metadata.claims_mapping, "clients.claims_mapping")?,
            allowed_roles: to_json(&metadata.allowed_roles, "clients.allowed_roles")?,
            allowed_groups: to_json(&metadata.allowed_groups, "clients.allowed_groups")?,
            allowed_networks: to_json(&metadata.allowed_networks, "clients.allowed_networks")?,
            uses_memberships: metadata.uses_memberships(),
        })
    }
}

impl TryFrom<Row> for Client {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        let kind = read_kind(row.secret_hashes.as_deref())?;
        let read_uri =
            |text: &String| parsed(BackchannelLogoutUri::parse(text).ok(), "clients.backchannel_logout_uri");
        let read_acr = |text: &str| parsed(Acr::parse(text), "clients.required_acr");
        let read_key = |text: &String| from_json(text, "clients.id_token_encryption_key");
        let metadata = ClientMetadata {
            name: row.name,
            redirect_uris: from_json(&row.redirect_uris, "clients.redirect_uris")?,
            post_logout_redirect_uris: from_json(
                &row.post_logout_redirect_uris,
                "clients.post_logout_redirect_uris",
            )?,
            grant_types: from_json(&row.grant_types, "clients.grant_types")?,
            scope: Scope::try_from(row.scopes).map_err(|_| DbError::Corrupt("clients.scopes"))?,
            audience: row.audience,
            require_pkce: row.require_pkce,
            consent: parsed(read_consent(&row.consent), "clients.consent")?,
            access_token_lifetime: row.access_token_lifetime,
            backchannel_logout_uri: row.backchannel_logout_uri.as_ref().map(read_uri).transpose()?,
            backchannel_logout_session_required: row.backchannel_logout_session_required,
            id_token_encryption_key: row.id_token_encryption_key.as_ref().map(read_key).transpose()?,
            follows_feed: row.follows_feed,
            required_acr: row.required_acr.as_deref().map(read_acr).transpose()?,
            client_uri: read_link(row.client_uri, "clients.client_uri")?,
            policy_uri: read_link(row.policy_uri, "clients.policy_uri")?,
            tos_uri: read_link(row.tos_uri, "clients.tos_uri")?,
            color: row.color.map(|text| parsed(Color::parse(&text).ok(), "clients.color")).transpose()?,
            claims_mapping: from_json(&row.claims_mapping, "clients.claims_mapping")?,
            allowed_roles: from_json(&row.allowed_roles, "clients.allowed_roles")?,
            allowed_groups: from_json(&row.allowed_groups, "clients.allowed_groups")?,
            allowed_networks: from_json(&row.allowed_networks, "clients.allowed_networks")?,
        };
        Ok(Self {
            id: ClientId::parse(&row.id).map_err(|_| DbError::Corrupt("clients.id"))?,
            kind,
            metadata,
            logo: row.logo.map(|name| parsed(LogoName::parse(&name), "clients.logo")).transpose()?,
            not_before: UnixTime(row.not_before),
            created_at: UnixTime(row.created_at),
        })
    }
}

fn link_column(link: Option<&WebLink>) -> Option<String> {
    link.map(|link| link.as_str().to_owned())
}

fn read_link(text: Option<String>, column: &'static str) -> Result<Option<WebLink>, DbError> {
    text.map(|text| parsed(WebLink::parse(&text).ok(), column)).transpose()
}

const fn consent_word(policy: ConsentPolicy) -> &'static str {
    match policy {
        ConsentPolicy::FirstParty => "first_party",
        ConsentPolicy::Ask => "ask",
    }
}

fn read_consent(word: &str) -> Option<ConsentPolicy> {
    [ConsentPolicy::FirstParty, ConsentPolicy::Ask].into_iter().find(|policy| consent_word(*policy) == word)
}

fn encryption_key_column(metadata: &ClientMetadata) -> Result<Option<String>, DbError> {
    let key = metadata.id_token_encryption_key.as_ref();
    key.map(|key| to_json(key, "clients.id_token_encryption_key")).transpose()
}

fn secrets_column(secrets: &[SecretHash]) -> Result<String, DbError> {
    let texts: Vec<String> = secrets.iter().map(ToString::to_string).collect();
    to_json(&texts, "clients.secret_hashes")
}

/// No hashes: a public client.
fn read_kind(secret_hashes: Option<&str>) -> Result<ClientKind, DbError> {
    let Some(text) = secret_hashes else {
        return Ok(ClientKind::Public);
    };
    let texts: Vec<String> = from_json(text, "clients.secret_hashes")?;
    let secrets = texts.iter().map(|text| SecretHash::parse(text)).collect();
    Ok(ClientKind::Confidential { secrets: parsed(secrets, "clients.secret_hashes")? })
}
