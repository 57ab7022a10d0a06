//! The administration API over HTTP: every operation of [`crate::admin_api`] at its path, for callers with an access token,
//! and the OpenAPI document.

pub(in crate::http) mod caller;
mod dispatch;
mod download;
pub(in crate::http) mod exchange;
mod idempotency;

use crate::admin_api::{BASE, Export, Method, Operation, Problem, Visitor, openapi, visit_all};
use crate::app::App;
use crate::http::request::route::counted;
use actix_web::http::header::ALLOW;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpResponse, Resource, Route, guard};
use dispatch::Dispatch;
pub use download::export;
use exchange::problem_response;
use std::collections::BTreeMap;

/// Where the OpenAPI document is, for everyone: it says nothing of this installation but its issuer.
const DOCUMENT: &str = "/openapi.json";

pub(super) fn routes(config: &mut ServiceConfig) {
    let mut mounted = Mounted::default();
    visit_all(&mut mounted);
    // One spelling of the prefix, so that a proxy that guards it guards all of it.
    let plainly_spelt = guard::fn_guard(|context| context.head().uri.path().starts_with(BASE));
    let mut scope = web::scope(BASE)
        .guard(plainly_spelt)
        .service(of(DOCUMENT).route(web::get().to(document)))
        .default_service(web::to(nothing_there));
    for (path, Entry { resource, methods }) in mounted.by_path {
        let allow = methods.join(", ");
        let refuse = move || {
            let allow = allow.clone();
            async move { other_method(allow) }
        };
        scope = scope.service(resource(path).default_service(web::to(refuse)));
    }
    config.service(scope);
}

/// What is at a path below the prefix.
fn of(path: &'static str) -> Resource {
    counted(web::resource(path), format!("{BASE}{path}"))
}

/// A path under way.
struct Entry {
    resource: Box<dyn FnOnce(&'static str) -> Resource>,
    methods: Vec<&'static str>,
}

#[derive(Default)]
struct Mounted {
    by_path: BTreeMap<&'static str, Entry>,
}

impl Visitor for Mounted {
    fn visit<O: Operation>(&mut self) {
        self.mount(O::PATH, O::METHOD, route(Dispatch::of::<O>()));
    }

    fn visit_export<E: Export>(&mut self) {
        self.mount(E::PATH, Method::Get, web::get().to(download::handle::<E>));
    }
}

impl Mounted {
    fn mount(&mut self, path: &'static str, method: Method, route: Route) {
        let known = self.by_path.remove(path);
        let (resource, mut methods) = match known {
            Some(entry) => (entry.resource, entry.methods),
            None => (Box::new(of) as Box<dyn FnOnce(&'static str) -> Resource>, Vec::new()),
        };
        let resource = Box::new(move |path| resource(path).route(route));
        methods.push(method.as_str());
        self.by_path.insert(path, Entry { resource, methods });
    }
}

fn route(call: Dispatch) -> Route {
    let method = match call.method {
        Method::Get => web::get(),
        Method::Post => web::post(),
        Method::Put => web::put(),
        Method::Patch => web::patch(),
        Method::Delete => web::delete(),
    };
    method.to(move |request, payload, app| exchange::handle(request, payload, app, call))
}

async fn document(app: Data<App>) -> HttpResponse {
    HttpResponse::Ok().json(openapi::document(app.issuer()))
}

async fn nothing_there() -> HttpResponse {
    problem_response(&Problem::not_found("there is nothing at this path"))
}

fn other_method(allow: String) -> HttpResponse {
    let problem = Problem::new(405, "method_not_allowed", "this path takes other methods");
    let mut response = problem_response(&problem);
    if let Ok(value) = allow.parse() {
        response.headers_mut().insert(ALLOW, value);
    }
    response
}
