//! The HTTP client of this crate: short time limits, bounded bodies, no redirects, no proxies, and
//! names under `.localhost` that stay on this machine. What is fetched, and what the answer means,
//! is for the callers. RFC 6761 section 6.3; RFC 8414 section 6.

mod resolver;

use std::{
    net::{Ipv4Addr, Ipv6Addr},
    sync::Arc,
    time::Duration,
};

use reqwest::{Client, Response, redirect};
use url::{Host, Url};

pub(crate) use resolver::is_localhost;

use crate::{error::debug_in_words, trace};

/// How long one request may take from the first name look-up to the last byte.
pub(crate) const TIME_LIMIT: Duration = Duration::from_secs(3);

/// Why a document could not be fetched.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The address is neither `https` nor `http` on this machine.
    #[error("not an https address (http is for this machine alone)")]
    InsecureUrl,
    /// No answer within the time limit.
    #[error("no complete answer within 3 s")]
    Timeout,
    /// The connection, TLS or HTTP itself failed.
    #[error("the connection, its TLS or its HTTP failed")]
    Connection,
    /// An answer that is not 200; redirects are not followed.
    #[error("the answer has status {0} instead of 200")]
    Status(u16),
    /// More bytes than the document may have.
    #[error("the answer is larger than allowed")]
    TooLarge,
}

debug_in_words!(FetchError);

/// A client with this crate's limits.
///
/// # Errors
/// When the platform's certificate store cannot be read.
pub(crate) fn client() -> Result<Client, reqwest::Error> {
    Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .referer(false)
        .http1_only()
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .timeout(TIME_LIMIT)
        .dns_resolver(Arc::new(resolver::LocalhostResolver))
        .user_agent(concat!("resource-sdk/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// Fetches a document of at most `limit` bytes; `what` it is, for traces.
pub(crate) async fn get(
    what: &'static str,
    client: &Client,
    url: &Url,
    limit: usize,
) -> Result<Vec<u8>, FetchError> {
    if !is_secure(url) {
        return Err(FetchError::InsecureUrl);
    }
    let request = client.get(url.clone()).header("accept", "application/json");
    let response = trace::send(what, request).await.map_err(transport_error)?;
    if response.status() != reqwest::StatusCode::OK {
        return Err(FetchError::Status(response.status().as_u16()));
    }
    read_body(response, limit).await
}

/// Reads a body piece by piece and gives up at the first byte too many.
pub(crate) async fn read_body(mut response: Response, limit: usize) -> Result<Vec<u8>, FetchError> {
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(transport_error)? {
        if body.len() + piece.len() > limit {
            return Err(FetchError::TooLarge);
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

pub(crate) fn transport_error(error: reqwest::Error) -> FetchError {
    if error.is_timeout() { FetchError::Timeout } else { FetchError::Connection }
}

/// `https`, or plain `http` to this machine alone, which is how one develops.
pub(crate) fn is_secure(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.has_host(),
        "http" => is_this_machine(url),
        _ => false,
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => is_localhost(name),
        Some(Host::Ipv4(address)) => address == Ipv4Addr::LOCALHOST,
        Some(Host::Ipv6(address)) => address == Ipv6Addr::LOCALHOST,
        None => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn j42_plain_http_is_for_this_machine_alone() {
        for url in [
            "https://idp.example",
            "http://localhost:1",
            "http://idp.localhost:8080/x",
            "http://127.0.0.1:9",
            "http://[::1]:9",
        ] {
            assert!(is_secure(&Url::parse(url).unwrap()), "{url}");
        }
        for url in [
            "http://idp.example",
            "http://localhost.example",
            "http://xlocalhost",
            "http://localhost@idp.example",
            "http://169.254.169.254",
            "http://10.0.0.1",
            "http://0.0.0.0",
            "http://[::]",
            "ftp://localhost",
            "file:///etc/passwd",
            "data:text/plain,x",
        ] {
            assert!(!is_secure(&Url::parse(url).unwrap()), "{url}");
        }
    }
}
