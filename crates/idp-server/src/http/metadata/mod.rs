//! What everyone may read: the metadata document, the public keys, permission bundles, and whether the node can serve.

mod bundles;
mod discovery;
pub(in crate::http) mod health;
mod jwks;

use super::request::route::{read, resource};
use actix_web::web::ServiceConfig;
use idp_core::discovery::path;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(resource(path::OPENID_CONFIGURATION, "GET, HEAD").route(read(discovery::get)))
        .service(resource(path::AUTHORIZATION_SERVER, "GET, HEAD").route(read(discovery::get)))
        .service(resource(path::JWKS, "GET, HEAD").route(read(jwks::get)))
        .service(resource(&format!("{}/{{hash}}", path::BUNDLES), "GET, HEAD").route(read(bundles::get)))
        .service(resource(path::HEALTH_LIVE, "GET, HEAD").route(read(health::live)))
        .service(resource(path::HEALTH_STARTED, "GET, HEAD").route(read(health::started)))
        .service(resource(path::HEALTH_READY, "GET, HEAD").route(read(health::ready)))
        .service(resource(path::HEALTH_PROBE, "GET, HEAD").route(read(health::probe)));
}
