//! The whole route table of the mount.

use actix_web::web::{self, Data, ServiceConfig};

use super::{
    SignIn, callback::callback, client_js::client_js, keeper::Mounted, login::login, logout, site::Mode, token,
};

/// Puts the routes, and what extractors look for, into an application.
pub(super) fn mount(sign_in: &SignIn, config: &mut ServiceConfig) {
    let site = &sign_in.0;
    let routes = web::scope(&site.mount)
        .app_data(Data::new(sign_in.clone()))
        .route("/login", web::get().to(login))
        .route("/callback", web::get().to(callback))
        .route("/logged-out", web::get().to(logout::logged_out));
    let routes = match site.mode {
        Mode::ServerRendered => {
            config.app_data(Mounted(site.clone()));
            routes.route("/logout", web::post().to(logout::by_form))
        }
        Mode::Scripted => routes
            .route("/token", web::post().to(token::token))
            .route("/logout", web::post().to(logout::by_script))
            .route("/client.js", web::get().to(client_js)),
    };
    config.service(routes);
}
