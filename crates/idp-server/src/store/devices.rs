//! Where a person is signed in: the list for them and for the operator, and ending what is in it. What a name in
//! a request may end is looked up among the person's own sessions, inside the transaction that ends it.

use super::Store;
use super::revoke::{Revoking, end};
use super::sessions::{NotedUse, SignedIn};
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::sites::{self, OpenSite};
use crate::db::{Connection, DbError, Locks, device_names, sessions as session_rows};
use idp_core::client::ClientId;
use idp_core::device::{Device, DeviceName};
use idp_core::session::{EndCause, Ended, Session, SessionPolicy};
use idp_core::time::UnixTime;
use idp_core::user::User;
use std::collections::BTreeMap;
use uuid::Uuid;

/// How far back ended sessions are shown, in seconds.
const RECENTLY: i64 = 30 * 24 * 60 * 60;
/// How many of them.
const MOST_ENDED: usize = 10;

/// An open session.
#[derive(Clone, Debug)]
pub struct OpenSession {
    /// The session.
    pub session: Session,
    /// What it is open on, if that is known.
    pub device: Option<Device>,
    /// The sites in use with it, by name.
    pub sites: Vec<OpenSite>,
}

/// A session that ended.
#[derive(Clone, Debug)]
pub struct EndedSession {
    /// The session.
    pub session: Session,
    /// What it was open on, if that is known.
    pub device: Option<Device>,
    /// When and why.
    pub ended: Ended,
}

/// Where a person is signed in, and was.
#[derive(Clone, Debug, Default)]
pub struct SessionList {
    /// Open sessions, the one used last first.
    pub open: Vec<OpenSession>,
    /// Those that ended of late, the last first.
    pub ended: Vec<EndedSession>,
}

impl Store {
    /// Where the person of `signed_in` is signed in, who asks from `address`; to look is to use the session.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn devices_seen_from(
        &self,
        signed_in: &SignedIn,
        address: String,
        now: UnixTime,
    ) -> Result<SessionList, DbError> {
        let (user, policy) = (signed_in.user.clone(), self.policies.session);
        let Some(noted) = NotedUse::of(&signed_in.session, address, now) else {
            return self.devices(user, now).await;
        };
        self.write(Locks::person(user.id), move |connection| {
            noted.write(connection)?;
            look_up(connection, &user, policy, now)
        })
        .await
    }

    /// Where `user` is signed in.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn devices(&self, user: User, now: UnixTime) -> Result<SessionList, DbError> {
        let policy = self.policies.session;
        self.read(move |connection| look_up(connection, &user, policy, now)).await
    }

    /// Gives the device of the open session `sid` of the person of `signed_in` a name, or takes it away. Answers whether there
    /// is such a session with a device.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn name_device(
        &self,
        signed_in: &SignedIn,
        sid: Uuid,
        name: Option<DeviceName>,
        address: String,
        now: UnixTime,
    ) -> Result<bool, DbError> {
        let (user, policy) = (signed_in.user.clone(), self.policies.session);
        self.write(Locks::person(user.id), move |connection| {
            let open = session_rows::open_of(connection, user.id)?;
            let named = open
                .into_iter()
                .find(|(session, _)| session.sid == sid && session.is_alive(now, policy, user.not_before));
            let Some(device) = named.and_then(|(_, device)| device) else {
                return Ok(false);
            };
            if device.name == name {
                return Ok(true);
            }
            match &name {
                Some(name) => device_names::give(connection, user.id, device.id, name)?,
                None => device_names::take_away(connection, user.id, device.id)?,
            }
            let about = AuditContext {
                user: Some(user.id),
                sid: Some(sid),
                address: Some(address),
                ..AuditContext::default()
            };
            audit_events::record(connection, AuditEvent::DeviceNamed, about, now).map(|()| true)
        })
        .await
    }

    /// Ends sessions of `user`, all in one transaction. `about` says from where, and by whose right.
    ///
    /// # Errors
    /// When the end is not stored and published; then the caller must not confirm it.
    pub async fn sign_out(
        &self,
        user: Uuid,
        which: SessionSelector,
        by: Actor,
        about: AuditContext,
        now: UnixTime,
    ) -> Result<SignOut, DbError> {
        let ended = self.write_revoking_first(Locks::person(user), now, move |tx| {
            about.check_right(tx)?;
            let open: Vec<Uuid> =
                session_rows::open_of(tx, user)?.into_iter().map(|(session, _)| session.sid).collect();
            let (SessionSelector::One(named) | SessionSelector::OthersThan(named)) = which else {
                return end_all(tx, user, open, by, &about, now).map(SignOut::Ended);
            };
            if !open.contains(&named) {
                let known = session_rows::by_sid(tx, named)?;
                let own = known.is_some_and(|session| session.user == user);
                return Ok(if own { SignOut::AlreadyOut } else { SignOut::NotFound });
            }
            let chosen = |sid: &Uuid| (*sid == named) == matches!(which, SessionSelector::One(_));
            let sids = open.into_iter().filter(chosen).collect();
            end_all(tx, user, sids, by, &about, now).map(SignOut::Ended)
        });
        Ok(match ended.await? {
            (SignOut::Ended(ended), Some(number)) => SignOut::Ended(SignedOut { number, ..ended }),
            (outcome, _) => outcome,
        })
    }
}

fn look_up(
    connection: &mut Connection,
    user: &User,
    policy: SessionPolicy,
    now: UnixTime,
) -> Result<SessionList, DbError> {
    let (id, not_before) = (user.id, user.not_before);
    let mut sites = sites_by_session(connection, id, now)?;
    let mut found = SessionList::default();
    let limit = i64::try_from(MOST_ENDED).unwrap_or(i64::MAX);
    let ended = session_rows::ended_of(connection, id, now.plus(-RECENTLY), limit)?;
    for (session, device) in session_rows::open_of(connection, id)?.into_iter().chain(ended) {
        match session.end(now, policy, not_before) {
            Some(ended) => found.ended.push(EndedSession { session, device, ended }),
            None => {
                let sites = sites.remove(&session.sid).unwrap_or_default();
                found.open.push(OpenSession { session, device, sites });
            }
        }
    }
    found.open.sort_by_key(|open| std::cmp::Reverse((open.session.last_seen_at, open.session.sid)));
    found.ended.retain(|past| past.ended.at >= now.plus(-RECENTLY));
    found.ended.sort_by_key(|past| std::cmp::Reverse((past.ended.at, past.session.sid)));
    found.ended.truncate(MOST_ENDED);
    Ok(found)
}

fn sites_by_session(
    connection: &mut Connection,
    user: Uuid,
    now: UnixTime,
) -> Result<BTreeMap<Uuid, Vec<OpenSite>>, DbError> {
    let mut by_session: BTreeMap<Uuid, Vec<OpenSite>> = BTreeMap::new();
    for site in sites::open_of(connection, user, now)? {
        by_session.entry(site.sid).or_default().push(site);
    }
    Ok(by_session)
}

/// Which of a person's sessions to end.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum SessionSelector {
    /// This one.
    One(Uuid),
    /// All but this one.
    OthersThan(Uuid),
    /// All.
    All,
}

/// Who ends them.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Actor {
    /// The person, from this session.
    Person(Uuid),
    /// An administrator.
    Administrator,
}

impl Actor {
    fn cause(self, sid: Uuid) -> EndCause {
        match self {
            Self::Person(here) if here == sid => EndCause::LoggedOut,
            Self::Person(_) => EndCause::Kicked,
            Self::Administrator => EndCause::Administrator,
        }
    }
}

/// What a sign-out came to.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum SignOut {
    /// These ended.
    Ended(SignedOut),
    /// The session that was named has ended already.
    AlreadyOut,
    /// No session of this user was named.
    NotFound,
}

/// What was ended.
#[derive(Clone, Eq, PartialEq, Debug, Default)]
pub struct SignedOut {
    /// The sessions.
    pub sessions: Vec<Uuid>,
    /// The sites that were in use with them, each once, with the lifetime of its access tokens if it has its own.
    pub sites: BTreeMap<ClientId, Option<i64>>,
    /// A site that refuses everything up to this number of the revocation log refuses all of it.
    pub number: i64,
}

pub(super) fn end_all(
    tx: &mut Revoking<'_>,
    user: Uuid,
    sids: Vec<Uuid>,
    by: Actor,
    about: &AuditContext,
    now: UnixTime,
) -> Result<SignedOut, DbError> {
    let used = sites::open_of(tx, user, now)?;
    let concerned = used.into_iter().filter(|site| sids.contains(&site.sid));
    let sites = concerned.map(|site| (site.client, site.access_token_lifetime)).collect();
    end::sessions(tx, user, sids.iter().map(|sid| (*sid, by.cause(*sid))), about, now)?;
    Ok(SignedOut { sessions: sids, sites, number: 0 })
}
