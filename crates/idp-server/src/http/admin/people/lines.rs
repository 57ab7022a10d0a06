//! Rows that several of these pages have.

use super::super::act::page_error;
use super::super::gate::Administrator;
use super::if_open;
use crate::db::audit_events::AuditEvent;
use crate::db::audit_search::{AuditFilter, LoggedEvent};
use crate::db::authority::Principal;
use crate::http::flow::{PeoplePage, PersonPart};
use crate::http::request::BrowserRequest;
use crate::page::admin::people::{EventActor, PersonEvent, PersonSession};
use crate::page::{DeviceLine, DisplayText, Layout, PageError, RelativeTime, SignOutReason};
use crate::store::devices::OpenSession;
use idp_core::device::Device;
use idp_core::session::{EndCause, Ended, Session};
use idp_core::time::UnixTime;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The line of a session. Unlike its person, an administrator sees the whole address.
pub fn device_line(session: &Session, device: Option<&Device>, layout: &Layout, now: UnixTime) -> DeviceLine {
    let place = session.address.as_deref().map(DisplayText::name);
    DeviceLine { place, ..DeviceLine::new(session, device, layout, now) }
}

/// An open session with what may be done with it.
pub fn session(
    request: &BrowserRequest,
    administrator: &Administrator,
    (user, open): (Uuid, &OpenSession),
    layout: &Layout,
) -> PersonSession {
    PersonSession {
        line: device_line(&open.session, open.device.as_ref(), layout, request.now),
        sites: open.sites.iter().map(|site| DisplayText::name(&site.name)).collect(),
        end: if_open(administrator, PeoplePage::Part(PersonPart::EndSession, user, open.session.sid)),
    }
}

/// At most `count` events of a person, the newest first, before this one; and where to go on.
pub async fn events(
    request: &BrowserRequest,
    administrator: &Administrator,
    (user, before): (Uuid, Option<Uuid>),
    count: usize,
) -> Result<(Vec<PersonEvent>, Option<Uuid>), PageError> {
    let by = administrator.administration(request);
    let failed = |error| page_error(request, error);
    let filter = AuditFilter { user: Some(user), ..AuditFilter::default() };
    let found = by.audit_events(filter, before, count).await.map_err(failed)?;
    let actors: Vec<Option<Principal>> =
        found.events.iter().map(|event| Principal::parse(event.actor.as_deref()?)).collect();
    let mut ids: Vec<Uuid> = actors.iter().flatten().filter_map(person_of).collect();
    ids.sort();
    ids.dedup();
    let known = by.people(ids).await.map_err(failed)?;
    let known: BTreeMap<Uuid, DisplayText> =
        known.iter().map(|user| (user.id, DisplayText::account(user))).collect();
    let layout = request.layout();
    let events = found.events.into_iter().zip(actors);
    let events = events.map(|(event, actor)| {
        let actor = actor.map_or(EventActor::Themselves, |actor| actor_of(&actor, &known));
        line(event, actor, &layout, request.now)
    });
    Ok((events.collect(), found.older))
}

const fn person_of(actor: &Principal) -> Option<Uuid> {
    match actor {
        Principal::User(user) => Some(*user),
        Principal::Client(_) | Principal::Console(_) => None,
    }
}

fn actor_of(actor: &Principal, known: &BTreeMap<Uuid, DisplayText>) -> EventActor {
    match actor {
        // Of one who is gone the id is left.
        Principal::User(user) => EventActor::Administrator(
            known.get(user).cloned().unwrap_or_else(|| DisplayText::name(&user.to_string())),
        ),
        Principal::Client(client) => EventActor::Client(DisplayText::name(client.as_str())),
        Principal::Console(account) => EventActor::Console(DisplayText::name(account)),
    }
}

fn line(event: LoggedEvent, actor: EventActor, layout: &Layout, now: UnixTime) -> PersonEvent {
    let at = UnixTime(event.at);
    let cause = event.detail.as_deref().and_then(EndCause::parse);
    let is_end = event.event == AuditEvent::SignedOut.as_str();
    let reason = cause.filter(|_| is_end);
    PersonEvent {
        at: RelativeTime::new(at, now, layout.language),
        actor,
        site: event.client.as_deref().map(DisplayText::name),
        address: event.address.as_deref().map(DisplayText::name),
        reason: reason.map(|cause| SignOutReason::new(Ended { at, cause }, layout.language, now)),
        detail: event.detail.as_deref().filter(|_| reason.is_none()).map(DisplayText::name),
        event: event.event,
    }
}
