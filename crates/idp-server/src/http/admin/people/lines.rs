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
use crate::page::{DeviceLine, DisplayText, Layout, PageError, RelativeTime, SignOutReason, subject_of};
use crate::store::devices::OpenSession;
use idp_core::administration::Permission;
use idp_core::device::Device;
use idp_core::session::{EndCause, Ended, Session};
use idp_core::time::UnixTime;
use std::collections::{BTreeMap, BTreeSet};
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
    let ids = actors.iter().flatten().filter_map(person_of).collect();
    let known = names_of(request, administrator, ids).await?;
    let layout = request.layout();
    let events = found.events.into_iter().zip(actors);
    let events = events.map(|(event, actor)| {
        let actor = actor.map_or(EventActor::Themselves, |actor| actor_of(&actor, &known));
        line(event, actor, &layout, request.now)
    });
    Ok((events.collect(), found.older))
}

/// What these people are called, as far as the administrator may see people and they are still there.
pub async fn names_of(
    request: &BrowserRequest,
    administrator: &Administrator,
    people: BTreeSet<Uuid>,
) -> Result<BTreeMap<Uuid, DisplayText>, PageError> {
    if people.is_empty() || !administrator.may(Permission::ReadUsers) {
        return Ok(BTreeMap::new());
    }
    let found = administrator.administration(request).people(people.into_iter().collect()).await;
    let found = found.map_err(|error| page_error(request, error))?;
    Ok(found.iter().map(|user| (user.id, DisplayText::account(user))).collect())
}

/// The person who did it.
pub const fn person_of(actor: &Principal) -> Option<Uuid> {
    match actor {
        Principal::User(user) => Some(*user),
        Principal::Client(_) | Principal::Console(_) => None,
    }
}

/// Who did it, by their name.
pub fn actor_of(actor: &Principal, known: &BTreeMap<Uuid, DisplayText>) -> EventActor {
    match actor {
        // Of one who is gone the id is left.
        Principal::User(user) => EventActor::Administrator(
            known.get(user).cloned().unwrap_or_else(|| DisplayText::name(&user.to_string())),
        ),
        Principal::Client(client) => EventActor::Client(DisplayText::name(client.as_str())),
        Principal::Console(account) => EventActor::Console(DisplayText::name(account)),
    }
}

/// The word more that an event has: of a letter its subject, in the language of the page.
pub fn detail_of(event: &LoggedEvent, layout: &Layout) -> Option<DisplayText> {
    let detail = event.detail.as_deref()?;
    let subject = subject_of(detail).filter(|_| event.event.starts_with("mail_"));
    Some(subject.map_or_else(|| DisplayText::reason(detail), |id| DisplayText::reason(&layout.say(id))))
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
        detail: detail_of(&event, layout).filter(|_| reason.is_none()),
        event: event.event,
    }
}
