//! `/account/devices`: where a person is signed in, and ending it. Needs a session; whoever has none signs in
//! first and comes back. What is ended is the person's own, whatever a form names.

use crate::clock::Stopwatch;
use crate::http::own_page::OwnPage;
use crate::http::page_form::PageForm;
use crate::http::transaction::see_other;
use crate::http::visit::{self, Visit};
use crate::http::{cookies, failure, form};
use crate::page::{
    Departure, DeviceLine, DevicesPage, DisplayText, EndedDevice, FormSeal, OpenDevice, PageSecurity,
    Receipt, Trouble, action, respond,
};
use crate::seals::FormBinding;
use crate::store::devices::{By, Open, Overview, Past, SignedOut, Which};
use crate::store::receipts::Reached;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::discovery::path;
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use url::form_urlencoded::byte_serialize;
use uuid::Uuid;

const FORM: &str = "devices";
/// A receipt is shown for this many seconds, for whoever reloads the page.
const RECEIPT_SECONDS: i64 = 10 * 60;

/// GET: the page.
pub async fn get(visit: Visit) -> HttpResponse {
    let signed_in = match visit.signed_in().await {
        Ok(Some(signed_in)) => signed_in,
        Ok(None) => return OwnPage::Devices.after_sign_in(&visit),
        Err(error) => return failure::db_page(&visit.request, &error),
    };
    match visit.app.store.devices_seen_from(&signed_in, visit.address_text(), visit.now).await {
        Ok(overview) => show(&visit, &signed_in, overview),
        Err(error) => failure::db_page(&visit.request, &error),
    }
}

/// POST: one of its buttons.
pub async fn post(visit: Visit, form: PageForm) -> HttpResponse {
    let signed_in = match visit.signed_in().await {
        Ok(Some(signed_in)) => signed_in,
        // Signed out meanwhile: nothing is ended for whoever signs in next.
        Ok(None) => return OwnPage::Devices.after_sign_in(&visit),
        Err(error) => return failure::db_page(&visit.request, &error),
    };
    if !form.is_bound(&visit, FORM, &holder(&signed_in)) {
        return failure::page(&visit.request, Trouble::Forbidden);
    }
    match chosen(&form, &signed_in) {
        Some(which) => end(&visit, &signed_in, which).await,
        None => failure::page(&visit.request, Trouble::NotFound),
    }
}

/// What a receipt says that this address carries, if it was made for `holder` a short while ago.
#[must_use]
pub fn receipt(visit: &Visit, holder: &str) -> Option<Receipt> {
    let params = form::query(&visit.request).ok()?;
    let sealed = params.once("done").ok().flatten()?;
    let done: Done = visit.app.seals.logout.open(sealed, &receipt_context(holder))?;
    (0..=RECEIPT_SECONDS).contains(&visit.now.seconds_since(done.at)).then_some(done.receipt)
}

fn chosen(form: &PageForm, signed_in: &SignedIn) -> Option<Which> {
    match form.action() {
        action::ONE => own_spelling(form.field("sid")).map(Which::One),
        action::OTHERS => Some(Which::OthersThan(signed_in.session.sid)),
        action::ALL => Some(Which::All),
        _ => None,
    }
}

/// A `sid` as we write it. Others of its spellings name nothing.
fn own_spelling(text: &str) -> Option<Uuid> {
    text.parse::<Uuid>().ok().filter(|sid| sid.to_string() == text)
}

async fn end(visit: &Visit, signed_in: &SignedIn, which: Which) -> HttpResponse {
    let (store, here, since) = (&visit.app.store, signed_in.session.sid, Stopwatch::start());
    let address = Some(visit.address_text());
    let ended = match store.sign_out(signed_in.user.id, which, By::Person(here), address, visit.now).await {
        Ok(Some(ended)) => ended,
        Ok(None) => return failure::page(&visit.request, Trouble::NotFound),
        // Still signed in there, and told so: the person can try again.
        Err(error) => return failure::db_page(&visit.request, &error),
    };
    let reached = store.wait_for_confirmations(&ended, since, visit.now).await;
    let receipt = receipt_of(visit, &ended, reached);
    if ended.sessions.contains(&here) {
        let mut response = with_receipt(visit, path::LOGGED_OUT, &device_holder(visit), receipt);
        cookies::clear_session(&mut response);
        return response;
    }
    with_receipt(visit, path::DEVICES, &holder(signed_in), receipt)
}

fn receipt_of(visit: &Visit, ended: &SignedOut, reached: Reached) -> Receipt {
    let usual = visit.app.config.token.access.as_secs();
    let lifetimes = ended.sites.values().map(|own| own.unwrap_or(usual));
    Receipt {
        devices: ended.sessions.len(),
        sites: ended.sites.len(),
        confirmed: reached.confirmed,
        took_ms: u64::try_from(reached.took.as_millis()).unwrap_or(u64::MAX),
        at_most: lifetimes.max().unwrap_or_default().unsigned_abs(),
    }
}

/// Shows the receipt at `page`. It travels sealed: nobody else can make us say that somebody was signed out.
fn with_receipt(visit: &Visit, page: &str, holder: &str, receipt: Receipt) -> HttpResponse {
    let done = Done { at: visit.now, receipt };
    match visit.app.seals.logout.close(&done, &receipt_context(holder)) {
        Ok(sealed) => {
            see_other(&format!("{page}?done={}", byte_serialize(sealed.as_bytes()).collect::<String>()))
        }
        Err(error) => failure::internal_page(&visit.request, &error),
    }
}

/// Whom the receipt of a whole sign-out is for: the browser, which is not signed in any more.
#[must_use]
pub fn device_holder(visit: &Visit) -> String {
    cookies::device(&visit.request).map(|device| device.hash().to_string()).unwrap_or_default()
}

fn receipt_context(holder: &str) -> String {
    format!("receipt {holder}")
}

/// A receipt on its way to the page that shows it.
#[derive(Serialize, Deserialize)]
struct Done {
    at: UnixTime,
    receipt: Receipt,
}

fn show(visit: &Visit, signed_in: &SignedIn, overview: Overview) -> HttpResponse {
    let here = signed_in.session.sid;
    let (mine, others): (Vec<Open>, Vec<Open>) =
        overview.open.into_iter().partition(|open| open.session.sid == here);
    // It ended a moment ago.
    let Some(mine) = mine.into_iter().next() else {
        return OwnPage::Devices.after_sign_in(visit);
    };
    let binding = FormBinding { form: FORM, holder: &holder(signed_in), tx: "" };
    let csrf = visit.app.seals.form_token(&binding);
    let page = DevicesPage {
        frame: visit.app.frame(),
        seal: FormSeal { post_to: path::DEVICES, tx: "", csrf: &csrf },
        account: visit::account(&signed_in.user),
        receipt: receipt(visit, &holder(signed_in)),
        here: open_device(&mine, visit.now),
        others: others.iter().map(|open| open_device(open, visit.now)).collect(),
        ended: overview.ended.iter().map(|past| ended_device(past, visit.now)).collect(),
    };
    respond(&page, StatusCode::OK, &PageSecurity::own_forms())
}

/// What the forms are bound to: the very session that is asked.
fn holder(signed_in: &SignedIn) -> String {
    signed_in.session.sid.to_string()
}

fn open_device(open: &Open, now: UnixTime) -> OpenDevice {
    OpenDevice {
        sid: open.session.sid.to_string(),
        line: DeviceLine::new(&open.session, open.device.as_ref(), now),
        sites: open.sites.iter().map(|site| DisplayText::name(&site.name)).collect(),
    }
}

fn ended_device(past: &Past, now: UnixTime) -> EndedDevice {
    EndedDevice {
        line: DeviceLine::new(&past.session, past.device.as_ref(), now),
        departure: Departure::new(past.ended, now),
    }
}
