//! The receipt of a sign-out: which of the sites that were in use refuse it by now. It travels sealed to the page that
//! shows it, so that no link can make the provider say that a person was signed out.

use crate::http::request::BrowserRequest;
use crate::http::request::browser_request::see_other;
use crate::http::request::cookies;
use crate::page::{PageError, Receipt};
use crate::store::devices::SignedOut;
use crate::store::receipts::Reached;
use actix_web::HttpResponse;
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use url::form_urlencoded::byte_serialize;

/// A receipt is shown for this many seconds, for a person who reloads the page.
const SHOWN_SECONDS: i64 = 10 * 60;

/// A receipt on its way to the page that shows it.
#[derive(Serialize, Deserialize)]
pub struct DeviceReceipt {
    at: UnixTime,
    receipt: Receipt,
}

impl DeviceReceipt {
    /// What to tell the person about what was ended.
    #[must_use]
    pub fn new(request: &BrowserRequest, ended: &SignedOut, reached: Reached) -> Self {
        Self::of_devices(ended.sessions.len(), request, ended, reached)
    }

    /// The same where the browser that asks was signed in anew: it is not told of itself.
    #[must_use]
    pub fn of_others(request: &BrowserRequest, ended: &SignedOut, reached: Reached) -> Self {
        Self::of_devices(ended.sessions.len().saturating_sub(1), request, ended, reached)
    }

    fn of_devices(devices: usize, request: &BrowserRequest, ended: &SignedOut, reached: Reached) -> Self {
        let usual = request.app.config.token.access.as_secs();
        let lifetimes = ended.sites.values().map(|own| own.unwrap_or(usual));
        let receipt = Receipt {
            devices,
            sites: ended.sites.len(),
            confirmed: reached.confirmed,
            took_ms: u64::try_from(reached.took.as_millis()).unwrap_or(u64::MAX),
            at_most: lifetimes.max().unwrap_or_default().unsigned_abs(),
        };
        Self { at: request.now, receipt }
    }

    /// Sends the browser to `page`, which shows it to `holder` alone.
    ///
    /// # Errors
    /// When it cannot be sealed.
    pub fn show_at(
        &self,
        request: &BrowserRequest,
        page: &str,
        holder: &str,
    ) -> Result<HttpResponse, PageError> {
        let sealed = request.app.seals().logout.close(self, &context(holder))?;
        Ok(see_other(&format!("{page}?done={}", byte_serialize(sealed.as_bytes()).collect::<String>())))
    }
}

/// The receipt that this address carries, if it was made for `holder` a short while ago.
#[must_use]
pub fn shown_to(request: &BrowserRequest, holder: &str) -> Option<Receipt> {
    let sealed = request.query_param("done")?;
    let done: DeviceReceipt = request.app.seals().logout.open(&sealed, &context(holder))?;
    (0..=SHOWN_SECONDS).contains(&request.now.seconds_since(done.at)).then_some(done.receipt)
}

/// The holder of a receipt of a whole sign-out: the browser, in which no one is signed in any more.
#[must_use]
pub fn browser_holder(request: &BrowserRequest) -> String {
    cookies::device(&request.http).map(|device| device.hash().to_string()).unwrap_or_default()
}

fn context(holder: &str) -> String {
    format!("receipt {holder}")
}
