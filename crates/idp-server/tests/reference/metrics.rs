//! The metrics, from the one list that declares them.

use super::{MADE, cell, code};
use idp_server::metrics::{ALL, Declaration, words_of};
use std::fmt::Write as _;

pub fn page() -> String {
    assert!(ALL.len() > 40, "metrics were found: {}", ALL.len());
    let mut page = format!("# Metrics\n\nFor operators. {MADE}\n");
    page.push_str(
        "`/metrics` at `metrics.listen` says these, in OpenMetrics 1.0 or in the text format of Prometheus, as it is asked for
([Observation](../operate.md#observation)). Counters are of one node and begin at 0 when it starts; gauges of the outboxes and of the
signing keys are of the installation, and each node says the same of them. No label holds a name, an address, an id or
anything else of a request: each has a fixed set of words, `route` the patterns of our own paths.\n\n",
    );
    page.push_str("| name | kind | labels | what it is |\n|---|---|---|---|\n");
    for declared in ALL {
        let Declaration { name, kind, help, .. } = declared;
        let labels = labels(declared);
        writeln!(page, "| {} | {} | {labels} | {}. |", code(name), kind.word(), cell(help)).unwrap();
    }
    page
}

fn labels(declared: &Declaration) -> String {
    let words = words_of(declared);
    let one = |label: &&str| {
        let words = words.iter().find(|(known, _)| known == label).map(|(_, words)| words.join(", "));
        words.map_or_else(|| code(label), |words| format!("{} ({words})", code(label)))
    };
    declared.labels.iter().map(|label| one(label)).collect::<Vec<_>>().join(", ")
}
