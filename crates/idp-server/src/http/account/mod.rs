//! The person's own pages.

mod activity;
mod add_passkey;
mod add_totp;
mod addresses;
mod delete;
mod demand_passkey;
mod devices;
mod export;
mod gate;
mod home;
mod methods;
mod new_recovery_codes;
mod onward;
mod password;
mod picture;
mod profile;
pub mod receipt;
mod recovery_codes;
mod remove_method;
mod rename_method;
mod secure;
mod sites;

use super::login::throttle::KnownDevice;
use super::request::route::{read, resource};
use super::request::{BrowserRequest, PageForm, cookies};
use crate::db::DbError;
use crate::page::action;
use crate::store::methods::MethodActor;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use actix_web::web::{ServiceConfig, get, post};
use idp_core::discovery::path;
use idp_core::user::User;

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
    let demand = resource(path::DEMAND_PASSKEY, "GET, POST")
        .route(get().to(demand_passkey::get))
        .route(post().to(demand_passkey::post));
    let remove = resource(path::REMOVE_METHOD, "GET, POST")
        .route(get().to(remove_method::get))
        .route(post().to(remove_method::post));
    let recovery_codes = resource(path::RECOVERY_CODES, "GET, POST")
        .route(get().to(recovery_codes::get))
        .route(post().to(recovery_codes::post));
    let sites = resource(path::SITES, "GET, POST").route(get().to(sites::get)).route(post().to(sites::post));
    let secure =
        resource(path::SECURE, "GET, POST").route(get().to(secure::get)).route(post().to(secure::post));
    let password =
        resource(path::PASSWORD, "GET, POST").route(get().to(password::get)).route(post().to(password::post));
    let add_address = resource(path::ADD_ADDRESS, "GET, POST")
        .route(get().to(addresses::get_add))
        .route(post().to(addresses::post_add));
    let address = resource(path::ADDRESS, "GET, POST")
        .route(get().to(addresses::get_one))
        .route(post().to(addresses::post_one));
    let profile =
        resource(path::PROFILE, "GET, POST").route(get().to(profile::get)).route(post().to(profile::post));
    let picture = resource(path::OWN_PICTURE, "GET, POST")
        .route(get().to(picture::get))
        .route(post().to(picture::post));
    let export =
        resource(path::EXPORT, "GET, POST").route(get().to(export::get)).route(post().to(export::post));
    let delete =
        resource(path::DELETE, "GET, POST").route(get().to(delete::get)).route(post().to(delete::post));
    config
        .service(resource(path::ADDRESSES, "GET, HEAD").route(read(addresses::get)))
        .service(add_address)
        .service(address)
        .service(profile)
        .service(picture)
        .service(export)
        .service(delete)
        .service(resource(path::DELETED, "GET, HEAD").route(read(delete::get_deleted)))
        .service(resource(path::METHODS, "GET, HEAD").route(read(methods::get)))
        .service(totp)
        .service(passkey)
        .service(rename)
        .service(demand)
        .service(remove)
        .service(recovery_codes)
        .service(resource(path::NEW_RECOVERY_CODES, "GET, HEAD").route(read(new_recovery_codes::get)))
        .service(resource(path::HOME, "GET, HEAD").route(read(home::get)))
        .service(resource(path::ACCOUNT, "GET, HEAD").route(read(home::get_account)))
        .service(resource(path::ACTIVITY, "GET, HEAD").route(read(activity::get)))
        .service(devices)
        .service(secure)
        .service(password)
        .service(sites);
}

/// What the forms of these pages are bound to: the very session that is asked.
fn holder(signed_in: &SignedIn) -> String {
    signed_in.session.sid.to_string()
}

/// Sets the cookie by which a browser goes on to count for the person's, who has had their others forgotten in it.
async fn keep_known(
    request: &BrowserRequest,
    user: &User,
    response: &mut HttpResponse,
) -> Result<(), DbError> {
    if let Some(known) = KnownDevice::kept(request, user).await? {
        cookies::set_known_device(response, &known);
    }
    Ok(())
}

/// Who changes their account.
fn actor(request: &BrowserRequest, signed_in: &SignedIn) -> MethodActor {
    MethodActor {
        user: signed_in.user.id,
        sid: signed_in.session.sid,
        address: request.address_text(),
        ends_others: false,
    }
}

/// Who changes the ways to sign in, and whether they ask for the end of their other sessions as well.
fn method_actor(request: &BrowserRequest, signed_in: &SignedIn, form: &PageForm) -> MethodActor {
    MethodActor { ends_others: form.field("others") == action::OTHERS, ..actor(request, signed_in) }
}
