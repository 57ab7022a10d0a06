//! The whole route table of the mount.

use actix_web::web::{self, Data, FormConfig, ServiceConfig};

use crate::sign_in::{
    SignIn,
    callback::callback,
    client_js,
    events::events,
    login::start,
    logout::{
        back_channel::{MAX_FORM_BYTES, backchannel_logout},
        rp_initiated,
    },
    scripted::token,
    session::middleware::MountedSite,
    site::Mode,
    step_up::resume::resume,
};

/// Puts the routes, and what extractors look for, into an application.
pub(crate) fn mount(sign_in: &SignIn, config: &mut ServiceConfig) {
    let site = &sign_in.0;
    let routes = web::scope(&site.mount)
        .app_data(Data::new(sign_in.clone()))
        .service(web::resource("/login").route(web::get().to(start::start)))
        .service(
            web::resource("/backchannel-logout")
                .app_data(FormConfig::default().limit(MAX_FORM_BYTES))
                .route(web::post().to(backchannel_logout)),
        )
        .service(web::resource("/events").route(web::get().to(events)))
        .service(web::resource("/callback").route(web::get().to(callback)))
        .service(web::resource("/logged-out").route(web::get().to(rp_initiated::logged_out)));
    let routes = match site.mode {
        Mode::ServerRendered => {
            config.app_data(MountedSite(site.clone()));
            routes
                .service(
                    web::resource("/logout")
                        .route(web::post().to(rp_initiated::by_form))
                        .route(web::get().to(rp_initiated::ask)),
                )
                .service(web::resource("/resume").route(web::get().to(resume)))
                .service(web::resource("/client.js").route(web::get().to(client_js::watch)))
        }
        Mode::Scripted => routes
            .service(web::resource("/token").route(web::post().to(token::token)))
            .service(
                web::resource("/logout")
                    .route(web::post().to(rp_initiated::by_script))
                    .route(web::get().to(rp_initiated::ask_script)),
            )
            .service(web::resource("/client.js").route(web::get().to(client_js::session)))
            .service(web::resource("/watch.js").route(web::get().to(client_js::watch))),
    };
    config.service(routes);
}
