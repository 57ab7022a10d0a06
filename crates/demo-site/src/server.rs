//! The site put together: keys, verifier, two sign-in halves (one a mode), pages and API.

use std::net::TcpListener;

use actix_web::{
    App, HttpServer,
    dev::Server,
    middleware::from_fn,
    web::{self, Data},
};
use resource_sdk::{
    BuildError, FeedOptions, Freshness, RemoteKeys, ResourceServer, RevocationFeed, Verifier,
    keys::StartError,
    sign_in::{ClientCredentials, Mode, SignIn, SignInBuildError, SignInBuilder},
};

use crate::{
    api, assets,
    config::SiteConfig,
    happenings::{self, Happenings},
    language::{self, Language},
    pages::{self, Identity},
    payout::{self, Payouts},
    security_headers::{self, Policy},
    trace,
};

/// What the site asks the provider for.
const SCOPES: [&str; 2] = ["openid", "profile"];

/// Why a site cannot start. A provider that is away is no such reason.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SiteError {
    /// The provider's keys cannot be fetched.
    #[error(transparent)]
    Keys(#[from] StartError),
    /// Tokens cannot be verified.
    #[error(transparent)]
    Verifier(#[from] BuildError),
    /// Signing in cannot work.
    #[error(transparent)]
    SignIn(#[from] SignInBuildError),
    /// The address is taken, or not ours.
    #[error("cannot listen on {0}; is the port in use? Choose another with --listen")]
    Listen(std::net::SocketAddr, #[source] std::io::Error),
    /// The socket cannot be used.
    #[error("the server cannot be started")]
    Serve(#[source] std::io::Error),
}

/// Starts the site on its configured address. The server runs when it is awaited (or spawned) and
/// leaves signals to the caller.
///
/// # Errors
/// When a setting cannot work or the address cannot be had; also outside a tokio runtime.
pub fn run(config: SiteConfig) -> Result<Server, SiteError> {
    let listener =
        TcpListener::bind(config.listen).map_err(|error| SiteError::Listen(config.listen, error))?;
    run_on(config, listener)
}

/// Starts the site on a socket that listens already.
///
/// # Errors
/// As [`run`].
pub fn run_on(config: SiteConfig, listener: TcpListener) -> Result<Server, SiteError> {
    let keys = RemoteKeys::start(&config.issuer, config.keys.clone())?;
    let verifier = verifier(&config, keys)?;
    let api = ResourceServer::new(verifier.clone()).with_clock(config.clock.clone());
    let sign_in = sign_in(&config, &verifier, Mode::ServerRendered, "/auth", "/").build()?;
    let app_sign_in = sign_in_of_app(&config, &verifier, &sign_in)?;
    let identity = Data::new(Identity::of(&config));
    let policy = Data::new(Policy::of(&config));
    let payouts = Data::new(Payouts::default());
    let happenings = Data::new(Happenings::default());

    let server = HttpServer::new(move || {
        App::new()
            .app_data(identity.clone())
            .app_data(policy.clone())
            .app_data(payouts.clone())
            .app_data(happenings.clone())
            .app_data(Data::new(api.clone()))
            .app_data(Data::new(sign_in.clone()))
            .app_data(api.clone())
            .wrap(sign_in.middleware())
            .wrap(from_fn(security_headers::add))
            .wrap(from_fn(trace::traced))
            .configure(sign_in.routes())
            .configure(app_sign_in.routes())
            .configure(api::routes)
            .configure(assets::routes)
            .configure(language::routes)
            .configure(happenings::routes)
            .configure(pages::routes)
            .configure(payout::routes)
            .default_service(web::to(pages::not_found))
    });
    let server = server.workers(1).disable_signals().shutdown_timeout(2).listen(listener);
    Ok(server.map_err(SiteError::Serve)?.run())
}

/// What the feed says is honoured at once. When the provider is away the site goes on with what it knows.
fn verifier(config: &SiteConfig, keys: RemoteKeys) -> Result<Verifier, SiteError> {
    let mut builder = Verifier::builder(&config.issuer, &config.base_url).freshness(Freshness::Offline);
    if let Some(secret) = config.client_secret.as_ref().filter(|_| config.follows_feed) {
        let options = FeedOptions::default().clock(config.clock.clone());
        builder = builder.feed(RevocationFeed::start(keys.clone(), &config.client_id, &secret.0, options)?);
    }
    Ok(builder.build(keys)?)
}

/// A sign-in of its own: the scripted page never shares a refresh token with the rendered ones.
fn sign_in_of_app(
    config: &SiteConfig,
    verifier: &Verifier,
    pages: &SignIn,
) -> Result<SignIn, SignInBuildError> {
    // One client: the provider tells one of the two that a session ended.
    sign_in(config, verifier, Mode::Scripted, "/app/auth", "/app")
        .after_sign_out("/app?signed_out=1")
        .share_logouts_with(pages)
        .build()
}

fn sign_in(config: &SiteConfig, verifier: &Verifier, mode: Mode, mount: &str, home: &str) -> SignInBuilder {
    let client = match &config.client_secret {
        Some(secret) => ClientCredentials::confidential(&config.client_id, &secret.0),
        None => ClientCredentials::public(&config.client_id),
    };
    let mut builder = SignIn::builder(verifier.clone(), client, &config.base_url)
        .mode(mode)
        .mount(mount)
        .scopes(SCOPES)
        .after_sign_in(home)
        .after_sign_out(home)
        .language(|request| Some(Language::of(request).tag().to_owned()))
        .clock(config.clock.clone());
    if let Some(key) = &config.cookie_key {
        builder = builder.cookie_key(key.clone());
    }
    for key in &config.decryption_keys {
        builder = builder.decryption_key(key.clone());
    }
    builder
}
