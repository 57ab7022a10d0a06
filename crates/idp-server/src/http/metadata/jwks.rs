//! `/jwks` (RFC 7517 5): the public keys that verify our tokens.

use crate::app::App;
use actix_web::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse, web};
use idp_core::key::jwks::CONTENT_TYPE;
use idp_core::key::ring::JWKS_LIFETIME;

/// GET. Public: any page may read it.
pub async fn get(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    if !app.keys.open_under_master_key() {
        // No set rather than an empty one, which would make sites forget the keys of other nodes.
        return HttpResponse::ServiceUnavailable().finish();
    }
    let jwks = app.keys.ring().published(app.now());
    let etag = jwks.etag();
    let unchanged = is_known(&request, &etag);
    let mut answer = if unchanged { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .insert_header((CACHE_CONTROL, format!("public, max-age={JWKS_LIFETIME}")))
        .insert_header((ETAG, etag))
        .content_type(CONTENT_TYPE);
    match serde_json::to_string(&jwks) {
        Ok(body) if !unchanged => answer.body(body),
        _ => answer.finish(),
    }
}

/// Whether the asker has this very set (RFC 9110 13.1.2: compared weakly, and `*` is any).
fn is_known(request: &HttpRequest, etag: &str) -> bool {
    let lines = request.headers().get_all(IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
    let mut tags = lines.flat_map(|line| line.split(',')).map(str::trim);
    tags.any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
}
