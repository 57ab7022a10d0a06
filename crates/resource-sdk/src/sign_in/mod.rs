//! Signing people in and out of a site, mounted in two lines. This module owns the flow between the
//! browser, the site and the provider: authorization code with PKCE, `state`, `nonce` and `iss`
//! checked. It owns the cookies that the flow needs, and the extractors that tell handlers who is there.
//! Pages are the site's own; verifying is [`Verifier`]'s. RFC 6749, RFC 7636, RFC 9207, RFC 9700; OpenID
//! Connect Core.
//!
//! Two modes. In [`Mode::ServerRendered`] the tokens stay in the site's own sealed cookie, each request
//! is verified offline, and the server refreshes, once for N parallel requests. In [`Mode::Scripted`]
//! the refresh token lies in a sealed `HttpOnly; Secure; SameSite=Strict` cookie that only the mount
//! gets to see, and the access token in the memory of pages that use `<mount>/client.js`.
//!
//! A whole site:
//!
//! ```no_run
//! use actix_web::{App, HttpServer, Responder, get};
//! use resource_sdk::sign_in::{ClientCredentials, SignIn, SignedIn, SilentSignIn};
//! use resource_sdk::{Freshness, KeyOptions, RemoteKeys, Verifier};
//!
//! #[get("/")]
//! async fn home(visitor: SilentSignIn) -> impl Responder {
//!     format!("signed in: {}", visitor.person().is_some())
//! }
//!
//! #[get("/members")]
//! async fn members(person: SignedIn) -> impl Responder {
//!     format!("hello {}", person.subject())
//! }
//!
//! #[actix_web::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let (issuer, base_url) = ("https://id.example.com", "https://a.example.com");
//!     let keys = RemoteKeys::start(issuer, KeyOptions::default())?;
//!     let verifier = Verifier::builder(issuer, base_url).freshness(Freshness::Offline).build(keys)?;
//!     let client = ClientCredentials::confidential("site-a", std::env::var("CLIENT_SECRET")?);
//!     let sign_in = SignIn::builder(verifier, client, base_url).build()?;
//!     HttpServer::new(move || {
//!         App::new().wrap(sign_in.middleware()).configure(sign_in.routes()).service(home).service(members)
//!     })
//!     .bind("127.0.0.1:8081")?
//!     .run()
//!     .await?;
//!     Ok(())
//! }
//! ```

mod browser;
mod builder;
mod callback;
mod client_js;
mod events;
mod grant;
mod login;
mod logout;
mod memory;
mod provider;
mod routes;
mod scripted;
mod session;
mod site;
mod step_up;
mod words;

use std::sync::Arc;

use actix_web::web::ServiceConfig;

pub use browser::{
    local_path::ReturnToError,
    locale::Locale,
    page::{Page, PageForm, PageKind, PageLink},
    seal::{CookieKey, NoRandomness},
};
pub use builder::{SignInBuildError, SignInBuilder};
pub use login::silent::{SilentSignIn, SilentSignInError};
pub use provider::{
    credentials::ClientCredentials,
    encrypted_id_token::{DecryptionKey, InvalidDecryptionKey},
};
pub use session::{
    extractors::MaybeSignedIn,
    middleware::{SessionMiddleware, SessionMiddlewareService},
    sign_in_error::SignInError,
    signed_in::{AccountKey, SignedIn},
};
pub use site::Mode;
pub use step_up::{
    extractors::{SteppedUp, SteppedUpForm},
    step_up_error::StepUpError,
};
pub use words::{Direction, PageWords, Words, preferred_language};

use crate::{claims::AccessToken, verifier::Verifier};

/// The sign-in half of a site. Clones share one state; make one and give each worker a clone.
#[derive(Clone, Debug)]
pub struct SignIn(Arc<site::Site>);

impl SignIn {
    /// Begins a sign-in half for the site at `base_url` (an origin, such as `https://a.example.com`)
    /// that signs people in at the verifier's issuer and verifies their tokens with it.
    pub fn builder(
        verifier: Verifier,
        credentials: ClientCredentials,
        base_url: impl Into<String>,
    ) -> SignInBuilder {
        SignInBuilder::new(verifier, credentials, base_url.into())
    }

    /// The routes, for `App::configure`:
    ///
    /// | route | mode | does |
    /// |---|---|---|
    /// | `GET login?return_to=/page` | both | sends the browser to the provider; `prompt=none`, `prompt=create`, `max_age=60` and `acr_values=2` go along |
    /// | `GET callback` | both | takes the answer |
    /// | `GET logged-out` | both | where the provider sends people who signed out |
    /// | `POST backchannel-logout` | both | is told by the provider that a session ended |
    /// | `POST logout` | both | signs out: a form with `csrf_token` and `return_to`, or the script |
    /// | `GET logout` | both | asks whether to sign out, for those who came to the form's address |
    /// | `GET resume` | server-rendered | sends on the form of a [`SteppedUpForm`], once its person is back |
    /// | `POST token` | scripted | a fresh access token for the page's script |
    /// | `GET events` | both | tells open pages of this browser when and why their sign-in ended |
    /// | `GET client.js` | both | the script's module: in server-rendered mode it only listens |
    pub fn routes(&self) -> impl FnOnce(&mut ServiceConfig) + use<> {
        let sign_in = self.clone();
        move |config| routes::mount(&sign_in, config)
    }

    /// The middleware that goes with [`Mode::ServerRendered`], for `App::wrap`. It keeps refreshed
    /// sessions, forgets ended ones, and keeps personal answers out of shared caches. Without it the
    /// extractors answer 500.
    #[must_use]
    pub fn middleware(&self) -> SessionMiddleware {
        SessionMiddleware(Arc::clone(&self.0))
    }

    /// Where a link "Sign in" leads, to come back to the path `return_to` of this site, of any length that a
    /// browser sends. If `return_to` is not a path of this site, the person comes back to `after_sign_in`, and
    /// the log says why; [`try_login_path`](Self::try_login_path) tells the caller.
    #[must_use]
    pub fn login_path(&self, return_to: &str) -> String {
        let site = &self.0;
        site.local_path(return_to)
            .map_or_else(|_| site.login_path_without(return_to), |path| site.login_path(&path, false))
    }

    /// Where a link "Sign in" leads, to come back to the path `return_to` of this site.
    ///
    /// # Errors
    /// When `return_to` is no page to come back to. It is not a path of this site, is a route of the sign-in
    /// itself, has a control character in it, or more than 65,534 bytes.
    pub fn try_login_path(&self, return_to: &str) -> Result<String, ReturnToError> {
        self.0.local_path(return_to).map(|path| self.0.login_path(&path, false))
    }

    /// To be registered at the provider as redirect URI.
    #[must_use]
    pub fn redirect_uri(&self) -> String {
        self.0.url("/callback")
    }

    /// To be registered at the provider as back-channel logout URI, so that this site learns of the end of
    /// a session at once. The provider must be able to reach it.
    #[must_use]
    pub fn backchannel_logout_uri(&self) -> String {
        self.0.url("/backchannel-logout")
    }

    /// Whether the provider told this site that the sign-in behind an access token is over. Extractors of
    /// signed-in people ask by themselves; an API that takes bearer tokens and has no revocation feed
    /// asks here.
    #[must_use]
    pub fn has_ended(&self, token: &AccessToken) -> bool {
        self.0.spent_sessions.is_logged_out(token.session_id(), token.subject(), token.issued_at())
    }

    /// To be registered at the provider as post-logout redirect URI.
    #[must_use]
    pub fn post_logout_redirect_uri(&self) -> String {
        self.0.url("/logged-out")
    }
}
