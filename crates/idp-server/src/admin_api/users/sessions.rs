//! Where a person is signed in, and was.

use super::super::{Answered, Body, Input, Method, NoAnswer, NoBody, NoQuery, Operation, Problem, Timestamp};
use super::{TAG, UserPath};
use crate::directory::Administration;
use crate::store::devices::{SessionList, SessionSelector};
use idp_core::administration::Permission;
use idp_core::device as core;
use idp_core::session as signed_in;
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// What a session is open on, as far as the browser says.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Device {
    /// `phone`, `tablet`, `computer` or `other`.
    pub kind: String,
    /// What the browser is called.
    pub browser: Option<String>,
    /// On what it runs.
    pub system: Option<String>,
    /// What the person calls it.
    pub name: Option<String>,
}

impl From<core::Device> for Device {
    fn from(device: core::Device) -> Self {
        Self {
            kind: device.kind.as_str().to_owned(),
            browser: device.browser,
            system: device.system,
            name: device.name.map(|name| name.as_str().to_owned()),
        }
    }
}

/// A site in use with a session.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SiteInUse {
    /// The id of its client.
    pub client_id: String,
    /// What it is called.
    pub name: String,
}

/// A sign-in of a person in one browser.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// Its id: `sid` in tokens.
    pub id: Uuid,
    /// When it began.
    pub created_at: Timestamp,
    /// When the person last proved in it who they are.
    pub authenticated_at: Timestamp,
    /// When it was last used, to the minute or so.
    pub last_used_at: Timestamp,
    /// From which address it was last used.
    pub address: Option<String>,
    /// What it is open on.
    pub device: Option<Device>,
    /// The sites in use with it.
    pub sites: Vec<SiteInUse>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Why, in a word for programs.
    pub ended_because: Option<String>,
}

impl Session {
    fn of(session: signed_in::Session, device: Option<core::Device>) -> Self {
        Self {
            id: session.sid,
            created_at: session.created_at.into(),
            authenticated_at: session.auth_time().into(),
            last_used_at: session.last_seen_at.into(),
            address: session.address,
            device: device.map(Device::from),
            sites: Vec::new(),
            ended_at: None,
            ended_because: None,
        }
    }
}

/// Where a person is signed in, and was.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Sessions {
    /// Open ones, the one used last first.
    pub open: Vec<Session>,
    /// The last ones that ended of late, the last first.
    pub ended: Vec<Session>,
}

impl Body for Sessions {}

impl From<SessionList> for Sessions {
    fn from(list: SessionList) -> Self {
        let open = list.open.into_iter().map(|open| {
            let sites = open.sites.into_iter();
            let sites = sites.map(|site| SiteInUse { client_id: site.client.to_string(), name: site.name });
            Session { sites: sites.collect(), ..Session::of(open.session, open.device) }
        });
        let ended = list.ended.into_iter().map(|past| Session {
            ended_at: Some(past.ended.at.into()),
            ended_because: Some(past.ended.cause.as_str().to_owned()),
            ..Session::of(past.session, past.device)
        });
        Self { open: open.collect(), ended: ended.collect() }
    }
}

/// Which session of which person.
#[derive(Clone, Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct SessionPath {
    /// The id of the person.
    pub user: Uuid,
    /// The id of the session.
    pub session: Uuid,
}

/// Lists where a person is signed in, and was of late.
pub struct ListSessions;

impl Operation for ListSessions {
    const ID: &'static str = "listUserSessions";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/users/{user}/sessions";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Lists where a person is signed in, and was of late";
    const NEEDS: &'static [Permission] = &[Permission::ReadUsers];
    const REFUSALS: &'static [u16] = &[404];
    type Path = UserPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = Sessions;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<Sessions>, Problem> {
        Ok(Answered::new(by.devices(input.path.user, now).await?.into()))
    }
}

/// Signs a person out in one browser.
pub struct EndSession;

impl Operation for EndSession {
    const ID: &'static str = "endUserSession";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/users/{user}/sessions/{session}";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Signs a person out in one browser";
    const NEEDS: &'static [Permission] = &[Permission::ManageSessions];
    const SUCCESS: u16 = 204;
    const REFUSALS: &'static [u16] = &[404];
    type Path = SessionPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = NoAnswer;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<NoAnswer>, Problem> {
        let which = SessionSelector::One(input.path.session);
        by.sign_out_sessions(input.path.user, which, now).await?;
        Ok(Answered::new(NoAnswer {}))
    }
}

/// What was ended.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EndedSessions {
    /// The ids of the sessions.
    pub items: Vec<Uuid>,
}

impl Body for EndedSessions {}

/// Signs a person out in every browser but one.
pub struct EndOtherSessions;

impl Operation for EndOtherSessions {
    const ID: &'static str = "endOtherUserSessions";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/users/{user}/sessions/{session}/end-others";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Signs a person out in every browser but this one, and answers what was ended; 404 where that was nothing";
    const NEEDS: &'static [Permission] = &[Permission::ManageSessions];
    const REFUSALS: &'static [u16] = &[404];
    type Path = SessionPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = EndedSessions;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<EndedSessions>, Problem> {
        let which = SessionSelector::OthersThan(input.path.session);
        let ended = by.sign_out_sessions(input.path.user, which, now).await?;
        Ok(Answered::new(EndedSessions { items: ended.sessions }))
    }
}
