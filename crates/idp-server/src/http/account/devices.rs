//! `/account/devices`: where a person is signed in, ending it, and what a device is called. Needs a session; a person who
//! has none signs in first and comes back. A form reaches the person's own sign-ins only.

use super::gate::Admitted;
use super::{holder, keep_known, receipt};
use crate::clock::Stopwatch;
use crate::db::audit_events::AuditContext;
use crate::http::flow::AccountPage;
use crate::http::flow::account_page::own_spelling;
use crate::http::request::browser_request::see_other;
use crate::http::request::{BrowserRequest, PageForm, cookies};
use crate::page::{
    DeviceLine, DevicesPage, DevicesReceipt, DisplayText, EndedDevice, FormSeal, Layout, OpenDevice,
    PageError, PageSecurity, SignOutReason, action, respond,
};
use crate::seals::FormBinding;
use crate::store::devices::{Actor, EndedSession, OpenSession, SessionList, SessionSelector, SignOut};
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::device::DeviceName;
use idp_core::discovery::path;
use idp_core::time::UnixTime;

const FORM: &str = "devices";

/// GET: the page.
pub async fn get(request: BrowserRequest, admitted: Admitted) -> Result<HttpResponse, PageError> {
    let Admitted(signed_in) = admitted;
    let address = request.address_text();
    let overview = request.app.store.devices_seen_from(&signed_in, address, request.now).await?;
    show(&request, &signed_in, overview)
}

/// POST: one of its buttons.
pub async fn post(
    request: BrowserRequest,
    admitted: Admitted,
    form: PageForm,
) -> Result<HttpResponse, PageError> {
    let Admitted(signed_in) = admitted;
    if !form.is_bound(&request, FORM, &holder(&signed_in)) {
        return Err(PageError::Forbidden);
    }
    if form.action() == action::NAME {
        return rename(&request, &signed_in, &form).await;
    }
    let which = chosen(&form, &signed_in).ok_or(PageError::NotFound)?;
    end(&request, &signed_in, which).await
}

fn chosen(form: &PageForm, signed_in: &SignedIn) -> Option<SessionSelector> {
    match form.action() {
        action::ONE => own_spelling(form.field("sid")).map(SessionSelector::One),
        action::OTHERS => Some(SessionSelector::OthersThan(signed_in.session.sid)),
        action::ALL => Some(SessionSelector::All),
        _ => None,
    }
}

/// A name changes nothing of how a person signs in, so that it asks for no fresh sign-in.
async fn rename(
    request: &BrowserRequest,
    signed_in: &SignedIn,
    form: &PageForm,
) -> Result<HttpResponse, PageError> {
    let sid = own_spelling(form.field("named")).ok_or(PageError::NotFound)?;
    // Invisible characters make no name.
    let shown = DisplayText::name(form.field("name"));
    let name = DeviceName::typed(shown.as_str());
    let (store, address) = (&request.app.store, request.address_text());
    if !store.name_device(signed_in, sid, name.clone(), address, request.now).await? {
        return Err(PageError::NotFound);
    }
    let done = name.map_or(DevicesReceipt::Unnamed, |name| DevicesReceipt::Named(name.to_string()));
    receipt::show_at(request, path::DEVICES, &holder(signed_in), done)
}

async fn end(
    request: &BrowserRequest,
    signed_in: &SignedIn,
    which: SessionSelector,
) -> Result<HttpResponse, PageError> {
    let (store, here, since) = (&request.app.store, signed_in.session.sid, Stopwatch::start());
    let (user, by) = (signed_in.user.id, Actor::Person(here));
    let about = AuditContext { address: Some(request.address_text()), ..AuditContext::default() };
    // On a failure the person is still signed in there, is told so, and can try again.
    let ended = match store.sign_out(user, which, by, about, request.now).await? {
        SignOut::Ended(ended) => ended,
        // The button was pressed twice.
        SignOut::AlreadyOut => return Ok(see_other(path::DEVICES)),
        SignOut::NotFound => return Err(PageError::NotFound),
    };
    let reached = store.wait_for_confirmations(&ended, since, request.now).await;
    let done = receipt::of_devices(request, &ended, reached);
    if ended.sessions.contains(&here) {
        let holder = receipt::browser_holder(request);
        let mut response = receipt::show_at(request, path::LOGGED_OUT, &holder, done)?;
        cookies::clear_session(&mut response);
        return Ok(response);
    }
    let mut response =
        receipt::show_at(request, path::DEVICES, &holder(signed_in), DevicesReceipt::Ended(done))?;
    keep_known(request, &signed_in.user, &mut response).await?;
    Ok(response)
}

fn show(
    request: &BrowserRequest,
    signed_in: &SignedIn,
    overview: SessionList,
) -> Result<HttpResponse, PageError> {
    let here = signed_in.session.sid;
    let (mine, others): (Vec<OpenSession>, Vec<OpenSession>) =
        overview.open.into_iter().partition(|open| open.session.sid == here);
    // It ended a moment ago.
    let Some(mine) = mine.into_iter().next() else {
        return AccountPage::Devices.after_sign_in(request);
    };
    let holder = holder(signed_in);
    let binding = FormBinding { form: FORM, holder: &holder, tx: "" };
    let csrf = request.app.seals().form_token(&binding);
    let layout = request.layout();
    let open_device = |open: &OpenSession| open_device(open, &layout, request.now);
    let ended_device = |past: &EndedSession| ended_device(past, &layout, request.now);
    let page = DevicesPage {
        layout: layout.clone(),
        seal: FormSeal { post_to: path::DEVICES, tx: "", csrf: &csrf },
        account: DisplayText::account(&signed_in.user),
        receipt: receipt::shown_to(request, path::DEVICES, &holder),
        here: open_device(&mine),
        others: others.iter().map(open_device).collect(),
        ended: overview.ended.iter().map(ended_device).collect(),
    };
    Ok(respond(&page, StatusCode::OK, &PageSecurity::own_forms()))
}

fn open_device(open: &OpenSession, layout: &Layout, now: UnixTime) -> OpenDevice {
    OpenDevice {
        sid: open.session.sid.to_string(),
        line: DeviceLine::new(&open.session, open.device.as_ref(), layout, now),
        sites: open.sites.iter().map(|site| DisplayText::name(&site.name)).collect(),
    }
}

fn ended_device(past: &EndedSession, layout: &Layout, now: UnixTime) -> EndedDevice {
    EndedDevice {
        line: DeviceLine::new(&past.session, past.device.as_ref(), layout, now),
        reason: SignOutReason::new(past.ended, layout.language, now),
    }
}
