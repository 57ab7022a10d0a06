//! One request and its answer.

use super::super::admin_api::caller;
use super::super::admin_api::exchange::Refusal as Door;
use super::message::{self, SCIM_JSON};
use crate::admin_api::IfMatch;
use crate::app::App;
use crate::directory::Caller;
use crate::http::request::route::counted;
use crate::page::{SCIM, stamp_refusal};
use crate::scim::{Answer, BASE, Failure, groups, users};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ALLOW, CACHE_CONTROL, ETAG, IF_MATCH, IF_NONE_MATCH, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE,
};
use actix_web::web::{self, Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource};
use idp_core::scim::ScimType;
use serde_json::Value;

/// Seconds after which trying again makes sense when something of ours is down.
const RETRY_SECONDS: u64 = 2;

/// Why there is no answer of an act.
pub(super) enum Refused {
    /// The token.
    Door(Door),
    /// The act.
    Act(Failure),
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self::Act(failure)
    }
}

impl From<Door> for Refused {
    fn from(door: Door) -> Self {
        Self::Door(door)
    }
}

type Outcome = Result<Answer, Refused>;

macro_rules! resource_routes {
    ($config:ident, $acts:ident, $path:literal) => {{
        async fn list(request: HttpRequest, app: Data<App>) -> HttpResponse {
            let answer = async {
                let caller = caller::of_request(&request, &app).await?;
                let asked = message::list(&message::parameters(&request)?)?;
                Outcome::Ok($acts::list(&app.administration(&caller), &asked).await?)
            };
            shown(answer.await)
        }
        async fn search(request: HttpRequest, payload: Payload, app: Data<App>) -> HttpResponse {
            let answer = async {
                let caller = caller::of_request(&request, &app).await?;
                let asked = message::search(&message::body(&request, payload).await?)?;
                Outcome::Ok($acts::list(&app.administration(&caller), &asked).await?)
            };
            shown(answer.await)
        }
        async fn create(request: HttpRequest, payload: Payload, app: Data<App>) -> HttpResponse {
            let answer = async {
                let caller = caller::of_request(&request, &app).await?;
                let projection = message::projection(&message::parameters(&request)?)?;
                let body = message::body(&request, payload).await?;
                let by = app.administration(&caller);
                Outcome::Ok($acts::create(&by, &body, &projection, app.now()).await?)
            };
            shown(answer.await)
        }
        async fn get(request: HttpRequest, id: web::Path<String>, app: Data<App>) -> HttpResponse {
            let answer = async {
                let caller = caller::of_request(&request, &app).await?;
                let projection = message::projection(&message::parameters(&request)?)?;
                Outcome::Ok($acts::get(&app.administration(&caller), &id, &projection).await?)
            };
            match answer.await {
                Ok(answer) if is_known(&request, &answer) => not_modified(&answer),
                outcome => shown(outcome),
            }
        }
        async fn replace(
            request: HttpRequest,
            id: web::Path<String>,
            payload: Payload,
            app: Data<App>,
        ) -> HttpResponse {
            let answer = async {
                let caller = caller::of_request(&request, &app).await?;
                let projection = message::projection(&message::parameters(&request)?)?;
                let (if_match, body) = (if_match(&request)?, message::body(&request, payload).await?);
                let by = app.administration(&caller);
                Outcome::Ok($acts::replace(&by, &id, (&body, &if_match), &projection, app.now()).await?)
            };
            shown(answer.await)
        }
        async fn patch(
            request: HttpRequest,
            id: web::Path<String>,
            payload: Payload,
            app: Data<App>,
        ) -> HttpResponse {
            let answer = async {
                let caller = caller::of_request(&request, &app).await?;
                let projection = message::projection(&message::parameters(&request)?)?;
                let (if_match, body) = (if_match(&request)?, message::body(&request, payload).await?);
                let by = app.administration(&caller);
                Outcome::Ok($acts::patch(&by, &id, (&body, &if_match), &projection, app.now()).await?)
            };
            shown(answer.await)
        }
        async fn delete(request: HttpRequest, id: web::Path<String>, app: Data<App>) -> HttpResponse {
            let answer = async {
                let caller = caller::of_request(&request, &app).await?;
                let if_match = if_match(&request)?;
                Outcome::Ok($acts::delete(&app.administration(&caller), &id, &if_match, app.now()).await?)
            };
            shown(answer.await)
        }
        $config
            .service(taking(concat!($path, "/.search"), "POST").route(web::post().to(search)))
            .service(taking($path, "GET, POST").route(web::get().to(list)).route(web::post().to(create)))
            .service(
                taking(concat!($path, "/{id}"), "GET, PUT, PATCH, DELETE")
                    .route(web::get().to(get))
                    .route(web::put().to(replace))
                    .route(web::patch().to(patch))
                    .route(web::delete().to(delete)),
            );
    }};
}

pub(super) fn resources(config: &mut ServiceConfig) {
    resource_routes!(config, users, "/Users");
    resource_routes!(config, groups, "/Groups");
}

/// What is at a path below the prefix.
pub(super) fn of(path: &'static str) -> Resource {
    counted(web::resource(path), format!("{BASE}{path}"))
}

fn taking(path: &'static str, methods: &'static str) -> Resource {
    of(path).default_service(web::to(move || async move { other_method(methods) }))
}

fn if_match(request: &HttpRequest) -> Result<IfMatch, Failure> {
    let mut headers = request.headers().get_all(IF_MATCH);
    let (first, second) = (headers.next(), headers.next());
    match (first.map(|value| value.to_str()), second) {
        (None, _) => Ok(IfMatch::default()),
        (Some(Ok(header)), None) => Ok(IfMatch::parse(header)),
        _ => Err(Failure::new(400, "If-Match cannot be read")),
    }
}

/// Whether the client has this version (RFC 7644 3.14).
fn is_known(request: &HttpRequest, answer: &Answer) -> bool {
    let header = request.headers().get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let known = header.unwrap_or_default().split(',').map(|tag| tag.trim().trim_start_matches("W/"));
    answer.tag.as_deref().is_some_and(|tag| known.into_iter().any(|known| known == tag))
}

fn not_modified(answer: &Answer) -> HttpResponse {
    let mut response = HttpResponse::NotModified();
    if let Some(tag) = &answer.tag {
        response.insert_header((ETAG, tag.as_str()));
    }
    response.insert_header((CACHE_CONTROL, "no-store")).finish()
}

/// An answer, or why there is none.
pub(super) fn shown(outcome: Outcome) -> HttpResponse {
    match outcome {
        Ok(answer) => {
            let mut response = response(answer.status);
            if let Some(tag) = answer.tag {
                response.insert_header((ETAG, tag));
            }
            if let Some(location) = answer.location {
                response.insert_header((LOCATION, location));
            }
            match answer.body {
                Some(body) => response.content_type(SCIM_JSON).body(body.to_string()),
                None => response.finish(),
            }
        }
        Err(Refused::Act(failure)) => failed(&failure),
        Err(Refused::Door(door)) => at_the_door(door),
    }
}

fn response(status: u16) -> actix_web::HttpResponseBuilder {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    response.insert_header((CACHE_CONTROL, "no-store"));
    response
}

/// A message that is the same for everyone.
pub(super) fn open(body: Option<Value>) -> HttpResponse {
    match body {
        Some(body) => response(200).content_type(SCIM_JSON).body(body.to_string()),
        None => failed(&Failure::not_found()),
    }
}

pub(super) fn failed(failure: &Failure) -> HttpResponse {
    let mut response = response(failure.status);
    if let Some(scope) = &failure.required_scope {
        let challenge = format!("Bearer realm=\"scim\", error=\"insufficient_scope\", scope=\"{scope}\"");
        response.insert_header((WWW_AUTHENTICATE, challenge));
    }
    if failure.status == 503 {
        response.insert_header((RETRY_AFTER, RETRY_SECONDS));
    }
    let mut response = response.content_type(SCIM_JSON).body(failure.body().to_string());
    stamp_refusal(&mut response, SCIM, failure.kind.map(ScimType::as_str));
    response
}

/// RFC 6750 3.
fn at_the_door(door: Door) -> HttpResponse {
    let (status, challenge, detail) = match door {
        Door::NoToken => (401, "Bearer realm=\"scim\"", "this takes an access token"),
        Door::MalformedToken => (
            400,
            "Bearer realm=\"scim\", error=\"invalid_request\"",
            "the request has no single readable access token",
        ),
        Door::BadToken => (
            401,
            "Bearer realm=\"scim\", error=\"invalid_token\"",
            "the access token is not good, or not for the administration API",
        ),
        Door::Other(problem) => return failed(&problem.into()),
    };
    let mut response = response(status);
    response.insert_header((WWW_AUTHENTICATE, challenge));
    response.content_type(SCIM_JSON).body(Failure::new(status, detail).body().to_string())
}

pub(super) fn other_method(allow: &'static str) -> HttpResponse {
    let mut response = response(405);
    response.insert_header((ALLOW, allow));
    response
        .content_type(SCIM_JSON)
        .body(Failure::new(405, "this path takes other methods").body().to_string())
}

/// Discovery cannot be filtered (RFC 7644 4): nobody must take a part for the whole.
pub(super) fn has_filter(request: &HttpRequest) -> bool {
    message::parameters(request)
        .map_or(true, |params| params.iter().any(|(name, _)| name.eq_ignore_ascii_case("filter")))
}

pub(super) fn no_filter_here() -> Failure {
    Failure::new(403, "this cannot be filtered")
}

async fn let_in(request: &HttpRequest, app: &Data<App>) -> Result<Caller, Door> {
    caller::of_request(request, app).await
}

/// For those who are let in, so that nobody else learns more than where the door is.
pub(super) async fn not_implemented(request: &HttpRequest, app: &Data<App>) -> Outcome {
    let_in(request, app).await?;
    Err(Failure::new(501, "this server does not do that").into())
}

/// Likewise.
pub(super) async fn unknown_path(request: &HttpRequest, app: &Data<App>) -> Outcome {
    let_in(request, app).await?;
    Err(Failure::not_found().into())
}
