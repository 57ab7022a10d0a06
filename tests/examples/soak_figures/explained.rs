//! How many rows each table may have more at the end than at the beginning: what is kept longer than the experiment lasts grows by
//! what was done, and nothing else grows (docs/reference/tables.md).

use idp_tests::traffic::{Kind, Report};
use std::time::Duration;

/// What was done, as an upper bound.
pub struct Explained {
    /// Sign-ins that were begun.
    sign_ins: usize,
    /// Sessions whose end was asked for.
    ends: usize,
    /// Grants without a form, when tokens were lost.
    renewals: usize,
    faults: usize,
    hours: usize,
}

/// Any table, for what comes in a handful.
const A_FEW: usize = 10;

impl Explained {
    pub fn by(report: &Report, faults: usize, lasted: Duration) -> Self {
        // While something is away an act may be tried several times, and be done at each.
        let tries = |kind: Kind| {
            let count = report.journal.count(kind);
            count.begun + 2 * count.failed + 10 * count.failed_again
        };
        Self {
            sign_ins: tries(Kind::SignIn) + tries(Kind::Kick),
            ends: tries(Kind::SignOut) + tries(Kind::Kick),
            renewals: report.findings.losses.len(),
            faults,
            hours: usize::try_from(lasted.as_secs() / 3600).unwrap() + 1,
        }
    }

    /// How many more rows `table` may have.
    pub fn rows(&self, table: &str) -> usize {
        let own = match table {
            "sessions" | "devices" => self.sign_ins,
            "grants" => self.sign_ins + self.renewals,
            // A token of a session that has ended is refused without an event.
            "audit_events" => self.sign_ins + self.ends + self.renewals + A_FEW * self.faults,
            // Each is over one event at least.
            "audit_seals" => self.rows("audit_events"),
            "revocations" => self.ends + self.renewals,
            // Of the site that is told.
            "logout_deliveries" => self.ends,
            "nodes" => self.faults,
            "hourly_sign_ins" => A_FEW * self.hours,
            _ => 0,
        };
        own + A_FEW
    }

    /// How many bytes more the database may take: a row with its indexes, and room for what is written over.
    pub fn database_bytes(&self) -> usize {
        let tables = ["sessions", "devices", "grants", "audit_events", "revocations", "logout_deliveries"];
        let rows: usize = tables.map(|table| self.rows(table)).iter().sum();
        2048 * rows + (16 << 20)
    }

    /// How many bytes more Redis may take: a family and the last use of a session (docs/operate.md).
    pub fn redis_bytes(&self) -> usize {
        2048 * (self.sign_ins + self.renewals) + (1 << 20)
    }
}
