//! What stands before the provider, if something does: whether it is trusted, and whether it lets a client say where it comes from. A
//! request goes through `issuer.url` with an address in `X-Forwarded-For` that nobody has, and the provider says what it made of it.

use std::net::{IpAddr, Ipv4Addr};

use idp_core::discovery::path;
use reqwest::StatusCode;

use super::{Node, web::Web};
use crate::{
    cli::{Context, api::json, checks::Finding},
    client_address::X_FORWARDED_FOR,
    probe::{PROOF, Seen, proof},
};

const CHECK: &str = "proxy";
/// Of the addresses for documentation (RFC 5737): no request comes from there.
const FORGED: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 77));

/// What the provider saw, and what this machine connected to.
struct Probe {
    seen: Seen,
    connected_to: Option<u16>,
}

pub(super) async fn look(web: &Web, node: &Node<'_>, context: &Context) -> Vec<Finding> {
    match ask(web, node).await {
        Ok(probe) => judge(web, &probe, context.config.tls.is_on()),
        Err(finding) => vec![finding],
    }
}

async fn ask(web: &Web, node: &Node<'_>) -> Result<Probe, Finding> {
    let proof = proof(&node.opened.seals.load(), node.context.clock.now());
    let proof = proof.map_err(|error| Finding::fault(CHECK, anyhow::Error::from(error)))?;
    let address = web.address(path::HEALTH_PROBE);
    let request = web.get(&address).header(PROOF, proof).header(X_FORWARDED_FOR.as_str(), FORGED.to_string());
    let cannot_tell = |why: String| {
        let words = format!("what the provider makes of forwarded addresses cannot be told: {why}");
        Finding::note(CHECK, words).mended_by(format!(
            "let {} through to the provider, and set the clocks right",
            path::HEALTH_PROBE
        ))
    };
    let answer = request.send().await.map_err(|error| cannot_tell(error.without_url().to_string()))?;
    if answer.status() != StatusCode::OK {
        return Err(cannot_tell(format!("{address} answers {}", answer.status())));
    }
    let connected_to = answer.remote_addr().map(|address| address.port());
    let seen = json(answer).await.map_err(|error| cannot_tell(error.to_string()))?;
    Ok(Probe { seen, connected_to })
}

fn judge(web: &Web, probe: &Probe, has_tls: bool) -> Vec<Finding> {
    let Probe { seen, connected_to } = probe;
    let peer = seen.peer.ip();
    let lines = seen.forwarded_for.join(",");
    let hops: Vec<&str> = lines.split(',').map(str::trim).filter(|hop| !hop.is_empty()).collect();
    let (forged, nearest) = (FORGED.to_string(), hops.last().copied());
    let is_as_sent = hops == [forged.as_str()];
    let is_behind = !is_as_sent || (web.url.scheme() == "https" && !has_tls);
    let is_direct = !is_behind && *connected_to == Some(seen.socket.port());
    let fault = |words: String, mend: &str| vec![Finding::unusable(CHECK, words).mended_by(mend)];
    // Behind an address that a proxy has added this machine may be trusted itself, and then speaks for others as it did here.
    if seen.address == FORGED && nearest == Some(forged.as_str()) && !is_direct {
        return fault(
            format!(
                "the proxy at {peer} is trusted and hands on what a client writes into X-Forwarded-For: everyone chooses where they seem to come from"
            ),
            "have the proxy set X-Forwarded-For, or append to it, as the files in deploy/proxy do",
        );
    }
    if seen.peer_is_trusted && hops.is_empty() {
        return fault(
            format!(
                "the proxy at {peer} is trusted and does not say whom it speaks for: all clients share its address in the throttle"
            ),
            "have the proxy set X-Forwarded-For",
        );
    }
    if is_behind && !seen.peer_is_trusted {
        return fault(
            format!(
                "a proxy at {peer} is in front and not trusted: all clients share its address in the throttle and the log"
            ),
            &format!("add {peer} to proxy.trusted"),
        );
    }
    let mut findings = vec![match (is_behind, is_direct) {
        (true, _) if seen.address == FORGED => Finding::well(
            CHECK,
            format!("the one at {peer} is trusted and says whom it speaks for; this machine is trusted as well"),
        ),
        (true, _) => Finding::well(
            CHECK,
            format!("the one at {peer} is trusted, and a forged address is not believed: {} counts", seen.address),
        ),
        (false, true) if seen.peer_is_trusted => {
            Finding::well(CHECK, "none is in front; this machine is in proxy.trusted, and may speak for others")
        }
        (false, true) => Finding::well(CHECK, "none is in front, and a forged address is not believed"),
        (false, false) => Finding::note(
            CHECK,
            format!(
                "something forwards connections and does not say whom it speaks for; requests seem to come from {}",
                seen.address
            ),
        )
        .mended_by("where other clients seem to come from there as well, have it set X-Forwarded-For, and add its address to proxy.trusted"),
    }];
    let expected = authority(web);
    if seen.host.as_deref().is_none_or(|host| !host.eq_ignore_ascii_case(&expected)) {
        let host = seen.host.as_deref().unwrap_or("none");
        let words = format!(
            "Host arrives as {host} in the place of {expected}; the provider goes by issuer.url alone, and logs differ"
        );
        findings.push(Finding::note(CHECK, words).mended_by("have the proxy hand Host on"));
    }
    findings
}

/// The host of the issuer, with its port where it is not that of the scheme.
fn authority(web: &Web) -> String {
    let host = web.url.host_str().unwrap_or_default();
    web.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::config::Issuer;

    fn judged(issuer: &str, seen: (&str, &str, bool), forwarded_for: &[&str]) -> (&'static str, String) {
        let web = Web::new(&issuer.parse::<Issuer>().unwrap(), None).unwrap();
        let (address, peer, peer_is_trusted) = seen;
        let seen = Seen {
            address: address.parse().unwrap(),
            peer: format!("{peer}:40000").parse().unwrap(),
            peer_is_trusted,
            socket: "127.0.0.1:8080".parse().unwrap(),
            host: Some(authority(&web)),
            forwarded_for: forwarded_for.iter().map(|&line| line.to_owned()).collect(),
        };
        let connected_to = Some(web.url.port_or_known_default().unwrap());
        let found = judge(&web, &Probe { seen, connected_to }, false);
        assert_eq!(found.len(), 1);
        (found[0].level(), found[0].line())
    }

    #[test]
    fn s91_what_a_proxy_makes_of_a_forged_address_is_told_from_what_the_provider_saw() {
        let (forged, https) = ("203.0.113.77", "https://id.example.com");
        for (issuer, seen, lines, level, words) in [
            (
                "http://idp.localhost:8080",
                ("127.0.0.1", "127.0.0.1", false),
                vec![forged],
                "ok",
                "none is in front",
            ),
            (
                "http://idp.localhost:9000",
                ("127.0.0.1", "127.0.0.1", false),
                vec![forged],
                "note",
                "something forwards",
            ),
            (
                https,
                ("198.51.100.7", "10.0.0.2", true),
                vec!["203.0.113.77, 198.51.100.7"],
                "ok",
                "198.51.100.7 counts",
            ),
            (https, ("198.51.100.7", "10.0.0.2", true), vec![forged, "198.51.100.7"], "ok", "is trusted"),
            (https, ("198.51.100.7", "10.0.0.2", true), vec!["198.51.100.7"], "ok", "is trusted"),
            (
                https,
                (forged, "10.0.0.2", true),
                vec![forged, "10.0.0.9"],
                "ok",
                "this machine is trusted as well",
            ),
            (
                "http://idp.localhost:8080",
                (forged, "127.0.0.1", true),
                vec![forged],
                "ok",
                "in proxy.trusted",
            ),
            (https, (forged, "10.0.0.2", true), vec![forged], "fault", "deploy/proxy"),
            (
                https,
                ("10.0.0.2", "10.0.0.2", false),
                vec!["203.0.113.77, 198.51.100.7"],
                "fault",
                "add 10.0.0.2 to proxy.trusted",
            ),
            (https, ("10.0.0.2", "10.0.0.2", false), vec![forged], "fault", "add 10.0.0.2 to proxy.trusted"),
            (https, ("10.0.0.2", "10.0.0.2", false), vec![], "fault", "add 10.0.0.2 to proxy.trusted"),
            (https, ("10.0.0.2", "10.0.0.2", true), vec![], "fault", "does not say whom it speaks for"),
        ] {
            let (found, line) = judged(issuer, seen, &lines);
            assert!(found == level && line.contains(words), "{issuer} {seen:?} {lines:?}: {line}");
        }
    }
}
