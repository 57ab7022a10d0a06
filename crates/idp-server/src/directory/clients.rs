//! Clients: registering one, changing and removing it. Their secrets are `client_secrets`.

use super::client_secrets::new_secret;
use super::{Administration, Directory, DirectoryError, MOST_COUNTED};
use crate::db::DbError;
use crate::db::audit_events::AuditContext;
use crate::db::authority::Authority;
use crate::outgoing::AddressFilter;
use crate::store::client_secrets::NoSecret;
use crate::store::revoke::Target;
use idp_core::administration::{GroupName, Permission, Permissions, RoleName};
use idp_core::authentication::Acr;
use idp_core::backchannel::BackchannelLogoutUri;
use idp_core::client::{Client, ClientId, ClientKind, ClientMetadata};
use idp_core::discovery::path;
use idp_core::grant::{Grant, LostRights};
use idp_core::logo::Logo;
use idp_core::scope::{OPENID_SCOPES, Scope};
use idp_core::secret::Secret;
use idp_core::session::EndCause;
use idp_core::time::UnixTime;
use idp_core::token::TokenBudget;
use idp_core::user::attribute::Attribute;
use std::net::IpAddr;
use url::{Host, Url};

/// A client to register.
pub struct NewClient {
    /// Its id.
    pub id: ClientId,
    /// Whether it cannot keep a secret. That stays: refresh tokens of a public client may be anywhere, and a secret that it
    /// got later would vouch for them; a confidential client without its secret could be imitated by its id alone.
    pub is_public: bool,
    /// What may change later.
    pub metadata: ClientMetadata,
    /// The logo that people see.
    pub logo: Option<Logo>,
    /// The secret of a confidential client, if it is chosen; made here otherwise.
    pub secret: Option<Secret>,
}

/// What a change of a registration would end.
pub struct WouldEnd {
    /// So many grants of people, counted no further than one more than [`MOST_COUNTED`].
    pub grants: usize,
    /// Whether the tokens that the client got in its own name.
    pub own_tokens: bool,
}

impl Administration<'_> {
    /// Registers a client. Answers the registration and, for a confidential client, its secret.
    ///
    /// # Errors
    /// That the registration contradicts itself, the id is taken, or it is not stored.
    pub async fn add_client(
        &self,
        new: NewClient,
        now: UnixTime,
    ) -> Result<(Client, Option<Secret>), DirectoryError> {
        let by = self.right_to_register(&[&new.metadata.scope])?;
        if new.is_public && new.secret.is_some() {
            return Err(NoSecret::Public.into());
        }
        let secret = new.secret.or_else(|| (!new.is_public).then(new_secret));
        let kind = match &secret {
            Some(secret) => ClientKind::Confidential { secrets: vec![secret.hash()] },
            None => ClientKind::Public,
        };
        let defined = self.attributes_told(None, &new.metadata).await?;
        let mut client = self.checked(Client::register(new.id, kind, new.metadata, now)?, &defined)?;
        self.check_allowed(&[], &client.metadata.allowed_roles, &[], &client.metadata.allowed_groups).await?;
        client.logo = new.logo.as_ref().map(Logo::name);
        match self.store.add_client(client.clone(), new.logo, by, now).await {
            Ok(()) => Ok((client, secret)),
            Err(DbError::Exists) => Err(DirectoryError::ClientExists(client.id)),
            Err(error) => Err(error.into()),
        }
    }

    /// So many clients, by id, beginning after this one: all, or those whose id or name begins with `prefix` in whatever case.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn clients(
        &self,
        prefix: Option<String>,
        after: Option<ClientId>,
        count: i64,
    ) -> Result<Vec<Client>, DirectoryError> {
        self.require(Permission::ReadClients)?;
        match prefix {
            Some(prefix) => Ok(self.store.clients_beginning_with(prefix, after, count).await?),
            None => Ok(self.store.clients_after(after, count).await?),
        }
    }

    /// The client with this id.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], [`DirectoryError::UnknownClient`], or that the database does not answer.
    pub async fn client(&self, id: &ClientId) -> Result<Client, DirectoryError> {
        self.require(Permission::ReadClients)?;
        self.known_client(id).await
    }

    pub(super) async fn known_client(&self, id: &ClientId) -> Result<Client, DirectoryError> {
        let found = self.store.client(id.clone()).await?;
        found.ok_or_else(|| DirectoryError::UnknownClient(id.clone()))
    }

    /// Changes the metadata of a client. What it was given by a right that it then has no more ends: the grants with a scope
    /// that was taken away, all of them when the code flow, refreshing or the audience went, and the tokens that it got in
    /// its own name. Codes under way are refused when they are redeemed. A change that changes nothing leaves no trace.
    ///
    /// # Errors
    /// What `change` answers; that the registration would contradict itself, there is no such client, another operator
    /// changed it at the same moment, or it is not stored and published.
    pub async fn change_client<E: From<DirectoryError>>(
        &self,
        id: &ClientId,
        change: impl FnOnce(ClientMetadata) -> Result<ClientMetadata, E>,
        now: UnixTime,
    ) -> Result<Client, E> {
        let before = self.known_client(id).await?;
        let metadata = change(before.metadata.clone())?;
        Ok(self.replace_metadata(before, metadata, now).await?)
    }

    /// The same to a client as it was seen.
    ///
    /// # Errors
    /// As [`Administration::change_client`].
    pub async fn replace_metadata(
        &self,
        before: Client,
        metadata: ClientMetadata,
        now: UnixTime,
    ) -> Result<Client, DirectoryError> {
        let by = self.right_to_register(&[&before.metadata.scope, &metadata.scope])?;
        let after = self.replaced(&before, metadata).await?;
        let changed = before.metadata.differences(&after.metadata);
        if changed.is_empty() {
            // An earlier try may have been stored without being published.
            self.store.publish(now).await?;
            return Ok(after);
        }
        let client = Some(after.id.to_string());
        let about = AuditContext { client, detail: Some(changed.join(" ")), ..AuditContext::of(by) };
        let target = Target::ChangedClient { before: Box::new(before), after: Box::new(after.clone()) };
        match self.store.revoke(target, EndCause::Administrator, about, now).await? {
            true => Ok(after),
            false => Err(DirectoryError::ChangedMeanwhile),
        }
    }

    /// Gives a client the logo that people see, or takes it away.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], [`DirectoryError::UnknownClient`], or that it is not stored.
    pub async fn set_client_logo(
        &self,
        id: &ClientId,
        logo: Option<Logo>,
        now: UnixTime,
    ) -> Result<(), DirectoryError> {
        let by = self.right_over_client(&self.known_client(id).await?)?;
        match self.store.set_client_logo(id, logo, by, now).await? {
            true => Ok(()),
            false => Err(DirectoryError::UnknownClient(id.clone())),
        }
    }

    /// What replacing the metadata of a client would end.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], that the registration would contradict itself, or that the database does not answer.
    pub async fn lost_rights(
        &self,
        before: Client,
        metadata: ClientMetadata,
    ) -> Result<WouldEnd, DirectoryError> {
        self.require(Permission::ReadClients)?;
        let after = self.replaced(&before, metadata).await?;
        let lost = LostRights::between(&before, &after);
        let grants = match lost.concern_grants() {
            true => self.open_grants(&before.id).await?.iter().filter(|grant| lost.end(grant)).count(),
            false => 0,
        };
        Ok(WouldEnd { grants, own_tokens: lost.end_own_tokens() })
    }

    /// How many grants of people are open at a client, counted no further than one more than [`MOST_COUNTED`].
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn count_grants(&self, id: &ClientId) -> Result<usize, DirectoryError> {
        self.require(Permission::ReadClients)?;
        Ok(self.open_grants(id).await?.len())
    }

    async fn open_grants(&self, id: &ClientId) -> Result<Vec<Grant>, DirectoryError> {
        Ok(self.store.open_grants_of_client(id.clone(), MOST_COUNTED + 1).await?)
    }

    /// Removes a client; everything it was given ends.
    ///
    /// # Errors
    /// As [`Administration::remove_seen_client`].
    pub async fn remove_client(&self, id: &ClientId, now: UnixTime) -> Result<(), DirectoryError> {
        self.remove_seen_client(self.known_client(id).await?, now).await
    }

    /// The same of a client as the caller has seen it: when it is another by now, nothing is removed.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], [`DirectoryError::UnknownClient`], [`DirectoryError::ChangedMeanwhile`], or that it is
    /// not stored and published.
    pub async fn remove_seen_client(&self, client: Client, now: UnixTime) -> Result<(), DirectoryError> {
        let (id, by) = (client.id.clone(), self.right_over_client(&client)?);
        let about = AuditContext { client: Some(id.to_string()), ..AuditContext::of(by) };
        let target = Target::Client { id: id.clone(), seen: Some(Box::new(client)) };
        if self.store.revoke(target, EndCause::ClientRemoved, about, now).await? {
            return Ok(());
        }
        self.known_client(&id).await?;
        Err(DirectoryError::ChangedMeanwhile)
    }

    /// The right to have a client with these scopes. A scope that permits something at the provider is a right, which only its
    /// holders hand out: a lesser administrator could send the codes of a greater one to themselves.
    fn right_to_register(&self, scopes: &[&Scope]) -> Result<Authority, DirectoryError> {
        let permitted = scopes.iter().map(|scope| Permissions::of_scope(scope));
        self.right(permitted.fold(Permission::ManageClients.into(), Permissions::union))
    }

    /// The right to an act on a client, with the scopes that it has here, and with those that it has by the time of the act.
    pub(super) fn right_over_client(&self, client: &Client) -> Result<Authority, DirectoryError> {
        Ok(self.right_to_register(&[&client.metadata.scope])?.over_client(client.id.clone()))
    }
}

impl Directory<'_> {
    /// The registration as a whole: consistent, reachable, and with tokens that fit the header of a request.
    fn checked(&self, client: Client, defined: &[Attribute]) -> Result<Client, DirectoryError> {
        self.check_logout_uri(&client)?;
        self.check_class(&client)?;
        self.check_audience(&client.metadata)?;
        self.check_attributes(&client, defined)?;
        Ok(client)
    }

    /// The registration with other metadata, if it can be so.
    async fn replaced(&self, before: &Client, metadata: ClientMetadata) -> Result<Client, DirectoryError> {
        let defined = self.attributes_told(Some(&before.metadata), &metadata).await?;
        let after = self.checked(before.clone().with_metadata(metadata)?, &defined)?;
        let (was, is) = (&before.metadata, &after.metadata);
        self.check_allowed(&was.allowed_roles, &is.allowed_roles, &was.allowed_groups, &is.allowed_groups)
            .await?;
        Ok(after)
    }

    /// That its largest token fits the header of a request.
    pub(super) fn check_budget(&self, client: &Client, defined: &[Attribute]) -> Result<(), DirectoryError> {
        let budget = TokenBudget::for_key(self.config.key.bits);
        let (issuer, levels) = (self.config.issuer.url.as_str(), &self.config.authentication.levels);
        budget.check_client(&without_permissions(client), issuer, levels, defined)?;
        Ok(())
    }

    /// A token of another audience opens nothing at the administration API, whatever its scope says.
    fn check_audience(&self, metadata: &ClientMetadata) -> Result<(), DirectoryError> {
        let permitted = Permissions::of_scope(&metadata.scope);
        let audience = format!("{}{}", self.config.issuer.url.as_str(), path::ADMINISTRATION);
        match permitted.is_empty() || metadata.audience == audience {
            true => Ok(()),
            false => Err(DirectoryError::AudienceOfPermissions { scope: permitted.to_string(), audience }),
        }
    }

    /// Roles and groups that are named anew exist: a name that was typed wrongly would shut everybody out. Others may be gone by
    /// now, and stop no other change.
    async fn check_allowed(
        &self,
        old_roles: &[RoleName],
        roles: &[RoleName],
        old_groups: &[GroupName],
        groups: &[GroupName],
    ) -> Result<(), DirectoryError> {
        for role in roles.iter().filter(|role| !old_roles.contains(role)) {
            if self.store.role_named(role.clone()).await?.is_none() {
                return Err(DirectoryError::UnknownAllowedRole(role.clone()));
            }
        }
        for group in groups.iter().filter(|group| !old_groups.contains(group)) {
            if self.store.group_named(group.clone()).await?.is_none() {
                return Err(DirectoryError::UnknownAllowedGroup(group.clone()));
            }
        }
        Ok(())
    }

    fn check_class(&self, client: &Client) -> Result<(), DirectoryError> {
        let levels = &self.config.authentication.levels;
        match &client.metadata.required_acr {
            Some(acr) if !levels.have(acr) => {
                let known: Vec<&str> = levels.names().map(Acr::as_str).collect();
                Err(DirectoryError::UnknownClass { acr: acr.clone(), known: known.join(", ") })
            }
            _ => Ok(()),
        }
    }

    /// An address that the provider would never connect to is refused now, as far as it shows in the URI itself.
    fn check_logout_uri(&self, client: &Client) -> Result<(), DirectoryError> {
        let Some(uri) = &client.metadata.backchannel_logout_uri else {
            return Ok(());
        };
        match literal_address(uri) {
            Some(address)
                if !uri.is_local()
                    && !AddressFilter::new(&self.config.backchannel.allow_networks).allows(address) =>
            {
                Err(DirectoryError::UnreachableLogoutUri { uri: uri.clone(), address })
            }
            _ => Ok(()),
        }
    }
}

/// What of a registration is allowed and yet may be a mistake.
#[must_use]
pub fn warnings(metadata: &ClientMetadata) -> Vec<String> {
    let unknown = scopes_without_meaning(metadata);
    let say = |words: String| {
        format!("scope: this server gives no meaning to {words}; a resource that reads it in the token may")
    };
    Some(unknown.join(" ")).filter(|words| !words.is_empty()).map(say).into_iter().collect()
}

/// The words of a scope that this server knows nothing of.
#[must_use]
pub fn scopes_without_meaning(metadata: &ClientMetadata) -> Vec<&str> {
    let means_something = |word: &str| {
        OPENID_SCOPES.contains(&word) || Permission::parse(word).is_some() || word == "offline_access"
    };
    metadata.scope.words().filter(|word| !means_something(word)).collect()
}

/// Permissions are in tokens that the provider alone reads, which takes them however many there are: the budget is about what
/// stands between people and sites.
fn without_permissions(client: &Client) -> Client {
    let scope = &client.metadata.scope;
    let permissions = Scope::try_from(Permissions::of_scope(scope).to_string()).unwrap_or_default();
    let metadata = ClientMetadata { scope: scope.without(&permissions), ..client.metadata.clone() };
    Client { metadata, ..client.clone() }
}

fn literal_address(uri: &BackchannelLogoutUri) -> Option<IpAddr> {
    match Url::parse(uri.as_str()).ok()?.host()? {
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
        Host::Domain(_) => None,
    }
}
