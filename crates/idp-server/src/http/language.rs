//! `/language`: a person chooses the language of the pages. The choice is kept in a cookie, and the browser goes back
//! to the page it was made on, whose address the page itself has sealed: a form from elsewhere leads nowhere.

use super::request::browser_request::see_other;
use super::request::language::FORM;
use super::request::route::resource;
use super::request::{BrowserRequest, PageForm, cookies};
use crate::page::PageError;
use crate::words::Language;
use actix_web::HttpResponse;
use actix_web::web::{ServiceConfig, get, post};
use idp_core::discovery::path;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(
        resource(path::LANGUAGE, "GET, POST").route(get().to(after_a_refusal)).route(post().to(switch)),
    );
}

/// GET: the address bar of a refused form. It has no page; the one that is gone to says how it stands.
async fn after_a_refusal() -> HttpResponse {
    see_other(path::LOGGED_OUT)
}

async fn switch(request: BrowserRequest, form: PageForm) -> Result<HttpResponse, PageError> {
    // For no session and no browser: it reads nothing of theirs and changes nothing else.
    if !form.is_bound(&request, FORM, "") {
        return Err(PageError::Forbidden);
    }
    let offered = request.app.config.language.offered();
    let chosen = form.field("to").parse::<Language>().ok().filter(|language| offered.contains(language));
    let chosen = chosen.ok_or(PageError::Malformed)?;
    let mut response = see_other(form.tx());
    cookies::set_language(&mut response, chosen);
    Ok(response)
}
