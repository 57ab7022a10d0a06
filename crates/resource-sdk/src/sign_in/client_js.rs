//! The browser's half of scripted mode, served from the binary: `GET <mount>/client.js`. What it does
//! is written down in `js/silent-refresh.js`. RFC 9110 sections 8.8.3 and 13.1.2.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
};

use super::seal::sha256;

const SCRIPT: &str = include_str!("../../js/silent-refresh.js");
/// Browsers ask again after five minutes, and get 304 unless the SDK was updated.
const CACHING: &str = "public, max-age=300";

/// Answers the module, or that the browser has it.
pub(super) async fn client_js(request: HttpRequest) -> HttpResponse {
    let tag = entity_tag();
    let known = request.headers().get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let is_known = known.is_some_and(|known| known.contains(&tag));
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((ETAG, tag))
        .insert_header((CACHE_CONTROL, CACHING))
        .insert_header((CONTENT_TYPE, "text/javascript; charset=utf-8"))
        .insert_header(("x-content-type-options", "nosniff"));
    if is_known { response.finish() } else { response.body(SCRIPT) }
}

fn entity_tag() -> String {
    let digits: String = sha256(SCRIPT).iter().take(8).map(|octet| format!("{octet:02x}")).collect();
    format!("\"{digits}\"")
}
