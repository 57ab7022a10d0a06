//! The logos of clients, by a hash of their content. Public, as the pages that show them are.

use super::request::failure::ApiFailure;
use super::request::route::{read, resource};
use crate::app::App;
use crate::page::{ClientLabel, asset_route};
use actix_web::web::{Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use idp_core::logo::LogoName;

/// Before the other assets, whose names may have any form.
pub(super) fn routes(config: &mut ServiceConfig) {
    let route = format!("{}/{{name}}", ClientLabel::LOGOS);
    config.service(resource(&route, "GET, HEAD").route(read(get)));
}

/// GET `/assets/clients/{name}`.
async fn get(name: Path<String>, request: HttpRequest, app: Data<App>) -> Result<HttpResponse, ApiFailure> {
    let Some(name) = LogoName::parse(&name) else {
        return Ok(HttpResponse::NotFound().finish());
    };
    Ok(match app.store.client_logo(name).await? {
        Some(logo) => asset_route::picture(&request, &logo),
        None => HttpResponse::NotFound().finish(),
    })
}
