//! Serves the assets, those of the theme, and logos, from memory. A name is looked up in a table of exact names and never
//! touches the file system, so that there is no folder to climb out of. Each address carries a hash of the content and may
//! be cached for ever.

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, CROSS_ORIGIN_RESOURCE_POLICY, ETAG, EntityTag,
    Header as _, IfNoneMatch,
};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, web};
use idp_core::logo::Logo;

use super::{Theme, assets};

/// The route that [`serve`] answers.
pub const ROUTE: &str = "/assets/{name:.*}";

/// Seconds in a year: the address changes when the content does.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// For a picture that is opened by its own address, where it is a document and not part of one: it fetches nothing, runs
/// nothing, and has no origin.
const PICTURE_POLICY: &str = "default-src 'none'; sandbox";

/// Answers [`ROUTE`]: the content, 304 to a browser that has it, 404 to every other name.
pub async fn serve(
    name: web::Path<String>,
    request: HttpRequest,
    theme: Option<Data<Theme>>,
) -> HttpResponse {
    match assets::find(&name).or_else(|| theme.as_ref()?.find(&name)) {
        Some(asset) => answer(&request, asset.hash(), asset.content_type(), asset.bytes()),
        None => HttpResponse::NotFound().finish(),
    }
}

/// A logo under an address that changes with its content.
#[must_use]
pub fn picture(request: &HttpRequest, logo: &Logo) -> HttpResponse {
    let body = Bytes::copy_from_slice(logo.content());
    answer(request, logo.name().as_str(), logo.format().media_type(), body)
}

fn answer(request: &HttpRequest, hash: &str, content_type: &'static str, body: Bytes) -> HttpResponse {
    let tag = EntityTag::new_strong(hash.to_owned());
    let held = match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|held| held.weak_eq(&tag)),
        Err(_) => false,
    };
    let mut answer = if held { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer
        .insert_header((CACHE_CONTROL, FOR_EVER))
        .insert_header((ETAG, tag.to_string()))
        .insert_header((CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"));
    if content_type.starts_with("image/") {
        answer.insert_header((CONTENT_SECURITY_POLICY, PICTURE_POLICY));
    }
    if held {
        return answer.finish();
    }
    answer.insert_header((CONTENT_TYPE, content_type)).body(body)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use actix_web::http::StatusCode;
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, test};

    use super::*;
    use crate::page::assets::{CSS, stylesheet};

    async fn get(path: &str, etag: Option<&str>) -> actix_web::dev::ServiceResponse {
        let app = init_service(App::new().route(ROUTE, web::get().to(serve))).await;
        let mut request = TestRequest::get().uri(path);
        if let Some(etag) = etag {
            request = request.insert_header(("if-none-match", etag));
        }
        call_service(&app, request.to_request()).await
    }

    #[actix_web::test]
    async fn an_asset_is_cached_for_ever_and_revalidated_by_its_hash() {
        let answer = get(stylesheet().url(), None).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let header = |name: &str| answer.headers().get(name).unwrap().to_str().unwrap().to_owned();
        assert_eq!(header("content-type"), CSS);
        assert_eq!(header("cache-control"), FOR_EVER);
        let etag = header("etag");
        assert_eq!(test::read_body(answer).await, stylesheet().body().as_bytes());

        assert_eq!(get(stylesheet().url(), Some(&etag)).await.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(get(stylesheet().url(), Some("\"other\"")).await.status(), StatusCode::OK);
    }

    #[actix_web::test]
    async fn static_assets_cannot_be_climbed_out_of() {
        let stylesheet = stylesheet().url();
        for path in [
            "/assets/..%2f..%2fkey.pem",
            "/assets/..%2F..%2Fidp.db",
            "/assets/../Cargo.toml",
            "/assets/%2e%2e/%2e%2e/etc/passwd",
            "/assets/..%5c..%5ckey.pem",
            "/assets//etc/passwd",
            "/assets/app.css%00",
            "/assets/app.css",
            "/assets/",
            &stylesheet.replace("app.", "./app."),
            &stylesheet.to_uppercase().replace("/ASSETS", "/assets"),
        ] {
            assert_eq!(get(path, None).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }
}
