//! Registered clients, how they prove themselves, and what people allowed them. Changing and removing a
//! client, which ends what it was given, is `revoke`'s.

use super::Store;
use crate::clock::Stopwatch;
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::authority::Authority;
use crate::db::logout_deliveries::{self, Delivery};
use crate::db::{DbError, Locks, client_logos, clients, consents, grants};
use idp_core::client::{Client, ClientId};
use idp_core::client_authentication::ClientAuthentication;
use idp_core::error::{ErrorCode, OAuthError};
use idp_core::grant::Grant;
use idp_core::logo::Logo;
use idp_core::scope::Scope;
use idp_core::secret::fingerprint;
use idp_core::time::UnixTime;
use std::collections::HashSet;
use std::sync::Arc;
use uuid::Uuid;

impl Store {
    /// Registers a client, with the logo that it names.
    ///
    /// # Errors
    /// [`DbError::Exists`] when the id is taken.
    pub async fn add_client(
        &self,
        client: Client,
        logo: Option<Logo>,
        by: Authority,
        now: UnixTime,
    ) -> Result<(), DbError> {
        self.make_room_for(&client.id).await?;
        self.write(Locks::client(&client.id), move |connection| {
            by.check(connection)?;
            clients::insert(connection, &client)?;
            if let Some(logo) = &logo {
                client_logos::set(connection, &client.id, logo)?;
            }
            let about = AuditContext { client: Some(client.id.to_string()), ..AuditContext::of(by) };
            audit_events::record(connection, AuditEvent::ClientAdded, about, now)
        })
        .await
    }

    /// So many clients, by id, beginning after the one called `after`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn clients_after(&self, after: Option<ClientId>, count: i64) -> Result<Vec<Client>, DbError> {
        self.read(move |connection| clients::page(connection, after.as_ref(), count)).await
    }

    /// So many clients whose id or name begins with `prefix`, in whatever case, by id, beginning after the one called `after`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn clients_beginning_with(
        &self,
        prefix: String,
        after: Option<ClientId>,
        count: i64,
    ) -> Result<Vec<Client>, DbError> {
        self.read(move |connection| clients::beginning_with(connection, &prefix, after.as_ref(), count)).await
    }

    /// The clients that may follow the revocation feed.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn clients_following_feed(&self) -> Result<HashSet<ClientId>, DbError> {
        self.read(clients::following_feed).await
    }

    /// The client with this id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn client(&self, id: ClientId) -> Result<Option<Client>, DbError> {
        self.read(move |connection| clients::by_id(connection, &id)).await
    }

    /// The client registered under `id`, if it is an id at all.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn client_named(&self, id: &str) -> Result<Option<Arc<Client>>, DbError> {
        match ClientId::parse(id) {
            Ok(id) => self.registered_client(&id).await,
            Err(_) => Ok(None),
        }
    }

    /// The client, once it has authenticated. A refusal is a value, with the id as it may be recorded.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn authenticate_client(
        &self,
        presented: ClientAuthentication,
        now: UnixTime,
    ) -> Result<Result<Arc<Client>, (OAuthError, String)>, DbError> {
        let held = self.client_leases.get(presented.client_id());
        if let Some(client) = held.filter(|client| presented.verify(Some(&client.kind)).is_ok()) {
            return self.with_believed_mark(client, now).await.map(Ok);
        }
        let asked = Stopwatch::start();
        let authenticated = self.read(move |connection| {
            let kind = clients::kind(connection, presented.client_id())?;
            let id = presented.client_id().as_str();
            let recorded = || match &kind {
                Some(_) => id.to_owned(),
                None => fingerprint(id),
            };
            if let Err(refused) = presented.verify(kind.as_ref()) {
                return Ok(Err((refused, recorded())));
            }
            // It may have been removed in between.
            let removed = OAuthError::new(ErrorCode::InvalidClient, "Client authentication failed.");
            Ok(clients::by_id(connection, presented.client_id())?.ok_or_else(|| (removed, recorded())))
        });
        match authenticated.await? {
            Ok(client) => self.with_believed_mark(self.client_leases.hold(client, asked), now).await.map(Ok),
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// The open grants of a client, at most so many: what removing it would end.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open_grants_of_client(&self, id: ClientId, most: i64) -> Result<Vec<Grant>, DbError> {
        self.read(move |connection| grants::open_of_client(connection, &id, UnixTime::default(), most)).await
    }

    /// The last logout tokens for a client, the newest first, at most `limit`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn logout_deliveries_to(&self, id: ClientId, limit: i64) -> Result<Vec<Delivery>, DbError> {
        self.read(move |connection| logout_deliveries::latest_of(connection, &id, limit)).await
    }

    /// What a user has allowed a client.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn given_consent(&self, user: Uuid, client: ClientId) -> Result<Scope, DbError> {
        self.read(move |connection| consents::given(connection, user, &client)).await
    }
}
