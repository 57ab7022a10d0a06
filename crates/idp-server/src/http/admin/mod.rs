//! The pages of administrators, for people whose roles carry permissions: the acts of `directory/`, each with what it does
//! beforehand and the trace of it afterwards.

mod act;
mod attributes;
mod audit;
mod client_form;
mod client_logo;
mod client_secrets;
mod clients;
mod deliveries;
mod edit_attribute;
mod edit_client;
mod edit_group;
mod edit_role;
mod gate;
mod group_roles;
mod groups;
mod keys;
mod members;
mod overview;
mod people;
mod pictures;
mod remove_attribute;
mod remove_client;
mod remove_group;
mod remove_role;
mod roles;
mod settings;

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
    let take_group_role = resource(path::ADMIN_TAKE_GROUP_ROLE, "GET, POST")
        .route(get().to(group_roles::get))
        .route(post().to(group_roles::post));
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
        .service(take_group_role)
        .service(resource(path::ADMIN_ROLES, "GET, HEAD").route(read(roles::get)))
        .service(resource(path::ADMIN_ROLE, "GET, HEAD").route(read(roles::show)))
        .service(edit_role(path::ADMIN_ADD_ROLE))
        .service(edit_role(path::ADMIN_CHANGE_ROLE))
        .service(remove_role);
    people::routes(config);
    attributes(config);
    clients(config);
    keys_and_deliveries(config);
}

fn attributes(config: &mut ServiceConfig) {
    let edit = |path| {
        resource(path, "GET, POST")
            .route(get().to(edit_attribute::get))
            .route(post().to(edit_attribute::post))
    };
    let remove = resource(path::ADMIN_REMOVE_ATTRIBUTE, "GET, POST")
        .route(get().to(remove_attribute::get))
        .route(post().to(remove_attribute::post));
    config
        .service(resource(path::ADMIN_ATTRIBUTES, "GET, HEAD").route(read(attributes::get)))
        .service(resource(path::ADMIN_ATTRIBUTE, "GET, HEAD").route(read(attributes::show)))
        .service(edit(path::ADMIN_ADD_ATTRIBUTE))
        .service(edit(path::ADMIN_CHANGE_ATTRIBUTE))
        .service(remove);
}

fn clients(config: &mut ServiceConfig) {
    let edit = |path| {
        resource(path, "GET, POST").route(get().to(edit_client::get)).route(post().to(edit_client::post))
    };
    let secrets = resource(path::ADMIN_CLIENT_SECRETS, "GET, POST")
        .route(get().to(client_secrets::get))
        .route(post().to(client_secrets::post));
    let logo = resource(path::ADMIN_CLIENT_LOGO, "GET, POST")
        .route(get().to(client_logo::get))
        .route(post().to(client_logo::post));
    let remove = resource(path::ADMIN_REMOVE_CLIENT, "GET, POST")
        .route(get().to(remove_client::get))
        .route(post().to(remove_client::post));
    config
        .service(resource(path::ADMIN_CLIENTS, "GET, HEAD").route(read(clients::get)))
        .service(resource(path::ADMIN_CLIENT, "GET, HEAD").route(read(clients::show)))
        .service(edit(path::ADMIN_ADD_CLIENT))
        .service(edit(path::ADMIN_CHANGE_CLIENT))
        .service(secrets)
        .service(logo)
        .service(remove);
}

fn keys_and_deliveries(config: &mut ServiceConfig) {
    let ask = |path| resource(path, "GET, POST").route(get().to(keys::ask)).route(post().to(keys::act));
    let settle = |path| {
        resource(path, "GET, POST")
            .route(get().to(deliveries::lead_back))
            .route(post().to(deliveries::settle))
    };
    config
        .service(resource(path::ADMIN_AUDIT, "GET, HEAD").route(read(audit::get)))
        .service(resource(path::ADMIN_AUDIT_LINES, "GET, HEAD").route(read(audit::lines)))
        .service(resource(path::ADMIN_AUDIT_CSV, "GET, HEAD").route(read(audit::csv)))
        .service(resource(path::ADMIN_KEYS, "GET, HEAD").route(read(keys::get)))
        .service(ask(path::ADMIN_ROTATE_KEYS))
        .service(ask(path::ADMIN_RETIRE_KEY))
        .service(ask(path::ADMIN_GIVE_UP_KEY))
        .service(resource(path::ADMIN_DELIVERIES, "GET, HEAD").route(read(deliveries::get)))
        .service(settle(path::ADMIN_SETTLE_DELIVERY))
        .service(resource(path::ADMIN_MAILS, "GET, HEAD").route(read(deliveries::get)))
        .service(settle(path::ADMIN_SETTLE_MAIL))
        .service(resource(path::ADMIN_FEED, "GET, HEAD").route(read(deliveries::feed)))
        .service(resource(path::ADMIN_SETTINGS, "GET, HEAD").route(read(settings::get)));
}
