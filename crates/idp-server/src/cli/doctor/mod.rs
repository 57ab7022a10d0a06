//! `doctor`: looks for what is wrong with this node and with what it needs, names each fault with what mends it, and ends as the worst of
//! them does. It changes nothing but for a sign-in of a throw-away person, which it takes back. What `serve` opens is `cli/checks`'.

mod acme;
mod certificate;
mod clock;
mod database;
mod form;
mod keys;
mod mail;
mod provider;
mod proxy;
mod ready;
mod redis;
mod sign_in;
mod sites;
mod throw_away;
mod web;

use std::{path::PathBuf, time::Duration};

use clap::Args;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{
    Context, Opened,
    checks::{Finding, apart, look_at_start, worst},
    console,
    failure::Failure,
    output::Output,
};
use crate::{
    clock::Clock,
    config::{ConfigError, Loaded, LogConfig, LogFilter, warnings},
    db::Tables,
    directory::Caller,
    installation::Installation,
    log,
};
use web::Web;

/// How long one look may take: longer than each of the waits that it is made of.
const LOOK_WITHIN: Duration = Duration::from_secs(30);
/// How long the installation may take to open.
const OPEN_WITHIN: Duration = Duration::from_secs(15);

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Leaves the sign-in of a throw-away person out: then nothing at all is changed
    #[arg(long)]
    no_sign_in: bool,
    /// Has the mail server take a letter to this address as well
    #[arg(long, value_name = "ADDRESS", allow_hyphen_values = true)]
    letter_to: Option<String>,
    /// Certificates (PEM) that are trusted at issuer.url beside those of the system
    #[arg(long, value_name = "PATH")]
    ca_file: Option<PathBuf>,
}

/// This installation, as it is open for the looks that need it.
struct Node<'a> {
    context: &'a Context,
    opened: Opened,
}

pub(super) async fn run(
    arguments: Arguments,
    loaded: Result<Loaded, ConfigError>,
    output: Output,
) -> Result<(), Failure> {
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(error) => {
            let fault = Finding::fault("configuration", error).mended_by(
                "set it right in the configuration file, the variables or the flags, and run doctor again",
            );
            return report(&[fault], output);
        }
    };
    log::start(&LogConfig { filter: LogFilter::WARN, ..loaded.config.log.clone() }, None)?;
    let mut findings = look_at_configuration(&loaded);
    let Loaded { config, origins, .. } = loaded;
    let caller = Caller::console(&console::account());
    let context = Context { config, origins, output, clock: Clock::System, caller, traces: None };
    findings.extend(look(&arguments, &context).await);
    report(&findings, output)
}

fn look_at_configuration(loaded: &Loaded) -> Vec<Finding> {
    let file = loaded.file.as_ref().map_or_else(
        || "no configuration file; defaults, variables and flags".to_owned(),
        |file| format!("read from {}", file.display()),
    );
    let notes = warnings(&loaded.config).into_iter().chain(loaded.ignored_variables_note());
    let notes = notes.map(|note| Finding::note("configuration", note));
    std::iter::once(Finding::well("configuration", file)).chain(notes).collect()
}

async fn look(arguments: &Arguments, context: &Context) -> Vec<Finding> {
    let config = &context.config;
    let start = look_at_start(config, &context.clock).await;
    let mut findings = start.findings;
    let node = match start.tables {
        Some(Tables::Current) => open(context).await,
        _ => Err(None),
    };
    let node = node.map_err(|fault| {
        // What keeps it from opening was found at first, most often.
        let is_known = findings.iter().any(|found| found.check == "files" && found.is_fault());
        findings.extend(fault.filter(|_| !is_known));
        let words = "keys, database, sites and a sign-in are looked at once the installation opens";
        findings.push(Finding::note("storage", words));
    });
    let node = node.ok();
    let web = match Web::new(&config.issuer.url, arguments.ca_file.as_deref()) {
        Ok(web) => web,
        Err(error) => {
            findings.push(Finding::fault("provider", error));
            return findings;
        }
    };
    let node = node.as_ref();
    let (world, order, ready, mail, redis, reached, database, keys, sites) = tokio::join!(
        within("certificate", certificate::look(&web, context.clock.now())),
        within("certificate order", acme::look(node)),
        within("readiness", ready::look(config)),
        within("mail", mail::look(arguments.letter_to.as_deref(), context)),
        within("redis", redis::look(config)),
        provider::look(&web, node, context),
        within("database", database::look(node)),
        within("keys", keys::look(node)),
        within("sites", sites::look(node)),
    );
    let is_reached = reached.is_this_provider;
    for found in [world, order, ready, mail, redis, reached.findings, database, keys, sites] {
        findings.extend(found);
    }
    findings.extend(clock::look_at_synchronisation());
    if let Some(node) = node.filter(|_| !arguments.no_sign_in) {
        findings.extend(sign_in::look(node, &web, is_reached).await);
    }
    findings
}

/// What a look found, unless it takes too long.
async fn within(check: &'static str, look: impl Future<Output = Vec<Finding>>) -> Vec<Finding> {
    timeout(LOOK_WITHIN, look).await.unwrap_or_else(|_| {
        let words = format!("no answer in {} s", LOOK_WITHIN.as_secs());
        vec![Finding::failed(check, words).mended_by("see why what it asks says nothing")]
    })
}

async fn open(context: &Context) -> Result<Node<'_>, Option<Finding>> {
    let failed = |error: Failure| Some(Finding::fault("storage", error));
    let storage = context.config.storage.clone();
    let installation = apart(OPEN_WITHIN, move || Installation::open_existing(&storage)).await;
    let installation = installation.map_err(|error| failed(error.into()))?;
    let installation = installation.map_err(|error| failed(error.into()))?;
    let opened = timeout(OPEN_WITHIN, context.open_with(installation)).await;
    let opened = opened.map_err(|_| Some(Finding::failed("storage", "the database stopped answering")))?;
    // A file that cannot be used is among what was found at first.
    Ok(Node { context, opened: opened.map_err(failed)? })
}

/// A line for each finding, the faults at last, where a terminal shows them.
fn report(findings: &[Finding], output: Output) -> Result<(), Failure> {
    let (faults, rest): (Vec<&Finding>, Vec<&Finding>) =
        findings.iter().partition(|finding| finding.is_fault());
    let in_order: Vec<&Finding> = rest.into_iter().chain(faults.iter().copied()).collect();
    let lines: Vec<String> = in_order.iter().map(|finding| finding.line()).collect();
    let values: Vec<Value> = in_order.iter().map(|finding| finding.value()).collect();
    output.show(&lines.join("\n"), &json!({ "ok": faults.is_empty(), "findings": values }))?;
    let words = match faults.len() {
        1 => "doctor found 1 fault".to_owned(),
        many => format!("doctor found {many} faults"),
    };
    worst(faults.iter().filter_map(|finding| finding.as_fault()), words).map_or(Ok(()), Err)
}
