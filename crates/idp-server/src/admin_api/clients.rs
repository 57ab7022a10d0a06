//! Clients: the sites and programs that are registered here.

use super::client::{Client, RegisteredClient};
use super::client_metadata::{ClientPatch, NewClient};
use super::page::plain;
use super::{
    Answered, EntityTag, Input, List, Method, NoAnswer, NoBody, NoPath, NoQuery, Operation, PageQuery,
    Problem,
};
use crate::directory::Administration;
use idp_core::administration::Permission;
use idp_core::client::{self as core, ClientId};
use idp_core::secret::Secret;
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

pub(super) const TAG: &str = "Clients";

/// Which client.
#[derive(Clone, Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ClientPath {
    /// Its id.
    #[param(value_type = String, pattern = "^[A-Za-z0-9._~-]{1,64}$")]
    pub client: ClientId,
}

/// Which clients.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ClientQuery {
    /// How many rows; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where to go on: `next` of the page before.
    #[param(max_length = 1024)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Those alone whose id or name begins like this, in whatever case.
    #[param(min_length = 1, max_length = 200)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
}

/// Lists the clients.
pub struct ListClients;

impl Operation for ListClients {
    const ID: &'static str = "listClients";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/clients";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Lists the clients, by id";
    const NEEDS: &'static [Permission] = &[Permission::ReadClients];
    type Path = NoPath;
    type Query = ClientQuery;
    type Body = NoBody;
    type Answer = List<Client>;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        _now: UnixTime,
    ) -> Result<Answered<List<Client>>, Problem> {
        let ClientQuery { limit, after, q } = input.query;
        let page = PageQuery { limit, after };
        let limit = page.limit()?;
        let after = page.after::<String>()?.map(ClientId::try_from).transpose();
        let after = after.map_err(|error| Problem::parameter("after", error))?;
        let prefix = q.map(|q| plain("q", q)).transpose()?;
        let found = by.clients(prefix, after, i64::from(limit) + 1).await?;
        let items = found.iter().map(Client::from).collect();
        Ok(Answered::new(List::of(items, limit, |client: &Client| client.client_id.clone())))
    }
}

/// Registers a client.
pub struct RegisterClient;

impl Operation for RegisterClient {
    const ID: &'static str = "registerClient";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/clients";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Registers a client; its secret is in this answer and in no other. Takes the permissions among its scope as well";
    const NEEDS: &'static [Permission] = &[Permission::ManageClients];
    const SUCCESS: u16 = 201;
    const CREATED_ID: &'static str = "/client_id";
    const REFUSALS: &'static [u16] = &[409];
    const IS_VERSIONED: bool = true;
    type Path = NoPath;
    type Query = NoQuery;
    type Body = NewClient;
    type Answer = RegisteredClient;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<RegisteredClient>, Problem> {
        let is_chosen = input.body.client_secret.is_some();
        let (client, secret) = by.add_client(input.body.read(now)?, now).await?;
        let client = Client::from(&client);
        let (tag, location) = (Some(EntityTag::of(&client)), Some(format!("/clients/{}", client.client_id)));
        let client_secret =
            secret.as_ref().filter(|_| !is_chosen).map(|secret: &Secret| secret.expose().to_owned());
        Ok(Answered { body: RegisteredClient { client, client_secret }, tag, location })
    }
}

/// Shows a client.
pub struct GetClient;

impl Operation for GetClient {
    const ID: &'static str = "getClient";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/clients/{client}";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Shows a client";
    const NEEDS: &'static [Permission] = &[Permission::ReadClients];
    const REFUSALS: &'static [u16] = &[404];
    const IS_VERSIONED: bool = true;
    type Path = ClientPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = Client;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        _now: UnixTime,
    ) -> Result<Answered<Client>, Problem> {
        Ok(Answered::versioned(Client::from(&by.client(&input.path.client).await?)))
    }
}

/// Changes a client.
pub struct UpdateClient;

impl Operation for UpdateClient {
    const ID: &'static str = "updateClient";
    const METHOD: Method = Method::Patch;
    const PATH: &'static str = "/clients/{client}";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Changes a client; what it was given by a right that it then has no more ends. Takes the \
                                   permissions among its scope, before and afterwards, as well";
    const NEEDS: &'static [Permission] = &[Permission::ReadClients, Permission::ManageClients];
    const REFUSALS: &'static [u16] = &[404];
    const IS_VERSIONED: bool = true;
    type Path = ClientPath;
    type Query = NoQuery;
    type Body = ClientPatch;
    type Answer = Client;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<Client>, Problem> {
        let before: core::Client = by.client(&input.path.client).await?;
        input.if_match.check(&Client::from(&before))?;
        let metadata = input.body.apply(before.metadata.clone())?;
        let after = by.replace_metadata(before, metadata, now).await?;
        Ok(Answered::versioned(Client::from(&after)))
    }
}

/// Removes a client.
pub struct DeleteClient;

impl Operation for DeleteClient {
    const ID: &'static str = "deleteClient";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/clients/{client}";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str =
        "Removes a client; everything that it was given ends. Takes the permissions among its scope as well";
    const NEEDS: &'static [Permission] = &[Permission::ReadClients, Permission::ManageClients];
    const SUCCESS: u16 = 204;
    const REFUSALS: &'static [u16] = &[404];
    const IS_VERSIONED: bool = true;
    type Path = ClientPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = NoAnswer;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<NoAnswer>, Problem> {
        let client = by.client(&input.path.client).await?;
        input.if_match.check(&Client::from(&client))?;
        by.remove_seen_client(client, now).await?;
        Ok(Answered::new(NoAnswer {}))
    }
}
