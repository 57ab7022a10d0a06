//! One request to the API and its answer: what is read, in which order, and how problems are told.

use super::dispatch::{Dispatch, Done};
use super::{caller, idempotency};
use crate::admin_api::openapi::PROBLEM_JSON;
use crate::admin_api::{IfMatch, Method, Problem};
use crate::app::App;
use crate::http::request::form;
use crate::page::stamp_refusal;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, ContentType, ETAG, IF_MATCH, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE,
};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use zeroize::Zeroizing;

/// Seconds after which trying again makes sense when something of ours is down.
const RETRY_SECONDS: u64 = 2;

/// Why a request came no further than the door.
pub(in crate::http) enum Refusal {
    /// It has no token (RFC 6750 3: then no error code).
    NoToken,
    /// It has one that cannot be read, or several.
    MalformedToken,
    /// The token is not good, or not for this.
    BadToken,
    /// Something else.
    Other(Problem),
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Other(problem)
    }
}

/// Takes a request for an operation, and answers it.
pub(super) async fn handle(
    request: HttpRequest,
    payload: Payload,
    app: Data<App>,
    call: Dispatch,
) -> HttpResponse {
    match answer(&request, payload, &app, call).await {
        Ok(response) => response,
        Err(refusal) => refused(&refusal),
    }
}

async fn answer(
    request: &HttpRequest,
    payload: Payload,
    app: &Data<App>,
    call: Dispatch,
) -> Result<HttpResponse, Refusal> {
    let caller = caller::of_request(request, app).await?;
    let needs = call.needs.iter().copied().collect();
    app.administration(&caller).require_all(needs).map_err(Problem::from)?;
    let target = (call.target)(request)?;
    let bytes = if call.has_body { body(request, call.method, payload).await? } else { Zeroizing::default() };
    let act = target(&bytes, if_match(request)?)?;
    let key = if call.method == Method::Post { idempotency::key_of(request)? } else { None };
    let done = match key {
        Some(key) => {
            let target = request.uri().path_and_query().map_or("", |target| target.as_str());
            let asked = Zeroizing::new([target.as_bytes(), b"\n", bytes.as_slice()].concat());
            idempotency::once(app, caller, (call.id, &key, &asked), act).await?
        }
        None => act(Data::clone(app), caller).await?,
    };
    Ok(success(call.success, done))
}

/// The body of an operation that takes one.
async fn body(
    request: &HttpRequest,
    method: Method,
    payload: Payload,
) -> Result<Zeroizing<Vec<u8>>, Problem> {
    if !is_json(request, method) {
        return Err(Problem::new(415, "unsupported_media_type", "the body must be application/json"));
    }
    form::body(request, &mut payload.into_inner()).await.map_err(|status| match status {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(413, "too_large", "the body is too large"),
        StatusCode::REQUEST_TIMEOUT => Problem::new(408, "timeout", "the body did not come in time"),
        _ => Problem::new(400, "malformed", "the body cannot be read"),
    })
}

fn is_json(request: &HttpRequest, method: Method) -> bool {
    let value = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let media = value.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    media == "application/json" || (method == Method::Patch && media == "application/merge-patch+json")
}

fn if_match(request: &HttpRequest) -> Result<IfMatch, Problem> {
    let mut headers = request.headers().get_all(IF_MATCH);
    let (first, second) = (headers.next(), headers.next());
    match (first.map(|value| value.to_str()), second) {
        (None, _) => Ok(IfMatch::default()),
        (Some(Ok(header)), None) => Ok(IfMatch::parse(header)),
        _ => Err(Problem::new(400, "invalid_parameter", "If-Match cannot be read")),
    }
}

fn success(status: u16, done: Done) -> HttpResponse {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let mut response = HttpResponse::build(status);
    response.insert_header((CACHE_CONTROL, "no-store"));
    if let Some(tag) = done.tag {
        response.insert_header((ETAG, tag));
    }
    if let Some(location) = done.location {
        response.insert_header((LOCATION, location));
    }
    match done.body {
        Some(body) => response.content_type(ContentType::json()).body(body),
        None => response.finish(),
    }
}

pub(super) fn refused(refusal: &Refusal) -> HttpResponse {
    let unauthorized = |detail: &str| Problem::new(401, "unauthorized", detail);
    let (challenge, problem) = match refusal {
        Refusal::NoToken => (None, unauthorized("this takes an access token")),
        Refusal::MalformedToken => {
            let problem = Problem::new(400, "malformed", "the request has no single readable access token");
            (Some("invalid_request".to_owned()), problem)
        }
        Refusal::BadToken => {
            let problem = unauthorized("the access token is not good, or not for this API");
            (Some("invalid_token".to_owned()), problem)
        }
        Refusal::Other(problem) => {
            let scope = problem.required_scope.as_ref();
            (scope.map(|scope| format!("insufficient_scope\", scope=\"{scope}")), problem.clone())
        }
    };
    let mut response = problem_response(&problem);
    let value = match (problem.status, challenge) {
        (401, None) => Some("Bearer realm=\"administration\"".to_owned()),
        (_, Some(error)) => Some(format!("Bearer realm=\"administration\", error=\"{error}\"")),
        _ => None,
    };
    if let Some(value) = value.and_then(|value| value.parse().ok()) {
        response.headers_mut().insert(WWW_AUTHENTICATE, value);
    }
    response
}

/// A problem as an answer.
pub(super) fn problem_response(problem: &Problem) -> HttpResponse {
    problem.log();
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    response.insert_header((CACHE_CONTROL, "no-store")).content_type(PROBLEM_JSON);
    if problem.status == 503 {
        response.insert_header((RETRY_AFTER, RETRY_SECONDS));
    }
    let mut response = response.body(serde_json::to_vec(problem).unwrap_or_default());
    stamp_refusal(&mut response, problem.code.clone(), None);
    response
}
