//! How the certificate stands that the server orders by itself, as the database has it. What the world sees is `certificate`'s.

use super::Node;
use crate::{acme::order_id, cli::checks::Finding, date::rfc3339, db::acme_certificates::OrderState};
use idp_core::time::UnixTime;

const CHECK: &str = "certificate order";

/// Whether there is one, and whether its renewal fails.
pub(super) async fn look(node: Option<&Node<'_>>) -> Vec<Finding> {
    let Some(node) = node else { return Vec::new() };
    let acme = &node.context.config.tls.acme;
    if !acme.is_on() {
        return Vec::new();
    }
    vec![match node.opened.store.acme_order(order_id(acme)).await {
        Ok(state) => finding(state.as_ref(), acme.directory_url.as_str(), node.context.clock.now()),
        Err(error) => Finding::failed(CHECK, error.to_string()),
    }]
}

fn finding(state: Option<&OrderState>, directory: &str, now: UnixTime) -> Finding {
    let Some(state) = state else {
        return Finding::note(
            CHECK,
            format!("nothing was ordered at {directory} yet: a node does so when it serves"),
        );
    };
    let until = state.ends_at.filter(|ends_at| *ends_at > now);
    let stands = match (until, state.ends_at) {
        (Some(until), _) => format!("there is a certificate until {}", rfc3339(until)),
        (None, Some(ended)) => format!("the certificate ended on {}", rfc3339(ended)),
        (None, None) => "there is no certificate".to_owned(),
    };
    match (&state.failing, until) {
        (None, Some(_)) => {
            let renewed = rfc3339(state.renew_at);
            Finding::well(CHECK, format!("{stands}, from {directory}, renewed about {renewed}"))
        }
        (None, None) => Finding::note(CHECK, format!("{stands}; one is being ordered at {directory}")),
        (Some((since, error)), _) => {
            let (since, again) = (rfc3339(*since), rfc3339(state.try_at));
            let words = format!(
                "{stands}; orders at {directory} fail since {since}, {} so far: {error}; tried again at {again}",
                state.failures
            );
            let found =
                if until.is_some() { Finding::note(CHECK, words) } else { Finding::failed(CHECK, words) };
            found.mended_by(
                "see that each of tls.acme.domains leads here on port 80 and that the directory is reached; \
                 then send SIGHUP, which tries at once",
            )
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const NOW: UnixTime = UnixTime(1_800_000_000);

    fn state(ends_in: Option<i64>, failing: Option<&str>) -> OrderState {
        OrderState {
            ends_at: ends_in.map(|seconds| NOW.plus(seconds)),
            renew_at: NOW,
            ask_at: NOW,
            failures: failing.iter().len().try_into().unwrap(),
            try_at: NOW.plus(60),
            failing: failing.map(|error| (NOW.plus(-60), error.to_owned())),
        }
    }

    fn line(state: Option<&OrderState>) -> (bool, String) {
        let found = finding(state, "https://ca.example/dir", NOW);
        (found.is_fault(), found.line())
    }

    #[test]
    fn a_failure_is_a_fault_once_it_has_cost_the_certificate() {
        let well = line(Some(&state(Some(100), None)));
        assert!(!well.0 && well.1.contains("there is a certificate until"), "{}", well.1);
        let early = line(Some(&state(Some(100), Some("no such host"))));
        assert!(!early.0 && early.1.contains("no such host") && early.1.contains("SIGHUP"), "{}", early.1);
        let late = line(Some(&state(Some(-100), Some("no such host"))));
        assert!(late.0 && late.1.contains("the certificate ended on"), "{}", late.1);
        let never = line(Some(&state(None, Some("no such host"))));
        assert!(never.0 && never.1.contains("there is no certificate"), "{}", never.1);
        for waiting in [None, Some(&state(None, None))] {
            assert!(!line(waiting).0, "{}", line(waiting).1);
        }
    }
}
