//! The redirect with which the mount's routes and the middleware send a browser on. Where to is for the
//! callers, who vouch that the target is the provider's or this site's. RFC 9700 section 4.12.

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    http::header::{CACHE_CONTROL, LOCATION, REFERRER_POLICY},
};

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
