//! Who calls, and what they may do: what a client asks first, to show no more than that.

use super::{Answered, Body, Input, Method, NoBody, NoPath, NoQuery, Operation, Problem};
use crate::directory::Administration;
use idp_core::administration::Permission;
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The caller.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Me {
    /// Who it is, as the audit log names them: `user:<id>`, `client:<id>` or `console:<account>`.
    pub principal: String,
    /// What they may do: what their roles (or the registration of the client) permit, as far as the token has the scope.
    pub permissions: Vec<String>,
}

impl Body for Me {}

/// Shows the caller.
pub struct GetMe;

impl Operation for GetMe {
    const ID: &'static str = "getMe";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/me";
    const TAG: &'static str = "Caller";
    const SUMMARY: &'static str = "Shows who calls, and what they may do";
    const NEEDS: &'static [Permission] = &[];
    type Path = NoPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = Me;

    async fn run(
        by: &Administration<'_>,
        _input: Input<Self>,
        _now: UnixTime,
    ) -> Result<Answered<Me>, Problem> {
        let (principal, permissions) = (by.caller.principal(), by.caller.permissions());
        Ok(Answered::new(Me { principal: principal.to_string(), permissions: permissions.into() }))
    }
}
