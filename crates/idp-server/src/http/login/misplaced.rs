//! Login forms that are not taken: too old, of another browser, or not sent from a page of ours (login CSRF). Nothing is
//! tried, nothing is counted and nobody is signed in; the person gets a form of their own, and is told what helps.

use super::form::FORM;
use crate::http::flow::transaction::ResumedFrom;
use crate::http::request::{BrowserRequest, PageForm, SentFrom, cookies};
use crate::page::LoginError;

/// Why the form is not taken; `None` for one that is.
#[must_use]
pub fn misplaced(request: &BrowserRequest, form: &PageForm, from: ResumedFrom) -> Option<LoginError> {
    match from {
        ResumedFrom::StalePage | ResumedFrom::OverduePage => Some(LoginError::Expired),
        ResumedFrom::SameBrowser if is_bound(request, form) => None,
        ResumedFrom::SameBrowser | ResumedFrom::OtherBrowser => Some(what_helps(request, form)),
    }
}

fn is_bound(request: &BrowserRequest, form: &PageForm) -> bool {
    let browsers = cookies::browsers(&request.http);
    browsers.iter().any(|browser| form.is_bound(request, FORM, &browser.hash().to_string()))
}

/// Only words hang on this. The `Host` of the request is not asked: proxies rewrite it.
fn what_helps(request: &BrowserRequest, form: &PageForm) -> LoginError {
    match form.sent_from() {
        SentFrom::OwnOtherName => LoginError::WrongAddress,
        SentFrom::Here if !cookies::has_any(&request.http) => LoginError::NoCookies,
        SentFrom::Here | SentFrom::Elsewhere => LoginError::OnceMore,
    }
}
