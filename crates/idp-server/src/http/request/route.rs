//! How a path is mounted: it answers exactly the methods listed, and any other with 405 and `Allow`.

use crate::metrics;
use actix_web::http::header::ALLOW;
use actix_web::web;
use actix_web::{FromRequest, Handler, HttpResponse, Resource, Responder, Route, guard};

/// GET, and HEAD as GET without a body.
pub fn read<F, Args>(handler: F) -> Route
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    web::route().guard(guard::Any(guard::Get()).or(guard::Head())).to(handler)
}

/// The same path as a route that requests are counted by. What is not mounted through here counts as unmatched.
pub fn counted(resource: Resource, pattern: impl Into<String>) -> Resource {
    resource.app_data(metrics::Route::new(pattern))
}

/// A resource that names its methods when asked with another. It has one spelling: `/%74oken` is nothing, so that a
/// proxy that guards a path guards all of it.
pub fn resource(path: &str, allow: &'static str) -> Resource {
    let refuse =
        move || async move { HttpResponse::MethodNotAllowed().insert_header((ALLOW, allow)).finish() };
    let plainly_spelt = guard::fn_guard(|context| !context.head().uri.path().contains('%'));
    counted(web::resource(path), path).guard(plainly_spelt).default_service(web::to(refuse))
}
