//! SCIM 2.0 (RFC 7643, RFC 7644): people and groups as systems that provision them know them. What becomes of a request is an act of
//! [`Administration`](crate::directory::Administration), under the permissions of its caller, like every other; here requests become
//! such acts, and what is stored becomes resources. The messages over HTTP are `http/scim`'s, the rules without a database
//! `idp_core::scim`'s.

pub mod discovery;
mod failure;
mod find_groups;
mod find_users;
pub mod groups;
mod list;
mod user_change;
mod user_document;
pub mod users;

pub use failure::Failure;
pub use list::ListRequest;

use crate::admin_api::IfMatch;
use crate::directory::Directory;
use idp_core::scim::Document;
use serde_json::Value;

/// Where it is mounted.
pub const BASE: &str = idp_core::discovery::path::SCIM;
/// How often a change is made anew on what another one has left behind, where the client did not say which version it means.
const TRIES: usize = 3;

/// What is answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body, if there is one.
    pub body: Option<Value>,
    /// The version of the resource.
    pub tag: Option<String>,
    /// Its address, where it was made.
    pub location: Option<String>,
}

impl Answer {
    fn list(body: Value) -> Self {
        Self { status: 200, body: Some(body), tag: None, location: None }
    }

    fn nothing() -> Self {
        Self { status: 204, body: None, tag: None, location: None }
    }

    /// A resource as it is shown.
    fn resource(status: u16, document: Document, tag: Option<String>) -> Self {
        Self { status, body: Some(Value::Object(document)), tag, location: None }
    }
}

/// The address of a resource.
fn location(directory: &Directory<'_>, kind: &str, id: &str) -> String {
    format!("{}{BASE}/{kind}/{id}", directory.config.issuer.url.as_str())
}

/// That a change is made on this version. SCIM writes tags as weak ones (RFC 7644 3.14), so what begins with `W/` counts.
fn check_version(if_match: &IfMatch, tag: Option<&str>) -> Result<(), Failure> {
    let is_it = |given: &String| Some(given.trim_start_matches("W/")) == tag;
    match if_match {
        IfMatch::Tags(tags) if !tags.iter().any(is_it) => Err(Failure::changed_meanwhile()),
        _ => Ok(()),
    }
}
