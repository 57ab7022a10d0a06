//! The provider's public keys: an immutable set, the handle through which verifiers see the current
//! set, and (feature `fetch`) the task that keeps it current. Which claims a token needs is not
//! known here. RFC 7517; RFC 7518 section 6.3.

#[cfg(feature = "fetch")]
mod remote;

mod handle;
pub(crate) mod jwks;
mod rsa_key;

#[cfg(feature = "fetch")]
pub use crate::http::FetchError;
#[cfg(feature = "fetch")]
pub(crate) use handle::CurrentKeys;
pub use handle::Keys;
pub(crate) use handle::Snapshot;
pub use jwks::{JwksError, KeySet};
#[cfg(feature = "fetch")]
pub use remote::KeyFetchError;
#[cfg(feature = "sign-in")]
pub(crate) use remote::Refresher;
#[cfg(feature = "feed")]
pub(crate) use remote::discovery;
#[cfg(any(feature = "sign-in", feature = "feed"))]
pub(crate) use remote::discovery::metadata_url;
#[cfg(feature = "fetch")]
pub use remote::{KeyOptions, RemoteKeys, StartError};
pub(crate) use rsa_key::RsaVerifyingKey;
