//! SCIM 2.0 as far as it needs no database: the schemas of what is kept (RFC 7643), filters and paths, the operations of a PATCH, and
//! which attributes an answer has (RFC 7644). Resources are JSON objects here, with the names of attributes as the schemas
//! write them; what becomes of one is the server's.

mod document;
mod filter;
mod filter_parser;
pub mod json;
mod members;
mod patch;
mod path;
mod projection;
mod refusal;
pub mod schema;

pub use document::{Document, read_resource};
pub use filter::{AttributeName, Comparison, Filter, Literal};
pub use members::MemberChange;
pub use patch::{Change, PatchOp, apply, read_patch};
pub use path::{Path, Target};
pub use projection::Projection;
pub use refusal::{Refusal, ScimType};
