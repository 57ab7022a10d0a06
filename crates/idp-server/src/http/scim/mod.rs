//! SCIM 2.0 over HTTP (RFC 7644): who calls, what a message may be, and how answers and faults are written. The acts are
//! [`crate::scim`]'s.

mod exchange;
mod message;

use super::admin_api::caller;
use crate::app::App;
use crate::directory::Caller;
use crate::scim::{BASE, Failure, discovery};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, guard};
use exchange::{failed, open, shown};
use serde_json::Value;

pub(super) fn routes(config: &mut ServiceConfig) {
    // One spelling of the prefix, so that a proxy that guards it guards all of it.
    let plainly_spelt = guard::fn_guard(|context| context.head().uri.path().starts_with(BASE));
    let scope = web::scope(BASE)
        .guard(plainly_spelt)
        .service(only_get("/ServiceProviderConfig").route(web::get().to(config_document)))
        .service(only_get("/ResourceTypes").route(web::get().to(resource_types)))
        .service(only_get("/ResourceTypes/{name}").route(web::get().to(resource_type)))
        .service(only_get("/Schemas").route(web::get().to(schemas)))
        .service(only_get("/Schemas/{name}").route(web::get().to(schema)))
        .service(exchange::of("/Me").default_service(web::to(not_here)))
        .service(exchange::of("/Bulk").default_service(web::to(not_here)))
        .service(exchange::of("/.search").default_service(web::to(not_here)))
        .configure(exchange::resources)
        .default_service(web::to(nothing_there));
    config.service(scope);
}

fn only_get(path: &'static str) -> actix_web::Resource {
    exchange::of(path).default_service(web::to(|| async { exchange::other_method("GET") }))
}

/// Everyone may know what the server supports: it says nothing of this installation but its issuer.
async fn config_document(app: Data<App>) -> HttpResponse {
    open(Some(discovery::config(&app.directory())))
}

async fn resource_types(app: Data<App>, request: HttpRequest) -> HttpResponse {
    if exchange::has_filter(&request) {
        return failed(&exchange::no_filter_here());
    }
    let caller = seen(&request, &app).await;
    told(discovery::resource_types(&app.directory(), caller.as_ref()).await.map(Some))
}

async fn resource_type(app: Data<App>, request: HttpRequest, name: web::Path<String>) -> HttpResponse {
    let caller = seen(&request, &app).await;
    told(discovery::resource_type_named(&app.directory(), caller.as_ref(), &name).await)
}

async fn schemas(app: Data<App>, request: HttpRequest) -> HttpResponse {
    if exchange::has_filter(&request) {
        return failed(&exchange::no_filter_here());
    }
    let caller = seen(&request, &app).await;
    told(discovery::schemas(&app.directory(), caller.as_ref()).await.map(Some))
}

async fn schema(app: Data<App>, request: HttpRequest, name: web::Path<String>) -> HttpResponse {
    let caller = seen(&request, &app).await;
    told(discovery::schema_named(&app.directory(), caller.as_ref(), &name).await)
}

/// Who asks, where a good token says so: these documents are for everyone, and one who shows a bad token is a stranger.
async fn seen(request: &HttpRequest, app: &Data<App>) -> Option<Caller> {
    caller::of_request(request, app).await.ok()
}

fn told(document: Result<Option<Value>, Failure>) -> HttpResponse {
    document.map_or_else(|failure| failed(&failure), open)
}

/// What RFC 7644 has and this server does not: `/Me` (3.11), bulk (3.7), and a search through all kinds of resources (3.4.2.1).
async fn not_here(request: HttpRequest, app: Data<App>) -> HttpResponse {
    shown(exchange::not_implemented(&request, &app).await)
}

async fn nothing_there(request: HttpRequest, app: Data<App>) -> HttpResponse {
    shown(exchange::unknown_path(&request, &app).await)
}
