//! The authorization request (RFC 6749 4.1.1, OpenID Connect Core 3.1.2), in three steps that read in
//! order: `target` decides where an answer may go at all, `request` is the visible list of checks,
//! `decision` says what happens next: sign in, prove more, ask, or answer. `response` writes the answer down.

mod claims_request;
mod decision;
mod request;
pub(crate) mod response;
mod target;
mod ui_locales;

pub use claims_request::ClaimsRequest;
pub use decision::{Decision, JustSignedIn, Person, Progress, decide};
pub use request::{AuthorizationRequest, Offered, Prompt};
pub use response::AuthorizationResponse;
pub use target::{ResponseMode, Target, TargetError};
pub use ui_locales::ui_locales;
