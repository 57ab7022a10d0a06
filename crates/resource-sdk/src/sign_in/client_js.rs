//! The browser's half, served from the binary: `GET <mount>/client.js`. In scripted mode that is
//! `js/silent-refresh.js`, which takes `watch.js` beside it; in server-rendered mode `js/watch.js`
//! itself, which only listens. RFC 9110 sections 8.8.3 and 13.1.2.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
};

use crate::sign_in::browser::seal::sha256;

const SESSION: &str = include_str!("../../js/silent-refresh.js");
const WATCH: &str = include_str!("../../js/watch.js");
/// Browsers ask again after five minutes, and get 304 unless the SDK was updated.
const CACHING: &str = "public, max-age=300";

/// The module that gives pages their access tokens.
pub(crate) async fn session(request: HttpRequest) -> HttpResponse {
    module(&request, SESSION)
}

/// The module that learns of the end of a sign-in.
pub(crate) async fn watch(request: HttpRequest) -> HttpResponse {
    module(&request, WATCH)
}

/// Answers the module, or that the browser has it.
fn module(request: &HttpRequest, script: &'static str) -> HttpResponse {
    let tag = entity_tag(script);
    let known = request.headers().get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let is_known = known.is_some_and(|known| known.contains(&tag));
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((ETAG, tag))
        .insert_header((CACHE_CONTROL, CACHING))
        .insert_header((CONTENT_TYPE, "text/javascript; charset=utf-8"))
        .insert_header(("x-content-type-options", "nosniff"));
    if is_known { response.finish() } else { response.body(script) }
}

fn entity_tag(script: &str) -> String {
    let digits: String = sha256(script).iter().take(8).map(|octet| format!("{octet:02x}")).collect();
    format!("\"{digits}\"")
}
