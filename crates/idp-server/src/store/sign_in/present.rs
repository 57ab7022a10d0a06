//! The browser that signs in, and the session that begins there.

use super::{NewSignIn, PresentDevice};
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::{Connection, DbError, devices, sessions, users};
use crate::mail::News;
use crate::store::mail_outbox::Letters;
use idp_core::device::Device;
use idp_core::session::Session;
use idp_core::time::UnixTime;
use uuid::Uuid;

/// The device as it is from now on: the known one, or a new one.
pub(in crate::store) fn present(
    connection: &mut Connection,
    known: Option<Device>,
    present: &PresentDevice,
    now: UnixTime,
) -> Result<Device, DbError> {
    let is_new = known.is_none();
    let (id, created_at) = known.map_or((present.new_id, now), |device| (device.id, device.created_at));
    let device = Device {
        id,
        kind: present.described.kind,
        browser: present.described.browser.map(str::to_owned),
        system: present.described.system.map(str::to_owned),
        name: None,
        created_at,
        last_seen_at: now,
    };
    match is_new {
        true => devices::insert(connection, &device, &present.new_cookie)?,
        false => devices::seen(connection, &device)?,
    }
    Ok(device)
}

pub(in crate::store) fn begin(
    connection: &mut Connection,
    renewed: Option<Session>,
    device: &Device,
    sign_in: &NewSignIn,
    now: UnixTime,
) -> Result<Session, DbError> {
    let is_new = renewed.is_none();
    let (sid, created_at) = renewed.map_or((sign_in.sid, now), |session| (session.sid, session.created_at));
    let session = Session {
        sid,
        user: sign_in.authentication.user,
        proofs: sign_in.authentication.proofs.clone(),
        created_at,
        last_seen_at: now,
        device: Some(device.id),
        address: Some(sign_in.address.clone()),
        ended: None,
    };
    match is_new {
        true => sessions::insert(connection, &session, &sign_in.secret)?,
        false => sessions::prove_again(connection, &session, &sign_in.secret)?,
    }
    Ok(session)
}

/// Whether a person who has signed in before has never done so on this device, as far as that is known. The first sign-in of
/// an account is no news; that there was one is known however long the account slept (OWASP ASVS 5.0 6.3.5).
pub(super) fn is_strange_to(
    connection: &mut Connection,
    letters: &Letters,
    user: Uuid,
    device: Option<&Device>,
    now: UnixTime,
) -> Result<bool, DbError> {
    if !users::has_signed_in(connection, user)? {
        users::note_first_sign_in(connection, user, now)?;
        return Ok(false);
    }
    Ok(match device {
        _ if !letters.are_on() => false,
        Some(device) => !sessions::was_on(connection, user, device.id)?,
        None => true,
    })
}

pub(super) fn news_of(session: &Session, device: Device) -> News {
    News::NewSignIn {
        sid: session.sid,
        at: session.last_seen_at,
        // One that lay unused for so long that nothing else is left of it.
        name: device.name.map(|name| name.to_string()),
        browser: device.browser,
        system: device.system,
        address: session.address.clone(),
    }
}

pub(in crate::store) fn note_sign_in(
    connection: &mut Connection,
    session: &Session,
    now: UnixTime,
) -> Result<(), DbError> {
    let about = AuditContext {
        user: Some(session.user),
        sid: Some(session.sid),
        address: session.address.clone(),
        ..AuditContext::default()
    };
    audit_events::record(connection, AuditEvent::SignedIn, about, now)
}
