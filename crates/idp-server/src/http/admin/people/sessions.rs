//! `/admin/people/sessions`: where a person is signed in, and was, and what sites have of them.

use super::super::act::{page_error, receipt_of};
use super::super::gate::Administrator;
use super::{account, address_of, if_open, lines};
use crate::http::flow::{PeoplePage, PersonPage};
use crate::http::request::BrowserRequest;
use crate::page::admin::AdminRoom;
use crate::page::admin::people::{AdminPersonSessionsPage, EndedSessionLine, PersonSite};
use crate::page::{DisplayText, Layout, PageError, PageSecurity, RelativeTime, SignOutReason, respond};
use crate::store::connected_sites::ConnectedSite;
use crate::store::devices::EndedSession;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::client::ConsentPolicy;
use url::form_urlencoded::byte_serialize;
use uuid::Uuid;

/// So many stand on the page: the ones used last.
const MOST_SHOWN: usize = 10;

/// GET.
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let account = account(&request, &administrator).await?;
    let (by, user, layout) = (administrator.administration(&request), account.user.id, request.layout());
    let failed = |error| page_error(&request, error);
    let sessions = by.devices(user, request.now).await.map_err(failed)?;
    let sites = by.sites_of(user, request.now).await.map_err(failed)?;
    let open = sessions.open.iter().take(MOST_SHOWN);
    let page = AdminPersonSessionsPage {
        nav: administrator.nav(AdminRoom::People),
        receipt: receipt_of(&request, &administrator),
        person: DisplayText::account(&account.user),
        open: open.map(|open| lines::session(&request, &administrator, (user, open), &layout)).collect(),
        more: sessions.open.len().saturating_sub(MOST_SHOWN),
        ended: sessions.ended.iter().map(|past| ended(&request, past, &layout)).collect(),
        sites: sites.iter().map(|site| line(&request, &administrator, (user, site), &layout)).collect(),
        sign_out: if_open(&administrator, PeoplePage::Of(PersonPage::SignOut, user)),
        back: address_of(PeoplePage::Of(PersonPage::Show, user)),
        layout,
    };
    Ok(respond(&page, StatusCode::OK, &PageSecurity::own_forms()))
}

fn ended(request: &BrowserRequest, past: &EndedSession, layout: &Layout) -> EndedSessionLine {
    EndedSessionLine {
        line: lines::device_line(&past.session, past.device.as_ref(), layout, request.now),
        reason: SignOutReason::new(past.ended, layout.language, request.now),
    }
}

fn line(
    request: &BrowserRequest,
    administrator: &Administrator,
    (user, site): (Uuid, &ConnectedSite),
    layout: &Layout,
) -> PersonSite {
    let was_asked = site.client.metadata.consent == ConsentPolicy::Ask;
    let of_site = |to: String| format!("{to}&client={}", in_query(site.client.id.as_str()));
    PersonSite {
        name: DisplayText::name(&site.client.metadata.name),
        since: RelativeTime::new(site.since, request.now, layout.language),
        scope: was_asked.then(|| DisplayText::reason(&site.scope.to_string())),
        sessions: site.sessions,
        disconnect: if_open(administrator, PeoplePage::Of(PersonPage::Disconnect, user)).map(of_site),
    }
}

/// As a value in an address.
pub fn in_query(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}
