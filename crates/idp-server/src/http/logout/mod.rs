//! Signing out: at the request of a client (OpenID Connect RP-Initiated Logout 1.0), and the page that says it is done.

mod end_session;

use super::request::route::{read, resource};
use actix_web::web::{ServiceConfig, get, post};
use idp_core::discovery::path;

pub(super) fn routes(config: &mut ServiceConfig) {
    let end_session = resource(path::END_SESSION, "GET, POST")
        .route(get().to(end_session::get))
        .route(post().to(end_session::post));
    let logout = resource(path::LOGOUT, "GET, POST")
        .route(get().to(end_session::ask_again))
        .route(post().to(end_session::confirmed));
    config
        .service(end_session)
        .service(logout)
        .service(resource(path::LOGGED_OUT, "GET, HEAD").route(read(end_session::logged_out)));
}
