//! The person's own pages.

mod add_passkey;
mod add_totp;
mod devices;
mod gate;
mod home;
mod methods;
mod password;
pub mod receipt;
mod rename_method;
mod sites;

use super::request::route::{read, resource};
use crate::store::sessions::SignedIn;
use actix_web::web::{ServiceConfig, get, post};
use idp_core::discovery::path;
use uuid::Uuid;

pub(super) fn routes(config: &mut ServiceConfig) {
    let devices =
        resource(path::DEVICES, "GET, POST").route(get().to(devices::get)).route(post().to(devices::post));
    let totp =
        resource(path::TOTP, "GET, POST").route(get().to(add_totp::get)).route(post().to(add_totp::post));
    let passkey = resource(path::PASSKEY, "GET, POST")
        .route(get().to(add_passkey::get))
        .route(post().to(add_passkey::post));
    let rename = resource(path::RENAME_METHOD, "GET, POST")
        .route(get().to(rename_method::get))
        .route(post().to(rename_method::post));
    let remove = resource(path::REMOVE_METHOD, "GET, POST")
        .route(get().to(methods::get_remove))
        .route(post().to(methods::post_remove));
    let sites = resource(path::SITES, "GET, POST").route(get().to(sites::get)).route(post().to(sites::post));
    let password =
        resource(path::PASSWORD, "GET, POST").route(get().to(password::get)).route(post().to(password::post));
    config
        .service(resource(path::METHODS, "GET, HEAD").route(read(methods::get)))
        .service(totp)
        .service(passkey)
        .service(rename)
        .service(remove)
        .service(resource(path::HOME, "GET, HEAD").route(read(home::get)))
        .service(resource(path::ACCOUNT, "GET, HEAD").route(read(home::get_account)))
        .service(devices)
        .service(password)
        .service(sites);
}

/// What the forms of these pages are bound to: the very session that is asked.
fn holder(signed_in: &SignedIn) -> String {
    signed_in.session.sid.to_string()
}

/// An id as we write it. Others of its spellings name nothing.
fn own_spelling(text: &str) -> Option<Uuid> {
    text.parse::<Uuid>().ok().filter(|id| id.to_string() == text)
}
