//! `/picture/NAME`: the pictures of people, for everyone who was told the name. Sites show them in pages of their own, so any
//! page may load one, and a browser runs nothing in it and takes it for nothing else.

use super::request::BrowserRequest;
use super::request::route::{read, resource};
use crate::db::pictures::PictureSize;
use crate::page::PageError;
use actix_web::HttpResponse;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, CROSS_ORIGIN_RESOURCE_POLICY,
    ETAG, EntityTag, Header as _, IfNoneMatch,
};
use actix_web::web::{Path, ServiceConfig};
use idp_core::discovery::path;

/// A day: a picture that was removed is gone from every cache by then. Another picture has another name.
const CACHED: &str = "public, max-age=86400";
/// Also where a browser opens the address itself.
const POLICY: &str = "default-src 'none'; sandbox";
/// 128 bits in base64url.
const NAME_LENGTH: usize = 22;

pub(super) fn routes(config: &mut ServiceConfig) {
    let large = format!("{}/{{name}}", path::PICTURES);
    config
        .service(resource(&large, "GET, HEAD").route(read(get_large)))
        .service(resource(&format!("{large}/small"), "GET, HEAD").route(read(get_small)));
}

async fn get_large(request: BrowserRequest, name: Path<String>) -> Result<HttpResponse, PageError> {
    get(&request, name.into_inner(), PictureSize::Large).await
}

async fn get_small(request: BrowserRequest, name: Path<String>) -> Result<HttpResponse, PageError> {
    get(&request, name.into_inner(), PictureSize::Small).await
}

async fn get(request: &BrowserRequest, name: String, size: PictureSize) -> Result<HttpResponse, PageError> {
    let is_ours = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if name.len() != NAME_LENGTH || !name.bytes().all(is_ours) {
        return Err(PageError::NotFound);
    }
    // Asked also for a browser that has it: it may be removed.
    let tag = EntityTag::new_strong(format!("{name}{size:?}"));
    let picture = request.app.store.picture(name, size).await?.ok_or(PageError::NotFound)?;
    let is_held = match IfNoneMatch::parse(&request.http) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|held| held.weak_eq(&tag)),
        Err(_) => false,
    };
    let mut answer = if is_held { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer
        .insert_header((CACHE_CONTROL, CACHED))
        .insert_header((ETAG, tag.to_string()))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin"));
    if is_held {
        return Ok(answer.finish());
    }
    answer.insert_header((CONTENT_DISPOSITION, "inline; filename=\"picture.jpg\""));
    Ok(answer.insert_header((CONTENT_TYPE, "image/jpeg")).body(picture))
}
