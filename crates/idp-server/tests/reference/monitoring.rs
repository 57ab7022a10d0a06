//! What `deploy/prometheus` and `deploy/grafana` say of the metrics, and the runbook of the alerts.

use super::{read, root};
use idp_server::metrics::{ALL, Declaration, Kind, words_of};
use idp_server::page::refusals_with_a_cause;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;

const ALERTS: &str = "deploy/prometheus/alerts.yml";
const DASHBOARD: &str = "deploy/grafana/idp.json";
/// What the nodes are called where they are read.
const JOB: &str = "idp";
/// Ours, and those of every process.
const PREFIXES: [&str; 2] = ["idp_", "process_"];
/// What a page of the runbook has, in this order.
const PARTS: [&str; 4] =
    ["## What it means", "## What people notice", "## What to look at first", "## What to do"];

/// An alert of the rules.
struct Alert {
    name: String,
    expression: String,
    page: String,
}

pub fn every_metric_that_is_asked_for_is_declared() {
    let mut asked = BTreeSet::new();
    let mut expressions: Vec<String> = alerts().into_iter().map(|alert| alert.expression).collect();
    let dashboard: Value = serde_json::from_str(&read(DASHBOARD)).unwrap();
    let from = expressions.len();
    collect(&dashboard, "expr", &mut expressions);
    assert!(from >= 20 && expressions.len() > from + 40, "expressions were found: {}", expressions.len());
    for expression in &expressions {
        let found =
            |name: &&str| declared(name).unwrap_or_else(|| panic!("{name} is no metric: {expression}"));
        let metrics: Vec<&Declaration> = names(expression).iter().map(found).collect();
        for label in labels(expression) {
            // Those that Prometheus adds, and that of buckets.
            let is_known = ["instance", "job", "le"].contains(&label)
                || metrics.iter().any(|metric| metric.labels.contains(&label));
            assert!(is_known, "{label} is no label there: {expression}");
        }
        for (metric, label, word) in selected_words(expression) {
            let known = words_of_label(metric, label);
            assert!(known.contains(word), "{label} of {metric} is never {word}: {expression}");
        }
        asked.extend(metrics.iter().map(|metric| metric.name));
    }
    let left_out: Vec<&str> =
        ALL.iter().map(|declared| declared.name).filter(|name| !asked.contains(name)).collect();
    assert!(left_out.is_empty(), "neither a rule nor the dashboard asks for {left_out:?}");
}

pub fn every_alert_has_a_page() {
    let alerts = alerts();
    let contents = read("docs/SUMMARY.md");
    let mut pages = BTreeSet::new();
    for Alert { name, page, .. } in &alerts {
        let text = read(&format!("docs/runbook/{page}.md"));
        assert!(text.contains(&format!("`{name}`")), "{page} does not name {name}");
        let places: Vec<usize> = PARTS
            .iter()
            .map(|part| text.find(&format!("\n{part}\n")).unwrap_or_else(|| panic!("{page}: {part}")))
            .collect();
        assert!(places.is_sorted(), "{page} has its parts in another order");
        assert!(contents.contains(&format!("(runbook/{page}.md)")), "{page} is not in the contents");
        assert!(pages.insert(page.clone()), "{page} is there for two alerts");
    }
    let files = fs::read_dir(root().join("docs/runbook")).unwrap();
    let files: BTreeSet<String> =
        files.map(|file| file.unwrap().path().file_stem().unwrap().display().to_string()).collect();
    assert_eq!(files, pages);
}

/// The alerts of the rules, whose file is as `promtool` takes it: a key and a value on a line.
fn alerts() -> Vec<Alert> {
    let text = read(ALERTS);
    let of = |part: &str, key: &str| {
        let line = part.lines().find_map(|line| line.trim().strip_prefix(&format!("{key}: ")));
        line.unwrap_or_else(|| panic!("{key} is missing: {part}")).trim_matches('\'').to_owned()
    };
    let alerts: Vec<Alert> = text
        .split("      - alert: ")
        .skip(1)
        .map(|part| {
            let url = of(part, "runbook_url");
            let page = url.rsplit('/').next().and_then(|page| page.strip_suffix(".html"));
            Alert {
                name: part.lines().next().unwrap().to_owned(),
                expression: of(part, "expr"),
                page: page.unwrap_or_else(|| panic!("{url}")).to_owned(),
            }
        })
        .collect();
    assert!(alerts.len() >= 20, "{} alerts were found", alerts.len());
    alerts
}

/// Every text under this key.
fn collect(value: &Value, key: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(text) if name == key => found.push(text.clone()),
                    _ => collect(member, key, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, key, found)),
        _ => {}
    }
}

/// The metrics that an expression names.
fn names(expression: &str) -> BTreeSet<&str> {
    let words = expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| PREFIXES.iter().any(|prefix| word.starts_with(prefix))).collect()
}

/// The labels that it selects by, or sums up by.
fn labels(expression: &str) -> BTreeSet<&str> {
    let selected = expression.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let selected =
        selected.flat_map(|selector| selector.split("\",").filter_map(|pair| pair.split(['=', '!']).next()));
    let summed = expression.split("by (").skip(1).filter_map(|rest| rest.split(')').next());
    let summed = summed.flat_map(|labels| labels.split(','));
    selected.chain(summed).map(str::trim).filter(|label| !label.is_empty()).collect()
}

/// The words that it selects by, each with its metric and label; variables of the dashboard are none.
fn selected_words(expression: &str) -> Vec<(&str, &str, &str)> {
    let mut found = Vec::new();
    for (place, _) in expression.match_indices('{') {
        let metric =
            expression[..place].rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap();
        let selector = expression[place + 1..].split('}').next().unwrap();
        for pair in selector.split("\",").filter(|pair| !pair.is_empty()) {
            let (label, word) = pair.split_once('"').unwrap_or_else(|| panic!("{pair}: {expression}"));
            let label = label.trim().trim_end_matches(['=', '!', '~']);
            let words = word.trim_end_matches('"').split('|').filter(|word| !word.starts_with('$'));
            found.extend(words.map(|word| (metric, label, word)));
        }
    }
    found
}

/// The words that a label has there.
fn words_of_label(metric: &str, label: &str) -> BTreeSet<String> {
    let refusals = || refusals_with_a_cause().into_iter();
    let of_declared = || {
        let declared = declared(metric).unwrap_or_else(|| panic!("{metric} is no metric"));
        let of_label = words_of(declared).into_iter().find(|(known, _)| *known == label);
        let (_, words) =
            of_label.unwrap_or_else(|| panic!("the words of {label} of {metric} are not listed"));
        words.into_iter().map(str::to_owned).collect()
    };
    match label {
        "job" => [JOB.to_owned()].into(),
        "route" => routes(),
        "error" if metric == "idp_refusals_total" => {
            refusals().map(|refusal| refusal.error.into_owned()).collect()
        }
        "cause" => refusals().map(|refusal| refusal.cause.to_owned()).collect(),
        _ => of_declared(),
    }
}

/// The paths of the provider.
fn routes() -> BTreeSet<String> {
    let source = read("crates/idp-core/src/discovery.rs");
    let (_, paths) = source.split_once("pub mod path {").unwrap();
    let paths = paths.split("\n}\n").next().unwrap().lines();
    let paths: BTreeSet<String> = paths
        .filter_map(|line| {
            line.trim().strip_prefix("pub const ")?.split_once(": &str = \"")?.1.strip_suffix("\";")
        })
        .map(str::to_owned)
        .collect();
    assert!(paths.len() > 40, "paths were found: {paths:?}");
    paths
}

/// What reads the nodes calls them by the name that rules and dashboard go by, wherever they run.
pub fn every_deployment_reads_the_nodes_under_one_name() {
    for (file, line) in [
        ("deploy/prometheus/prometheus.yml", format!("  - job_name: {JOB}")),
        ("deploy/compose/prometheus.yml", format!("  - job_name: {JOB}")),
        (
            "deploy/helm/idp-server/templates/servicemonitor.yaml",
            format!("        - targetLabel: job\n          replacement: {JOB}"),
        ),
    ] {
        assert!(read(file).contains(&format!("\n{line}\n")), "{file} does not say {line}");
    }
    // What a node that is not there at all is told by.
    let down = alerts().into_iter().find(|alert| alert.name == "IdpDown").unwrap();
    assert!(down.expression.contains(&format!("absent(up{{job=\"{JOB}\"}})")), "{}", down.expression);
}

/// The compose file has the rules and the dashboard where its Prometheus and its Grafana look for them.
pub fn compose_loads_rules_and_dashboard() {
    let compose = read("deploy/compose/compose.yaml");
    for mount in [
        "../prometheus/alerts.yml:/etc/prometheus/alerts.yml:ro",
        "./grafana-dashboards.yaml:/etc/grafana/provisioning/dashboards/idp.yaml:ro",
        "../grafana/idp.json:/etc/grafana/dashboards/idp.json:ro",
    ] {
        assert!(compose.contains(&format!("      - {mount}\n")), "{mount}");
        let source = mount.split(':').next().unwrap();
        assert!(root().join("deploy/compose").join(source).exists(), "{source}");
    }
    assert!(read("deploy/compose/prometheus.yml").contains("rule_files:\n  - alerts.yml\n"));
    assert!(read("deploy/compose/grafana-dashboards.yaml").contains("      path: /etc/grafana/dashboards\n"));
}

fn declared(name: &str) -> Option<&'static Declaration> {
    let of_histogram = ["_bucket", "_count", "_sum"].iter().find_map(|suffix| name.strip_suffix(suffix));
    ALL.iter().find(|declared| match declared.kind {
        Kind::Histogram => Some(declared.name) == of_histogram,
        _ => declared.name == name,
    })
}
