//! What everyone may read: the metadata document, the public keys, permission bundles, whether the node can serve, and what programs look
//! for at fixed addresses.

mod bundles;
mod discovery;
pub(in crate::http) mod health;
mod jwks;
mod well_known;

use super::request::route::{read, resource};
use actix_web::web::ServiceConfig;
use idp_core::discovery::path;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(resource(path::OPENID_CONFIGURATION, "GET, HEAD").route(read(discovery::get)))
        .service(resource(path::AUTHORIZATION_SERVER, "GET, HEAD").route(read(discovery::get)))
        .service(resource(path::JWKS, "GET, HEAD").route(read(jwks::get)))
        .service(resource(&format!("{}/{{hash}}", path::BUNDLES), "GET, HEAD").route(read(bundles::get)))
        .service(resource(path::SECURITY_TXT, "GET, HEAD").route(read(well_known::security_txt)))
        .service(resource(path::ROBOTS_TXT, "GET, HEAD").route(read(well_known::robots_txt)))
        .service(resource(path::CHANGE_PASSWORD, "GET, HEAD").route(read(well_known::change_password)))
        .service(resource(path::PASSKEY_ENDPOINTS, "GET, HEAD").route(read(well_known::passkey_endpoints)))
        .service(resource(path::HEALTH_LIVE, "GET, HEAD").route(read(health::live)))
        .service(resource(path::HEALTH_STARTED, "GET, HEAD").route(read(health::started)))
        .service(resource(path::HEALTH_READY, "GET, HEAD").route(read(health::ready)))
        .service(resource(path::HEALTH_PROBE, "GET, HEAD").route(read(health::probe)));
}
