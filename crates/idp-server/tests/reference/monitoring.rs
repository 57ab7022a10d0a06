//! What `deploy/prometheus` and `deploy/grafana` say of the metrics, and the runbook of the alerts.

use super::{read, root};
use idp_server::metrics::{ALL, Declaration, Kind};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;

const ALERTS: &str = "deploy/prometheus/alerts.yml";
const DASHBOARD: &str = "deploy/grafana/idp.json";
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

fn declared(name: &str) -> Option<&'static Declaration> {
    let of_histogram = ["_bucket", "_count", "_sum"].iter().find_map(|suffix| name.strip_suffix(suffix));
    ALL.iter().find(|declared| match declared.kind {
        Kind::Histogram => Some(declared.name) == of_histogram,
        _ => declared.name == name,
    })
}
