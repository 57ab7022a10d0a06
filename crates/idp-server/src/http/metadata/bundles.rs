//! `/bundles/<hash>`: the permission bundle that a token names instead of a long list (ADR 66).

use crate::app::App;
use crate::http::request::ApiFailure;
use actix_web::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, ContentType};
use actix_web::{HttpResponse, web};

/// The length of a SHA-256 in base64url.
const HASH_LENGTH: usize = 43;

/// GET. Public, as the hash is known to those alone who were shown a token with it, or who know the content. A bundle never
/// changes.
///
/// # Errors
/// When the database does not answer.
pub async fn get(app: web::Data<App>, hash: web::Path<String>) -> Result<HttpResponse, ApiFailure> {
    let hash = hash.into_inner();
    let is_hash =
        hash.len() == HASH_LENGTH && hash.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    let content = if is_hash { app.store.bundle(hash).await? } else { None };
    let Some(content) = content else {
        return Ok(HttpResponse::NotFound().insert_header((CACHE_CONTROL, "no-store")).finish());
    };
    Ok(HttpResponse::Ok()
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header(ContentType::json())
        .body(content))
}
