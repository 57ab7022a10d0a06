//! The making of a `SignIn`: every setting is checked here, so that a wrong one stops the site at its
//! start and no user at sign-in.

use std::sync::{Arc, atomic::AtomicBool};

use actix_web::HttpRequest;
use oauth2::RedirectUrl;
use url::Url;

#[cfg(feature = "redis")]
use crate::freshness::Freshness;
use crate::{
    error::{debug_in_words, shown},
    http,
    keys::metadata_url,
    sign_in::{
        SignIn,
        browser::{
            cookies::Cookies,
            local_path::LocalPath,
            locale::Pages,
            page::Page,
            seal::{CookieKey, NoRandomness, Sealer},
        },
        login::state,
        memory::{
            end_causes::EndCauses, former_grants::FormerGrants, held_forms::HeldForms,
            long_addresses::LongAddresses, single_flight::SingleFlight, spent_sessions::SpentSessions,
            stream_limits::StreamLimits, used_states::UsedStates,
        },
        provider::{Provider, credentials::ClientCredentials, encrypted_id_token::DecryptionKey},
        site::{Mode, Site},
        words::Words,
    },
    time::Clock,
    verifier::Verifier,
};

const DEFAULT_MOUNT: &str = "/auth";
const DEFAULT_SCOPE: &str = "openid";
const MAX_SHARED_REFRESHES: u64 = 10_000;

/// Why the sign-in half cannot work as configured.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum SignInBuildError {
    /// The site's address is not `https://host[:port]` (or `http` on this machine) without a path.
    #[error(
        "SignIn::builder: the site's address {} must be https://host[:port] (http on this machine alone), without a \
         path", shown(.0)
    )]
    BaseUrl(String),
    /// The mount is not a path such as `/auth`: segments of letters, digits, `-` and `_`.
    #[error("SignInBuilder::mount: {0:?} must be segments of letters, digits, - and _, such as /auth")]
    Mount(String),
    /// The client id is empty.
    #[error("ClientCredentials: the client id is empty; give the one that is registered at the provider")]
    EmptyClientId,
    /// `openid` is not among the scopes, without which no ID token says who signed in.
    #[error("SignInBuilder::scopes: {0:?} lacks openid; add it, or no ID token says who signed in")]
    Scopes(Vec<String>),
    /// A path to go to after signing in or out is not one of this site.
    #[error(
        "SignInBuilder::{setting}: {value:?} is not a path of this site outside the mount; give one such as /account"
    )]
    LocalPath {
        /// `after_sign_in` or `after_sign_out`.
        setting: &'static str,
        /// What was given.
        value: String,
    },
    /// A language of the site is not called by a tag, or its page about cookies does not say for which address.
    #[error(
        "SignInBuilder::words: the tag {0:?} must be one such as de or pt-BR, and no_cookies.text must name the site \
         with {{host}}"
    )]
    Words(&'static str),
    /// The verifier's issuer is not an acceptable address.
    #[error(
        "the verifier's issuer {} is not an address of a provider; give https://host[:port][/path] (http on this \
         machine alone), without user name, query and fragment", shown(.0)
    )]
    Issuer(String),
    /// The verifier asks the denylist in Redis about each token. The sign-in half judges offline:
    /// give it a verifier with a feed, or with neither.
    #[error(
        "SignIn::builder: the verifier demands Freshness::Redis, which sign-in does not ask; give it one with Freshness::Feed or Freshness::Offline"
    )]
    Freshness,
    /// The system gave no random octets.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// The cookie key could not be put to use.
    #[error("no key can be derived from the cookie key; the cryptographic library failed")]
    CookieKey,
    /// The HTTP client could not be made.
    #[error(
        "cannot make an HTTP client; are the system's CA certificates installed (Debian: ca-certificates)?"
    )]
    HttpClient(#[source] reqwest::Error),
}

debug_in_words!(SignInBuildError);

/// A sign-in half in the making.
#[derive(Debug)]
#[must_use]
pub struct SignInBuilder {
    verifier: Verifier,
    credentials: ClientCredentials,
    base_url: String,
    mount: String,
    mode: Mode,
    scopes: Vec<String>,
    cookie_key: Option<CookieKey>,
    former_cookie_keys: Vec<CookieKey>,
    decryption_keys: Vec<DecryptionKey>,
    shares_with: Option<SignIn>,
    after_sign_in: String,
    after_sign_out: String,
    pages: Pages,
    clock: Clock,
}

impl SignInBuilder {
    pub(crate) fn new(verifier: Verifier, credentials: ClientCredentials, base_url: String) -> Self {
        Self {
            verifier,
            credentials,
            base_url,
            mount: DEFAULT_MOUNT.to_owned(),
            mode: Mode::ServerRendered,
            scopes: vec![DEFAULT_SCOPE.to_owned()],
            cookie_key: None,
            former_cookie_keys: Vec::new(),
            decryption_keys: Vec::new(),
            shares_with: None,
            after_sign_in: "/".to_owned(),
            after_sign_out: "/".to_owned(),
            pages: Pages::default(),
            clock: Clock::System,
        }
    }

    /// How the site uses the tokens: [`Mode::ServerRendered`] unless set.
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// Where the routes are: `/auth` unless set. Register `<base><mount>/callback` as redirect URI
    /// and `<base><mount>/logged-out` as post-logout redirect URI. Each mount is a sign-in of its
    /// own: two mounts never share a refresh token.
    pub fn mount(mut self, path: impl Into<String>) -> Self {
        self.mount = path.into();
        self
    }

    /// What to ask for: `openid` unless set, which must be among them. With `profile`, the person's
    /// name is asked for at sign-in.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// The secret that seals the cookies. Without one, a new one is made at each start. That signs all
    /// users out when the process restarts, and does not suit a site of several processes.
    pub fn cookie_key(mut self, key: CookieKey) -> Self {
        self.cookie_key = Some(key);
        self
    }

    /// A key that `cookie_key` replaced: its cookies still open, and are sealed with the new one when
    /// they are next set. Take it away after the longest that a sign-in lasts, or at once if it leaked.
    pub fn former_cookie_key(mut self, key: CookieKey) -> Self {
        self.former_cookie_keys.push(key);
        self
    }

    /// ID tokens come encrypted for this key (RSA-OAEP-256, A256GCM), and one that is not is refused. Its
    /// public half is registered at the provider. While one key replaces another, give both.
    pub fn decryption_key(mut self, key: DecryptionKey) -> Self {
        self.decryption_keys.push(key);
        self
    }

    /// Two mounts that are one client share what the provider tells at the back channel, for it tells
    /// one of them.
    pub fn share_logouts_with(mut self, other: &SignIn) -> Self {
        self.shares_with = Some(other.clone());
        self
    }

    /// Where a person goes after signing in when they wanted no particular page: `/` unless set.
    pub fn after_sign_in(mut self, path: impl Into<String>) -> Self {
        self.after_sign_in = path.into();
        self
    }

    /// Where a person goes after signing out: `/` unless set. It must be a public page.
    pub fn after_sign_out(mut self, path: impl Into<String>) -> Self {
        self.after_sign_out = path.into();
        self
    }

    /// Words for the pages of the mount: those of a further language, or others in the place of ours. English and
    /// Simplified Chinese are there.
    pub fn words(mut self, words: Words) -> Self {
        self.pages.add(words);
        self
    }

    /// In which language the site answers a request: a BCP 47 tag, such as the person's choice in a cookie of the site. The pages
    /// of the mount are then in that language, and the provider is asked for it (`ui_locales`). Where the site says nothing, it
    /// is what the browser accepts.
    pub fn language(
        mut self,
        of_request: impl Fn(&HttpRequest) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.pages.choose_by(of_request);
        self
    }

    /// Draws the pages of the mount in the site's own frame: from what is to be said, the HTML of a whole page. Status and
    /// headers are the SDK's, except the content security policy, which is then the site's own. Where a page has a `form`, the
    /// policy must let forms go to `form.provider`.
    pub fn draw_pages(mut self, draw: impl Fn(&Page<'_>) -> String + Send + Sync + 'static) -> Self {
        self.pages.draw_by(draw);
        self
    }

    /// Which clock decides: the system's unless set.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Completes the sign-in half. Nothing is fetched yet: the provider may be away.
    ///
    /// # Errors
    /// The first setting that cannot work.
    pub fn build(self) -> Result<SignIn, SignInBuildError> {
        let base = base_url(&self.base_url)?;
        check_mount(&self.mount).ok_or_else(|| SignInBuildError::Mount(self.mount.clone()))?;
        check_client_id(&self.credentials)?;
        check_scopes(&self.scopes)?;
        check_freshness(&self.verifier)?;
        check_words(&self.pages)?;
        let after_sign_in = local_path("after_sign_in", self.after_sign_in, &base, &self.mount)?;
        let after_sign_out = local_path("after_sign_out", self.after_sign_out, &base, &self.mount)?;
        let redirect_uri = redirect_uri(&base, &self.mount)?;
        let issuer = self.verifier.issuer().to_owned();
        let metadata = metadata_url(&issuer).ok_or_else(|| SignInBuildError::Issuer(issuer.clone()))?;
        let client = http::client().map_err(SignInBuildError::HttpClient)?;
        let cookie_key = self.cookie_key.map_or_else(CookieKey::generate, Ok)?;
        let context = [issuer.as_str(), self.credentials.client_id(), self.mount.as_str()];
        let (spent_sessions, end_causes) = match self.shares_with {
            Some(other) => (Arc::clone(&other.0.spent_sessions), Arc::clone(&other.0.end_causes)),
            None => (Arc::<SpentSessions>::default(), Arc::<EndCauses>::default()),
        };
        let sealer = Sealer::new(&cookie_key, &self.former_cookie_keys, &context)
            .map_err(|_| SignInBuildError::CookieKey)?;

        Ok(SignIn(Arc::new(Site {
            mode: self.mode,
            redirect_uri,
            scopes: self.scopes,
            after_sign_in,
            after_sign_out,
            credentials: self.credentials,
            pages: Arc::new(self.pages),
            cookies: Cookies::of_mount(&self.mount),
            sealer,
            verifier: self.verifier,
            decryption_keys: self.decryption_keys,
            clock: self.clock,
            provider: Arc::new(Provider::new(issuer, metadata, client)),
            refreshes: SingleFlight::new(MAX_SHARED_REFRESHES),
            used_states: UsedStates::new(state::TAKEN_FOR),
            long_addresses: LongAddresses::new(state::TAKEN_FOR),
            held_forms: HeldForms::default(),
            former_grants: FormerGrants::new(state::TAKEN_FOR),
            has_warned_of_other_name: AtomicBool::new(false),
            spent_sessions,
            end_causes,
            stream_limits: StreamLimits::default(),
            base,
            mount: self.mount,
        })))
    }
}

/// Secure cookies, and the code in the callback's address, need TLS or this very machine.
fn base_url(text: &str) -> Result<Url, SignInBuildError> {
    let refused = || SignInBuildError::BaseUrl(text.to_owned());
    let url = Url::parse(text).map_err(|_| refused())?;
    let is_bare = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if is_bare && http::is_secure(&url) { Ok(url) } else { Err(refused()) }
}

/// Plain segments only: the mount becomes part of cookie names and of a cookie's path.
fn check_mount(mount: &str) -> Option<()> {
    let is_plain = |segment: &str| {
        !segment.is_empty() && segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    };
    let segments = mount.strip_prefix('/')?;
    segments.split('/').all(is_plain).then_some(())
}

fn check_client_id(credentials: &ClientCredentials) -> Result<(), SignInBuildError> {
    if credentials.client_id().is_empty() { Err(SignInBuildError::EmptyClientId) } else { Ok(()) }
}

fn check_scopes(scopes: &[String]) -> Result<(), SignInBuildError> {
    let asks_for_id_token = scopes.iter().any(|scope| scope == DEFAULT_SCOPE);
    if asks_for_id_token { Ok(()) } else { Err(SignInBuildError::Scopes(scopes.to_vec())) }
}

fn check_words(pages: &Pages) -> Result<(), SignInBuildError> {
    pages.incomplete().map_or(Ok(()), |tag| Err(SignInBuildError::Words(tag)))
}

#[cfg_attr(not(feature = "redis"), expect(unused_variables, reason = "no denylist"))]
fn check_freshness(verifier: &Verifier) -> Result<(), SignInBuildError> {
    #[cfg(feature = "redis")]
    if *verifier.freshness() == Freshness::Redis {
        return Err(SignInBuildError::Freshness);
    }
    Ok(())
}

fn local_path(
    setting: &'static str,
    value: String,
    base: &Url,
    mount: &str,
) -> Result<LocalPath, SignInBuildError> {
    let path = LocalPath::parse(&value, base).ok().filter(|path| !path.is_within(mount));
    path.ok_or(SignInBuildError::LocalPath { setting, value })
}

fn redirect_uri(base: &Url, mount: &str) -> Result<RedirectUrl, SignInBuildError> {
    let origin = base.origin().ascii_serialization();
    RedirectUrl::new(format!("{origin}{mount}/callback")).map_err(|_| SignInBuildError::BaseUrl(origin))
}
