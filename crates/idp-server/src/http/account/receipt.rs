//! Receipts: what a button has ended, and which of the sites that were in use refuse it by now. One travels sealed to the page
//! that shows it, so that no link can make the provider say that a person was signed out.

use crate::http::request::BrowserRequest;
use crate::http::request::browser_request::see_other;
use crate::http::request::cookies;
use crate::page::{PageError, Receipt};
use crate::store::devices::SignedOut;
use crate::store::receipts::Reached;
use actix_web::HttpResponse;
use idp_core::time::UnixTime;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use url::form_urlencoded::byte_serialize;

/// A receipt is shown for this many seconds, for a person who reloads the page.
const SHOWN_SECONDS: i64 = 10 * 60;

/// A receipt on its way to the page that shows it.
#[derive(Serialize, Deserialize)]
struct Sent<R> {
    at: UnixTime,
    receipt: R,
}

/// What to tell the person about devices that were signed out.
#[must_use]
pub fn of_devices(request: &BrowserRequest, ended: &SignedOut, reached: Reached) -> Receipt {
    receipt(ended.sessions.len(), request, ended, reached)
}

/// The same where the browser that asks was signed in anew: it is not told of itself.
#[must_use]
pub fn of_other_devices(request: &BrowserRequest, ended: &SignedOut, reached: Reached) -> Receipt {
    receipt(ended.sessions.len().saturating_sub(1), request, ended, reached)
}

fn receipt(devices: usize, request: &BrowserRequest, ended: &SignedOut, reached: Reached) -> Receipt {
    Receipt {
        devices,
        sites: ended.sites.len(),
        confirmed: reached.confirmed,
        took_ms: milliseconds(reached),
        at_most: last_expiry(request, ended),
    }
}

/// When the last site that confirmed did so, after the button was pressed.
#[must_use]
pub fn milliseconds(reached: Reached) -> u64 {
    u64::try_from(reached.took.as_millis()).unwrap_or(u64::MAX)
}

/// After how many seconds every token of what was ended has expired.
#[must_use]
pub fn last_expiry(request: &BrowserRequest, ended: &SignedOut) -> u64 {
    let usual = request.app.config.token.access.as_secs();
    let lifetimes = ended.sites.values().map(|own| own.unwrap_or(usual));
    lifetimes.max().unwrap_or_default().unsigned_abs()
}

/// Sends the browser to `page`, which shows the receipt to `holder` alone.
///
/// # Errors
/// When it cannot be sealed.
pub fn show_at<R: Serialize>(
    request: &BrowserRequest,
    page: &str,
    holder: &str,
    receipt: R,
) -> Result<HttpResponse, PageError> {
    Ok(see_other(&address_at(request, page, holder, receipt)?))
}

/// The address at which `page` shows it.
///
/// # Errors
/// When it cannot be sealed.
pub fn address_at<R: Serialize>(
    request: &BrowserRequest,
    page: &str,
    holder: &str,
    receipt: R,
) -> Result<String, PageError> {
    let sent = Sent { at: request.now, receipt };
    let sealed = request.app.seals().logout.close(&sent, &context(page, holder))?;
    let joint = if page.contains('?') { '&' } else { '?' };
    Ok(format!("{page}{joint}done={}", byte_serialize(sealed.as_bytes()).collect::<String>()))
}

/// The receipt that the address of `page` carries, if it was made for `holder` a short while ago.
#[must_use]
pub fn shown_to<R: DeserializeOwned>(request: &BrowserRequest, page: &str, holder: &str) -> Option<R> {
    if holder.is_empty() {
        return None;
    }
    let sealed = request.query_param("done")?;
    let sent: Sent<R> = request.app.seals().logout.open(&sealed, &context(page, holder))?;
    sent.at.is_within(SHOWN_SECONDS, request.now).then_some(sent.receipt)
}

/// The holder of a receipt of a whole sign-out: the browser, in which no one is signed in any more. Empty where it has no
/// device cookie: then it cannot be told from others, and is shown no receipt.
#[must_use]
pub fn browser_holder(request: &BrowserRequest) -> String {
    cookies::device(&request.http).map(|device| device.hash().to_string()).unwrap_or_default()
}

fn context(page: &str, holder: &str) -> String {
    format!("receipt {page} {holder}")
}
