//! What keeps this node from serving, and since when. Who looks is `http`; what was found is kept here for what asks next.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use idp_core::time::UnixTime;

use serde::{Deserialize, Serialize};

use crate::{
    date::rfc3339,
    metrics::{Label as _, ReadyPart},
};

/// A part that cannot be used.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct NotReady {
    /// Which.
    pub part: ReadyPart,
    /// Why.
    pub reason: &'static str,
    /// When it was first found so.
    pub since: UnixTime,
}

/// The same, as operators are told.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
pub struct Problem {
    /// Which part.
    pub part: String,
    /// Why.
    pub reason: String,
    /// When it was first found so (RFC 3339).
    pub since: String,
}

impl From<&NotReady> for Problem {
    fn from(problem: &NotReady) -> Self {
        Self {
            part: problem.part.word().to_owned(),
            reason: problem.reason.to_owned(),
            since: rfc3339(problem.since),
        }
    }
}

/// What was found so far.
#[derive(Debug, Default)]
pub struct Readiness {
    is_draining: AtomicBool,
    found: Mutex<Vec<NotReady>>,
}

impl Readiness {
    /// The node was told to stop: load balancers are to go elsewhere, and it serves until they do.
    pub fn drain(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
    }

    /// Whether it was.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::Relaxed)
    }

    /// Takes in what a look found, and answers it with its beginnings. What is found for another reason than before goes on. The log says
    /// what begins and what is over.
    pub fn found(&self, problems: &[(ReadyPart, &'static str)], now: UnixTime) -> Vec<NotReady> {
        let mut found = self.lock();
        let since = |part: ReadyPart| found.iter().find(|known| known.part == part).map(|known| known.since);
        let problem = |(part, reason): &(ReadyPart, &'static str)| NotReady {
            part: *part,
            reason,
            since: since(*part).unwrap_or(now),
        };
        let now_found: Vec<NotReady> = problems.iter().map(problem).collect();
        log_changes(&found, &now_found);
        found.clone_from(&now_found);
        now_found
    }

    /// Every part, and whether it can be used, as the last look found it.
    #[must_use]
    pub fn parts(&self) -> Vec<(ReadyPart, bool)> {
        let found = self.lock();
        let is_ready = |part: ReadyPart| found.iter().all(|known| known.part != part);
        ReadyPart::EVERY.iter().map(|part| (*part, is_ready(*part))).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<NotReady>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn log_changes(before: &[NotReady], now: &[NotReady]) {
    let is_in = |problems: &[NotReady], part| problems.iter().any(|known| known.part == part);
    for NotReady { part, reason, .. } in now.iter().filter(|problem| !is_in(before, problem.part)) {
        tracing::warn!(part = part.word(), reason, "not ready");
    }
    for NotReady { part, since, .. } in before.iter().filter(|problem| !is_in(now, problem.part)) {
        tracing::info!(part = part.word(), since = rfc3339(*since), "ready again");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_keeps_its_beginning_for_as_long_as_it_lasts() {
        let readiness = Readiness::default();
        let redis = (ReadyPart::Redis, "Redis unavailable");
        assert_eq!(
            readiness.found(&[redis], UnixTime(10)).first().map(|problem| problem.since),
            Some(UnixTime(10))
        );
        let both = readiness.found(&[(ReadyPart::Database, "database unavailable"), redis], UnixTime(20));
        let since: Vec<i64> = both.iter().map(|problem| problem.since.as_secs()).collect();
        assert_eq!(since, [20, 10]);
        let ready = |part| readiness.parts().into_iter().find(|(known, _)| *known == part);
        assert_eq!(ready(ReadyPart::Redis), Some((ReadyPart::Redis, false)));
        assert_eq!(ready(ReadyPart::Clock), Some((ReadyPart::Clock, true)));
        assert!(readiness.found(&[], UnixTime(30)).is_empty());
        assert_eq!(
            readiness.found(&[redis], UnixTime(40)).first().map(|problem| problem.since),
            Some(UnixTime(40))
        );
    }
}
