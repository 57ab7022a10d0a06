//! What the server of this machine says of itself on the sockets for operators (`metrics.listen`): which part keeps it from serving, and
//! since when. Everybody else is told a status alone.

use std::time::Duration;

use anyhow::Context as _;
use idp_core::discovery::path;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    cli::checks::{Finding, node},
    config::Config,
    readiness::Problem,
};

const CHECK: &str = "readiness";
/// Longer than the server waits for its database.
const ANSWER_WITHIN: Duration = Duration::from_secs(8);

pub(super) async fn look(config: &Config) -> Vec<Finding> {
    let Some(socket) = config.metrics.listen.first() else { return Vec::new() };
    let address = node::address("http", *socket, path::HEALTH_READY);
    let answer = node::ask(&address, ANSWER_WITHIN).await;
    match answer.and_then(|(_, answer)| problems(answer)) {
        Ok(problems) => of_problems(&address, &problems),
        Err(error) => vec![
            Finding::note(CHECK, format!("{address} does not say whether the server is ready: {error:#}"))
                .mended_by("start the server on this machine, or run doctor where it runs"),
        ],
    }
}

#[derive(Deserialize)]
struct Readiness {
    problems: Vec<Problem>,
}

fn problems(answer: Value) -> anyhow::Result<Vec<Problem>> {
    let readiness: Readiness =
        serde_json::from_value(answer).context("nothing that is ready or not answers there")?;
    Ok(readiness.problems)
}

fn of_problems(address: &str, problems: &[Problem]) -> Vec<Finding> {
    let fault = |Problem { part, reason, since }: &Problem| {
        let words = format!("the server at {address} is not ready since {since}: {reason} ({part})");
        Finding::failed(CHECK, words).mended_by("see the page \"not ready\" of the runbook for this part")
    };
    match problems {
        [] => vec![Finding::well(CHECK, format!("{address} says that the server is ready"))],
        _ => problems.iter().map(fault).collect(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn each_part_is_told_with_its_reason_and_its_beginning() {
        let address = "http://127.0.0.1:9464/health/ready";
        assert_eq!(of_problems(address, &[])[0].level(), "ok");
        let problem = Problem {
            part: "redis".to_owned(),
            reason: "Redis unavailable".to_owned(),
            since: "2026-11-30T02:14:09Z".to_owned(),
        };
        let answer = serde_json::json!({ "status": "not_ready", "problems": [problem.clone()] });
        assert_eq!(problems(answer).unwrap(), std::slice::from_ref(&problem));
        for other in [serde_json::json!({ "status": "not_ready" }), serde_json::json!("UP")] {
            assert!(problems(other).is_err());
        }
        let found = of_problems(address, &[problem]);
        assert_eq!((found.len(), found[0].level()), (1, "fault"));
        for words in ["redis", "Redis unavailable", "2026-11-30T02:14:09Z", address] {
            assert!(found[0].line().contains(words), "{}", found[0].line());
        }
    }
}
