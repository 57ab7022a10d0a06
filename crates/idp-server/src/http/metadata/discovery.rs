//! `/.well-known/openid-configuration`, and the same under its OAuth name (RFC 8414).

use crate::app::App;
use actix_web::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL};
use actix_web::{HttpResponse, web};

/// GET. Public: any page may read it.
pub async fn get(app: web::Data<App>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .insert_header((CACHE_CONTROL, "public, max-age=600"))
        .json(&app.metadata)
}
