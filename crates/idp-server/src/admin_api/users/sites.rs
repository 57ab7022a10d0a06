//! What sites have of a person.

use super::super::{Answered, Body, Input, Method, NoAnswer, NoBody, NoQuery, Operation, Problem, Timestamp};
use super::{TAG, UserPath};
use crate::directory::Administration;
use crate::store::connected_sites::ConnectedSite;
use idp_core::administration::Permission;
use idp_core::client::{ClientId, ConsentPolicy};
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// What a site has of a person.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Consent {
    /// The id of its client.
    pub client_id: String,
    /// What it is called.
    pub name: String,
    /// What it may have: scope values, separated by spaces.
    pub scope: String,
    /// Whether the person was asked. Sites of the organisation ask nobody.
    pub asked: bool,
    /// Since when.
    pub since: Timestamp,
    /// With how many open sessions it is in use.
    pub sessions: usize,
}

/// What sites have of a person.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Consents {
    /// By the name of the site.
    pub items: Vec<Consent>,
}

impl Body for Consents {}

impl From<ConnectedSite> for Consent {
    fn from(site: ConnectedSite) -> Self {
        Self {
            client_id: site.client.id.to_string(),
            name: site.client.metadata.name.clone(),
            scope: site.scope.to_string(),
            asked: site.client.metadata.consent == ConsentPolicy::Ask,
            since: site.since.into(),
            sessions: site.sessions,
        }
    }
}

/// What which site has of which person.
#[derive(Clone, Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ConsentPath {
    /// The id of the person.
    pub user: Uuid,
    /// The id of the client.
    pub client: String,
}

/// Lists what sites have of a person.
pub struct ListConsents;

impl Operation for ListConsents {
    const ID: &'static str = "listUserConsents";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/users/{user}/consents";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Lists what sites have of a person";
    const NEEDS: &'static [Permission] = &[Permission::ReadUsers];
    const REFUSALS: &'static [u16] = &[404];
    type Path = UserPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = Consents;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<Consents>, Problem> {
        let sites = by.sites_of(input.path.user, now).await?;
        Ok(Answered::new(Consents { items: sites.into_iter().map(Consent::from).collect() }))
    }
}

/// Takes back what a person has allowed a site, and signs them out there.
pub struct WithdrawConsent;

impl Operation for WithdrawConsent {
    const ID: &'static str = "withdrawUserConsent";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/users/{user}/consents/{client}";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Takes back what a person has allowed a site, and signs them out there";
    const NEEDS: &'static [Permission] = &[Permission::ManageSessions];
    const SUCCESS: u16 = 204;
    const REFUSALS: &'static [u16] = &[404];
    type Path = ConsentPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = NoAnswer;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<NoAnswer>, Problem> {
        let client = ClientId::parse(&input.path.client);
        let client = client.map_err(|_| Problem::not_found("there is no such client"))?;
        by.withdraw_consent(input.path.user, client, now).await?;
        Ok(Answered::new(NoAnswer {}))
    }
}
