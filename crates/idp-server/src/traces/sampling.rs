//! Which traces are recorded. Only requests and tasks begin one: what a timer asks the database every second would fill a collector and
//! tell nothing. A span with a parent is recorded where that is. Whose parent counts at all is decided where the request comes
//! in (`log::traced`), so a client from outside decides nothing here.

use opentelemetry::trace::{Link, SpanKind, TraceContextExt as _, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, ShouldSample};

use crate::config::SamplingRatio;

/// A part of the traces that begin here.
#[derive(Clone, Debug)]
pub(super) struct Sampling(Sampler);

impl Sampling {
    pub(super) fn new(ratio: SamplingRatio) -> Self {
        Self(Sampler::TraceIdRatioBased(ratio.into()))
    }
}

impl ShouldSample for Sampling {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let of_parent = parent.map(|context| context.span().span_context().clone());
        let decision = match of_parent.filter(|context| context.is_valid()) {
            Some(parent) if parent.is_sampled() => SamplingDecision::RecordAndSample,
            None if matches!(kind, SpanKind::Server | SpanKind::Consumer) => {
                return self.0.should_sample(None, trace_id, name, kind, attributes, links);
            }
            _ => SamplingDecision::Drop,
        };
        SamplingResult { decision, attributes: Vec::new(), trace_state: TraceState::default() }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use opentelemetry::trace::{SpanContext, SpanId, TraceFlags};

    use super::*;

    fn decision(ratio: f64, parent: Option<bool>, kind: &SpanKind) -> SamplingDecision {
        let parent = parent.map(|is_sampled| {
            let flags = TraceFlags::default().with_sampled(is_sampled);
            let ids = (TraceId::from(1_u128), SpanId::from(1_u64));
            let context = SpanContext::new(ids.0, ids.1, flags, true, TraceState::default());
            Context::new().with_remote_span_context(context)
        });
        let sampling = Sampling::new(SamplingRatio::try_from(ratio).unwrap());
        sampling.should_sample(parent.as_ref(), TraceId::from(2_u128), "", kind, &[], &[]).decision
    }

    #[test]
    fn requests_and_tasks_begin_traces_and_the_rest_follows() {
        use SamplingDecision::{Drop, RecordAndSample};
        for kind in [SpanKind::Server, SpanKind::Consumer] {
            assert_eq!(decision(1.0, None, &kind), RecordAndSample);
            assert_eq!(decision(0.0, None, &kind), Drop);
        }
        for kind in [SpanKind::Client, SpanKind::Internal] {
            assert_eq!(decision(1.0, None, &kind), Drop);
            assert_eq!(decision(0.0, Some(true), &kind), RecordAndSample);
            assert_eq!(decision(1.0, Some(false), &kind), Drop);
        }
    }
}
