//! The provider elsewhere, as its metadata describes it: where its API is and where tokens come from. The operator names the
//! address, so that it may be in a private network, other than what clients register.

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
    time::Duration,
};

use anyhow::Context as _;
use idp_core::redirect_uri::is_loopback;
use reqwest::{Certificate, Client, ClientBuilder, Response, redirect};
use serde::{Deserialize, de::DeserializeOwned};
use url::Url;

use crate::{cli::failure::Failure, version::USER_AGENT};

/// How long one request may take.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// No answer that is waited for is longer, in bytes.
const LONGEST: usize = 16 * 1024 * 1024;
const METADATA: &str = "/.well-known/openid-configuration";

/// A provider, and the way to it.
#[derive(Clone)]
pub(in crate::cli) struct Provider {
    /// Its issuer identifier, without a slash at the end.
    pub(super) issuer: String,
    pub(super) authorization_endpoint: Url,
    pub(super) token_endpoint: Url,
    pub(super) revocation_endpoint: Url,
    pub(super) http: Client,
}

/// What of the metadata is needed (RFC 8414 section 2).
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    revocation_endpoint: String,
}

impl Provider {
    /// Asks the server at `address`, its issuer, what it offers. `ca_file` has certificates beside those of the system.
    ///
    /// # Errors
    /// [`Failure`] when the address is none that a token may travel to, or there is no such provider.
    pub(in crate::cli) async fn at(address: &str, ca_file: Option<&Path>) -> Result<Self, Failure> {
        let issuer = address.trim_end_matches('/').to_owned();
        let http = http_client(&checked(&issuer)?, ca_file, |builder| builder)?;
        let answer = http.get(format!("{issuer}{METADATA}")).send().await;
        let answer = answer.with_context(|| format!("{issuer} does not answer"))?;
        let metadata: Metadata = match answer.status().is_success() {
            true => json(answer).await.with_context(|| format!("{issuer} is not a provider"))?,
            false => {
                return Err(Failure::refused(format!("{issuer} is not a provider: {}", answer.status())));
            }
        };
        // RFC 8414 3.3: or another server could pass for this one.
        if metadata.issuer != issuer {
            let other = metadata.issuer;
            return Err(Failure::refused(format!("--server {issuer}: that server is {other}; name it so")));
        }
        let endpoint = |text: &str| match Url::parse(text) {
            Ok(url) if text.starts_with(&format!("{issuer}/")) => Ok(url),
            _ => Err(Failure::refused(format!("{text} is not an address of {issuer}"))),
        };
        Ok(Self {
            authorization_endpoint: endpoint(&metadata.authorization_endpoint)?,
            token_endpoint: endpoint(&metadata.token_endpoint)?,
            revocation_endpoint: endpoint(&metadata.revocation_endpoint)?,
            issuer,
            http,
        })
    }
}

/// https, or http on this machine: a token travels there.
fn checked(issuer: &str) -> Result<Url, Failure> {
    let wrong = |why: &str| Failure::refused(format!("--server {issuer}: {why}"));
    let url = Url::parse(issuer).map_err(|_| wrong("write an address such as https://id.example.com"))?;
    let is_local = url.host().is_some_and(|host| is_loopback(&host));
    let is_plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    match url.scheme() {
        _ if !is_plain || url.password().is_some() => Err(wrong("write the address alone")),
        "https" => Ok(url),
        "http" if is_local => Ok(url),
        _ => Err(wrong("it must be https, since a token travels there")),
    }
}

/// A client for a provider at this address. It follows nothing, and keeps no cookie.
///
/// # Errors
/// That the file of certificates cannot be used.
pub(in crate::cli) fn http_client(
    url: &Url,
    ca_file: Option<&Path>,
    more: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> Result<Client, Failure> {
    let builder = Client::builder()
        .redirect(redirect::Policy::none())
        .referer(false)
        .timeout(TIME_LIMIT)
        .tls_certs_merge(ca_file.map_or_else(|| Ok(Vec::new()), certificates)?)
        .user_agent(USER_AGENT);
    Ok(more(on_this_machine(builder, url)).build().context("the HTTP client cannot be made")?)
}

/// What is on this machine is reached directly, whatever proxy and resolver it has (RFC 6761 section 6.3).
fn on_this_machine(builder: ClientBuilder, url: &Url) -> ClientBuilder {
    match url.host() {
        Some(host) if is_loopback(&host) => {
            let loopback = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), (Ipv6Addr::LOCALHOST, 0).into()];
            builder.no_proxy().resolve_to_addrs(url.host_str().unwrap_or_default(), &loopback)
        }
        _ => builder,
    }
}

fn certificates(path: &Path) -> Result<Vec<Certificate>, Failure> {
    let pem = std::fs::read(path).with_context(|| format!("--ca-file {}", path.display()))?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(Failure::refused(format!("--ca-file {} holds no certificate in PEM", path.display()))),
    }
}

/// The body of an answer, which is JSON.
pub(in crate::cli) async fn json<T: DeserializeOwned>(answer: Response) -> anyhow::Result<T> {
    Ok(serde_json::from_slice(&text(answer).await?)?)
}

/// The body of an answer, which is not endless.
pub(in crate::cli) async fn text(mut answer: Response) -> anyhow::Result<Vec<u8>> {
    let mut text = Vec::new();
    while let Some(part) = answer.chunk().await? {
        anyhow::ensure!(text.len() + part.len() <= LONGEST, "the answer is too long");
        text.extend_from_slice(&part);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_travels_over_tls_or_not_at_all() {
        for good in [
            "https://id.example.com",
            "https://10.0.0.1:8443",
            "http://127.0.0.1:8080",
            "http://idp.localhost:1",
        ] {
            assert!(checked(good).is_ok(), "{good}");
        }
        for bad in [
            "http://id.example.com",
            "http://10.0.0.1",
            "http://localhost.example.com",
            "ftp://id.example.com",
            "id.example.com",
            "https://ada@id.example.com",
            "https://id.example.com?x=1",
            "https://id.example.com#x",
            "",
        ] {
            assert!(checked(bad).is_err(), "{bad}");
        }
    }
}
