//! The endpoints that clients call themselves: token (RFC 6749), introspection (RFC 7662), revocation (RFC 7009) and
//! userinfo (OpenID Connect Core 5.3). They answer JSON, and their clients authenticate in `client_authentication`.

pub mod bearer;
pub mod client_authentication;
mod introspect;
mod revoke;
mod token;
mod userinfo;

use super::request::route::resource;
use actix_web::web::{ServiceConfig, get, post};
use idp_core::discovery::path;

pub(super) fn routes(config: &mut ServiceConfig) {
    let userinfo =
        resource(path::USERINFO, "GET, POST").route(get().to(userinfo::any)).route(post().to(userinfo::any));
    config
        .service(resource(path::TOKEN, "POST").route(post().to(token::post)))
        .service(userinfo)
        .service(resource(path::REVOKE, "POST").route(post().to(revoke::post)))
        .service(resource(path::INTROSPECT, "POST").route(post().to(introspect::post)));
}
