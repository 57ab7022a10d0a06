//! `healthcheck`: asks the node of this machine, at an address that it listens on by the same configuration, whether it lives or is ready.
//! It is for container runtimes, whose image has no other program to ask with. They take 0 and 1 alone (Docker keeps 2 for itself), so
//! that a configuration which is wrong ends with 1 here too, and show one line of what was printed.

use std::{net::SocketAddr, time::Duration};

use clap::Args;
use idp_core::discovery::path;
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    checks::{node, one_line},
    failure::Failure,
    output::Output,
};
use crate::config::{Config, ConfigError, Loaded};

/// How long the node may take: longer than its database may before it says that it is not ready.
const ANSWER_WITHIN: Duration = Duration::from_secs(8);

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Asks whether the node can do its work, its database and Redis included. For what sends it requests; what restarts it asks without
    #[arg(long)]
    ready: bool,
}

/// What the node says of its health.
#[derive(Deserialize)]
struct Health {
    status: String,
    #[serde(default)]
    problems: Vec<Problem>,
}

/// A part that cannot be used.
#[derive(Deserialize)]
struct Problem {
    reason: String,
    since: String,
}

pub(super) async fn run(
    arguments: &Arguments,
    loaded: Result<Loaded, ConfigError>,
    output: Output,
) -> Result<(), Failure> {
    let loaded = loaded.map_err(|error| unhealthy(&Failure::Config(error).to_string()))?;
    let (path, wanted) = match arguments.ready {
        true => (path::HEALTH_READY, "ready"),
        false => (path::HEALTH_LIVE, "live"),
    };
    let config = &loaded.config;
    let socket = socket(config).map_err(unhealthy)?;
    let address = node::address(node::scheme(config), socket, path);
    let answer = node::ask(&address, ANSWER_WITHIN).await;
    let (status, answer) = answer.map_err(|error| unhealthy(&format!("{address}: {error:#}")))?;
    if let Err(what) = verdict(status, answer, wanted) {
        let told = told_to_operators(config, path, wanted).await;
        return Err(unhealthy(&told.unwrap_or_else(|| format!("{address}: {what}"))));
    }
    Ok(output.show(wanted, &json!({ "status": wanted, "address": address }))?)
}

/// Where to ask: over loopback where the node listens there, and else where it does.
fn socket(config: &Config) -> Result<SocketAddr, &'static str> {
    let listen = &config.listen;
    let is_here = |ip: &&std::net::IpAddr| ip.is_loopback() || ip.is_unspecified();
    let ip = listen.addresses.iter().find(is_here).or(listen.addresses.first());
    match (ip, listen.port) {
        (None, _) => Err("listen.addresses is empty"),
        (_, 0) => Err("listen.port is 0, and the server alone knows which port it was given"),
        (Some(ip), port) => Ok(SocketAddr::new(*ip, port)),
    }
}

/// What is wrong, in the words that are for operators alone; `None` where the node has no socket for them.
async fn told_to_operators(config: &Config, path: &str, wanted: &str) -> Option<String> {
    let address = node::address("http", *config.metrics.listen.first()?, path);
    let (status, answer) = node::ask(&address, ANSWER_WITHIN).await.ok()?;
    verdict(status, answer, wanted).err().map(|what| format!("{address}: {what}"))
}

/// What is wrong, where something is.
fn verdict(status: StatusCode, answer: Value, wanted: &str) -> Result<(), String> {
    let health = serde_json::from_value::<Health>(answer);
    let health = health.map_err(|_| format!("it answers {status}, and not as a provider does"))?;
    if status.is_success() && health.status == wanted {
        return Ok(());
    }
    let problem = |problem: &Problem| format!("{} since {}", problem.reason, problem.since);
    Err(match health.problems.as_slice() {
        [] => format!("it answers {status}: {}", health.status),
        problems => problems.iter().map(problem).collect::<Vec<_>>().join("; "),
    })
}

/// Every failure is one line, and ends with 1.
fn unhealthy(words: &str) -> Failure {
    let words: String = words.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    Failure::Failed(anyhow::Error::msg(one_line(&words)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_is_not_ready_is_named_with_its_beginning() {
        let problem = |part: &str, reason: &str| json!({ "part": part, "reason": reason, "since": "2026-11-30T02:14:09Z" });
        let parts = [problem("database", "database unavailable"), problem("clock", "the clock is ahead")];
        let answer = json!({ "status": "not_ready", "problems": parts });
        assert_eq!(
            verdict(StatusCode::SERVICE_UNAVAILABLE, answer, "ready").unwrap_err(),
            "database unavailable since 2026-11-30T02:14:09Z; the clock is ahead since 2026-11-30T02:14:09Z"
        );
        assert_eq!(verdict(StatusCode::OK, json!({ "status": "ready" }), "ready"), Ok(()));
    }

    #[test]
    fn what_is_no_provider_is_not_healthy() {
        for (status, answer) in [
            (StatusCode::OK, json!({})),
            (StatusCode::OK, json!("live")),
            (StatusCode::NOT_FOUND, json!({ "status": "live" })),
            (StatusCode::OK, json!({ "status": "UP" })),
        ] {
            let said = verdict(status, answer, "live").unwrap_err();
            assert!(said.starts_with("it answers"), "{said}");
        }
    }

    #[test]
    fn it_asks_over_loopback_where_the_node_listens_there() {
        let mut config = Config::default();
        let of = |config: &Config, path| {
            socket(config).map(|socket| node::address(node::scheme(config), socket, path))
        };
        config.listen.addresses = ["10.0.0.5", "0.0.0.0"].map(|ip| ip.parse().unwrap()).to_vec();
        assert_eq!(of(&config, "/health/live"), Ok("http://127.0.0.1:8080/health/live".to_owned()));
        config.listen.addresses = vec!["::".parse().unwrap()];
        config.tls.certificate = Some("certificate.pem".into());
        assert_eq!(of(&config, ""), Ok("https://[::1]:8080".to_owned()));
        config.listen.addresses = vec!["10.0.0.5".parse().unwrap()];
        assert_eq!(of(&config, ""), Ok("https://10.0.0.5:8080".to_owned()));
        config.listen.port = 0;
        assert!(of(&config, "").is_err());
    }

    #[test]
    fn what_is_wrong_is_one_line_without_signs_that_a_terminal_obeys() {
        let failure = unhealthy("the configuration is wrong:\n\u{1b}[2J  listen.port");
        assert_eq!(
            (failure.to_string().as_str(), failure.code()),
            ("the configuration is wrong: [2J listen.port", 1)
        );
    }
}
