//! The node of this machine, asked at a socket that it listens on.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use anyhow::Context as _;
use reqwest::StatusCode;
use serde_json::Value;
use url::Url;

use crate::{
    cli::api::{http_client, json},
    config::Config,
    error_chain::Chain,
};

/// How the pages and the API are spoken to on this machine: with TLS where the server has a certificate of its own.
pub(in crate::cli) const fn scheme(config: &Config) -> &'static str {
    if config.tls.is_on() { "https" } else { "http" }
}

/// The address of a path at a socket. What is bound to every address is asked over loopback.
pub(in crate::cli) fn address(scheme: &str, socket: SocketAddr, path: &str) -> String {
    let host = match socket.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    format!("{scheme}://{}{path}", SocketAddr::new(host, socket.port()))
}

/// What is answered there, as JSON. Nothing is told to it and nothing secret of it is believed: the certificate is for another name than
/// the address.
///
/// # Errors
/// No answer in time, or one that is not JSON.
pub(in crate::cli) async fn ask(address: &str, within: Duration) -> anyhow::Result<(StatusCode, Value)> {
    let url = Url::parse(address).context("no address")?;
    let client = http_client(&url, None, |builder| builder.no_proxy().danger_accept_invalid_certs(true))?;
    let sent = client.get(url).timeout(within).send().await;
    let answer = sent.map_err(|error| match error.is_timeout() {
        true => anyhow::anyhow!("no answer in {} s", within.as_secs()),
        false => anyhow::anyhow!("{}", Chain(&error.without_url())),
    })?;
    let status = answer.status();
    Ok((
        status,
        json(answer).await.with_context(|| format!("it answers {status}, and not as a provider does"))?,
    ))
}
