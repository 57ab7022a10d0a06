//! One attempt to get the key set document from the provider: discovery when due, then the keys,
//! both within one time limit. When to attempt is decided in `schedule`.

use std::{future::Future, time::Duration};

use reqwest::Client;
use tokio::time::{Instant, timeout};
use url::Url;

use super::{KeyFetchError, discovery};
use crate::{
    http::{self, FetchError},
    keys::jwks::MAX_JWKS_BYTES,
};

/// How long `jwks_uri` is remembered before the metadata is read again.
const METADATA_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// Where key set documents come from: the network, or a test.
pub(super) trait KeySource: Send + 'static {
    /// Makes one attempt, in bounded time.
    fn fetch(&mut self) -> impl Future<Output = Result<Vec<u8>, KeyFetchError>> + Send;
}

/// The provider's key set over HTTP.
pub(super) struct HttpSource {
    client: Client,
    issuer: String,
    metadata: Url,
    jwks: Option<(Url, Instant)>,
}

impl HttpSource {
    pub(super) fn new(client: Client, issuer: String, metadata: Url) -> Self {
        Self { client, issuer, metadata, jwks: None }
    }

    async fn attempt(&mut self) -> Result<Vec<u8>, KeyFetchError> {
        let url = self.jwks_url().await?;
        Ok(http::get("fetch keys", &self.client, &url, MAX_JWKS_BYTES).await?)
    }

    async fn jwks_url(&mut self) -> Result<Url, KeyFetchError> {
        if let Some((url, read_at)) = &self.jwks
            && read_at.elapsed() < METADATA_LIFETIME
        {
            return Ok(url.clone());
        }
        let url = discovery::jwks_url(&self.client, &self.issuer, &self.metadata).await?;
        self.jwks = Some((url.clone(), Instant::now()));
        Ok(url)
    }
}

impl KeySource for HttpSource {
    async fn fetch(&mut self) -> Result<Vec<u8>, KeyFetchError> {
        let outcome = match timeout(http::TIME_LIMIT, self.attempt()).await {
            Ok(outcome) => outcome,
            Err(_) => Err(FetchError::Timeout.into()),
        };
        if outcome.is_err() {
            // The provider may have moved its keys: ask it again next time.
            self.jwks = None;
        }
        outcome
    }
}
