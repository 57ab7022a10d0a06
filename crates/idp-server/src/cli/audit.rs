//! `audit`: what happened, on the database at hand or on a server elsewhere, and whether the log is as it was.

use std::io::{self, Write as _};

use clap::{Args, Subcommand, ValueEnum};
use idp_core::{audit_chain::AuditSeal, time::UnixTime};
use serde_json::{Value, json};

use super::{
    Context,
    api::{Api, ServerFlags},
    failure::Failure,
    output::{Output, value},
};
use crate::{
    admin_api::{
        NoPath, PageQuery,
        audit::{AuditEvent, AuditQuery, CSV_HEAD, ListAuditEvents, csv_row},
        audit_seals::{AuditSeal as Seal, ListAuditSeals},
    },
    date::{from_rfc3339, rfc3339},
    seals::Seals,
    store::audit_chain::{AuditCheck, AuditFault, FaultySeal, NotedSeal},
};

#[derive(Args, Debug)]
pub(super) struct Command {
    #[command(flatten)]
    pub(super) place: ServerFlags,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Lists what happened, the newest first
    List {
        #[command(flatten)]
        filters: Filters,
        /// How many events
        #[arg(long, value_name = "COUNT", default_value_t = 50)]
        limit: usize,
    },
    /// Writes all of it to standard output, the newest first
    Export {
        #[command(flatten)]
        filters: Filters,
        /// In which form
        #[arg(long, value_name = "FORMAT", default_value = "jsonl")]
        format: Format,
    },
    /// Lists the seals of the log, the oldest first, to be kept elsewhere
    Seals,
    /// Says whether the log is as it was when it was sealed. On the database at hand alone
    Check(CheckCommand),
}

#[derive(Args, Clone, Debug)]
pub(super) struct CheckCommand {
    /// Leaves out what happened before this time, such as 2026-11-21T03:00:00Z [default: what audit.retention keeps]
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<UnixTime>,
    /// A seal as an earlier check printed it, NUMBER:HASH: it must be there still
    #[arg(long, value_name = "SEAL", value_parser = noted)]
    seal: Option<NotedSeal>,
}

/// Why the log of a server elsewhere is not checked.
const CHECK_IS_HERE: &str =
    "the marks of the seals are made under the master key: run audit check on a machine that has it";

impl Command {
    /// Why it works on the database at hand alone, where it does.
    pub(super) const fn only_here(&self) -> Option<&'static str> {
        match self.what {
            What::Check(_) => Some(CHECK_IS_HERE),
            _ => None,
        }
    }

    /// What it checks, where that is what it does.
    pub(super) fn check(&self) -> Option<CheckCommand> {
        match &self.what {
            What::Check(check) => Some(check.clone()),
            _ => None,
        }
    }
}

#[derive(Args, Debug)]
struct Filters {
    /// Of this kind, such as signed_in
    #[arg(long, value_name = "EVENT")]
    event: Option<String>,
    /// About this person, by username, verified address or id
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// About this client
    #[arg(long, value_name = "ID")]
    client: Option<String>,
    /// By this administrator: user:<id>, client:<id> or console:<account>
    #[arg(long, value_name = "ACTOR")]
    actor: Option<String>,
    /// In this session
    #[arg(long, value_name = "SID")]
    session: Option<uuid::Uuid>,
    /// From this address
    #[arg(long, value_name = "ADDRESS")]
    address: Option<String>,
    /// From this time on, such as 2026-11-21T03:00:00Z
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Before this time
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

/// How an export is written.
#[derive(Copy, Clone, Debug, ValueEnum)]
enum Format {
    /// A JSON object a line
    Jsonl,
    /// CSV (RFC 4180) with a heading
    Csv,
}

fn time(text: &str) -> Result<UnixTime, String> {
    from_rfc3339(text).ok_or_else(|| "must be a time such as 2026-11-21T03:00:00Z".to_owned())
}

fn noted(text: &str) -> Result<NotedSeal, String> {
    let read = || {
        let (number, hash) = text.split_once(':')?;
        Some((number.parse().ok()?, hash.parse().ok()?))
    };
    read().ok_or_else(|| "must be NUMBER:HASH, as audit check prints it".to_owned())
}

const HEADING: [&str; 8] = ["at", "event", "actor", "user", "client", "session", "address", "detail"];

const SEAL_HEADING: [&str; 4] = ["number", "until", "events", "hash"];

pub(super) async fn run(command: Command, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    match command.what {
        What::List { filters, limit } => {
            let mut table = output.open_table(&HEADING);
            let mut left = limit;
            let take = |mut events: Vec<AuditEvent>| {
                events.truncate(left);
                left -= events.len();
                let rows: Vec<_> = events.iter().map(row).collect();
                let values = events.iter().map(value).collect::<Result<Vec<_>, _>>()?;
                Ok(table.add(&rows, &values)? && left > 0)
            };
            pages(filters, api, take).await?;
            Ok(table.close()?)
        }
        What::Export { filters, format } => {
            let mut head = match format {
                Format::Jsonl => "",
                Format::Csv => CSV_HEAD,
            };
            let write = |events: Vec<AuditEvent>| {
                let line = |event: &AuditEvent| match format {
                    Format::Jsonl => Ok(format!("{}\n", value(event)?)),
                    Format::Csv => Ok(csv_row(event)),
                };
                let text = events.iter().map(line).collect::<Result<String, Failure>>()?;
                written(&format!("{}{text}", std::mem::take(&mut head)))
            };
            pages(filters, api, write).await
        }
        What::Seals => {
            let row = |seal: &Seal| {
                vec![
                    seal.number.to_string(),
                    seal.until.0.clone(),
                    seal.events.to_string(),
                    seal.hash.clone(),
                ]
            };
            let table = (&SEAL_HEADING[..], row);
            api.print::<ListAuditSeals, _>(NoPath::default, &PageQuery::default(), table, output).await
        }
        What::Check(_) => Err(Failure::refused(CHECK_IS_HERE)),
    }
}

/// `false` when the reader has gone away.
fn written(text: &str) -> Result<bool, Failure> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        written => Ok(written.map(|()| true)?),
    }
}

async fn pages(
    filters: Filters,
    api: &Api<'_>,
    take: impl FnMut(Vec<AuditEvent>) -> Result<bool, Failure>,
) -> Result<(), Failure> {
    let Filters { event, user, client, actor, session, address, since, until } = filters;
    let user = match user {
        Some(key) => Some(api.user(&key).await?),
        None => None,
    };
    let query =
        AuditQuery { event, user, client, actor, session, address, since, until, ..AuditQuery::default() };
    api.pages::<ListAuditEvents, _>(NoPath::default, &query, take).await
}

fn row(event: &AuditEvent) -> Vec<String> {
    let texts = [&event.actor, &event.user, &event.client, &event.session, &event.address, &event.detail];
    let texts = texts.map(|text| text.clone().unwrap_or_default());
    [event.at.0.clone(), event.event.clone()].into_iter().chain(texts).collect()
}

pub(super) async fn check(command: CheckCommand, context: &Context) -> Result<(), Failure> {
    let CheckCommand { since, seal } = command;
    let installation = context.installation()?;
    let key = Seals::of(&installation.master).map_err(anyhow::Error::from)?.audit;
    let store = context.store(installation).await?;
    let now = context.clock.now();
    store.seal_audit_log(&key, now).await.map_err(anyhow::Error::from)?;
    let kept = now.plus(-context.config.audit.retention.as_secs());
    let since = since.unwrap_or(kept).max(kept);
    let check = store.check_audit_log(&key, since, seal).await.map_err(anyhow::Error::from)?;
    let is_missing = seal.is_some() && !check.holds_noted;
    context.output.show(&sentences(&check), &check_value(&check))?;
    match (check.faults.is_empty(), is_missing) {
        (true, false) => Ok(()),
        (false, _) => Err(Failure::Failed(anyhow::anyhow!("the audit log is not as it was"))),
        (true, true) => Err(Failure::Failed(anyhow::anyhow!(
            "the seal that was noted is not there: the log was replaced by another one, or cut off"
        ))),
    }
}

fn sentences(check: &AuditCheck) -> String {
    let mut lines: Vec<String> = check.faults.iter().map(fault_line).collect();
    lines.push(format!("{} events under {} seals are as they were", check.events, check.good));
    if check.aged > 0 {
        lines
            .push(format!("{} seals over what is not kept, or was left out, were not looked at", check.aged));
    }
    if let Some(head) = &check.head {
        lines.push(format!("the newest seal, to be kept elsewhere: {}:{}", head.number, head.hash));
    }
    lines.join("\n")
}

fn fault_line(FaultySeal { seal, fault }: &FaultySeal) -> String {
    let what = match fault {
        AuditFault::Changed => "an event was changed or replaced".to_owned(),
        AuditFault::Removed(count) => format!("{count} events are missing"),
        AuditFault::Added(count) => format!("{count} events were added"),
        AuditFault::Mark => "the seal was not made under this master key".to_owned(),
        AuditFault::Gap => "the seals before it are missing".to_owned(),
        AuditFault::Order => "it does not go on where the one before ends".to_owned(),
    };
    format!("seal {}, from {} to {}: {what}", seal.number, time_of(seal, true), time_of(seal, false))
}

fn time_of(seal: &AuditSeal, is_first: bool) -> String {
    let id = if is_first { seal.from } else { seal.until };
    let seconds = id.get_timestamp().map_or(0, |time| time.to_unix().0);
    rfc3339(UnixTime(i64::try_from(seconds).unwrap_or(i64::MAX)))
}

fn check_value(check: &AuditCheck) -> Value {
    let fault = |faulty: &FaultySeal| {
        let (word, count) = match faulty.fault {
            AuditFault::Changed => ("changed", None),
            AuditFault::Removed(count) => ("removed", Some(count)),
            AuditFault::Added(count) => ("added", Some(count)),
            AuditFault::Mark => ("mark", None),
            AuditFault::Gap => ("gap", None),
            AuditFault::Order => ("order", None),
        };
        let (from, until) = (time_of(&faulty.seal, true), time_of(&faulty.seal, false));
        json!({ "seal": faulty.seal.number, "from": from, "until": until, "fault": word, "events": count })
    };
    let head =
        check.head.as_ref().map(|head| json!({ "number": head.number, "hash": head.hash.to_string() }));
    json!({
        "events": check.events,
        "seals": check.good,
        "seals_left_out": check.aged,
        "faults": check.faults.iter().map(fault).collect::<Vec<_>>(),
        "newest_seal": head,
    })
}
