//! Acts that are tried again after a failure that may pass.

use super::journal::{Kind, Operation, Outcome};
use crate::load_client::{Failure, header};
use std::io;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// How long one act may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// Before the same request is made once more.
const BEFORE_A_RETRY: Duration = Duration::from_secs(1);
/// A client that gets no answer for so long has given up.
const PERSISTENCE: Duration = Duration::from_secs(60);
/// So much of an answer says what is wrong.
const TELLING: usize = 200;

/// What came of an act that was tried until it was answered.
pub(super) struct Tried<T> {
    pub(super) result: Result<T, Failure>,
    /// When the first try began.
    pub(super) first: Instant,
    /// When the last one began.
    pub(super) last: Instant,
}

/// An act that is repeated until it is answered, and recorded with its first retry.
pub(super) async fn recorded<T>(
    kind: Kind,
    record: impl FnOnce(Operation),
    mut act: impl AsyncFnMut() -> Result<T, Failure>,
) -> Tried<T> {
    let first = Instant::now();
    let (mut last, mut result) = (first, limited(act()).await);
    let of_first = Outcome::of(&result);
    if is_passing(&result) {
        sleep(BEFORE_A_RETRY).await;
        last = Instant::now();
        result = limited(act()).await;
    }
    let of_last = Outcome::of(&result);
    record(Operation { kind, begun: first, over: Instant::now(), first: of_first, last: of_last });
    if is_passing(&result) {
        sleep(BEFORE_A_RETRY).await;
        let rest = answered(act).await;
        (last, result) = (rest.last, rest.result);
    }
    Tried { result, first, last }
}

/// An act that is repeated until it is answered.
pub(super) async fn answered<T>(mut act: impl AsyncFnMut() -> Result<T, Failure>) -> Tried<T> {
    let first = Instant::now();
    let (mut last, mut result) = (first, limited(act()).await);
    while is_passing(&result) && first.elapsed() < PERSISTENCE {
        sleep(BEFORE_A_RETRY).await;
        last = Instant::now();
        result = limited(act()).await;
    }
    Tried { result, first, last }
}

async fn limited<T>(act: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let late = |_| Err(Failure::Silent(io::Error::from(io::ErrorKind::TimedOut)));
    timeout(PATIENCE, act).await.unwrap_or_else(late)
}

fn is_passing<T>(result: &Result<T, Failure>) -> bool {
    result.as_ref().is_err_and(Failure::is_passing)
}

/// The status, where it leads, and the beginning of the answer.
pub(super) fn in_words(failure: &Failure) -> String {
    match failure {
        Failure::Silent(error) => error.to_string(),
        Failure::Refused(answer) => {
            let to = header(&answer.head, "location").unwrap_or_default();
            let body: String = answer.body.chars().take(TELLING).collect();
            format!("{} {to} {body}", answer.status)
        }
    }
}
