//! The seals over the audit log, to be kept elsewhere.

use super::{Answered, Input, List, Method, NoBody, NoPath, Operation, PageQuery, Problem, Timestamp};
use crate::db::audit_seals::MarkedSeal;
use crate::directory::Administration;
use idp_core::administration::Permission;
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A seal.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditSeal {
    /// Which, from 1 on.
    pub number: i64,
    /// No event of it has a smaller id.
    pub from_id: Uuid,
    /// Each event of it has a smaller id.
    pub until_id: Uuid,
    /// The time with which `until_id` begins: no event of it is as young.
    pub until: Timestamp,
    /// How many events it is over.
    pub events: i64,
    /// The SHA-256 over them and the seal before, in hexadecimal.
    pub hash: String,
}

impl From<MarkedSeal> for AuditSeal {
    fn from(MarkedSeal { seal, .. }: MarkedSeal) -> Self {
        let until = seal.until.get_timestamp().map_or(0, |time| time.to_unix().0);
        Self {
            number: seal.number,
            from_id: seal.from,
            until_id: seal.until,
            until: UnixTime(i64::try_from(until).unwrap_or(i64::MAX)).into(),
            events: seal.events,
            hash: seal.hash.to_string(),
        }
    }
}

/// Lists the seals over the audit log.
pub struct ListAuditSeals;

impl Operation for ListAuditSeals {
    const ID: &'static str = "listAuditSeals";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/audit-seals";
    const TAG: &'static str = "Audit log";
    const SUMMARY: &'static str = "Lists the seals over the audit log, the oldest first: each is a hash over the events of some minutes \
                                   and over the seal before";
    const NEEDS: &'static [Permission] = &[Permission::ReadAudit];
    type Path = NoPath;
    type Query = PageQuery;
    type Body = NoBody;
    type Answer = List<AuditSeal>;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        _now: UnixTime,
    ) -> Result<Answered<List<AuditSeal>>, Problem> {
        let limit = input.query.limit()?;
        let seals = by.audit_seals(input.query.after()?.unwrap_or(0), i64::from(limit) + 1).await?;
        let items = seals.into_iter().map(AuditSeal::from).collect();
        Ok(Answered::new(List::of(items, limit, |seal| seal.number.to_string())))
    }
}
