//! The pages of administrators, for people whose roles carry permissions: the acts of `directory/`, each with what it does
//! beforehand and the trace of it afterwards.

mod act;
mod edit_group;
mod edit_role;
mod gate;
mod groups;
mod members;
mod overview;
mod people;
mod remove_group;
mod remove_role;
mod roles;

use super::request::route::{read, resource};
use actix_web::web::{ServiceConfig, get, post};
use idp_core::discovery::path;

pub(super) fn routes(config: &mut ServiceConfig) {
    let edit_group = |path| {
        resource(path, "GET, POST").route(get().to(edit_group::get)).route(post().to(edit_group::post))
    };
    let edit_role =
        |path| resource(path, "GET, POST").route(get().to(edit_role::get)).route(post().to(edit_role::post));
    let remove_group = resource(path::ADMIN_REMOVE_GROUP, "GET, POST")
        .route(get().to(remove_group::get))
        .route(post().to(remove_group::post));
    let add_member = resource(path::ADMIN_ADD_MEMBER, "GET, POST")
        .route(get().to(members::get_add))
        .route(post().to(members::post_add));
    let remove_member = resource(path::ADMIN_REMOVE_MEMBER, "GET, POST")
        .route(get().to(members::get_remove))
        .route(post().to(members::post_remove));
    let remove_role = resource(path::ADMIN_REMOVE_ROLE, "GET, POST")
        .route(get().to(remove_role::get))
        .route(post().to(remove_role::post));
    config
        .service(resource(path::ADMIN, "GET, HEAD").route(read(overview::get)))
        .service(resource(path::ADMIN_GROUPS, "GET, HEAD").route(read(groups::get)))
        .service(resource(path::ADMIN_GROUP, "GET, HEAD").route(read(groups::show)))
        .service(edit_group(path::ADMIN_ADD_GROUP))
        .service(edit_group(path::ADMIN_CHANGE_GROUP))
        .service(remove_group)
        .service(add_member)
        .service(remove_member)
        .service(resource(path::ADMIN_ROLES, "GET, HEAD").route(read(roles::get)))
        .service(resource(path::ADMIN_ROLE, "GET, HEAD").route(read(roles::show)))
        .service(edit_role(path::ADMIN_ADD_ROLE))
        .service(edit_role(path::ADMIN_CHANGE_ROLE))
        .service(remove_role);
    people::routes(config);
}
