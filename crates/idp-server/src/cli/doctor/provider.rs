//! What answers at `issuer.url`: this provider, under this name, with these keys; what its clock says; and, where this machine has the master
//! key, what a proxy makes of requests on their way.

use anyhow::Context as _;
use idp_core::discovery::path;
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::{
    LOOK_WITHIN, Node, clock, proxy,
    web::{Answer, Web, send},
};
use crate::{
    cli::{Context, api::json, checks::Finding},
    error_chain::Chain,
};

const CHECK: &str = "provider";

/// What was found of it.
pub(super) struct Reached {
    pub(super) findings: Vec<Finding>,
    /// Whether this provider answers there, so that a sign-in makes sense.
    pub(super) is_this_provider: bool,
}

impl Reached {
    fn not(finding: Finding) -> Self {
        Self { findings: vec![finding], is_this_provider: false }
    }
}

pub(super) async fn look(web: &Web, node: Option<&Node<'_>>, context: &Context) -> Reached {
    let looked = tokio::time::timeout(LOOK_WITHIN, look_at(web, node, context)).await;
    looked.unwrap_or_else(|_| {
        Reached::not(Finding::failed(CHECK, format!("{} says nothing in time", web.issuer)))
    })
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
}

async fn look_at(web: &Web, node: Option<&Node<'_>>, context: &Context) -> Reached {
    let Answer { response, clock_ahead_ms } =
        match send(web.get(&web.address(path::OPENID_CONFIGURATION))).await {
            Ok(answer) => answer,
            Err(error) => return Reached::not(no_answer(web, &error)),
        };
    let status = response.status();
    let metadata: Option<Metadata> = match status {
        StatusCode::OK => json(response).await.ok(),
        _ => None,
    };
    let leads_elsewhere = |words: String| {
        let mend = "set issuer.url to the address of this provider, or have the proxy send that address here";
        Reached::not(Finding::unusable(CHECK, words).mended_by(mend))
    };
    let Some(metadata) = metadata else {
        return leads_elsewhere(format!(
            "{}{} answers {status}, and not as a provider does",
            web.issuer,
            path::OPENID_CONFIGURATION
        ));
    };
    if metadata.issuer != web.issuer {
        return leads_elsewhere(format!("{} leads to another provider, {}", web.issuer, metadata.issuer));
    }
    let mut findings = vec![Finding::well(CHECK, format!("{} answers under this name", web.issuer))];
    findings.extend(clock_ahead_ms.map(|ahead| clock::compared(&web.issuer, ahead)));
    let Some(node) = node else { return Reached { findings, is_this_provider: false } };
    let keys = look_at_keys(web, node).await;
    let is_this_provider = !keys.is_fault();
    findings.push(keys);
    findings.extend(proxy::look(web, node, context).await);
    Reached { findings, is_this_provider }
}

fn no_answer(web: &Web, error: &reqwest::Error) -> Finding {
    let words = format!("{} does not answer: {}", web.issuer, Chain(error));
    let is_tls = is_of_tls(error);
    let finding = Finding::failed(CHECK, words);
    match is_tls {
        true => finding.mended_by(
            "show a certificate for this host with the whole chain above it; name an authority of your own with --ca-file",
        ),
        false => finding.mended_by("start the server, and see that DNS, proxy and firewall let this machine through"),
    }
}

/// Whether the handshake failed, and not the connection under it. An error of input and output may hold it, and may be held by another.
fn is_of_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    let held = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>()
        || held.is_some_and(|held| is_of_tls(held))
        || error.source().is_some_and(is_of_tls)
}

/// Sites verify by what is there: it must be what this database has.
async fn look_at_keys(web: &Web, node: &Node<'_>) -> Finding {
    let address = web.address(path::JWKS);
    let fetched = async {
        let answer = web.get(&address).send().await.context("it cannot be fetched")?;
        anyhow::ensure!(answer.status().is_success(), "it answers {}", answer.status());
        json::<Value>(answer).await.context("it is no key set")
    };
    let there = match fetched.await {
        Ok(there) => there,
        Err(error) => {
            let fault = Finding::failed(CHECK, format!("{address}: {error:#}"));
            return fault
                .mended_by("see in the log of the server why; without its keys no site verifies anything");
        }
    };
    let (keys, now) = (&node.opened.keys, node.context.clock.now());
    // Its ring was looked at by itself.
    let read = keys.follow(&node.opened.store).await.is_ok();
    let ours = serde_json::to_value(keys.ring().published(now)).unwrap_or_default();
    let members = |set: &Value| -> Vec<Value> {
        let mut keys = set.get("keys").and_then(Value::as_array).cloned().unwrap_or_default();
        keys.sort_by_key(|key| key.get("kid").and_then(Value::as_str).map(str::to_owned));
        keys
    };
    let (theirs, ours) = (members(&there), members(&ours));
    if read && theirs == ours {
        return Finding::well(CHECK, format!("{address} has the keys of this database"));
    }
    let has_one_of_ours = theirs.iter().any(|key| ours.contains(key));
    if has_one_of_ours {
        let words = format!("{address} has not the same keys as this database");
        return Finding::note(CHECK, words)
            .mended_by("wait a minute: a node takes up a new key within that time");
    }
    let fault = Finding::unusable(
        CHECK,
        format!("{address} has none of the keys of this database: another provider answers under this name"),
    );
    fault.mended_by("have the name lead to the nodes on this database, or set storage.database_url right")
}
