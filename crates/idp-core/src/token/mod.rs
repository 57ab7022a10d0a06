//! The tokens this provider signs: what is in them (`access_token`, [`id_token`], `logout_token`),
//! making them (`mint`), encrypting them for a client ([`encrypted`]), reading our own ones back
//! (`read`), seeing what one is (`glance`), how large they may become (`budget`), and what is kept apart from them for that (`permission_bundle`).
//! Verification by a site is the SDK's; refresh tokens are opaque and live in [`crate::secret`].

mod access_token;
mod budget;
pub mod encrypted;
mod glance;
pub mod id_token;
mod logout_token;
mod mint;
mod permission_bundle;
mod private_claims;
mod read;
mod token_id;

pub use access_token::{AccessTokenClaims, Audience, PersonClaims};
pub use budget::{OverBudget, TokenBudget};
pub use encrypted::{EncryptError, encrypt_signed_token};
pub use glance::Glance;
pub use id_token::IdTokenClaims;
pub use logout_token::LogoutTokenClaims;
pub(crate) use mint::mint_revocations;
pub use mint::{MintError, mint_access_token, mint_id_token, mint_logout_token};
pub use permission_bundle::PermissionBundle;
pub use private_claims::{PrivateClaims, ReservedClaim};
pub use read::{ExpiryRule, ReadError, read_access_token, read_id_token_hint};
pub use token_id::TokenId;
pub(crate) use token_id::grant_part;

/// `typ` in the header of an access token (RFC 9068 2.1).
pub const ACCESS_TOKEN_TYPE: &str = "at+jwt";
/// `typ` in the header of an ID token (RFC 7519 5.1).
pub const ID_TOKEN_TYPE: &str = "JWT";
/// `typ` in the header of a logout token (OpenID Connect Back-Channel Logout 1.0 section 2.4).
pub const LOGOUT_TOKEN_TYPE: &str = "logout+jwt";
/// `typ` in the header of revocations on their way to the sites (docs/revocation-feed.md).
pub const REVOCATIONS_TYPE: &str = "revocations+jwt";
