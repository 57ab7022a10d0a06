//! What the sign-in half knows about the provider: its endpoints, from the metadata document, and
//! whether it answered lately. Requests to the token endpoint are in `token_endpoint`.
//! OpenID Connect Discovery 1.0 section 4; RFC 8414; RFC 9207 section 3.

pub(crate) mod claim_checks;
pub(crate) mod credentials;
pub(crate) mod encrypted_id_token;
pub(crate) mod id_token;
pub(crate) mod logout_token;
pub(crate) mod token_endpoint;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use reqwest::Client;
use serde::Deserialize;
use tokio::time::{Instant, timeout};
use url::Url;

use crate::http::{self, FetchError};

const MAX_METADATA_BYTES: usize = 64 * 1024;
/// Endpoints move rarely.
const METADATA_LIFETIME: Duration = Duration::from_secs(3600);
/// How long what was last seen of the provider is believed.
const HEALTH_LIFETIME: Duration = Duration::from_secs(5);
/// After a failure no request waits for the provider again so soon.
const COOL_DOWN: Duration = Duration::from_secs(2);
/// How long a public page may wait to learn whether the provider is there.
const PROBE_LIMIT: Duration = Duration::from_millis(500);

/// Why the provider cannot be used now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ProviderError {
    #[error("the provider does not answer: {0}")]
    Unreachable(FetchError),
    #[error("the provider did not answer a moment ago")]
    CoolingDown,
    #[error("the provider's metadata cannot be used: {0}")]
    Metadata(&'static str),
}

impl From<FetchError> for ProviderError {
    fn from(error: FetchError) -> Self {
        Self::Unreachable(error)
    }
}

/// The endpoints that a site needs.
#[derive(Debug)]
pub(crate) struct Endpoints {
    pub(crate) authorization: Url,
    pub(crate) token: Url,
    pub(crate) end_session: Option<Url>,
    pub(crate) revocation: Option<Url>,
    pub(crate) userinfo: Option<Url>,
}

/// One provider, as seen from one site.
#[derive(Debug)]
pub(crate) struct Provider {
    issuer: String,
    metadata_url: Url,
    pub(crate) http: Client,
    endpoints: tokio::sync::Mutex<Option<(Instant, Arc<Endpoints>)>>,
    probing: tokio::sync::Mutex<()>,
    last_contact: Mutex<Option<Contact>>,
    /// When a page last gave up waiting for a probe. Refreshes do not heed it.
    slow_since: Mutex<Option<Instant>>,
}

#[derive(Clone, Copy, Debug)]
struct Contact {
    at: Instant,
    answered: bool,
}

impl Provider {
    pub(crate) fn new(issuer: String, metadata_url: Url, http: Client) -> Self {
        Self {
            issuer,
            metadata_url,
            http,
            endpoints: tokio::sync::Mutex::default(),
            probing: tokio::sync::Mutex::default(),
            last_contact: Mutex::default(),
            slow_since: Mutex::default(),
        }
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The endpoints: fetched on first use, fetched again after an hour, kept while that fails.
    pub(crate) async fn endpoints(&self) -> Result<Arc<Endpoints>, ProviderError> {
        let mut known = self.endpoints.lock().await;
        if let Some((fetched_at, endpoints)) = known.as_ref()
            && fetched_at.elapsed() < METADATA_LIFETIME
        {
            return Ok(Arc::clone(endpoints));
        }
        match (self.fetch().await, known.as_ref()) {
            (Ok(endpoints), _) => {
                *known = Some((Instant::now(), Arc::clone(&endpoints)));
                Ok(endpoints)
            }
            (Err(_), Some((_, endpoints))) => Ok(Arc::clone(endpoints)),
            (Err(error), None) => Err(error),
        }
    }

    /// Whether the provider answers, by what was seen in the last seconds or by asking briefly. A
    /// person must not be sent to an error page of the browser by a page that only wants to know.
    pub(crate) async fn is_reachable(self: &Arc<Self>) -> bool {
        if let Some(contact) = self.recent_contact(HEALTH_LIFETIME) {
            return contact.answered;
        }
        if self.is_known_to_be_slow() {
            return false;
        }
        // The question is asked to its end: that a page cannot wait says nothing about the provider.
        let provider = Arc::clone(self);
        let probe = tokio::spawn(async move { provider.probe().await });
        match timeout(PROBE_LIMIT, probe).await {
            Ok(answered) => answered.unwrap_or(false),
            Err(_) => {
                *self.slow_since.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
                false
            }
        }
    }

    /// Asks once, however many pages wait for the answer. Refreshes, which need the endpoints, do not
    /// wait for it.
    async fn probe(&self) -> bool {
        let _asking = self.probing.lock().await;
        if let Some(contact) = self.recent_contact(HEALTH_LIFETIME) {
            return contact.answered;
        }
        match self.fetch().await {
            Ok(endpoints) => {
                *self.endpoints.lock().await = Some((Instant::now(), endpoints));
                true
            }
            Err(_) => false,
        }
    }

    /// Whether a page waited in vain in the last seconds; the next one need not.
    fn is_known_to_be_slow(&self) -> bool {
        let since = *self.slow_since.lock().unwrap_or_else(PoisonError::into_inner);
        since.is_some_and(|since| since.elapsed() < HEALTH_LIFETIME)
    }

    /// Refuses while the provider is known to be away, so that requests do not queue for it.
    pub(crate) fn check_cool_down(&self) -> Result<(), ProviderError> {
        match self.recent_contact(COOL_DOWN) {
            Some(Contact { answered: false, .. }) => Err(ProviderError::CoolingDown),
            _ => Ok(()),
        }
    }

    /// Remembers whether the provider answered.
    pub(crate) fn saw(&self, answered: bool) {
        let contact = Contact { at: Instant::now(), answered };
        *self.last_contact.lock().unwrap_or_else(PoisonError::into_inner) = Some(contact);
    }

    fn recent_contact(&self, within: Duration) -> Option<Contact> {
        let contact = *self.last_contact.lock().unwrap_or_else(PoisonError::into_inner);
        contact.filter(|contact| contact.at.elapsed() < within)
    }

    async fn fetch(&self) -> Result<Arc<Endpoints>, ProviderError> {
        self.check_cool_down()?;
        let document = http::get("fetch metadata", &self.http, &self.metadata_url, MAX_METADATA_BYTES).await;
        self.saw(document.is_ok());
        let endpoints = read_metadata(&document?, &self.issuer);
        endpoints.map(Arc::new).map_err(ProviderError::Metadata)
    }
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
    end_session_endpoint: Option<Url>,
    revocation_endpoint: Option<Url>,
    userinfo_endpoint: Option<Url>,
    #[serde(default)]
    code_challenge_methods_supported: Vec<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

fn read_metadata(document: &[u8], issuer: &str) -> Result<Endpoints, &'static str> {
    let metadata: Metadata = serde_json::from_slice(document).map_err(
        |_| "<issuer>/.well-known/openid-configuration is not an OpenID provider's; is the issuer right?",
    )?;
    check_issuer(&metadata, issuer)?;
    check_pkce(&metadata)?;
    check_issuer_parameter(&metadata)?;
    let endpoints = Endpoints {
        authorization: metadata.authorization_endpoint,
        token: metadata.token_endpoint,
        end_session: metadata.end_session_endpoint,
        revocation: metadata.revocation_endpoint,
        userinfo: metadata.userinfo_endpoint,
    };
    check_addresses(&endpoints, issuer)?;
    Ok(endpoints)
}

/// RFC 8414 section 3.3.
fn check_issuer(metadata: &Metadata, issuer: &str) -> Result<(), &'static str> {
    if metadata.issuer == issuer {
        Ok(())
    } else {
        Err(
            "it names another issuer; configure the issuer exactly as the document writes it (a final slash counts)",
        )
    }
}

/// RFC 9700 section 2.1.1: without PKCE at the provider, an injected code would be taken.
fn check_pkce(metadata: &Metadata) -> Result<(), &'static str> {
    let offered = metadata.code_challenge_methods_supported.iter().any(|method| method == "S256");
    if offered { Ok(()) } else { Err("it does not offer PKCE with S256 (code_challenge_methods_supported)") }
}

/// RFC 9207 section 3: we insist on `iss` in each answer, so it must be promised.
fn check_issuer_parameter(metadata: &Metadata) -> Result<(), &'static str> {
    let promised = metadata.authorization_response_iss_parameter_supported;
    if promised {
        Ok(())
    } else {
        Err("it does not promise iss in its answers (authorization_response_iss_parameter_supported)")
    }
}

/// Every endpoint gets or gives a secret: TLS, or this machine, and never less than the issuer has.
fn check_addresses(endpoints: &Endpoints, issuer: &str) -> Result<(), &'static str> {
    let optional = [&endpoints.end_session, &endpoints.revocation, &endpoints.userinfo];
    let required = [&endpoints.authorization, &endpoints.token];
    let is_downgrade = |url: &Url| issuer.starts_with("https:") && url.scheme() != "https";
    let mut all = optional.into_iter().flatten().chain(required);
    if all.all(|url| http::is_secure(url) && !is_downgrade(url)) {
        Ok(())
    } else {
        Err("one of its endpoints is not an https address")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::{Value, json};
    use tokio::io::AsyncWriteExt;

    const ISSUER: &str = "https://idp.example";

    fn metadata() -> Value {
        json!({
            "issuer": ISSUER,
            "authorization_endpoint": "https://idp.example/authorize",
            "token_endpoint": "https://idp.example/token",
            "end_session_endpoint": "https://idp.example/end-session",
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
        })
    }

    fn read(document: &Value) -> Result<Endpoints, &'static str> {
        read_metadata(document.to_string().as_bytes(), ISSUER)
    }

    #[test]
    fn s09_metadata_must_promise_what_the_flow_relies_on() {
        assert!(read(&metadata()).is_ok());
        for (member, value) in [
            ("issuer", json!("https://idp.example/")),
            ("issuer", json!("https://evil.example")),
            ("code_challenge_methods_supported", json!(["plain"])),
            ("code_challenge_methods_supported", json!([])),
            ("authorization_response_iss_parameter_supported", json!(false)),
            ("token_endpoint", json!("http://idp.example/token")),
            ("token_endpoint", json!("http://localhost/token")),
            ("authorization_endpoint", json!("javascript:alert(1)")),
            ("end_session_endpoint", json!("ftp://idp.example/")),
            ("token_endpoint", json!(null)),
        ] {
            let mut document = metadata();
            document[member] = value.clone();
            assert!(read(&document).is_err(), "{member}: {value}");
        }
    }

    #[tokio::test]
    async fn s35_an_absent_provider_is_remembered_for_a_moment() {
        let url = Url::parse("http://127.0.0.1:9/.well-known/openid-configuration").unwrap();
        let provider = Provider::new("http://127.0.0.1:9".to_owned(), url, http::client().unwrap());
        let provider = Arc::new(provider);
        assert!(!provider.is_reachable().await);
        assert_eq!(provider.check_cool_down(), Err(ProviderError::CoolingDown));
        assert!(provider.endpoints().await.is_err());
    }

    /// Answers its metadata only when it is told to.
    async fn slow_provider(permission: Arc<tokio::sync::Notify>) -> Arc<Provider> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let mut document = metadata();
        document["issuer"] = json!(issuer);
        for member in ["authorization_endpoint", "token_endpoint", "end_session_endpoint"] {
            document[member] = json!(format!("{issuer}/{member}"));
        }
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            permission.notified().await;
            let body = document.to_string();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            stream.write_all((head + &body).as_bytes()).await.unwrap();
        });
        let url = Url::parse(&format!("{issuer}/.well-known/openid-configuration")).unwrap();
        Arc::new(Provider::new(issuer, url, http::client().unwrap()))
    }

    #[tokio::test]
    async fn s35_a_page_that_cannot_wait_does_not_stop_refreshes() {
        let permission = Arc::new(tokio::sync::Notify::new());
        let provider = slow_provider(Arc::clone(&permission)).await;
        assert!(!provider.is_reachable().await);
        assert_eq!(provider.check_cool_down(), Ok(()), "nothing is known about the provider");
        assert!(!provider.is_reachable().await, "the next page does not wait");
        permission.notify_one();
        while provider.recent_contact(HEALTH_LIFETIME).is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(provider.is_reachable().await, "the question was asked to its end");
    }
}
