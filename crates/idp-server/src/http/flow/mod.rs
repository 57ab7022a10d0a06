//! An authorization request on its way: `authorize` checks it, `transaction` carries it sealed through the browser,
//! `consent` asks the person, `accept_terms` has them accept the terms of use, `access_denied` tells who may not sign in at the client, and `after_sign_in` says what a sign-in is for. The login page itself is `login`'s.

pub mod accept_terms;
mod access_denied;
pub mod account_page;
mod admin_page;
pub mod after_sign_in;
mod authorize;
mod consent;
pub mod pending_login;
mod people_page;
mod text_id;
pub mod transaction;

pub use account_page::AccountPage;
pub use admin_page::AdminPage;
pub use after_sign_in::AfterSignIn;
pub use pending_login::{AwaitedLetter, PendingLogin};
pub use people_page::{PeoplePage, PersonPage, PersonPart};
pub use text_id::TextId;

use super::request::route::resource;
use actix_web::web::{ServiceConfig, get, post};
use idp_core::discovery::path;

pub(super) fn routes(config: &mut ServiceConfig) {
    let authorize = resource(path::AUTHORIZE, "GET, POST")
        .route(get().to(authorize::get))
        .route(post().to(authorize::post));
    let consent =
        resource(path::CONSENT, "GET, POST").route(get().to(consent::get)).route(post().to(consent::post));
    let terms = resource(path::ACCEPT_TERMS, "GET, POST")
        .route(get().to(accept_terms::get))
        .route(post().to(accept_terms::post));
    let denied = resource(path::ACCESS_DENIED, "GET, POST")
        .route(get().to(access_denied::get))
        .route(post().to(access_denied::post));
    config.service(authorize).service(consent).service(terms).service(denied);
}
