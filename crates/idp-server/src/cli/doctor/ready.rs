//! What the server of this machine says of itself on the sockets for operators (`metrics.listen`): which part keeps it from serving, and
//! since when. Everybody else is told a status alone.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use anyhow::Context as _;
use idp_core::discovery::path;
use serde::Deserialize;
use url::Url;

use crate::{
    cli::{
        api::{http_client, json},
        checks::Finding,
    },
    config::Config,
    readiness::Problem,
};

const CHECK: &str = "readiness";
/// Longer than the server waits for its database.
const ANSWER_WITHIN: Duration = Duration::from_secs(8);

#[derive(Deserialize)]
struct Readiness {
    problems: Vec<Problem>,
}

pub(super) async fn look(config: &Config) -> Vec<Finding> {
    let Some(address) = config.metrics.listen.first().copied().map(reached_at) else { return Vec::new() };
    match ask(address).await {
        Ok(readiness) => of_problems(address, &readiness.problems),
        Err(error) => vec![Finding::note(CHECK, format!("no server says at {address} whether it is ready: {error:#}"))
            .mended_by("start the server on this machine, or run doctor where it runs")],
    }
}

/// Where what listens on every address of this machine is reached.
fn reached_at(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

async fn ask(address: SocketAddr) -> anyhow::Result<Readiness> {
    let url = Url::parse(&format!("http://{address}{}", path::HEALTH_READY))?;
    let client = http_client(&url, None, |builder| builder.no_proxy())?;
    let answer = client.get(url).timeout(ANSWER_WITHIN).send().await.map_err(reqwest::Error::without_url)?;
    json(answer).await.context("what answers is no server of this kind")
}

fn of_problems(address: SocketAddr, problems: &[Problem]) -> Vec<Finding> {
    let fault = |Problem { part, reason, since }: &Problem| {
        let words = format!("the server of {address} is not ready since {since}: {reason} ({part})");
        Finding::failed(CHECK, words).mended_by("see the page \"not ready\" of the runbook for this part")
    };
    match problems {
        [] => vec![Finding::well(CHECK, format!("the server of {address} says that it is ready"))],
        _ => problems.iter().map(fault).collect(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn each_part_is_told_with_its_reason_and_its_beginning() {
        let address = reached_at("0.0.0.0:9464".parse().unwrap());
        assert_eq!(address, "127.0.0.1:9464".parse().unwrap());
        assert_eq!(reached_at("[::]:9464".parse().unwrap()), "[::1]:9464".parse().unwrap());
        assert_eq!(of_problems(address, &[])[0].level(), "ok");
        let problem = Problem {
            part: "redis".to_owned(),
            reason: "Redis unavailable".to_owned(),
            since: "2026-11-30T02:14:09Z".to_owned(),
        };
        let found = of_problems(address, &[problem]);
        assert_eq!((found.len(), found[0].level()), (1, "fault"));
        for words in ["redis", "Redis unavailable", "2026-11-30T02:14:09Z", "127.0.0.1:9464"] {
            assert!(found[0].line().contains(words), "{}", found[0].line());
        }
    }
}
