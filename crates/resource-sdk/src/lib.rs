//! What a site puts in its code to accept the access tokens of its OpenID Connect provider: each
//! request is verified here, offline, against the provider's published keys.
//!
//! # Protecting an API
//!
//! ```no_run
//! use actix_web::{App, HttpServer, get};
//! use resource_sdk::{Freshness, KeyOptions, RemoteKeys, ResourceServer, Verifier, actix::UserBearer};
//!
//! #[get("/me")]
//! async fn me(user: UserBearer) -> String {
//!     format!("You are {}.", user.user_id())
//! }
//!
//! #[actix_web::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let keys = RemoteKeys::start("https://idp.example", KeyOptions::default())?;
//!     let verifier = Verifier::builder("https://idp.example", "https://api.example")
//!         .freshness(Freshness::Offline)
//!         .build(keys)?;
//!     let api = ResourceServer::new(verifier);
//!     let server = HttpServer::new(move || App::new().app_data(api.clone()).service(me));
//!     Ok(server.bind("127.0.0.1:8081")?.run().await?)
//! }
//! ```
//!
//! A request without a good token never reaches a handler that takes a [`Bearer`](actix::Bearer), a
//! [`UserBearer`](actix::UserBearer) or a [`ScopedBearer`](actix::ScopedBearer); it gets the answer
//! that RFC 6750 describes. [`Protect`](actix::Protect) guards a whole application or scope and lets
//! only the routes through that it was told are public:
//!
//! ```
//! use actix_web::{App, http::Method, web};
//! use resource_sdk::{ResourceServer, actix::{Bearer, Protect, Refusal}};
//!
//! async fn delete_article(bearer: Bearer) -> Result<&'static str, Refusal> {
//!     bearer.require_scope("articles:write")?;
//!     Ok("gone")
//! }
//!
//! fn configure(config: &mut web::ServiceConfig, api: ResourceServer) {
//!     let guard = Protect::new(api).require_scope("articles").public(Method::GET, "/api/articles");
//!     config.service(
//!         web::scope("/api").wrap(guard).route("/articles/{id}", web::delete().to(delete_article)),
//!     );
//! }
//! ```
//!
//! # Private claims
//!
//! `Bearer<C>` reads claims that a provider adds beyond the standard ones as a type of your own:
//!
//! ```
//! use resource_sdk::actix::Bearer;
//!
//! #[derive(serde::Deserialize)]
//! struct Membership {
//!     tenant: String,
//! }
//!
//! async fn dashboard(bearer: Bearer<Membership>) -> String {
//!     format!("{} at {}", bearer.subject(), bearer.claims().tenant)
//! }
//! ```
//!
//! Lists of roles and groups are different: of a person who has very many, a token names a permission bundle, which is fetched
//! once. [`ResourceServer::values`] and the guards know both:
//!
//! ```
//! use resource_sdk::actix::{Bearer, Refusal, RequiredRole, RoleBearer};
//!
//! struct Editor;
//! impl RequiredRole for Editor {
//!     const ROLE: &'static str = "editor";
//! }
//!
//! async fn edit(editor: RoleBearer<Editor>) -> String {
//!     format!("{} edits", editor.subject())
//! }
//!
//! async fn overview(bearer: Bearer) -> Result<&'static str, Refusal> {
//!     Ok(if bearer.has_role("auditor").await? { "everything" } else { "your own" })
//! }
//! ```
//!
//! # Without a web framework
//!
//! [`Verifier::verify`] is a pure function of the token, the current keys and the time it is given;
//! it does no I/O. What it takes to be accepted is written down in it, top to bottom. How far a
//! revocation reaches is the site's explicit choice ([`Freshness`]): a verifier without one cannot
//! be built.
//!
//! ```
//! use resource_sdk::{Freshness, KeySet, Keys, UnixTime, Verifier, VerifyError};
//! # let n = format!("{}w", "_".repeat(341));
//! # let jwks = format!(r#"{{"keys":[{{"kty":"RSA","kid":"k","e":"AQAB","n":"{n}"}}]}}"#);
//!
//! let keys = Keys::fixed("https://idp.example", KeySet::from_jwks(jwks.as_bytes())?);
//! let verifier = Verifier::builder("https://idp.example", "https://api.example")
//!     .leeway(10)
//!     .freshness(Freshness::Offline)
//!     .build(keys)?;
//! let outcome = verifier.verify("no.token.this", UnixTime::from_secs(1_800_000_000));
//! assert_eq!(outcome.err(), Some(VerifyError::Malformed));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! ```compile_fail
//! # use resource_sdk::{Keys, Verifier};
//! # fn z14_freshness_has_no_default(keys: Keys) {
//! // Offline or not is for the developer to say: there is no `build` before `freshness`.
//! let verifier = Verifier::builder("https://idp.example", "https://api.example").build(keys);
//! # }
//! ```
//!
//! # Features
//!
//! | feature | brings |
//! |---|---|
//! | `fetch` | [`RemoteKeys`]: discovery, refresh ahead of expiry, a file for cold starts |
//! | `actix` | the extractors, the guard and the answers for actix-web |
//! | `sign-in` | sign-in, sign-out and silent refresh as routes of your site |
//! | `feed` | [`RevocationFeed`] and [`Freshness::Feed`]: what is revoked is known within a second |
//! | `otel` | the trace of OpenTelemetry goes along to the provider, and with a sign-in through the browser |
//! | `redis` | `Freshness::Redis`: each request asks the provider's denylist |
//! | `test-kit` | `testing`: a provider in your tests, whose feed you can cut |
//! | `token-cache` | [`VerifierBuilder::token_cache`] |
//!
//! Without any of them the crate is the pure verifier.

#[cfg(feature = "actix")]
pub mod actix;
#[cfg(feature = "fetch")]
mod bundles;
mod claims;
#[cfg(feature = "actix")]
mod demand;
#[cfg(feature = "redis")]
mod denylist;
mod error;
mod freshness;
#[cfg(feature = "fetch")]
pub(crate) mod http;
mod jwt;
pub mod keys;
mod once_guard;
#[cfg(feature = "fetch")]
pub(crate) mod private_file;
#[cfg(feature = "fetch")]
mod resource_server;
#[cfg(feature = "feed")]
pub mod revocation;
mod scope;
#[cfg(feature = "sign-in")]
pub mod sign_in;
#[cfg(feature = "test-kit")]
pub mod testing;
mod time;
#[cfg(feature = "token-cache")]
mod token_cache;
#[cfg(feature = "fetch")]
mod trace;
mod verifier;

#[cfg(feature = "fetch")]
pub use bundles::ValuesError;
pub use claims::{AccessToken, Principal};
#[cfg(feature = "actix")]
pub use demand::{Demand, Demanded};
#[cfg(feature = "redis")]
pub use denylist::{Denylist, DenylistOptions, DenylistServers, DenylistStartError};
pub use error::{BuildError, VerifyError};
pub use freshness::Freshness;
pub use jwt::MAX_TOKEN_BYTES;
#[cfg(feature = "fetch")]
pub use keys::{KeyOptions, RemoteKeys};
pub use keys::{KeySet, Keys};
pub use once_guard::OnceGuard;
#[cfg(feature = "fetch")]
pub use resource_server::ResourceServer;
#[cfg(feature = "feed")]
pub use revocation::{FeedOptions, RevocationFeed};
pub use scope::ScopeSet;
pub use time::{Clock, ManualClock, UnixTime};
pub use verifier::{Undecided, Verifier, VerifierBuilder};

/// The snippets of the README, of the guide and of the tutorial compile.
#[cfg(all(doctest, feature = "sign-in", feature = "test-kit"))]
mod guides {
    #[doc = include_str!("../../../README.md")]
    struct Readme;
    #[doc = include_str!("../../../docs/integrate-a-site.md")]
    struct IntegrateASite;
    #[doc = include_str!("../../../docs/tutorials/first-site.md")]
    struct FirstSite;
}
