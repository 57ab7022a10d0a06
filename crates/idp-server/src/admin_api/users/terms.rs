//! Which terms of use a person has accepted.

use super::super::{Answered, Body, Input, Method, NoBody, NoQuery, Operation, Problem, Timestamp};
use super::{TAG, UserPath};
use crate::db::terms_acceptances::AcceptedTerms as Accepted;
use crate::directory::Administration;
use idp_core::administration::Permission;
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A version of the terms of use that a person accepted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AcceptedTerms {
    /// Which (`terms.version`).
    pub version: String,
    /// When.
    pub accepted_at: Timestamp,
}

impl From<Accepted> for AcceptedTerms {
    fn from(accepted: Accepted) -> Self {
        Self { version: accepted.version.to_string(), accepted_at: accepted.at.into() }
    }
}

/// The terms of use that a person accepted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AcceptedTermsOfUser {
    /// In no order.
    pub items: Vec<AcceptedTerms>,
}

impl Body for AcceptedTermsOfUser {}

/// Lists the terms of use that a person accepted.
pub struct ListAcceptedTerms;

impl Operation for ListAcceptedTerms {
    const ID: &'static str = "listUserTerms";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/users/{user}/terms";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Lists the versions of the terms of use that a person accepted";
    const NEEDS: &'static [Permission] = &[Permission::ReadUsers];
    const REFUSALS: &'static [u16] = &[404];
    type Path = UserPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = AcceptedTermsOfUser;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        _now: UnixTime,
    ) -> Result<Answered<AcceptedTermsOfUser>, Problem> {
        let accepted = by.accepted_terms(input.path.user).await?;
        Ok(Answered::new(AcceptedTermsOfUser {
            items: accepted.into_iter().map(AcceptedTerms::from).collect(),
        }))
    }
}
