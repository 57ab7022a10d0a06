//! The stylesheet, the scripts and the icon, served from memory. A name is looked up in a table of
//! exact names and never touches the file system, so that there is no folder to climb out of. Each
//! address carries a hash of the content and may be cached for ever.

use std::fmt::Write as _;
use std::sync::LazyLock;

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, CROSS_ORIGIN_RESOURCE_POLICY, ETAG, EntityTag, Header as _, IfNoneMatch,
};
use actix_web::{HttpRequest, HttpResponse, web};
use aws_lc_rs::digest::{SHA256, digest};

/// The route that [`serve`] answers.
pub const ROUTE: &str = "/assets/{name:.*}";

/// Seconds in a year: the address changes when the content does.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// One file with its address.
#[derive(Debug)]
pub struct Asset {
    name: String,
    url: String,
    hash: String,
    content_type: &'static str,
    body: &'static str,
}

impl Asset {
    /// `stem.hash.extension`, by the first 64 bits of the content's SHA-256.
    fn new(stem: &str, extension: &str, content_type: &'static str, body: &'static str) -> Self {
        let mut hash = String::new();
        for byte in digest(&SHA256, body.as_bytes()).as_ref().iter().take(8) {
            // Writing to a String cannot fail.
            let _ = write!(hash, "{byte:02x}");
        }
        let name = format!("{stem}.{hash}.{extension}");
        let url = format!("/assets/{name}");
        Self { name, url, hash, content_type, body }
    }

    /// Path with the content's hash in it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The content.
    #[must_use]
    pub fn body(&self) -> &'static str {
        self.body
    }
}

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

static STYLESHEET: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("app", "css", CSS, include_str!("../../../../web-templates/assets/app.css")));
static APP_SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("app", "js", SCRIPT, include_str!("../../../../web-templates/assets/app.js"))
});
static FORM_POST_SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    let body = include_str!("../../../../web-templates/assets/form-post.js");
    Asset::new("form-post", "js", SCRIPT, body)
});
static STRENGTH_SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("strength", "js", SCRIPT, include_str!("../../../../web-templates/assets/strength.js"))
});
static PASSKEY_SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("passkey", "js", SCRIPT, include_str!("../../../../web-templates/assets/passkey.js"))
});
static FAVICON: LazyLock<Asset> = LazyLock::new(|| {
    let body = include_str!("../../../../web-templates/assets/favicon.svg");
    Asset::new("favicon", "svg", "image/svg+xml", body)
});

/// The one stylesheet.
#[must_use]
pub fn stylesheet() -> &'static Asset {
    &STYLESHEET
}

/// The script of every page; all work without it.
#[must_use]
pub fn app_script() -> &'static Asset {
    &APP_SCRIPT
}

/// The script that sends a `response_mode=form_post` answer on.
#[must_use]
pub fn form_post_script() -> &'static Asset {
    &FORM_POST_SCRIPT
}

/// The script that comments on a new password while it is typed.
#[must_use]
pub fn strength_script() -> &'static Asset {
    &STRENGTH_SCRIPT
}

/// The script that asks the browser for passkeys.
#[must_use]
pub fn passkey_script() -> &'static Asset {
    &PASSKEY_SCRIPT
}

/// The icon of the browser tab.
#[must_use]
pub fn favicon() -> &'static Asset {
    &FAVICON
}

/// The asset of exactly this name, hash included.
#[must_use]
pub fn find(name: &str) -> Option<&'static Asset> {
    let all =
        [stylesheet(), app_script(), form_post_script(), strength_script(), passkey_script(), favicon()];
    all.into_iter().find(|asset| asset.name == name)
}

/// Answers [`ROUTE`]: the content, 304 to a browser that has it, 404 to every other name.
pub async fn serve(name: web::Path<String>, request: HttpRequest) -> HttpResponse {
    let Some(asset) = find(&name) else {
        return HttpResponse::NotFound().finish();
    };
    let tag = EntityTag::new_strong(asset.hash.clone());
    let held = match IfNoneMatch::parse(&request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|held| held.weak_eq(&tag)),
        Err(_) => false,
    };
    let mut answer = if held { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer
        .insert_header((CACHE_CONTROL, FOR_EVER))
        .insert_header((ETAG, tag.to_string()))
        .insert_header((CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"));
    if held {
        return answer.finish();
    }
    answer.insert_header((CONTENT_TYPE, asset.content_type)).body(asset.body)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use actix_web::http::StatusCode;
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, test};

    use super::*;

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
