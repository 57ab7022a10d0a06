//! Error pages: a person whose request failed gets a page in place of a bare status. Answers that already are a page or
//! JSON keep their body.

use super::headers::set_language;
use super::{ErrorPage, Layout, PageError, PageSecurity};
use actix_web::HttpResponse;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};
use askama::Template as _;

/// The error that an answer is to be a page about: the one its handler gave it, or that of its status when a browser
/// would show nothing else.
pub(super) fn error_to_show<B>(answer: &HttpResponse<B>, wants_page: bool) -> Option<PageError> {
    let given = answer.extensions().get::<PageError>().cloned();
    given.or_else(|| (wants_page && is_bare_failure(answer)).then(|| PageError::of_status(answer.status())))
}

/// Keeps the status and headers such as `Allow` and `Retry-After`, and changes the body.
pub(super) fn with_page<B: MessageBody + 'static>(
    answer: HttpResponse<B>,
    error: PageError,
    layout: Layout,
    request_id: &str,
) -> HttpResponse<BoxBody> {
    let language = layout.language;
    let page = ErrorPage { layout, error, request_id };
    let Ok(html) = page.render() else {
        return answer.map_into_boxed_body();
    };
    let mut answer = answer.map_body(|_, _| BoxBody::new(html));
    let headers = answer.headers_mut();
    headers.remove(CONTENT_LENGTH);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    PageSecurity::own_forms().apply(headers);
    set_language(headers, language);
    answer
}

/// Scripts and clients of the API ask for JSON or for anything; only a browser that navigates asks
/// for HTML by name.
pub(super) fn wants_page(headers: &HeaderMap) -> bool {
    let accepts = headers.get_all(ACCEPT).filter_map(|value| value.to_str().ok());
    accepts.flat_map(|value| value.split(',')).any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let html = parts.next().is_some_and(|media| media.eq_ignore_ascii_case("text/html"));
        html && !parts.any(|parameter| matches!(parameter, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

/// A failure without a body for readers: none at all, or the framework's plain text.
fn is_bare_failure<B>(answer: &HttpResponse<B>) -> bool {
    let status = answer.status();
    let failed = status.is_client_error() || status.is_server_error();
    failed && media_type(answer.headers()).is_none_or(|media| media == "text/plain")
}

pub(super) fn media_type(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    value.split(';').next().map(str::trim)
}
