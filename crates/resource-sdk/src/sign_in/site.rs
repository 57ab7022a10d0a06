//! One mounted sign-in half: what it was configured with and what is derived from that, shared by all
//! workers. The handlers are in files of their own; making one is the builder's.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use actix_web::HttpRequest;
use oauth2::RedirectUrl;
use url::{Position, Url};

use crate::{
    claims::AccessToken,
    error::VerifyError,
    sign_in::{
        browser::{
            cookies::Cookies,
            local_path::{LocalPath, MAX_BYTES, ReturnToError},
            locale::{Locale, Pages},
            seal::Sealer,
            step_up::StepUp,
        },
        memory::{
            end_causes::EndCauses,
            former_grants::FormerGrants,
            held_forms::HeldForms,
            long_addresses::{LongAddresses, Reference},
            refresh_outcome::RefreshOutcome,
            single_flight::SingleFlight,
            spent_sessions::SpentSessions,
            stream_limits::StreamLimits,
            used_states::UsedStates,
        },
        provider::{
            Endpoints, Provider,
            claim_checks::Recipient,
            credentials::ClientCredentials,
            encrypted_id_token::{self, DecryptionKey},
            id_token::{self, Expected, IdToken, IdTokenError},
            logout_token::{self, LoggedOut, LogoutTokenError},
            token_endpoint::{self, OAuthClient, Tokens},
        },
    },
    time::{Clock, UnixTime},
    verifier::Verifier,
};

/// Octets of a refused address that another one has room for.
const MAX_REFUSED_BYTES: usize = 512;
/// Characters of a refused address that the log shows.
const SHOWN: usize = 64;

/// How a site uses the tokens it gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mode {
    /// The site renders its pages itself; tokens stay in its own sealed cookie.
    ServerRendered,
    /// The site's pages call its API by script: the access token is in page memory, the refresh
    /// token in a sealed `HttpOnly; SameSite=Strict` cookie that only the mount gets to see.
    Scripted,
}

/// The state behind a `SignIn`.
pub(crate) struct Site {
    pub(crate) mode: Mode,
    /// The site's own address, without a path.
    pub(crate) base: Url,
    /// The path under which the routes are mounted.
    pub(crate) mount: String,
    pub(crate) redirect_uri: RedirectUrl,
    pub(crate) scopes: Vec<String>,
    pub(crate) after_sign_in: LocalPath,
    pub(crate) after_sign_out: LocalPath,
    pub(crate) credentials: ClientCredentials,
    pub(crate) pages: Arc<Pages>,
    pub(crate) cookies: Cookies,
    pub(crate) sealer: Sealer,
    pub(crate) verifier: Verifier,
    /// With any of these, ID tokens come encrypted or not at all.
    pub(crate) decryption_keys: Vec<DecryptionKey>,
    pub(crate) clock: Clock,
    pub(crate) provider: Arc<Provider>,
    pub(crate) refreshes: SingleFlight<RefreshOutcome>,
    pub(crate) used_states: UsedStates,
    pub(crate) long_addresses: LongAddresses,
    pub(crate) held_forms: HeldForms,
    pub(crate) former_grants: FormerGrants,
    /// Whether the log said that the site is reached under another name.
    pub(crate) has_warned_of_other_name: AtomicBool,
    pub(crate) spent_sessions: Arc<SpentSessions>,
    pub(crate) end_causes: Arc<EndCauses>,
    pub(crate) stream_limits: StreamLimits,
}

impl Site {
    pub(crate) fn now(&self) -> UnixTime {
        self.clock.now()
    }

    /// In which language a request is answered.
    pub(crate) fn locale(&self, request: &HttpRequest) -> Locale {
        self.pages.locale(request)
    }

    /// The site's origin as browsers write it.
    pub(crate) fn origin(&self) -> String {
        self.base.origin().ascii_serialization()
    }

    /// A path of the mount.
    pub(crate) fn path(&self, below: &str) -> String {
        format!("{}{below}", self.mount)
    }

    /// The address of a path of the mount.
    pub(crate) fn url(&self, below: &str) -> String {
        format!("{}{}{below}", self.origin(), self.mount)
    }

    /// Host and port of the site, as browsers write them.
    pub(crate) fn host(&self) -> &str {
        &self.base[Position::BeforeHost..Position::AfterPort]
    }

    /// A target on this site that is safe to go to and does not begin another sign-in.
    pub(crate) fn local_path(&self, text: &str) -> Result<LocalPath, ReturnToError> {
        let path = LocalPath::parse(text, &self.base)?;
        if path.is_within(&self.mount) { Err(ReturnToError::WithinMount) } else { Ok(path) }
    }

    /// What stands for a target in another address: itself, or a name when it is long.
    pub(crate) fn reference(&self, path: &LocalPath) -> String {
        if path.fits_an_address() { path.as_str().to_owned() } else { self.keep(path) }
    }

    /// A name for a target, good in this process for a day or two.
    pub(crate) fn keep(&self, path: &LocalPath) -> String {
        self.long_addresses.keep(&self.sealer, path)
    }

    /// The target that a text stands for. A site's developer learns of one that is not taken.
    pub(crate) fn address_of(&self, text: &str) -> Result<LocalPath, ReturnToError> {
        let found = match self.long_addresses.look_up(text) {
            Reference::Text(text) => self.local_path(text),
            Reference::Kept(kept) => kept.map(|path| path.as_ref().clone()).ok_or(ReturnToError::Forgotten),
        };
        found.inspect_err(|error| warn_of_refusal(text, error))
    }

    /// Where to begin a sign-in that comes back to `return_to`.
    pub(crate) fn login_path(&self, return_to: &LocalPath, is_silent: bool) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if is_silent {
            query.append_pair("prompt", "none");
        }
        query.append_pair("return_to", &self.reference(return_to));
        self.path(&format!("/login?{}", query.finish()))
    }

    /// Where to begin a sign-in that comes back to `return_to`, for a reason or for none.
    pub(crate) fn login_path_with(&self, return_to: &LocalPath, step_up: Option<&StepUp>) -> String {
        let Some(step_up) = step_up else {
            return self.login_path(return_to, false);
        };
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        step_up.add_to(&mut query);
        query.append_pair("return_to", &self.reference(return_to));
        self.path(&format!("/login?{}", query.finish()))
    }

    /// Where a person who is back goes on: to the page, or to what sends their form on.
    pub(crate) fn way_back(&self, return_to: &LocalPath, step_up: Option<&StepUp>) -> LocalPath {
        let Some(form) = step_up.and_then(|step_up| step_up.form) else {
            return return_to.clone();
        };
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        form.add_to(&mut query);
        query.append_pair("return_to", &self.reference(return_to));
        let path = self.path(&format!("/resume?{}", query.finish()));
        LocalPath::parse(&path, &self.base).unwrap_or_else(|_| return_to.clone())
    }

    /// Seconds by which clocks may differ.
    pub(crate) fn leeway(&self) -> i64 {
        self.verifier.void_from(UnixTime::from_secs(0)).as_secs()
    }

    /// Where to begin a sign-in that was to come back to a text that is no target: the log-in route says why.
    pub(crate) fn login_path_without(&self, refused: &str) -> String {
        if refused.len() > MAX_REFUSED_BYTES {
            // Nothing shorter may be said of it: a part of it might be a target.
            self.address_of(refused).ok();
            return self.path("/login");
        }
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        self.path(&format!("/login?{}", query.append_pair("return_to", refused).finish()))
    }

    /// Says once that people come under another name than the configured one: their cookies stay there, and
    /// each of their first sign-ins takes one round more.
    pub(crate) fn warn_of_other_name(&self, request: &HttpRequest) {
        let host = request.connection_info().host().to_owned();
        let is_other = !host.is_empty() && !host.eq_ignore_ascii_case(self.host());
        if is_other && !self.has_warned_of_other_name.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                ?host,
                base_url = self.origin(),
                "this site was reached under another name than its base_url: link to that one, redirect to it, or \
                 let the proxy in front send Host or X-Forwarded-Host"
            );
        }
    }

    pub(crate) fn oauth_client(&self, endpoints: &Endpoints) -> OAuthClient {
        token_endpoint::oauth_client(endpoints, &self.credentials, self.redirect_uri.clone())
    }

    /// Verifies an access token offline, as it is done for each request.
    pub(crate) fn verify(&self, access_token: &str) -> Result<AccessToken, VerifyError> {
        self.verifier.verify(access_token, self.now())
    }

    /// Verifies an access token that just came from the provider's back channel: when its key is not known yet,
    /// waits for the keys once.
    pub(crate) async fn verify_patiently(&self, access_token: &str) -> Result<AccessToken, VerifyError> {
        let seen = self.key_fetches();
        let outcome = self.verify(access_token);
        match outcome {
            Err(VerifyError::UnknownKey | VerifyError::KeysUnavailable | VerifyError::KeysStale)
                if self.wait_for_keys(seen).await =>
            {
                self.verify(access_token)
            }
            outcome => outcome,
        }
    }

    /// Checks the ID token of a token response, waiting for the keys once if need be.
    pub(crate) async fn check_id_token(&self, tokens: &Tokens, nonce: &str) -> Result<IdToken, IdTokenError> {
        let id_token = tokens.id_token.as_deref().ok_or(IdTokenError::Malformed)?;
        let seen = self.key_fetches();
        let recipient = self.recipient();
        let expected = Expected { recipient, nonce, access_token: &tokens.access_token };
        let outcome = id_token::check(id_token, &self.verifier.keys().snapshot(), &expected);
        if outcome != Err(IdTokenError::Key) || !self.wait_for_keys(seen).await {
            return outcome;
        }
        id_token::check(id_token, &self.verifier.keys().snapshot(), &expected)
    }

    /// Takes the ID token out of its encryption. The hint for signing out is then what was inside: the
    /// provider cannot read what it encrypted for us.
    pub(crate) fn decrypt_id_token(&self, tokens: Tokens) -> Result<Tokens, IdTokenError> {
        if self.decryption_keys.is_empty() {
            return Ok(tokens);
        }
        let encrypted = tokens.id_token.as_deref();
        let id_token = encrypted.and_then(|token| encrypted_id_token::open(token, &self.decryption_keys));
        let id_token = Some(id_token.ok_or(IdTokenError::Encryption)?);
        Ok(Tokens { id_token, ..tokens })
    }

    /// Checks a logout token, waiting for the keys once if need be.
    pub(crate) async fn check_logout_token(&self, token: &str) -> Result<LoggedOut, LogoutTokenError> {
        let seen = self.key_fetches();
        let outcome = logout_token::check(token, &self.verifier.keys().snapshot(), &self.recipient());
        match outcome {
            Err(LogoutTokenError::Signature(error))
                if is_unjudged(error) && self.wait_for_keys(seen).await =>
            {
                logout_token::check(token, &self.verifier.keys().snapshot(), &self.recipient())
            }
            outcome => outcome,
        }
    }

    /// This client, now.
    fn recipient(&self) -> Recipient<'_> {
        Recipient {
            issuer: self.provider.issuer(),
            client_id: self.credentials.client_id(),
            now: self.now(),
            leeway: self.leeway(),
        }
    }

    fn key_fetches(&self) -> u64 {
        self.verifier.keys().refresher().map_or(0, crate::keys::Refresher::attempts)
    }

    async fn wait_for_keys(&self, seen: u64) -> bool {
        match self.verifier.keys().refresher() {
            Some(refresher) => refresher.wait(seen).await,
            None => false,
        }
    }
}

/// How an address that is not taken gets into the log.
fn warn_of_refusal(text: &str, error: &ReturnToError) {
    let start: String = text.chars().take(SHOWN).collect();
    tracing::warn!(
        reason = error.word(),
        bytes = text.len(),
        limit = MAX_BYTES,
        path_start = ?start,
        "an address to come back to was not taken: {error}"
    );
}

/// Whether a token that just came from the provider's back channel cannot be judged now. A key that is
/// not known yet is then one that this site has not fetched, and no sign of a forgery.
pub(crate) fn is_unjudged(error: VerifyError) -> bool {
    error.is_unavailable() || error == VerifyError::UnknownKey
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site")
            .field("mode", &self.mode)
            .field("base", &self.base.as_str())
            .field("mount", &self.mount)
            .finish_non_exhaustive()
    }
}
