//! What this node counts and measures for Prometheus: every metric is declared once, in `declared`, and has its
//! counters in the part that counts. Nothing is locked or allocated where requests run: counters are atomics that were made for
//! each word of a label beforehand, and no label holds a value of a request. The page is written when it is asked for (`page`), from
//! these and from a [`Snapshot`] of what the other parts know. docs/reference/metrics.md is made from the declarations, ADR 77 has
//! the reasons.

mod declared;
mod histogram;
mod http;
mod labels;
mod page;
mod process;
mod snapshot;
mod work;

pub use declared::{ALL, Declaration, Kind};
pub use histogram::Histogram;
pub use http::{HttpMetrics, Refusal, Route, known_method};
pub use labels::{
    Counters, CountersOfTwo, DeliveryOutcome, FactorOutcome, Label, OrderOutcome, PostOutcome, ReadyPart,
    RedisFault, RefreshOutcome, SignInMethod, SignInOutcome, TraceSpanOutcome, words_of,
};
pub use page::{Format, page};
pub use snapshot::{Backlog, KeyFigures, Outboxes, PoolFigures, RedisFigures, Snapshot, WorkFigures};
pub use work::{DatabaseFaults, RedisMetrics, WorkMetrics, Working};

use idp_core::authentication::Factor;
use idp_core::client::GrantType;

/// What handlers and tasks of one node count.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    /// Requests and their answers.
    pub http: HttpMetrics,
    /// Sign-ins.
    pub sign_ins: CountersOfTwo<SignInMethod, SignInOutcome>,
    /// Factors that were tried.
    pub factors: CountersOfTwo<Factor, FactorOutcome>,
    /// Answers of the token endpoint with tokens.
    pub tokens: Counters<GrantType>,
    /// Refresh tokens that were presented.
    pub refreshes: Counters<RefreshOutcome>,
    /// Tries to tell a site that a session ended.
    pub logouts: Counters<DeliveryOutcome>,
    /// Tries to hand a letter over.
    pub mails: Counters<DeliveryOutcome>,
    /// Requests to the webhook of the audit log.
    pub audit_posts: Counters<PostOutcome>,
    /// Orders of certificates.
    pub certificate_orders: Counters<OrderOutcome>,
}

impl Metrics {
    /// Nothing counted yet, with a counter for each of these refusals.
    #[must_use]
    pub fn expecting(refusals: Vec<Refusal>) -> Self {
        Self { http: HttpMetrics::expecting(refusals), ..Self::default() }
    }
}
