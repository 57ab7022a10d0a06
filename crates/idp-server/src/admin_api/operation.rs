//! What an operation is: one method on one path, with types for all that goes in and comes out.

use super::export::Export;
use super::precondition::{EntityTag, IfMatch};
use super::problem::Problem;
use crate::directory::Administration;
use futures_util::future::LocalBoxFuture;
use idp_core::administration::Permission;
use idp_core::time::UnixTime;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::future::Future;
use utoipa::openapi::path::Parameter;
use utoipa::openapi::path::ParameterIn;
use utoipa::{IntoParams, ToSchema};

/// The methods that operations have.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Method {
    /// Looks, and changes nothing.
    Get,
    /// Creates, or does something.
    Post,
    /// Makes it so; again, it stays so.
    Put,
    /// Changes members of a resource (RFC 7396).
    Patch,
    /// Removes.
    Delete,
}

impl Method {
    /// The word of the request line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// An operation of the API.
pub trait Operation: 'static {
    /// Its name for programs (`operationId`).
    const ID: &'static str;
    /// Its method.
    const METHOD: Method;
    /// Its path below [`super::BASE`], with the members of `Path` in braces.
    const PATH: &'static str;
    /// The group that it stands in.
    const TAG: &'static str;
    /// What it does, in a sentence.
    const SUMMARY: &'static str;
    /// The permissions that it always takes. What an act takes beyond them, by whom or what it is done to, the directory
    /// knows.
    const NEEDS: &'static [Permission];
    /// The status of success.
    const SUCCESS: u16 = 200;
    /// Where the id of what was made stands in the answer, as a JSON pointer (RFC 6901); empty where nothing is made.
    const CREATED_ID: &'static str = "";
    /// The refusals of its own, beside those that every operation may answer.
    const REFUSALS: &'static [u16] = &[];
    /// Whether the answer carries an `ETag`, and a change may carry `If-Match`.
    const IS_VERSIONED: bool = false;
    /// The parameters in the path.
    type Path: Serialize + DeserializeOwned + Parameters;
    /// The parameters in the query.
    type Query: Serialize + DeserializeOwned + Parameters;
    /// The body.
    type Body: Body;
    /// What it answers.
    type Answer: Body;

    /// Does it.
    ///
    /// # Errors
    /// [`Problem`].
    fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> impl Future<Output = Result<Answered<Self::Answer>, Problem>>
    where
        Self: Sized;
}

/// Runs an operation, by a pointer: so its code is there once, for requests and commands alike.
///
/// # Errors
/// As [`Operation::run`].
#[inline(never)]
pub fn run<'a, O: Operation>(
    by: &'a Administration<'a>,
    input: Input<O>,
    now: UnixTime,
) -> LocalBoxFuture<'a, Result<Answered<O::Answer>, Problem>> {
    Box::pin(O::run(by, input, now))
}

/// All that goes in.
pub struct Input<O: Operation> {
    /// From the path.
    pub path: O::Path,
    /// From the query.
    pub query: O::Query,
    /// The body.
    pub body: O::Body,
    /// The version that the caller has seen, if they say so.
    pub if_match: IfMatch,
}

/// What comes out.
pub struct Answered<A> {
    /// The body.
    pub body: A,
    /// The version of it.
    pub tag: Option<EntityTag>,
    /// Where the thing is that was created, below [`super::BASE`].
    pub location: Option<String>,
}

impl<A> Answered<A> {
    /// A body and no more.
    pub const fn new(body: A) -> Self {
        Self { body, tag: None, location: None }
    }

    /// A body with its version.
    pub fn versioned(body: A) -> Self
    where
        A: Serialize,
    {
        let tag = EntityTag::of(&body);
        Self { body, tag: Some(tag), location: None }
    }

    /// The same of something that was created there.
    pub fn created(body: A, location: String) -> Self
    where
        A: Serialize,
    {
        Self { location: Some(location), ..Self::versioned(body) }
    }
}

/// Walks over the operations.
pub trait Visitor {
    /// One of them.
    fn visit<O: Operation>(&mut self);

    /// An export, for those whom these concern.
    fn visit_export<E: Export>(&mut self) {}
}

/// Parameters of a path or a query.
pub trait Parameters {
    /// How they are documented.
    fn documented(place: ParameterIn) -> Vec<Parameter>;
}

impl<T: IntoParams> Parameters for T {
    fn documented(place: ParameterIn) -> Vec<Parameter> {
        T::into_params(|| Some(place.clone()))
    }
}

/// What a request or an answer consists of.
pub trait Body: Serialize + DeserializeOwned + ToSchema {
    /// Whether there is none.
    const IS_NOTHING: bool = false;
}

/// No parameters in the path.
#[derive(Serialize, Deserialize, IntoParams, Default)]
#[serde(deny_unknown_fields)]
pub struct NoPath {}

/// No parameters in the query.
#[derive(Serialize, Deserialize, IntoParams, Default)]
#[serde(deny_unknown_fields)]
pub struct NoQuery {}

/// No body in the request.
#[derive(Serialize, Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct NoBody {}

impl Body for NoBody {
    const IS_NOTHING: bool = true;
}

/// No body in the answer.
#[derive(Serialize, Deserialize, ToSchema, Default)]
pub struct NoAnswer {}

impl Body for NoAnswer {
    const IS_NOTHING: bool = true;
}
