//! Everybody at once: how many sign-ins are open, and ending them all, as after an old copy of the database was restored.

use super::{Answered, Body, Input, Method, NoAnswer, NoBody, NoPath, NoQuery, Operation, Problem};
use crate::directory::{Administration, MOST_COUNTED};
use idp_core::administration::Permission;
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

const TAG: &str = "Everybody";

/// How many there are of what would end.
#[derive(Copy, Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OpenCount {
    /// How many, counted no further than 10 000.
    pub count: usize,
    /// Whether there are more.
    pub more: bool,
}

impl Body for OpenCount {}

impl OpenCount {
    /// Of so many that were found, where one more than [`MOST_COUNTED`] was looked for.
    pub(crate) fn of(found: usize) -> Self {
        let most = usize::try_from(MOST_COUNTED).unwrap_or(usize::MAX);
        Self { count: found.min(most), more: found > most }
    }
}

/// Counts the sign-ins that are open.
pub struct CountSessions;

impl Operation for CountSessions {
    const ID: &'static str = "countSessions";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/sessions/count";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Counts the sign-ins that are open, of all people";
    const NEEDS: &'static [Permission] = &[Permission::ReadUsers];
    type Path = NoPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = OpenCount;

    async fn run(
        by: &Administration<'_>,
        _input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<OpenCount>, Problem> {
        Ok(Answered::new(OpenCount::of(by.count_open_sessions(now).await?)))
    }
}

/// Signs everybody out.
pub struct SignOutEverybody;

impl Operation for SignOutEverybody {
    const ID: &'static str = "signOutEverybody";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/sessions/end-all";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str =
        "Signs everybody out everywhere, the caller included; they may sign in again";
    const NEEDS: &'static [Permission] = &[Permission::ManageSessions, Permission::ManageUsers];
    const SUCCESS: u16 = 204;
    type Path = NoPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = NoAnswer;

    async fn run(
        by: &Administration<'_>,
        _input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<NoAnswer>, Problem> {
        by.sign_out_everybody(now).await?;
        Ok(Answered::new(NoAnswer {}))
    }
}
