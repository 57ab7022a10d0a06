//! What a request says beside its path: a body of JSON, the parameters of a list, and which attributes an answer has.

use crate::http::request::form;
use crate::scim::{Failure, ListRequest};
use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Payload;
use idp_core::params::Params;
use idp_core::scim::{Document, Projection, Refusal, ScimType, json};
use serde_json::Value;

/// The media type (RFC 7644 8.1).
pub(super) const SCIM_JSON: &str = "application/scim+json";
/// The largest body read, in bytes: a thousand members, and room.
const LARGEST: usize = 256 * 1024;
const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// The body of a request.
pub(super) async fn body(request: &HttpRequest, payload: Payload) -> Result<Value, Failure> {
    let value = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let media = value.split(';').next().unwrap_or("").trim();
    if ![SCIM_JSON, "application/json"].iter().any(|known| media.eq_ignore_ascii_case(known)) {
        return Err(Failure::new(415, format!("the body must be {SCIM_JSON}")));
    }
    let bytes =
        form::body_up_to(request, &mut payload.into_inner(), LARGEST).await.map_err(
            |status| match status {
                StatusCode::PAYLOAD_TOO_LARGE => {
                    Failure::new(413, format!("a body has at most {LARGEST} bytes"))
                }
                StatusCode::REQUEST_TIMEOUT => Failure::new(408, "the body did not come in time"),
                _ => Failure::new(400, "the body cannot be read"),
            },
        )?;
    json::read(&bytes).map_err(|error| Refusal::new(ScimType::InvalidSyntax, error).into())
}

/// The parameters of a query, each once.
pub(super) fn parameters(request: &HttpRequest) -> Result<Params, Failure> {
    let read = form::query(request).ok().filter(|params| params.repeated().is_none());
    read.ok_or_else(|| Refusal::value("the query cannot be read, or says something twice").into())
}

fn parameter<'a>(params: &'a Params, name: &str) -> Option<&'a str> {
    params.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn names(list: Option<&str>) -> Vec<String> {
    list.unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Which attributes an answer has.
pub(super) fn projection(params: &Params) -> Result<Projection, Failure> {
    let [attributes, excluded] =
        ["attributes", "excludedAttributes"].map(|name| names(parameter(params, name)));
    Ok(Projection::new(&attributes, &excluded)?)
}

/// A list, as the parameters of a query ask for it.
pub(super) fn list(params: &Params) -> Result<ListRequest, Failure> {
    let number = |name: &str| match parameter(params, name) {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| Refusal::value(format!("{name} must be a number"))),
    };
    Ok(ListRequest {
        filter: parameter(params, "filter").filter(|filter| !filter.trim().is_empty()).map(str::to_owned),
        projection: projection(params)?,
        start_index: number("startIndex")?,
        count: number("count")?,
        cursor: parameter(params, "cursor").map(str::to_owned),
    })
}

/// The same as a message asks for it (RFC 7644 3.4.3).
pub(super) fn search(body: &Value) -> Result<ListRequest, Failure> {
    let syntax = || {
        Refusal::new(ScimType::InvalidSyntax, format!("a search is an object, and its schemas name {SEARCH}"))
    };
    let members = body.as_object().ok_or_else(syntax)?;
    let names_it = |value: &Value| value.as_str().is_some_and(|name| name.eq_ignore_ascii_case(SEARCH));
    if !member(members, "schemas")
        .and_then(Value::as_array)
        .is_some_and(|schemas| schemas.iter().any(names_it))
    {
        return Err(syntax().into());
    }
    let text = |name: &str| match member(members, name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Refusal::value(format!("{name} must be a text"))),
    };
    let number = |name: &str| match member(members, name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            value.as_i64().map(Some).ok_or_else(|| Refusal::value(format!("{name} must be a number")))
        }
    };
    let list = |name: &str| match member(members, name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(names(Some(text))),
        Some(Value::Array(all)) => Ok(all.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
        Some(_) => Err(Refusal::value(format!("{name} must be a list"))),
    };
    Ok(ListRequest {
        filter: text("filter")?.filter(|filter| !filter.trim().is_empty()),
        projection: Projection::new(&list("attributes")?, &list("excludedAttributes")?)?,
        start_index: number("startIndex")?,
        count: number("count")?,
        cursor: text("cursor")?,
    })
}

fn member<'a>(members: &'a Document, name: &str) -> Option<&'a Value> {
    members.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}
