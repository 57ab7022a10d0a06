//! What a change of a client would end, and what removing it would: asked before it is done.

use super::client_metadata::ClientPatch;
use super::clients::{ClientPath, TAG};
use super::everybody::OpenCount;
use super::{Answered, Body, Input, Method, NoBody, NoQuery, Operation, Problem};
use crate::directory::Administration;
use idp_core::administration::Permission;
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a change of a client would end.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ClientEffect {
    /// The grants of people who are signed in there.
    pub grants: OpenCount,
    /// Whether the tokens that it got in its own name.
    pub own_tokens: bool,
}

impl Body for ClientEffect {}

/// Says what a change would end.
pub struct PreviewClient;

impl Operation for PreviewClient {
    const ID: &'static str = "previewClient";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/clients/{client}/preview";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Says what a change of a client would end, and changes nothing";
    const NEEDS: &'static [Permission] = &[Permission::ReadClients];
    const REFUSALS: &'static [u16] = &[404];
    type Path = ClientPath;
    type Query = NoQuery;
    type Body = ClientPatch;
    type Answer = ClientEffect;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        _now: UnixTime,
    ) -> Result<Answered<ClientEffect>, Problem> {
        let before = by.client(&input.path.client).await?;
        let metadata = input.body.apply(before.metadata.clone())?;
        let lost = by.lost_rights(before, metadata).await?;
        Ok(Answered::new(ClientEffect { grants: OpenCount::of(lost.grants), own_tokens: lost.own_tokens }))
    }
}

/// Counts the open grants of a client.
pub struct CountGrants;

impl Operation for CountGrants {
    const ID: &'static str = "countClientGrants";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/clients/{client}/grants/count";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str =
        "Counts the grants of people who are signed in at a client: what removing it would end";
    const NEEDS: &'static [Permission] = &[Permission::ReadClients];
    const REFUSALS: &'static [u16] = &[404];
    type Path = ClientPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = OpenCount;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        _now: UnixTime,
    ) -> Result<Answered<OpenCount>, Problem> {
        let client = by.client(&input.path.client).await?;
        Ok(Answered::new(OpenCount::of(by.count_grants(&client.id).await?)))
    }
}
