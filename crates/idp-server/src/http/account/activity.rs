//! `/account/activity`: what happened with a person's account, a page at a time. Needs a session. What a request names to go
//! on from is looked up among the person's own events, so that it leads nowhere else.

use super::gate::Admitted;
use crate::db::audit_events::{AuditEvent, OwnEvent};
use crate::http::flow::account_page::own_spelling;
use crate::http::request::BrowserRequest;
use crate::page::{
    ActivityEntry, ActivityPage, DeviceLine, DisplayText, Layout, PageError, PageSecurity, RelativeTime,
    SignOutReason, respond,
};
use crate::store::activity::Activity;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::device::DeviceKind;
use idp_core::session::Ended;
use uuid::Uuid;

/// GET.
pub async fn get(request: BrowserRequest, admitted: Admitted) -> Result<HttpResponse, PageError> {
    let before = match request.query_param("before") {
        Some(text) => Some(own_spelling(&text).ok_or(PageError::Malformed)?),
        None => None,
    };
    let Admitted(signed_in) = admitted;
    let activity = request.app.store.activity(signed_in.user.id, before).await?;
    Ok(show(&request, &signed_in, before, &activity))
}

fn show(
    request: &BrowserRequest,
    signed_in: &SignedIn,
    before: Option<Uuid>,
    activity: &Activity,
) -> HttpResponse {
    let (layout, here) = (request.layout(), signed_in.session.sid);
    let entry = |event: &OwnEvent| entry(request, &layout, here, activity, event);
    let page = ActivityPage {
        account: DisplayText::account(&signed_in.user),
        entries: activity.events.iter().map(entry).collect(),
        is_newest: before.is_none(),
        older: activity.older.map(|id| id.to_string()),
        layout: layout.clone(),
    };
    respond(&page, StatusCode::OK, &PageSecurity::own_forms())
}

fn entry(
    request: &BrowserRequest,
    layout: &Layout,
    here: Uuid,
    activity: &Activity,
    event: &OwnEvent,
) -> ActivityEntry {
    let device = event.device.as_ref();
    let site = event.client.as_ref().and_then(|client| activity.sites.get(client));
    let ended = || Ended { at: event.at, cause: ActivityEntry::cause_or_own(event.cause) };
    let is_end = event.event == AuditEvent::SignedOut;
    ActivityEntry {
        event: event.event.as_str(),
        at: RelativeTime::new(event.at, request.now, layout.language),
        kind: device.map_or(DeviceKind::Other, |device| device.kind),
        device: device.map(|device| DeviceLine::label_of(device, layout)),
        is_here: event.sid == Some(here),
        place: event.address.as_deref().and_then(|address| DeviceLine::place_of(address, layout)),
        site: site.map(|site| DisplayText::name(&site.metadata.name)),
        reason: is_end.then(|| SignOutReason::new(ended(), layout.language, request.now)),
        by_administrator: is_of_administrator(event),
    }
}

/// What was done from the command line was done in no session of theirs. What people do outside of one they do on the way
/// into it.
const fn is_of_administrator(event: &OwnEvent) -> bool {
    event.sid.is_none()
        && matches!(
            event.event,
            AuditEvent::UserAdded
                | AuditEvent::PasswordSet
                | AuditEvent::PasswordLinkSent
                | AuditEvent::MethodsReset
                | AuditEvent::UserDisabled
                | AuditEvent::UserEnabled
                | AuditEvent::UserChanged
                | AuditEvent::UserSignedOut
                | AuditEvent::AddressAdded
                | AuditEvent::AddressVerified
                | AuditEvent::AddressRemoved
                | AuditEvent::PrimaryAddressChanged
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::TOLD_TO_NOBODY;

    #[test]
    fn n09_every_event_of_the_log_has_words_or_is_told_to_nobody() {
        for event in AuditEvent::ALL.map(AuditEvent::as_str) {
            let is_said = ActivityEntry::message_of(event).is_some();
            assert!(is_said != TOLD_TO_NOBODY.contains(&event), "page/activity.rs does not know {event}");
        }
    }
}
