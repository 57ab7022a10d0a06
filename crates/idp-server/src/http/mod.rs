//! The endpoints, in rooms. A handler takes what it needs by type, loads from the store, asks a rule of `idp_core` and
//! answers. Each room mounts its own routes; the arrows between rooms go one way:
//! `admin -> account`, `logout -> account -> login -> flow -> request`, `link -> login`, `language -> request`, `pictures -> request`, `oauth -> request`, `feed -> oauth`, `admin_api -> oauth`, `scim -> admin_api`, `metadata -> request`,
//! `inbox -> request`, `metrics -> metadata`, `acme -> metadata`.

mod account;
mod acme;
mod admin;
mod admin_api;
mod client_logo;
mod feed;
mod flow;
#[cfg(feature = "demo")]
mod inbox;
mod language;
mod link;
mod login;
mod logout;
mod metadata;
mod metrics;
mod oauth;
mod pictures;
mod request;
mod scim;

pub use acme::plain_routes;
pub use metrics::routes as metrics_routes;
pub use request::language::layout;
pub use request::unread_body::close_after_unread_body;

use crate::app::App;
use crate::log::TraceParents;
use crate::page::asset_route;
use actix_web::web::{Data, ServiceConfig};
use request::route::{read, resource};
use std::sync::Arc;

/// Mounts every endpoint over `app`. Every path is a constant of [`idp_core::discovery::path`], but for what only the
/// demonstration has.
pub fn routes(app: &Arc<App>) -> impl FnOnce(&mut ServiceConfig) + Clone + 'static {
    #[cfg(feature = "demo")]
    let has_inbox = matches!(app.postman, crate::mail::Postman::Inbox(_));
    let app = Arc::clone(app);
    move |config: &mut ServiceConfig| {
        config
            .app_data(app.trusted_proxies())
            .app_data(app.metrics.http.clone())
            .app_data(app.config.log.requests)
            .app_data(TraceParents::of(&app.config.traces))
            .app_data(Data::from(Arc::clone(&app.theme)))
            .app_data(Data::from(app))
            .configure(metadata::routes)
            .configure(acme::routes)
            .configure(flow::routes)
            .configure(language::routes)
            .configure(login::routes)
            .configure(link::routes)
            .configure(account::routes)
            .configure(admin::routes)
            .configure(logout::routes)
            .configure(pictures::routes)
            .configure(oauth::routes)
            .configure(admin_api::routes)
            .configure(scim::routes)
            .configure(feed::routes)
            .configure(client_logo::routes)
            .service(resource(asset_route::ROUTE, "GET, HEAD").route(read(asset_route::serve)));
        #[cfg(feature = "demo")]
        if has_inbox {
            config.configure(inbox::routes);
        }
    }
}
