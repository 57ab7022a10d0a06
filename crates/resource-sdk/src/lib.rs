//! What a site puts in its code.

#[cfg(feature = "actix")]
pub mod actix;
mod claims;
mod error;
#[cfg(feature = "fetch")]
pub(crate) mod http;
mod jwt;
pub mod keys;
#[cfg(feature = "fetch")]
mod resource_server;
mod scope;
#[cfg(feature = "sign-in")]
pub mod sign_in;
mod time;
#[cfg(feature = "token-cache")]
mod token_cache;
mod verifier;

pub use claims::{AccessToken, Principal};
pub use error::{BuildError, VerifyError};
pub use jwt::MAX_TOKEN_BYTES;
#[cfg(feature = "fetch")]
pub use keys::{KeyOptions, RemoteKeys};
pub use keys::{KeySet, Keys};
#[cfg(feature = "fetch")]
pub use resource_server::ResourceServer;
pub use scope::ScopeSet;
pub use time::{Clock, ManualClock, UnixTime};
pub use verifier::{Freshness, Undecided, Verifier, VerifierBuilder};
