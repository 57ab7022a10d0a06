//! What files below `deploy` promise of each other: who reaches whom, and that what one names the other has.

use super::read;
use std::collections::BTreeMap;

/// The services of the compose file, each with its lines.
fn services() -> BTreeMap<String, String> {
    let compose = read("deploy/compose/compose.yaml");
    let (_, services) = compose.split_once("\nservices:\n").unwrap();
    let services = services.split("\nnetworks:\n").next().unwrap();
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut name = String::new();
    for line in services.lines() {
        let begins = line.strip_prefix("  ").filter(|rest| !rest.starts_with([' ', '#']));
        if let Some(service) = begins.and_then(|rest| rest.strip_suffix(':')) {
            service.clone_into(&mut name);
        } else {
            let lines = found.entry(name.clone()).or_default();
            lines.push_str(line);
            lines.push('\n');
        }
    }
    assert!(found.len() >= 11, "services were found: {:?}", found.keys());
    found
}

/// Its networks, be they a list or a map with addresses.
fn networks(service: &str) -> Vec<&str> {
    let Some((_, after)) = service.split_once("    networks:") else { return Vec::new() };
    let (line, rest) = after.split_once('\n').unwrap();
    match line.trim().strip_prefix('[') {
        Some(list) => list.trim_end_matches(']').split(',').map(str::trim).collect(),
        None => rest
            .lines()
            .take_while(|line| line.starts_with("      "))
            .filter_map(|line| line.trim().split_once(':').map(|(name, _)| name))
            .filter(|name| !name.starts_with('#'))
            .collect(),
    }
}

pub fn compose_lets_only_the_proxy_reach_the_nodes() {
    let services = services();
    let on = |network: &str| -> Vec<&str> {
        services
            .iter()
            .filter(|(_, lines)| networks(lines).contains(&network))
            .map(|(name, _)| name.as_str())
            .collect()
    };
    assert_eq!(on("nodes"), ["node-1", "node-2", "proxy"]);
    assert_eq!(on("metrics"), ["grafana", "node-1", "node-2", "prometheus"]);
    assert_eq!(on("letters"), ["mail", "node-1", "node-2"]);
    assert!(on("front").iter().all(|name| !name.starts_with("node-")), "{:?}", on("front"));
    // People's port is on the address in `nodes` alone, and one address is believed: the proxy's.
    for node in ["node-1", "node-2"] {
        let lines = &services[node];
        let address = |network: &str| {
            let (_, rest) = lines.split_once(&format!("      {network}: {{ ipv4_address: ")).unwrap();
            rest.split(' ').next().unwrap()
        };
        let people = format!("      IDP_LISTEN__ADDRESSES: {}\n", address("nodes"));
        let metrics = format!("      IDP_METRICS__LISTEN: {}:9464\n", address("metrics"));
        assert!(lines.contains(&people) && lines.contains(&metrics), "{node}: {lines}");
    }
    let (_, proxy) = services["proxy"].split_once("nodes: { ipv4_address: ").unwrap();
    let trusted = format!("\ntrusted = [\"{}\"]\n", proxy.split(' ').next().unwrap());
    let setup = read("deploy/compose/setup");
    assert!(setup.contains(&trusted) && !setup.contains("0.0.0.0"), "{trusted}");
}

pub fn metrics_of_the_chart_have_peers_of_their_own() {
    let policy = read("deploy/helm/idp-server/templates/networkpolicy.yaml");
    let (people, metrics) = policy.split_once("networkPolicy.metricsFrom").unwrap();
    assert!(people.contains("- port: http") && !people.contains("- port: metrics"), "{people}");
    assert!(metrics.contains("- port: metrics") && !metrics.contains("- port: http"), "{metrics}");
    let values = read("deploy/helm/idp-server/values.yaml");
    assert!(values.contains("\nmetrics:\n  enabled: false\n"), "off until they are asked for (ADR 77)");
}

pub fn the_release_has_what_its_unit_names() {
    let unit = read("deploy/idp-server.service");
    let build = read("deploy/release/build");
    let installed: Vec<&str> = unit
        .lines()
        .filter_map(|line| line.trim_start_matches(['#', ' ']).strip_prefix("install "))
        .map(|line| {
            let words = line.split(' ').collect::<Vec<_>>();
            *words
                .iter()
                .find(|word| ["idp-server", "idp.toml"].contains(word) || word.contains('.'))
                .unwrap()
        })
        .collect();
    assert_eq!(installed, ["idp-server", "systemd/sysusers.conf", "idp.toml", "idp-server.service"]);
    for file in installed.iter().filter(|file| **file != "idp-server") {
        assert!(build.contains(&format!("deploy/{file}")), "{file} is not in the archive of a release");
    }
    assert!(read("deploy/container/Containerfile").contains("\nARG BUILD_COMMIT\n"));
}
