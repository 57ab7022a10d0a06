//! The provider as the feed's client sees it: the stream, the snapshot, the acknowledgements and, where that
//! was asked for, introspection. RFC 6749 section 2.3.1; RFC 7662.

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwapOption;
use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::{
    Client, RequestBuilder, Response, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER},
};
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout},
};
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use super::{anchor::Challenge, event_stream::EventStream, feed_error::FeedError, random};
use crate::{
    http::{self, FetchError},
    jwt::json::{Json, Object},
    keys::{KeyFetchError, StartError, discovery, metadata_url},
    trace,
};

/// After so long a connection is made anew, however well it works.
const STREAM_LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);
/// How long a snapshot may take: it can be many megabytes.
pub(super) const SNAPSHOT_TIME_LIMIT: Duration = Duration::from_secs(30);
/// How long addresses are remembered while they work.
const METADATA_LIFETIME: Duration = Duration::from_secs(60 * 60);
/// A secret that is wrong does not become right soon, nor is a permission given soon.
const AFTER_UNAUTHORIZED: Duration = Duration::from_secs(60);
const MAX_INTROSPECTION_BYTES: usize = 64 * 1024;
const MAX_MEMBERS: usize = 256;
/// Questions about single tokens that may be open at once.
const INTROSPECTIONS: usize = 32;

/// A request that did not work, and when the provider wants to be asked again.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: FeedError,
    pub(super) retry_after: Option<Duration>,
}

impl<E: Into<FeedError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { error: error.into(), retry_after: None }
    }
}

/// One provider and our standing with it.
pub(super) struct Provider {
    client: Client,
    issuer: String,
    metadata: Url,
    credentials: HeaderValue,
    instance: String,
    addresses: ArcSwapOption<Addresses>,
    introspections: Semaphore,
}

/// An open stream, and what its anchor has to answer.
pub(super) struct Connection {
    pub(super) stream: Response,
    pub(super) events: EventStream,
    pub(super) challenge: Challenge,
}

struct Addresses {
    feed: Url,
    introspection: Option<Url>,
    read_at: Instant,
}

impl Provider {
    pub(super) fn new(issuer: &str, client_id: &str, client_secret: &str) -> Result<Self, StartError> {
        Ok(Self {
            client: http::client().map_err(StartError::Client)?,
            issuer: issuer.to_owned(),
            metadata: metadata_url(issuer).ok_or_else(|| StartError::Issuer(issuer.to_owned()))?,
            credentials: basic(client_id, client_secret).ok_or(StartError::Credentials)?,
            instance: random::instance_id(),
            addresses: ArcSwapOption::empty(),
            introspections: Semaphore::new(INTROSPECTIONS),
        })
    }

    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Opens the stream behind a number; 0 is the beginning. Events have at most so many bytes.
    pub(super) async fn connect(&self, after: u64, max_bytes: usize) -> Result<Connection, Failure> {
        let url = self.addresses().await?.feed.clone();
        let nonce = random::nonce().ok_or(FeedError::Random)?;
        let request = self.get(url, "text/event-stream").timeout(STREAM_LIFETIME);
        let mut request = request.header("x-feed-nonce", &nonce);
        if after > 0 {
            request = request.header("last-event-id", after);
        }
        let challenge = Challenge { nonce, sent: Instant::now() };
        let answer = timeout(http::TIME_LIMIT, trace::send("open feed", request)).await;
        let answer = answer.map_err(|_| FetchError::Timeout)?.map_err(http::transport_error)?;
        let stream = self.checked(answer, "text/event-stream")?;
        Ok(Connection { stream, events: EventStream::new(max_bytes), challenge })
    }

    /// Fetches everything that is in force, as one statement.
    pub(super) async fn snapshot(&self, max_bytes: usize) -> Result<String, Failure> {
        let url = self.addresses().await?.feed.clone();
        let request = self.get(url, "application/jwt").timeout(SNAPSHOT_TIME_LIMIT);
        let answer = trace::send("fetch snapshot of feed", request).await.map_err(http::transport_error)?;
        let answer = self.checked(answer, "application/jwt")?;
        let body = http::read_body(answer, max_bytes).await?;
        String::from_utf8(body).map_err(|_| FeedError::ContentType.into())
    }

    /// Says that this process refuses everything up to a number.
    pub(super) async fn acknowledge(&self, number: u64) -> Result<(), Failure> {
        let mut url = self.addresses().await?.feed.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push("acknowledgements");
        }
        let number = number.to_string();
        let form = [("instance", self.instance.as_str()), ("number", number.as_str())];
        let request = self.client.post(url).header(AUTHORIZATION, self.credentials.clone()).form(&form);
        let answer = trace::send("acknowledge feed", request).await.map_err(http::transport_error)?;
        if answer.status().is_success() { Ok(()) } else { Err(refused(&answer)) }
    }

    /// Whether the provider holds a token to be active (RFC 7662 section 2.2).
    pub(super) async fn introspect(&self, token: &str) -> Result<bool, FeedError> {
        let _turn = self.introspections.try_acquire().map_err(|_| FeedError::Fetch(FetchError::Timeout))?;
        let addresses = self.addresses().await.map_err(|failure| failure.error)?;
        let url = addresses.introspection.clone();
        let url = url.ok_or(FeedError::Discovery(KeyFetchError::Metadata))?;
        let form = [("token", token), ("token_type_hint", "access_token")];
        let request = self.client.post(url).header(AUTHORIZATION, self.credentials.clone()).form(&form);
        let answer = trace::send("introspect token", request).await.map_err(http::transport_error)?;
        let answer = self.checked(answer, "application/json").map_err(|failure| failure.error)?;
        let body = http::read_body(answer, MAX_INTROSPECTION_BYTES).await?;
        let body = std::str::from_utf8(&body).map_err(|_| FeedError::ContentType)?;
        let body = Object::parse(body, MAX_MEMBERS).map_err(|_| FeedError::ContentType)?;
        Ok(body.get("active").is_some_and(Json::is_true))
    }

    /// The addresses may have moved: the metadata is read again before the next request.
    pub(super) fn forget_addresses(&self) {
        self.addresses.store(None);
    }

    async fn addresses(&self) -> Result<Arc<Addresses>, Failure> {
        if let Some(known) = self.addresses.load_full()
            && known.read_at.elapsed() < METADATA_LIFETIME
        {
            return Ok(known);
        }
        let document = discovery::fetch(&self.client, &self.metadata).await?;
        let feed = self.address(&document, "revocation_feed_endpoint")?;
        let addresses = Arc::new(Addresses {
            feed: feed.or_else(|| self.default_feed()).ok_or(FeedError::InsecureAddress)?,
            introspection: self.address(&document, "introspection_endpoint")?,
            read_at: Instant::now(),
        });
        self.addresses.store(Some(Arc::clone(&addresses)));
        Ok(addresses)
    }

    fn address(&self, document: &[u8], member: &str) -> Result<Option<Url>, FeedError> {
        discovery::read_address(document, &self.issuer, member).map_err(|error| match error {
            KeyFetchError::InsecureJwksUri => FeedError::InsecureAddress,
            error => FeedError::Discovery(error),
        })
    }

    fn default_feed(&self) -> Option<Url> {
        let base = self.issuer.strip_suffix('/').unwrap_or(&self.issuer);
        Url::parse(&format!("{base}/revocations")).ok()
    }

    fn get(&self, url: Url, accept: &'static str) -> RequestBuilder {
        let request = self.client.get(url).header(ACCEPT, accept);
        request.header(AUTHORIZATION, self.credentials.clone()).header("x-feed-instance", &self.instance)
    }

    /// 200 and the kind of document that was asked for; redirects are not followed.
    fn checked(&self, answer: Response, media_type: &str) -> Result<Response, Failure> {
        if answer.status() != StatusCode::OK {
            return Err(refused(&answer));
        }
        let content_type = answer.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = content_type.and_then(|value| value.split(';').next()).unwrap_or_default();
        let is_expected = essence.trim().eq_ignore_ascii_case(media_type);
        if is_expected { Ok(answer) } else { Err(FeedError::ContentType.into()) }
    }
}

/// HTTP Basic with both parts form-encoded (RFC 6749 section 2.3.1).
fn basic(client_id: &str, client_secret: &str) -> Option<HeaderValue> {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = Zeroizing::new(format!("{}:{}", encode(client_id), encode(client_secret)));
    let header = Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())));
    let mut header = HeaderValue::from_str(&header).ok()?;
    header.set_sensitive(true);
    Some(header)
}

fn refused(answer: &Response) -> Failure {
    if answer.status() == StatusCode::UNAUTHORIZED {
        return Failure { error: FeedError::Unauthorized, retry_after: Some(AFTER_UNAUTHORIZED) };
    }
    if answer.status() == StatusCode::FORBIDDEN {
        return Failure { error: FeedError::Forbidden, retry_after: Some(AFTER_UNAUTHORIZED) };
    }
    let error = FetchError::Status(answer.status().as_u16()).into();
    let retry_after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    Failure { error, retry_after: retry_after.map(Duration::from_secs) }
}
