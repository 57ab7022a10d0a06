//! `/verify-address`: where the link in a letter leads that shows that an address is a person's. It takes no sign-in: the letter
//! may be read on another device. The page names the account, so that no one gives their address to another's by a slip.

use super::{LinkPage, Visit};
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::{
    DisplayText, FormSeal, PageError, PageSecurity, VerifyAddressPage, VerifyAddressState, respond,
};
use crate::seals::FormBinding;
use crate::store::mail_links::OpenedLink;
use crate::store::own_addresses::VerifyOutcome;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::discovery::path;
use idp_core::user::{Account, KnownAddress};

const PAGE: LinkPage = LinkPage { path: path::VERIFY_ADDRESS, form: "verify address" };

/// GET: the button; a link in the address of the page is moved out of it.
pub async fn get(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    match PAGE.open(&request).await? {
        Ok(visit) => ask(&request, visit),
        Err(answer) => Ok(answer),
    }
}

/// POST: confirms the address.
pub async fn post(request: BrowserRequest, form: PageForm) -> Result<HttpResponse, PageError> {
    let visit = match PAGE.posted(&request, &form).await? {
        Ok(visit) => visit,
        Err(answer) => return Ok(answer),
    };
    let from = request.address_text();
    let (account, address, state) =
        match request.app.store.verify_own_address(&visit.secret, from, request.now).await? {
            VerifyOutcome::Verified(account, address) => (account, address, VerifyAddressState::Done),
            VerifyOutcome::Taken(account, address) => (account, address, VerifyAddressState::Taken),
            VerifyOutcome::Void => return Ok(PAGE.void(&request, None)),
        };
    request.heed_person(&account.user);
    let seal = FormSeal { post_to: path::VERIFY_ADDRESS, tx: "", csrf: "" };
    let status = match state {
        VerifyAddressState::Taken => StatusCode::CONFLICT,
        VerifyAddressState::Asks | VerifyAddressState::Done => StatusCode::OK,
    };
    let page = page(&request, path::ADDRESSES, seal, (&account, &address), state);
    Ok(respond(&page, status, &PageSecurity::own_forms()))
}

fn ask(request: &BrowserRequest, visit: Visit) -> Result<HttpResponse, PageError> {
    let OpenedLink::Address { account, address } = visit.link else {
        return Ok(PAGE.void(request, None));
    };
    request.heed_person(&account.user);
    let (sealed, at) = PAGE.seal(request, visit.transaction)?;
    let binding = FormBinding { form: PAGE.form, holder: &sealed.holder, tx: &sealed.tx };
    let csrf = request.app.seals().form_token(&binding);
    let seal = FormSeal { post_to: &at, tx: &sealed.tx, csrf: &csrf };
    let page = page(request, &at, seal, (&account, &address), VerifyAddressState::Asks);
    let mut response = respond(&page, StatusCode::OK, &PageSecurity::own_forms());
    sealed.set_cookie(&mut response);
    Ok(response)
}

fn page<'a>(
    request: &BrowserRequest,
    at: &str,
    seal: FormSeal<'a>,
    (account, address): (&Account, &KnownAddress),
    state: VerifyAddressState,
) -> VerifyAddressPage<'a> {
    VerifyAddressPage {
        layout: request.layout_at(at),
        seal,
        account: DisplayText::account(&account.user),
        address: DisplayText::reason(address.address.as_str()),
        state,
    }
}
