//! An operation without its types. What surrounds all of them (the token, the key of the request, status and headers) knows
//! them by this, and is compiled once.

use crate::admin_api::{Answered, BASE, Body, IfMatch, Input, Method, Operation, Problem, run};
use crate::app::App;
use crate::directory::Caller;
use actix_web::HttpRequest;
use actix_web::web::{Data, Query};
use futures_util::future::LocalBoxFuture;
use idp_core::administration::Permission;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::error::Category;

/// What is known of an operation.
#[derive(Copy, Clone)]
pub(super) struct Dispatch {
    /// [`Operation::ID`].
    pub(super) id: &'static str,
    /// [`Operation::METHOD`].
    pub(super) method: Method,
    /// [`Operation::NEEDS`].
    pub(super) needs: &'static [Permission],
    /// [`Operation::SUCCESS`].
    pub(super) success: u16,
    /// Whether it takes a body.
    pub(super) has_body: bool,
    /// Reads path and query.
    pub(super) target: fn(&HttpRequest) -> Result<Target, Problem>,
}

/// An operation whose path and query were read; takes the body, if it has one, and the version that the caller has seen.
pub(super) type Target = Box<dyn FnOnce(&[u8], IfMatch) -> Result<Act, Problem>>;

/// An operation with all that goes in. Runs for a caller.
pub(super) type Act = Box<dyn FnOnce(Data<App>, Caller) -> LocalBoxFuture<'static, Result<Done, Problem>>>;

/// What an operation comes to, as it is answered.
#[derive(Serialize, Deserialize)]
pub(super) struct Done {
    pub(super) tag: Option<String>,
    pub(super) location: Option<String>,
    pub(super) body: Option<String>,
}

impl Dispatch {
    /// That of `O`.
    pub(super) const fn of<O: Operation>() -> Self {
        Self {
            id: O::ID,
            method: O::METHOD,
            needs: O::NEEDS,
            success: O::SUCCESS,
            has_body: !O::Body::IS_NOTHING,
            target: target::<O>,
        }
    }
}

fn target<O: Operation>(request: &HttpRequest) -> Result<Target, Problem> {
    let unfit = |error: &dyn std::error::Error| Problem::new(400, "invalid_parameter", error.to_string());
    let path: O::Path = request.match_info().load().map_err(|error| unfit(&error))?;
    let query = Query::<O::Query>::from_query(request.query_string());
    let query = query.map_err(|error| unfit(&error))?.into_inner();
    Ok(Box::new(move |bytes, if_match| {
        // `{}` stands for a body that there is not.
        let body = read(if O::Body::IS_NOTHING { b"{}" } else { bytes })?;
        let input = Input::<O> { path, query, body, if_match };
        Ok(Box::new(move |app, caller| {
            Box::pin(
                async move { done::<O>(&app, run(&app.administration(&caller), input, app.now()).await?) },
            )
        }))
    }))
}

fn read<B: DeserializeOwned>(bytes: &[u8]) -> Result<B, Problem> {
    // By itself serde takes an array as well, for the members in their order.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        return Err(Problem::new(422, "invalid_value", "the body must be an object"));
    }
    serde_json::from_slice(bytes).map_err(|error| unreadable(&error))
}

fn unreadable(error: &serde_json::Error) -> Problem {
    match error.classify() {
        Category::Data => Problem::new(422, "invalid_value", error.to_string()),
        _ => Problem::new(400, "malformed", error.to_string()),
    }
}

fn done<O: Operation>(app: &App, answered: Answered<O::Answer>) -> Result<Done, Problem> {
    let body = (!O::Answer::IS_NOTHING).then(|| serde_json::to_string(&answered.body)).transpose();
    Ok(Done {
        tag: answered.tag.map(|tag| tag.to_string()),
        location: answered.location.map(|location| format!("{}{BASE}{location}", app.issuer())),
        body: body.map_err(|error| Problem::new(500, "internal", error.to_string()))?,
    })
}
