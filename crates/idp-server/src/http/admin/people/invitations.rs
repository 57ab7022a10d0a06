//! `/admin/people/invitations`: those that were not followed yet, and taking one back.

use super::super::act::{carried, check, done, page_error, problem, receipt_of, token};
use super::super::gate::Administrator;
use super::sessions::in_query;
use super::{address_of, if_open};
use crate::http::flow::{AdminPage, PeoplePage};
use crate::http::request::browser_request::see_other;
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::admin::people::{AdminInvitationsPage, InvitationLine};
use crate::page::admin::{AdminAct, AdminProblem, AdminRoom};
use crate::page::{DisplayText, FormSeal, Layout, PageError, PageSecurity, RelativeTime, respond};
use crate::store::registration::invitation_id;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::discovery::path;
use idp_core::registration_link::{RegistrationLink, RegistrationOrigin};

/// So many stand on a page.
const ON_A_PAGE: i64 = 15;
/// Which one.
const WHICH: &str = "invitation";

/// GET: the list.
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let (by, layout) = (administrator.administration(&request), request.layout());
    let failed = |error| page_error(&request, error);
    let found = by.invitations(request.query_param("after"), ON_A_PAGE).await.map_err(failed)?;
    let (links, next) = match found {
        Some((links, last)) => {
            let next = by.invitations(Some(last.clone()), 1).await.map_err(failed)?.map(|_| last);
            (links, next)
        }
        None => (Vec::new(), None),
    };
    let withdraw = if_open(&administrator, PeoplePage::WithdrawInvitation);
    let live = links.iter().filter(|link| link.is_live(request.now));
    let lines = live.map(|link| InvitationLine {
        withdraw: withdraw
            .as_ref()
            .map(|to| format!("{to}?{WHICH}={}", in_query(&invitation_id(&link.address)))),
        ..line(&request, link, &layout)
    });
    let page = AdminInvitationsPage {
        nav: administrator.nav(AdminRoom::People),
        receipt: receipt_of(&request, &administrator),
        seal: None,
        lines: lines.collect(),
        next: next.map(|last| format!("{}?after={}", path::ADMIN_INVITATIONS, in_query(&last))),
        invite: if_open(&administrator, PeoplePage::Invite)
            .filter(|_| request.app.config.takes_invitations())
            .map(|_| path::ADMIN_INVITE),
        back: &address_of(PeoplePage::List),
        layout,
    };
    Ok(respond(&page, StatusCode::OK, &PageSecurity::own_forms()))
}

fn line(request: &BrowserRequest, link: &RegistrationLink, layout: &Layout) -> InvitationLine {
    let name = match &link.origin {
        RegistrationOrigin::Invited { name, .. } => name.as_deref().map(DisplayText::name),
        RegistrationOrigin::Asked => None,
    };
    InvitationLine {
        address: DisplayText::reason(link.address.as_str()),
        name,
        sent: RelativeTime::new(link.created_at, request.now, layout.language),
        until: layout.language.date(link.expires_at),
        withdraw: None,
    }
}

/// GET: the question.
pub async fn get_withdraw(
    request: BrowserRequest,
    administrator: Administrator,
) -> Result<HttpResponse, PageError> {
    match named(&request, &administrator).await? {
        Some(link) => Ok(ask(&request, &administrator, &link)),
        // It was followed or taken back, or a sign-in came between.
        None => Ok(see_other(&address_of(PeoplePage::Invitations))),
    }
}

/// POST: takes it back.
pub async fn post_withdraw(
    request: BrowserRequest,
    administrator: Administrator,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    check(&request, &administrator, &form)?;
    let Some(link) = named(&request, &administrator).await? else {
        return Ok(see_other(&address_of(PeoplePage::Invitations)));
    };
    if form.tx() != carried(administrator.page, &version(&link)) {
        return Ok(ask(&request, &administrator, &link));
    }
    let by = administrator.administration(&request);
    let withdrawn = by.withdraw_invitation(link.address.clone(), request.now).await;
    let act = match withdrawn {
        Ok(()) => AdminAct::InvitationWithdrawn,
        Err(error) => match problem(&request, error)? {
            AdminProblem::Over => AdminAct::PersonSame,
            _ => return Err(PageError::Forbidden),
        },
    };
    let to = AdminPage::People(PeoplePage::Invitations);
    done(&request, &administrator, to, (act, "", link.address.as_str()))
}

async fn named(
    request: &BrowserRequest,
    administrator: &Administrator,
) -> Result<Option<RegistrationLink>, PageError> {
    let Some(id) = request.query_param(WHICH) else { return Ok(None) };
    let found = administrator.administration(request).invitation(id, request.now).await;
    found.map_err(|error| page_error(request, error))
}

fn version(link: &RegistrationLink) -> (&str, i64) {
    (link.address.as_str(), link.created_at.as_secs())
}

fn ask(request: &BrowserRequest, administrator: &Administrator, link: &RegistrationLink) -> HttpResponse {
    let (tx, layout) = (carried(administrator.page, &version(link)), request.layout());
    let csrf = token(request, administrator, &tx);
    let post_to =
        format!("{}?{WHICH}={}", administrator.page.path(), in_query(&invitation_id(&link.address)));
    let page = AdminInvitationsPage {
        nav: administrator.nav(AdminRoom::People),
        receipt: None,
        seal: Some(FormSeal { post_to: &post_to, tx: &tx, csrf: &csrf }),
        lines: vec![line(request, link, &layout)],
        next: None,
        invite: None,
        back: &address_of(PeoplePage::Invitations),
        layout,
    };
    respond(&page, StatusCode::OK, &PageSecurity::own_forms())
}
