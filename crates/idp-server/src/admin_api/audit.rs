//! The audit log: who did what, when, from where.

use super::page::plain;
use super::{
    Answered, Export, Input, List, Method, NoBody, NoPath, Operation, PageQuery, Part, Problem, Timestamp,
};
use crate::date::from_rfc3339;
use crate::db::audit_events::AuditEvent as Kind;
use crate::db::audit_search::{AuditFilter, LoggedEvent};
use crate::db::authority::Principal;
use crate::directory::Administration;
use idp_core::administration::Permission;
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

const TAG: &str = "Audit log";
/// Events of one part of an export.
const OF_A_PART: usize = 500;

/// An event.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditEvent {
    /// Its id, which begins with the time.
    pub id: Uuid,
    /// When it happened.
    pub at: Timestamp,
    /// What happened, such as `signed_in`.
    pub event: String,
    /// By whom, where that is an administrator: `user:<id>`, `client:<id>` or `console:<account>`.
    pub actor: Option<String>,
    /// The id of the person whom it concerns.
    pub user: Option<String>,
    /// The client that it concerns; `unknown:` and a fingerprint for an id that was none.
    pub client: Option<String>,
    /// The session that it concerns.
    pub session: Option<String>,
    /// Where the request came from.
    pub address: Option<String>,
    /// A word more, such as what was changed.
    pub detail: Option<String>,
}

impl TryFrom<LoggedEvent> for AuditEvent {
    type Error = Problem;

    fn try_from(event: LoggedEvent) -> Result<Self, Problem> {
        let id =
            event.id.parse().map_err(|_| Problem::new(500, "internal", "this is a fault of the server"))?;
        Ok(Self {
            id,
            at: UnixTime(event.at).into(),
            event: event.event,
            actor: event.actor,
            user: event.user,
            client: event.client,
            session: event.session,
            address: event.address,
            detail: event.detail,
        })
    }
}

/// A query with the filters, beside members of its own.
macro_rules! with_filters {
    ($(#[$about:meta])* $name:ident { $($own:tt)* }) => {
        $(#[$about])*
        #[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
        #[serde(deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        pub struct $name {
            $($own)*
            /// What happened, such as `signed_in`.
            #[param(schema_with = super::schema::audit_event)]
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub event: Option<String>,
            /// The id of the person whom it concerns.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub user: Option<Uuid>,
            /// The client that it concerns.
            #[param(schema_with = super::schema::plain_text)]
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub client: Option<String>,
            /// The administrator who did it: `user:<id>`, `client:<id>` or `console:<account>`.
            #[param(schema_with = super::schema::actor)]
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub actor: Option<String>,
            /// The session that it concerns.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub session: Option<Uuid>,
            /// The address that the request came from.
            #[param(max_length = 45)]
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub address: Option<String>,
            /// From this time on (RFC 3339).
            #[param(format = DateTime)]
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub since: Option<String>,
            /// Before this time.
            #[param(format = DateTime)]
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub until: Option<String>,
        }

        impl $name {
            fn filter(&self) -> Result<AuditFilter, Problem> {
                let event = |word: &String| {
                    Kind::parse(word).ok_or_else(|| Problem::parameter("event", "there is no such event"))
                };
                let actor = |text: &String| {
                    let actor = Principal::parse(&plain("actor", text.clone())?);
                    actor.ok_or_else(|| Problem::parameter("actor", "must be user:<id>, client:<id> or console:<account>"))
                };
                let address = |text: &String| {
                    text.parse::<IpAddr>().map_err(|error| Problem::parameter("address", error))
                };
                Ok(AuditFilter {
                    event: self.event.as_ref().map(event).transpose()?,
                    user: self.user,
                    client: self.client.as_ref().map(|id| plain("client", id.clone())).transpose()?,
                    actor: self.actor.as_ref().map(actor).transpose()?,
                    session: self.session,
                    address: self.address.as_ref().map(address).transpose()?,
                    since: time("since", self.since.as_ref())?,
                    until: time("until", self.until.as_ref())?,
                })
            }
        }
    };
}

fn time(name: &str, text: Option<&String>) -> Result<Option<UnixTime>, Problem> {
    let read = |text: &String| {
        from_rfc3339(text)
            .ok_or_else(|| Problem::parameter(name, "must be a time such as 2026-11-21T03:00:00Z"))
    };
    text.map(read).transpose()
}

with_filters! {
    /// Which part of which events.
    AuditQuery {
        /// How many rows at most; 50 unless told.
        #[param(minimum = 1, maximum = 200)]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub limit: Option<u32>,
        /// Where to go on: `next` of the page before.
        #[param(max_length = 1024)]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub after: Option<String>,
    }
}

with_filters! {
    /// Which events.
    ExportQuery {}
}

/// Lists events.
pub struct ListAuditEvents;

impl Operation for ListAuditEvents {
    const ID: &'static str = "listAuditEvents";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/audit-events";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Lists what happened, the newest first. Each filter by itself, and with times, finds its events at \
                                   once; several of them are looked for among some thousand events a page, so that a page may \
                                   be short, or empty, and have a next one";
    const NEEDS: &'static [Permission] = &[Permission::ReadAudit];
    type Path = NoPath;
    type Query = AuditQuery;
    type Body = NoBody;
    type Answer = List<AuditEvent>;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        _now: UnixTime,
    ) -> Result<Answered<List<AuditEvent>>, Problem> {
        let query = input.query;
        let page = PageQuery { limit: query.limit, after: query.after.clone() };
        let count = usize::try_from(page.limit()?).unwrap_or(1);
        let found = by.audit_events(query.filter()?, page.after()?, count).await?;
        let items = found.events.into_iter().map(AuditEvent::try_from).collect::<Result<_, _>>()?;
        Ok(Answered::new(List { items, next: found.older.map(|id| id.to_string()) }))
    }
}

async fn part(
    by: &Administration<'_>,
    query: &ExportQuery,
    after: Option<Uuid>,
    write: impl Fn(&AuditEvent) -> String,
) -> Result<Part<Uuid>, Problem> {
    let found = by.audit_events_still(query.filter()?, after, OF_A_PART).await?;
    let events = found.events.into_iter().map(AuditEvent::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(Part { text: events.iter().map(write).collect(), next: found.older })
}

/// Exports events as JSON Lines.
pub struct ExportAuditLines;

impl Export for ExportAuditLines {
    const ID: &'static str = "exportAuditEventsAsJsonLines";
    const PATH: &'static str = "/audit-events.jsonl";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str =
        "Exports what happened, the newest first, an event a line. A file that breaks off was not complete";
    const NEEDS: &'static [Permission] = &[Permission::ReadAudit];
    const MEDIA: &'static str = "application/jsonl";
    type Query = ExportQuery;
    type Place = Uuid;

    async fn part(
        by: &Administration<'_>,
        query: &ExportQuery,
        after: Option<Uuid>,
    ) -> Result<Part<Uuid>, Problem> {
        part(by, query, after, |event| serde_json::to_string(event).unwrap_or_default() + "\n").await
    }
}

/// Exports events as CSV.
pub struct ExportAuditCsv;

impl Export for ExportAuditCsv {
    const ID: &'static str = "exportAuditEventsAsCsv";
    const PATH: &'static str = "/audit-events.csv";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Exports what happened, the newest first, as CSV (RFC 4180) with a heading. A cell that a \
                                   spreadsheet would take for a formula begins with an apostrophe";
    const NEEDS: &'static [Permission] = &[Permission::ReadAudit];
    const MEDIA: &'static str = "text/csv";
    const HEAD: &'static str = CSV_HEAD;
    type Query = ExportQuery;
    type Place = Uuid;

    async fn part(
        by: &Administration<'_>,
        query: &ExportQuery,
        after: Option<Uuid>,
    ) -> Result<Part<Uuid>, Problem> {
        part(by, query, after, csv_row).await
    }
}

/// The heading of the CSV form.
pub const CSV_HEAD: &str = "id,at,event,actor,user,client,session,address,detail\r\n";

/// A row of it.
#[must_use]
pub fn csv_row(event: &AuditEvent) -> String {
    let id = event.id.to_string();
    let texts = [&event.actor, &event.user, &event.client, &event.session, &event.address, &event.detail];
    let texts = texts.map(|text| text.as_deref().unwrap_or(""));
    let cells = [id.as_str(), &event.at.0, &event.event].into_iter().chain(texts);
    cells.map(cell).collect::<Vec<_>>().join(",") + "\r\n"
}

/// Details hold what people typed.
fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if is_formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_one_cell_and_no_formula() {
        for (text, written) in [
            ("", ""),
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"a\"", "\"say \"\"a\"\"\""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("@x", "'@x"),
            ("-1", "'-1"),
            ("a\r\nb", "\"a\r\nb\""),
        ] {
            assert_eq!(cell(text), written);
        }
    }
}
