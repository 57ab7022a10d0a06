//! Waiting for a condition instead of for time: the stories look again and again until what they expect is so, and
//! fail with what they saw last when it does not come about within a bound.

use std::fmt::Debug;
use std::time::Duration;
use tokio::time::Instant;

/// How long [`eventually`] waits. Generous, because the machine may be busy; a story about a deadline names its own.
pub const PATIENCE: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(10);

/// What a look at the world answers: whether the condition holds, or what was found, or why not yet.
pub trait Observation {
    /// What a caller gets once the condition holds.
    type Found;
    /// What was found, or what to say when it never comes about.
    ///
    /// # Errors
    /// The present state of affairs, while the condition does not hold.
    fn outcome(self) -> Result<Self::Found, String>;
}

impl Observation for bool {
    type Found = ();
    fn outcome(self) -> Result<(), String> {
        self.then_some(()).ok_or_else(String::new)
    }
}

impl<T> Observation for Option<T> {
    type Found = T;
    fn outcome(self) -> Result<T, String> {
        self.ok_or_else(String::new)
    }
}

impl<T, E: Debug> Observation for Result<T, E> {
    type Found = T;
    fn outcome(self) -> Result<T, String> {
        self.map_err(|seen| format!(", but {seen:?}"))
    }
}

/// Waits until `look` finds what `expected` says.
///
/// # Panics
/// When it does not within `PATIENCE`.
pub async fn eventually<O: Observation>(expected: &str, look: impl AsyncFnMut() -> O) -> O::Found {
    within(PATIENCE, expected, look).await
}

/// The same for a condition that has a deadline.
///
/// # Panics
/// When the deadline passes first.
pub async fn within<O: Observation>(
    deadline: Duration,
    expected: &str,
    mut look: impl AsyncFnMut() -> O,
) -> O::Found {
    let started = Instant::now();
    loop {
        match look().await.outcome() {
            Ok(found) => return found,
            Err(seen) => assert!(started.elapsed() < deadline, "not within {deadline:?}: {expected}{seen}"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// [`eventually`] outside of a runtime, as where servers start and stop.
///
/// # Panics
/// When `look` does not find it within `PATIENCE`.
pub fn eventually_blocking<O: Observation>(expected: &str, mut look: impl FnMut() -> O) -> O::Found {
    let started = Instant::now();
    loop {
        match look().outcome() {
            Ok(found) => return found,
            Err(seen) => assert!(started.elapsed() < PATIENCE, "not within {PATIENCE:?}: {expected}{seen}"),
        }
        std::thread::sleep(PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_comes_about_is_handed_over() {
        let mut looks = 0;
        let found = eventually("three looks", async || {
            looks += 1;
            (looks == 3).then_some("found")
        });
        assert_eq!(found.await, "found");
        assert_eq!(looks, 3);
    }

    #[tokio::test]
    #[should_panic(expected = "not within 20ms: an answer, but \"nothing\"")]
    async fn what_does_not_fails_with_what_was_seen_last() {
        within(Duration::from_millis(20), "an answer", async || Err::<(), _>("nothing")).await;
    }
}
