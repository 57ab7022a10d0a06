//! The whole route table of the mount.

use actix_web::web::{self, Data, FormConfig, ServiceConfig};

use super::{
    SignIn,
    backchannel_logout::{MAX_FORM_BYTES, backchannel_logout},
    callback::callback,
    client_js,
    events::events,
    keeper::Mounted,
    login::login,
    logout,
    site::Mode,
    token,
};

/// Puts the routes, and what extractors look for, into an application.
pub(super) fn mount(sign_in: &SignIn, config: &mut ServiceConfig) {
    let site = &sign_in.0;
    let routes = web::scope(&site.mount)
        .app_data(Data::new(sign_in.clone()))
        .service(web::resource("/login").route(web::get().to(login)))
        .service(
            web::resource("/backchannel-logout")
                .app_data(FormConfig::default().limit(MAX_FORM_BYTES))
                .route(web::post().to(backchannel_logout)),
        )
        .service(web::resource("/events").route(web::get().to(events)))
        .service(web::resource("/callback").route(web::get().to(callback)))
        .service(web::resource("/logged-out").route(web::get().to(logout::logged_out)));
    let routes = match site.mode {
        Mode::ServerRendered => {
            config.app_data(Mounted(site.clone()));
            routes
                .service(web::resource("/logout").route(web::post().to(logout::by_form)))
                .service(web::resource("/client.js").route(web::get().to(client_js::watch)))
        }
        Mode::Scripted => routes
            .service(web::resource("/token").route(web::post().to(token::token)))
            .service(web::resource("/logout").route(web::post().to(logout::by_script)))
            .service(web::resource("/client.js").route(web::get().to(client_js::session)))
            .service(web::resource("/watch.js").route(web::get().to(client_js::watch))),
    };
    config.service(routes);
}
