//! The metrics, from the one list that declares them.

use super::{MADE, cell, code, read};
use idp_server::metrics::{ALL, Declaration, words_of};
use std::fmt::Write as _;

pub fn page() -> String {
    assert!(ALL.len() > 40, "metrics were found: {}", ALL.len());
    let mut page = format!("# Metrics\n\nFor operators. {MADE}\n");
    page.push_str(
        "`/metrics` at `metrics.listen` says these, in OpenMetrics 1.0 or in the text format of Prometheus, as it is asked for
([Observation](../operate/observation.md)). Counters are of one node and begin at 0 when it starts; gauges of the outboxes and of the
signing keys are of the installation, and each node says the same of them. No label holds a name, an address, an id or
anything else of a request: each has a fixed set of words, `route` the patterns of our own paths.\n\n",
    );
    page.push_str("| name | kind | labels | what it is |\n|---|---|---|---|\n");
    for declared in ALL {
        let Declaration { name, kind, help, .. } = declared;
        let labels = labels(declared);
        writeln!(page, "| {} | {} | {labels} | {}. |", code(name), kind.word(), cell(help)).unwrap();
    }
    page.push_str(
        "\n## Causes of refusals\n\n`idp_refusals_total` and the line of the request in the log have two words: `error`, which the other side was told, and `cause`, which it was
not. Errors are those of [OAuth, OpenID Connect and the API](errors.md), `scim` with its `scimType`, the kind of an error page, and these, each with its causes:\n\n| error | cause | what it means |\n|---|---|---|\n",
    );
    for (error, source, name) in [
        ("invalid_grant", "crates/idp-core/src/grant/refresh_token.rs", "RefreshRefusal"),
        ("invalid_grant", "crates/idp-core/src/grant/authorization_code.rs", "CodeRefusal"),
        ("sign_in", "crates/idp-server/src/page/login.rs", "LoginError"),
        ("second_step", "crates/idp-server/src/page/second_step.rs", "SecondStepError"),
    ] {
        for (cause, what) in causes(&read(source), name) {
            writeln!(page, "| {} | {} | {} |", code(error), code(&cause), cell(&what)).unwrap();
        }
    }
    for (cause, what) in [
        ("client_unknown", "No client has this id."),
        ("client_unproven", "The client did not prove itself: a wrong secret, or none."),
    ] {
        writeln!(page, "| `invalid_client` | {} | {what} |", code(cause)).unwrap();
    }
    page
}

/// The words under which the variants of an enumeration are counted, each with what is said of them.
fn causes(source: &str, name: &str) -> Vec<(String, String)> {
    let said = said(source, name);
    let (_, of_it) = source.split_once(&format!("impl {name} {{")).unwrap();
    let (_, words) = of_it.split_once("fn word(").unwrap();
    let words = words.split("\n    }\n").next().unwrap();
    let arms: Vec<(String, String)> = words
        .split("\",")
        .filter_map(|arm| arm.split_once(" => \""))
        .map(|(variants, word)| {
            let of = |variant: &str| {
                said.iter().find(|(known, _)| known == variant).map(|(_, what)| what.as_str())
            };
            let variants =
                variants.split("Self::").skip(1).map(|variant| variant.split([' ', '\n']).next().unwrap());
            let what: Vec<&str> =
                variants.map(|variant| of(variant).unwrap_or_else(|| panic!("{variant}"))).collect();
            (word.to_owned(), what.join(" "))
        })
        .collect();
    assert!(arms.len() >= 6, "{name}: {arms:?}");
    arms
}

/// The variants of an enumeration, each with its documentation.
fn said(source: &str, name: &str) -> Vec<(String, String)> {
    let (_, body) = source.split_once(&format!("pub enum {name} {{\n")).unwrap();
    let (mut found, mut said) = (Vec::new(), Vec::new());
    for line in body.split("\n}").next().unwrap().lines().map(str::trim) {
        if let Some(words) = line.strip_prefix("/// ") {
            said.push(words);
        } else if line.starts_with(char::is_uppercase) {
            let variant = line.split([' ', ',']).next().unwrap();
            found.push((variant.to_owned(), said.join(" ")));
            said.clear();
        } else if !line.starts_with("#[") {
            said.clear();
        }
    }
    found
}

fn labels(declared: &Declaration) -> String {
    let words = words_of(declared);
    let one = |label: &&str| {
        let words = words.iter().find(|(known, _)| known == label).map(|(_, words)| words.join(", "));
        words.map_or_else(|| code(label), |words| format!("{} ({words})", code(label)))
    };
    declared.labels.iter().map(one).collect::<Vec<_>>().join(", ")
}
