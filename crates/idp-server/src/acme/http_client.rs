//! The requests of instant-acme over reqwest, as all others that the server makes: no redirect, no proxy, bounded in time and size.
//! The directory is the operator's choice, so it may be in a private network.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use ::http::{HeaderValue, Request, Response, header};
use bytes::Bytes;
use instant_acme::{BodyWrapper, BytesResponse, Error};
use reqwest::{Certificate, Client, redirect};

/// How long one request may take.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// A chain of certificates has some kilobytes.
const LONGEST_ANSWER: usize = 1024 * 1024;
/// RFC 8555 6.1: a client says which one it is.
const USER_AGENT: &str = concat!("idp-server/", env!("CARGO_PKG_VERSION"));

/// The answer is longer than any that makes sense.
#[derive(Debug, thiserror::Error)]
#[error("the answer is too long")]
struct TooLong;

/// The way to the authority. Clones share it.
#[derive(Clone)]
pub(super) struct HttpClient {
    client: Client,
    /// How many seconds the last refusal asked to wait; 0 where none did.
    wait: Arc<AtomicI64>,
}

impl HttpClient {
    /// One that trusts these beside the system's authorities.
    pub(super) fn new(trusted: Vec<Certificate>) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .http1_only()
            .https_only(true)
            .timeout(TIME_LIMIT)
            .tls_certs_merge(trusted)
            .build()?;
        Ok(Self { client, wait: Arc::default() })
    }

    pub(super) fn boxed(&self) -> Box<dyn instant_acme::HttpClient> {
        Box::new(self.clone())
    }

    /// How many seconds a refusal asked to wait since this was asked last (RFC 8555 6.6).
    pub(super) fn take_wait(&self) -> Option<i64> {
        Some(self.wait.swap(0, Ordering::Relaxed)).filter(|wait| *wait > 0)
    }

    async fn send(self, request: Request<BodyWrapper<Bytes>>) -> Result<BytesResponse, Error> {
        let mut request = request.map(reqwest::Body::wrap);
        request.headers_mut().insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        let request = reqwest::Request::try_from(request).map_err(other)?;
        let mut answer = self.client.execute(request).await.map_err(other)?;
        if !answer.status().is_success() {
            let seconds = answer.headers().get(header::RETRY_AFTER);
            let seconds = seconds.and_then(|value| value.to_str().ok()?.parse().ok());
            self.wait.store(seconds.unwrap_or(0), Ordering::Relaxed);
        }
        let (mut parts, ()) = Response::new(()).into_parts();
        parts.status = answer.status();
        parts.headers = std::mem::take(answer.headers_mut());
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(other)? {
            if body.len() + part.len() > LONGEST_ANSWER {
                return Err(other(TooLong));
            }
            body.extend_from_slice(&part);
        }
        Ok(BytesResponse { parts, body: Box::new(Bytes::from(body)) })
    }
}

impl instant_acme::HttpClient for HttpClient {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        Box::pin(self.clone().send(request))
    }
}

fn other(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Other(Box::new(error))
}
