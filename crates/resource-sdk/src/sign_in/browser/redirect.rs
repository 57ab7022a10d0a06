//! The redirects with which the mount's routes and the middleware send a browser on. Where to is for the
//! callers, who vouch that the target is the provider's or this site's. RFC 9700 section 4.12.

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    cookie::Cookie,
    http::header::{CACHE_CONTROL, LOCATION, REFERRER_POLICY},
};

use super::{error_page, local_path::LocalPath, locale::Locale};

/// 303, never 307: what follows is a GET (RFC 9700 section 4.12). Addresses of the flow carry
/// secrets for a moment, so no referrer names them.
pub(crate) fn redirect(location: &str) -> HttpResponseBuilder {
    let mut response = HttpResponse::SeeOther();
    response
        .insert_header((LOCATION, location))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((REFERRER_POLICY, "no-referrer"));
    response
}

/// Sends the browser to a page of this site, whose address may have any length.
pub(crate) fn go_to(
    locale: &Locale,
    path: &LocalPath,
    cookies: impl IntoIterator<Item = Cookie<'static>>,
) -> HttpResponse {
    let mut response = if path.fits_a_head() {
        redirect(path.as_str()).finish()
    } else {
        error_page::moving_on(locale, path.as_str())
    };
    add_cookies(&mut response, cookies);
    response
}

/// Adds cookies to an answer that is made already.
pub(crate) fn add_cookies(response: &mut HttpResponse, cookies: impl IntoIterator<Item = Cookie<'static>>) {
    for cookie in cookies {
        if let Err(error) = response.add_cookie(&cookie) {
            tracing::error!(%error, "a cookie cannot be set");
        }
    }
}
