//! What a person has open when they sign in, seen from the browser in which they do, and what of it makes room.

use super::NewSignIn;
use crate::db::sessions::OnDevice;
use crate::db::{Connection, DbError, sessions};
use crate::store::revoke::{Revoking, end};
use idp_core::device::{Device, DeviceKind, OpenSession};
use idp_core::session::{EndCause, Ended, Session, SessionPolicy};
use idp_core::time::UnixTime;
use idp_core::user::User;
use uuid::Uuid;

/// What a person has open, seen from the browser that signs in.
pub(super) struct OpenSessions {
    /// On other devices.
    pub(super) elsewhere: Vec<OnDevice>,
    /// In this browser, of this person; the one it had a cookie of comes first.
    pub(super) own: Vec<Session>,
    /// In this browser, of another person.
    former: Option<Session>,
    /// Of this person, by a cookie that was copied from another device: it does not move here with it.
    copied: Option<Session>,
    /// Over by themselves, and not yet marked so.
    over: Vec<(Uuid, Ended)>,
}

impl OpenSessions {
    pub(super) fn of(
        connection: &mut Connection,
        user: &User,
        sign_in: &NewSignIn,
        device: Option<&Device>,
        policy: SessionPolicy,
        now: UnixTime,
    ) -> Result<Self, DbError> {
        let former = sign_in.former.as_ref();
        let mut found =
            Self { elsewhere: Vec::new(), own: Vec::new(), former: None, copied: None, over: Vec::new() };
        let here = device.map(|device| device.id);
        for (session, on) in sessions::open_of(connection, user.id)? {
            let is_former = former.is_some_and(|former| former.sid == session.sid);
            let is_here = is_former || (here.is_some() && session.device == here);
            match session.end(now, policy, user.not_before) {
                Some(ended) => found.over.push((session.sid, ended)),
                None if is_former && !session.is_of_device(here) => found.copied = Some(session),
                None if is_former => found.own.insert(0, session),
                None if is_here => found.own.push(session),
                None => found.elsewhere.push((session, on)),
            }
        }
        found.former = former.filter(|former| former.user != user.id).cloned();
        Ok(found)
    }

    pub(super) fn as_seen_by_policy(&self) -> Vec<OpenSession> {
        let seen = |(session, device): &OnDevice| OpenSession {
            sid: session.sid,
            kind: device.as_ref().map_or(DeviceKind::Other, |device| device.kind),
            last_seen_at: session.last_seen_at,
        };
        self.elsewhere.iter().map(seen).collect()
    }
}

/// Ends what this browser had open besides the session that goes on, which is answered. A yes always opens a
/// session of its own: its id is what makes it good for once.
pub(super) fn make_room(
    tx: &mut Revoking<'_>,
    open: &OpenSessions,
    sign_in: &NewSignIn,
    now: UnixTime,
) -> Result<Option<Session>, DbError> {
    for (sid, ended) in &open.over {
        end::session(tx, *sid, ended.cause, now)?;
    }
    let (renewed, superseded) = match open.own.split_first() {
        Some((first, rest)) if sign_in.agreed.is_none() => (Some(first), rest),
        _ => (None, open.own.as_slice()),
    };
    for session in superseded.iter().chain(&open.former) {
        end::session(tx, session.sid, EndCause::SignedInAgain, now)?;
    }
    // Its own browser is told: its cookie still names the session that ended.
    if let Some(session) = &open.copied {
        end::session(tx, session.sid, EndCause::DevicePolicy, now)?;
    }
    Ok(renewed.cloned())
}
