//! Style sheet, scripts and mark, out of the binary. Browsers may keep them for a few minutes.

use actix_web::{
    HttpResponse,
    http::header::CACHE_CONTROL,
    web::{self, Data, ServiceConfig},
};

use crate::pages::Identity;

const STYLE: &str = include_str!("../assets/site.css");
const SCRIPT: &str = include_str!("../assets/app.js");
const PAGE_SCRIPT: &str = include_str!("../assets/page.js");
const CAUSES: &str = include_str!("../assets/causes.js");
const HAPPENINGS: &str = include_str!("../assets/happenings.js");
const WORDS: &str = include_str!("../assets/words.js");
const CACHING: (actix_web::http::header::HeaderName, &str) = (CACHE_CONTROL, "public, max-age=300");

/// The assets' routes.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .route("/assets/site.css", web::get().to(async || serve("text/css; charset=utf-8", STYLE)))
        .route("/assets/app.js", web::get().to(async || serve("text/javascript; charset=utf-8", SCRIPT)))
        .route(
            "/assets/page.js",
            web::get().to(async || serve("text/javascript; charset=utf-8", PAGE_SCRIPT)),
        )
        .route("/assets/causes.js", web::get().to(async || serve("text/javascript; charset=utf-8", CAUSES)))
        .route(
            "/assets/happenings.js",
            web::get().to(async || serve("text/javascript; charset=utf-8", HAPPENINGS)),
        )
        .route("/assets/words.js", web::get().to(async || serve("text/javascript; charset=utf-8", WORDS)))
        .route(
            "/assets/mark.svg",
            web::get().to(async |site: Data<Identity>| serve("image/svg+xml", site.face.logo())),
        );
}

fn serve(content_type: &'static str, body: &'static str) -> HttpResponse {
    HttpResponse::Ok().insert_header(CACHING).content_type(content_type).body(body)
}
