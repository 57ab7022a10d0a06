//! Protection of an actix-web API: extractors that only exist for a request with a good token, a
//! middleware that guards everything not named public, and the answers of RFC 6750. Judging the
//! token is the verifier's. Identity comes from the token alone: no `X-User-*` or forwarding header
//! is ever read here.

mod authorization;
mod bearer;
mod challenge;
mod form_bearer;
mod presented;
mod protect;

pub use bearer::{
    Bearer, NoClaims, RequiredRole, RequiredScope, RoleBearer, ScopedBearer, SteppedUpBearer, UserBearer,
};
pub use challenge::Refusal;
pub use form_bearer::FormBearer;
pub use protect::{Protect, ProtectService};
