//! `/second-step`: where the link in a letter leads that stands in for a second factor. A button in the browser that waits for it,
//! and in any other the code to type there: opening it elsewhere signs no one in. Its button is
//! `login::mail_link`'s.

use super::LinkPage;
use crate::http::login::mail_link;
use crate::http::request::BrowserRequest;
use crate::page::{DisplayText, OpenedSecondStepLink, PageError, PageSecurity, SecondStepLinkPage, respond};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::discovery::path;
use idp_core::second_step_link::LinkCode;

const PAGE: LinkPage = LinkPage { path: path::SECOND_STEP, form: "second step link" };

/// GET: the page; a link in its address is moved out of it.
pub async fn get(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    if !request.app.config.authentication.mail_fallback {
        return Err(PageError::NotFound);
    }
    let (transaction, secret) = match PAGE.open_secret(&request)? {
        Ok(opened) => opened,
        Err(answer) => return Ok(answer),
    };
    let Some((link, user)) = request.app.store.open_second_step_link(&secret, request.now).await? else {
        return Ok(PAGE.void(&request, None));
    };
    request.heed_person(&user);
    if let Some(page) = mail_link::here(&request, &link, &user).await? {
        return Ok(page);
    }
    let (sealed, at) = PAGE.seal(&request, transaction)?;
    let page = SecondStepLinkPage {
        layout: request.layout_at(&at),
        account: DisplayText::account(&user),
        opened: OpenedSecondStepLink::Elsewhere { code: LinkCode::of(&secret).text() },
    };
    let mut response = respond(&page, StatusCode::OK, &PageSecurity::own_forms());
    sealed.set_cookie(&mut response);
    Ok(response)
}
