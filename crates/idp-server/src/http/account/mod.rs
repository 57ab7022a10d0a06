//! The person's own pages, for a person who is signed in.

pub mod device_receipt;
mod devices;

use super::request::route::resource;
use actix_web::web::{ServiceConfig, get, post};
use idp_core::discovery::path;

pub(super) fn routes(config: &mut ServiceConfig) {
    let devices =
        resource(path::DEVICES, "GET, POST").route(get().to(devices::get)).route(post().to(devices::post));
    config.service(devices);
}
