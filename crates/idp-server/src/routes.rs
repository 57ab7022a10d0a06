//! The whole URL table. Every resource answers exactly the methods listed; any other is 405 with `Allow`.

use crate::app::App;
use crate::http::{
    authorize, consent, devices, discovery, end_session, health, introspect, jwks, login, revocations,
    revoke, token, userinfo,
};
use crate::page::assets;
use actix_web::http::header::ALLOW;
use actix_web::web::{self, ServiceConfig, get, post};
use actix_web::{FromRequest, Handler, HttpResponse, Resource, Responder, Route, guard};
use idp_core::discovery::path;
use std::sync::Arc;

/// Mounts every endpoint over `app`.
pub fn routes(app: &Arc<App>) -> impl FnOnce(&mut ServiceConfig) + Clone + 'static {
    let app = Arc::clone(app);
    move |config: &mut ServiceConfig| {
        config
            .app_data(app.trusted_proxies())
            .app_data(web::Data::from(app))
            .service(only(path::OPENID_CONFIGURATION, "GET, HEAD").route(read(discovery::get)))
            .service(only(path::AUTHORIZATION_SERVER, "GET, HEAD").route(read(discovery::get)))
            .service(only(path::JWKS, "GET, HEAD").route(read(jwks::get)))
            .service(
                only(path::AUTHORIZE, "GET, POST")
                    .route(get().to(authorize::get))
                    .route(post().to(authorize::post)),
            )
            .service(only(path::LOGIN, "GET, POST").route(get().to(login::get)).route(post().to(login::post)))
            .service(
                only(path::CONSENT, "GET, POST")
                    .route(get().to(consent::get))
                    .route(post().to(consent::post)),
            )
            .service(only(path::TOKEN, "POST").route(post().to(token::post)))
            .service(
                only(path::USERINFO, "GET, POST")
                    .route(get().to(userinfo::any))
                    .route(post().to(userinfo::any)),
            )
            .service(only(path::REVOKE, "POST").route(post().to(revoke::post)))
            .service(only(path::INTROSPECT, "POST").route(post().to(introspect::post)))
            .service(only(path::REVOCATIONS, "GET").route(get().to(revocations::get)))
            .service(only(path::REVOCATION_RECEIPTS, "POST").route(post().to(revocations::receipt)))
            .service(
                only(path::END_SESSION, "GET, POST")
                    .route(get().to(end_session::get))
                    .route(post().to(end_session::post)),
            )
            .service(only(path::LOGOUT, "POST").route(post().to(end_session::confirmed)))
            .service(only(path::LOGGED_OUT, "GET, HEAD").route(read(end_session::logged_out)))
            .service(
                only(path::DEVICES, "GET, POST")
                    .route(get().to(devices::get))
                    .route(post().to(devices::post)),
            )
            .service(only(path::HEALTH_LIVE, "GET, HEAD").route(read(health::live)))
            .service(only(path::HEALTH_READY, "GET, HEAD").route(read(health::ready)))
            .service(only(assets::ROUTE, "GET, HEAD").route(read(assets::serve)));
    }
}

/// GET, and HEAD as GET without a body.
fn read<F, Args>(handler: F) -> Route
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    web::route().guard(guard::Any(guard::Get()).or(guard::Head())).to(handler)
}

/// A resource that names its methods when asked with another. It has one spelling: `/%74oken` is nothing, so that a
/// proxy that guards a path guards all of it.
fn only(path: &str, allow: &'static str) -> Resource {
    let refuse =
        move || async move { HttpResponse::MethodNotAllowed().insert_header((ALLOW, allow)).finish() };
    let plainly_spelt = guard::fn_guard(|context| !context.head().uri.path().contains('%'));
    web::resource(path).guard(plainly_spelt).default_service(web::to(refuse))
}
