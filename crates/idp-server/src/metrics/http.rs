//! Requests, by the pattern of their path and not by the path: a route has its counters from the first request on that each worker
//! answers, so that none looks one up.

use std::{
    borrow::Cow,
    cell::OnceCell,
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use prometheus_client::metrics::counter::Counter;

use super::{
    histogram::Histogram,
    labels::{CLASSES, FAILED, Labels, Values},
};

/// Methods that have a word; all others share one.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const OTHER: &str = "other";
/// What answers where no route is.
const UNMATCHED: &str = "unmatched";
/// Refusals that have a counter of their own. The code has fewer; it is a bound on what a mistake in it could do.
const MOST_REFUSALS: usize = 500;

/// The name of a method that has a word of its own.
#[must_use]
pub fn known_method(method: &str) -> Option<&'static str> {
    METHODS.into_iter().find(|known| *known == method)
}

/// Why a request was refused, in words of the code: what the other side is told, and what only the log is told.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Refusal {
    /// The error.
    pub error: Cow<'static, str>,
    /// Its cause; [`Refusal::NO_CAUSE`] where there is no more to say.
    pub cause: &'static str,
}

impl Refusal {
    /// The error says it all.
    pub const NO_CAUSE: &'static str = "none";
}

/// A route of one worker, and where its requests are counted.
#[derive(Debug)]
pub struct Route {
    pattern: String,
    counts: OnceCell<Arc<Counts>>,
}

impl Route {
    /// That of a pattern, such as `/users/{id}`.
    #[must_use]
    pub fn new(pattern: impl Into<String>) -> Self {
        Self { pattern: pattern.into(), counts: OnceCell::new() }
    }

    /// The pattern.
    #[must_use]
    pub fn pattern(&self) -> &str {
        &self.pattern
    }
}

/// Counts of one route: by method, and by class of status.
#[derive(Debug, Default)]
struct Counts([OfMethod; METHODS.len() + 1]);

#[derive(Debug, Default)]
struct OfMethod {
    by_class: [Counter; CLASSES.len()],
    took: Histogram,
}

/// How many there were, by error and cause.
type Refusals = BTreeMap<(Cow<'static, str>, &'static str), Counter>;

/// The requests of one node. Clones share the counts.
#[derive(Clone, Debug, Default)]
pub struct HttpMetrics {
    routes: Arc<Mutex<BTreeMap<String, Arc<Counts>>>>,
    unmatched: Arc<Counts>,
    refusals: Arc<Mutex<Refusals>>,
}

impl HttpMetrics {
    /// Nothing counted yet. These refusals are told as 0 from the start: Prometheus sees no increase in a series that begins above it,
    /// and the first burst is the one to be told of.
    pub(super) fn expecting(refusals: Vec<Refusal>) -> Self {
        let counters =
            refusals.into_iter().map(|refusal| ((refusal.error, refusal.cause), Counter::default()));
        Self { refusals: Arc::new(Mutex::new(counters.collect())), ..Self::default() }
    }

    /// Counts an answer of this status; `None` where no route fits the path.
    pub fn answered(&self, route: Option<&Route>, method: &str, status: u16, took: Duration) {
        let counts = match route {
            Some(route) => route.counts.get_or_init(|| self.counts_of(&route.pattern)),
            None => &self.unmatched,
        };
        let method = METHODS.iter().position(|known| *known == method).unwrap_or(METHODS.len());
        let Some(of_method) = counts.0.get(method) else { return };
        let class = usize::from(status / 100).saturating_sub(1);
        if let Some(counter) = of_method.by_class.get(class) {
            counter.inc();
        }
        of_method.took.observe(took);
    }

    /// Counts a refusal.
    pub fn refused(&self, refusal: &Refusal) {
        let mut refusals = lock(&self.refusals);
        if let Some(counter) = refusals.get(&(Cow::Borrowed(&*refusal.error), refusal.cause)) {
            counter.inc();
        } else if refusals.len() < MOST_REFUSALS {
            refusals.entry((refusal.error.clone(), refusal.cause)).or_default().inc();
        }
    }

    fn counts_of(&self, pattern: &str) -> Arc<Counts> {
        Arc::clone(lock(&self.routes).entry(pattern.to_owned()).or_default())
    }

    /// Answers by route, method and class, and durations by route and method, of what was asked for so far.
    pub(super) fn values(&self) -> (Values<Counter>, Values<Histogram>) {
        let (mut counters, mut durations) = (Values(Vec::new()), Values(Vec::new()));
        let mut add = |route: &str, counts: &Counts| {
            let words = METHODS.into_iter().chain([OTHER]);
            for (method, of_method) in words.zip(&counts.0) {
                if of_method.took.count() == 0 {
                    continue;
                }
                let labels: Labels = vec![("route", route.to_owned().into()), ("method", method.into())];
                for (class, counter) in CLASSES.iter().zip(&of_method.by_class) {
                    // Of a route and method that was asked for at all, failures are told from the first request on.
                    if counter.get() > 0 || *class == FAILED {
                        let labels = [labels.clone(), vec![("status", (*class).into())]].concat();
                        counters.0.push((labels, counter.clone()));
                    }
                }
                durations.0.push((labels, of_method.took.clone()));
            }
        };
        add(UNMATCHED, &self.unmatched);
        for (route, counts) in lock(&self.routes).iter() {
            add(route, counts);
        }
        (counters, durations)
    }

    pub(super) fn refusal_values(&self) -> Values<Counter> {
        let refusals = lock(&self.refusals);
        let labelled = |((error, cause), counter): (&(Cow<'static, str>, &'static str), &Counter)| {
            (vec![("error", error.clone()), ("cause", (*cause).into())], counter.clone())
        };
        Values(refusals.iter().map(labelled).collect())
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_counts_by_its_route_and_never_by_its_path_or_a_made_up_method() {
        let metrics = HttpMetrics::default();
        let route = Route::new("/users/{id}");
        let took = Duration::from_millis(3);
        for _ in 0..3 {
            metrics.answered(Some(&route), "GET", 200, took);
        }
        // Another worker has a route of its own.
        metrics.answered(Some(&Route::new("/users/{id}")), "GET", 404, took);
        for made_up in ["BREW", "PROPFIND"] {
            metrics.answered(None, made_up, 404, took);
        }
        let (counters, durations) = metrics.values();
        let words =
            |labels: &Labels| labels.iter().map(|(_, word)| word.as_ref()).collect::<Vec<_>>().join(" ");
        let counted: Vec<(String, u64)> =
            counters.0.iter().map(|(labels, counter)| (words(labels), counter.get())).collect();
        let expected = [
            ("unmatched other 4xx", 2),
            ("unmatched other 5xx", 0),
            ("/users/{id} GET 2xx", 3),
            ("/users/{id} GET 4xx", 1),
            ("/users/{id} GET 5xx", 0),
        ];
        assert_eq!(counted, expected.map(|(words, count)| (words.to_owned(), count)));
        let counted: Vec<u64> = durations.0.iter().map(|(_, took)| took.count()).collect();
        assert_eq!(counted, [2, 4]);
    }

    /// The first burst is an increase.
    #[test]
    fn a_refusal_that_is_expected_is_told_as_0_before_the_first() {
        let refusal = Refusal { error: "invalid_grant".into(), cause: "reused" };
        let metrics = HttpMetrics::expecting(vec![refusal.clone()]);
        let told = || metrics.refusal_values().0.iter().map(|(_, counter)| counter.get()).collect::<Vec<_>>();
        assert_eq!(told(), [0]);
        metrics.refused(&refusal);
        assert_eq!(told(), [1]);
    }

    #[test]
    fn refusals_have_a_bound() {
        let metrics = HttpMetrics::default();
        for number in 0..2 * MOST_REFUSALS {
            metrics.refused(&Refusal { error: number.to_string().into(), cause: Refusal::NO_CAUSE });
        }
        assert_eq!(metrics.refusal_values().0.len(), MOST_REFUSALS);
    }
}
