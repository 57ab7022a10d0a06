//! Requests that the provider makes by itself: to URIs that clients registered, and to services that the operator names. Each
//! request is short, follows no redirect, uses no proxy and reads no more of an answer than was asked for. The address is checked after the name was resolved, so a name that
//! resolves into a private network is refused. What to send, and when to retry, is the callers' business.
//! Server-side request forgery: RFC 9700 section 4.9, OWASP ASVS 1.3.6.

mod address_filter;

use std::{
    error::Error,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use idp_core::backchannel::BackchannelLogoutUri;
use reqwest::{
    Certificate, Client, RequestBuilder, StatusCode,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect,
};
use tracing::Span;
use url::{Host, Url};

pub use address_filter::AddressFilter;

use crate::config::BackchannelConfig;
use crate::spans;
use crate::version::USER_AGENT;

/// How long one request may take, from resolving the name to the head of the response.
pub const TIME_LIMIT: Duration = Duration::from_secs(3);

/// Why there is no client for outgoing requests.
#[derive(Debug, thiserror::Error)]
pub enum OutgoingError {
    /// The file of certificates cannot be opened.
    #[error("backchannel.ca_file: cannot use {}", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The file holds no certificate.
    #[error("backchannel.ca_file: {} holds no certificate in PEM", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// The certificates, or the system's, cannot be used.
    #[error("the client for outgoing requests cannot be made")]
    Client(#[from] reqwest::Error),
}

/// Why a request got no response. The message is stored with the delivery, so it never repeats text of the peer.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum NoAnswer {
    /// The address is not a public one, nor in a network that is allowed.
    #[error("the address is not public; see backchannel.allow_networks")]
    AddressNotAllowed,
    /// It took too long.
    #[error("no answer in time")]
    Timeout,
    /// The name, the connection or TLS failed.
    #[error("the connection failed")]
    Connection,
    /// Another status than 200.
    #[error("the answer has the status {0}")]
    Status(u16),
    /// More than was asked for.
    #[error("the answer is too long")]
    TooLong,
}

impl NoAnswer {
    /// The word of it, for traces.
    const fn word(&self) -> &'static str {
        match self {
            Self::AddressNotAllowed => "address_not_allowed",
            Self::Timeout => "timeout",
            Self::Connection => "connection",
            Self::Status(_) => "status",
            Self::TooLong => "too_long",
        }
    }
}

/// The client for outgoing requests.
pub struct Outgoing {
    client: Client,
    filter: Arc<AddressFilter>,
}

impl Outgoing {
    /// A client for public addresses and the networks that the configuration adds.
    ///
    /// # Errors
    /// `backchannel.ca_file` cannot be read or holds no usable certificate, or the TLS client cannot be set up.
    pub fn new(config: &BackchannelConfig) -> Result<Self, OutgoingError> {
        let filter = Arc::new(AddressFilter::new(&config.allow_networks));
        let certificates = match &config.ca_file {
            Some(path) => read_certificates(path)?,
            None => Vec::new(),
        };
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .http1_only()
            .timeout(TIME_LIMIT)
            .pool_max_idle_per_host(1)
            .tls_certs_merge(certificates)
            .dns_resolver(Arc::new(FilteringResolver(Arc::clone(&filter))))
            .user_agent(USER_AGENT)
            .build()?;
        Ok(Self { client, filter })
    }

    /// Posts a form to the back-channel logout URI of a client and returns the status. The body of the response is
    /// not read.
    ///
    /// # Errors
    /// The address is not allowed, or no response came within [`TIME_LIMIT`].
    pub async fn post_form(
        &self,
        uri: &BackchannelLogoutUri,
        form: &[(&str, &str)],
    ) -> Result<StatusCode, NoAnswer> {
        let url = self.allowed(uri)?;
        let span = spans::outgoing("POST", url.host_str());
        self.send(span, self.client.post(url).form(form)).await
    }

    /// Posts JSON to an address that the operator named and returns the status. The body of the response is not read.
    ///
    /// # Errors
    /// As [`Outgoing::post_form`].
    pub async fn post_json(
        &self,
        uri: &BackchannelLogoutUri,
        headers: [(&'static str, String); 3],
        json: String,
    ) -> Result<StatusCode, NoAnswer> {
        let url = self.allowed(uri)?;
        let span = spans::outgoing("POST", url.host_str());
        let request = self.client.post(url).header("content-type", "application/json").body(json);
        let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        self.send(span, request).await
    }

    fn allowed(&self, uri: &BackchannelLogoutUri) -> Result<Url, NoAnswer> {
        let url = Url::parse(uri.as_str()).map_err(|_| NoAnswer::Connection)?;
        self.check_literal(&url, uri.is_local())?;
        Ok(url)
    }

    /// Tells the other side which trace it belongs to, where it is recorded.
    async fn send(&self, span: Span, request: RequestBuilder) -> Result<StatusCode, NoAnswer> {
        let request = match spans::traceparent(&span) {
            Some(traceparent) => request.header(spans::TRACEPARENT, traceparent),
            None => request,
        };
        let sent = async { request.send().await.map_err(|error| no_answer(&error)) };
        let status = spans::within(span.clone(), NoAnswer::word, sent).await?.status();
        span.record("http.response.status_code", i64::from(status.as_u16()));
        Ok(status)
    }

    /// The text at an address that the operator named, of `most` bytes, within `time_limit`.
    ///
    /// # Errors
    /// The address is not allowed, or there was no such answer in time.
    pub async fn get_text(
        &self,
        url: Url,
        header: (&'static str, &'static str),
        most: usize,
        time_limit: Duration,
    ) -> Result<String, NoAnswer> {
        let is_local = literal(&url).is_some_and(|address| address.is_loopback());
        self.check_literal(&url, is_local)?;
        let span = spans::outgoing("GET", url.host_str());
        let request = self.client.get(url).header(header.0, header.1).timeout(time_limit);
        // Nothing is told to a service about who asks for what.
        let sent = async { request.send().await.map_err(|error| no_answer(&error)) };
        let mut answer = spans::within(span, NoAnswer::word, sent).await?;
        if answer.status() != StatusCode::OK {
            return Err(NoAnswer::Status(answer.status().as_u16()));
        }
        let mut text = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(|error| no_answer(&error))? {
            if text.len() + part.len() > most {
                return Err(NoAnswer::TooLong);
            }
            text.extend_from_slice(&part);
        }
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// The resolver never sees a literal address.
    fn check_literal(&self, url: &Url, is_local: bool) -> Result<(), NoAnswer> {
        let is_allowed = literal(url).is_none_or(|address| is_local || self.filter.allows(address));
        if is_allowed { Ok(()) } else { Err(NoAnswer::AddressNotAllowed) }
    }
}

fn read_certificates(path: &Path) -> Result<Vec<Certificate>, OutgoingError> {
    let pem =
        std::fs::read(path).map_err(|source| OutgoingError::CaFile { path: path.to_owned(), source })?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(OutgoingError::NoCertificate { path: path.to_owned() }),
    }
}

fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
        Host::Domain(_) => None,
    }
}

fn no_answer(error: &reqwest::Error) -> NoAnswer {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if current.downcast_ref::<NoAnswer>() == Some(&NoAnswer::AddressNotAllowed) {
            return NoAnswer::AddressNotAllowed;
        }
        cause = current.source();
    }
    if error.is_timeout() { NoAnswer::Timeout } else { NoAnswer::Connection }
}

/// Resolves a name and drops the addresses that the filter does not allow. The connection is made to one of the
/// remaining addresses, so a name that changes a moment later (DNS rebinding) gains nothing.
struct FilteringResolver(Arc<AddressFilter>);

impl Resolve for FilteringResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let filter = Arc::clone(&self.0);
        Box::pin(async move {
            // RFC 6761 section 6.3: such a name is this machine, even if the system's resolver disagrees.
            if is_localhost(name.as_str()) {
                let loopback = [IpAddr::from([127, 0, 0, 1]), IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])];
                return Ok(addresses(loopback.map(|address| SocketAddr::new(address, 0)).to_vec()));
            }
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|found| filter.allows(found.ip())).collect();
            match allowed.is_empty() {
                true => Err(NoAnswer::AddressNotAllowed.into()),
                false => Ok(addresses(allowed)),
            }
        })
    }
}

fn addresses(found: Vec<SocketAddr>) -> Addrs {
    Box::new(found.into_iter())
}

fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    async fn resolved(name: &str, networks: &[&str]) -> Result<Vec<IpAddr>, String> {
        let networks: Vec<_> = networks.iter().map(|network| network.parse().unwrap()).collect();
        let resolver = FilteringResolver(Arc::new(AddressFilter::new(&networks)));
        match resolver.resolve(name.parse().unwrap()).await {
            Ok(found) => Ok(found.map(|address| address.ip()).collect()),
            Err(error) => Err(error.to_string()),
        }
    }

    #[tokio::test]
    async fn s93_a_name_that_leads_into_a_private_network_leads_nowhere() {
        let refused = NoAnswer::AddressNotAllowed.to_string();
        // The system's resolver reads these as addresses, as it would read them out of a hosts file or a DNS answer.
        for name in ["127.1", "0x7f.1", "2130706433", "169.254.169.254", "10.1", "0"] {
            assert_eq!(resolved(name, &[]).await, Err(refused.clone()), "{name}");
        }
        let found = resolved("10.1", &["10.0.0.0/8"]).await;
        assert_eq!(found, Ok(vec![IpAddr::from([10, 0, 0, 1])]));
        assert_eq!(resolved("127.1", &["10.0.0.0/8"]).await, Err(refused));
    }

    #[tokio::test]
    async fn s93_localhost_is_this_machine_and_nothing_else() {
        for name in ["localhost", "a.localhost", "A.LOCALHOST."] {
            let found = resolved(name, &[]).await.unwrap();
            assert!(found.iter().all(IpAddr::is_loopback), "{name}");
        }
    }
}
