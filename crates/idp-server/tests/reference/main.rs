//! The pages below `docs/reference` are made from the code, and held to it here: settings from the sample file, commands
//! from their help, operations from the OpenAPI document, metrics from their declarations, words from the types that own them. `WRITE_REFERENCE=1` brings
//! the pages up to date.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod api;
mod commands;
mod deployment;
mod endpoints;
mod metrics;
mod monitoring;
mod settings;
mod tables;
mod words;

use std::fs;
use std::path::{Path, PathBuf};

const MADE: &str = "*This page is made from the code (`WRITE_REFERENCE=1 cargo test -p idp-server --test reference`), and a test \
                    holds it to the code.*\n";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    let file = root().join(path);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Compares a page with the file, or writes it.
fn hold(name: &str, page: &str) {
    let file = root().join("docs/reference").join(name);
    if std::env::var_os("WRITE_REFERENCE").is_some() {
        fs::write(&file, page).unwrap();
    }
    let written = fs::read_to_string(&file).unwrap_or_default();
    let differs = page.lines().zip(written.lines()).find(|(made, there)| made != there);
    assert!(
        written == page,
        "docs/reference/{name} is out of date ({differs:?}): run this test with WRITE_REFERENCE=1"
    );
}

/// A text as a cell of a table: one line, and what Markdown or HTML would take for its own is not.
fn cell(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.replace('|', "\\|").replace('*', "\\*").replace('<', "&lt;")
}

/// The same between backticks, where only the bar is taken for a border.
fn code(text: &str) -> String {
    format!("`{}`", text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|"))
}

#[test]
fn the_settings_are_those_of_the_sample_file() {
    hold("settings.md", &settings::page(&read("deploy/idp.toml")));
}

#[test]
fn the_commands_are_those_of_the_binary() {
    hold("commands.md", &commands::page());
}

#[test]
fn the_operations_are_those_of_the_openapi_document() {
    hold("api.md", &api::page());
}

#[test]
fn the_endpoints_are_those_of_the_discovery() {
    hold("endpoints.md", &endpoints::page());
}

#[test]
fn the_metrics_are_those_that_are_declared() {
    hold("metrics.md", &metrics::page());
}

#[test]
fn rules_and_dashboard_ask_for_metrics_that_there_are() {
    monitoring::every_metric_that_is_asked_for_is_declared();
}

#[test]
fn nodes_are_read_under_the_name_that_the_rules_go_by() {
    monitoring::every_deployment_reads_the_nodes_under_one_name();
}

#[test]
fn the_compose_file_has_the_rules_and_the_dashboard() {
    monitoring::compose_loads_rules_and_dashboard();
}

#[test]
fn networks_let_each_part_reach_what_it_is_for() {
    deployment::compose_lets_only_the_proxy_reach_the_nodes();
    deployment::metrics_of_the_chart_have_peers_of_their_own();
}

#[test]
fn what_the_instructions_install_is_in_the_archive() {
    deployment::the_release_has_what_its_unit_names();
}

#[test]
fn each_alert_has_its_page_of_the_runbook_and_each_page_its_alert() {
    monitoring::every_alert_has_a_page();
}

#[test]
fn the_audit_events_are_those_of_the_log() {
    hold("audit-events.md", &words::audit_events());
}

#[test]
fn the_tables_are_those_of_the_database() {
    hold("tables.md", &tables::page());
}

#[test]
fn the_errors_are_those_that_are_answered() {
    hold("errors.md", &words::errors());
}
