//! Work that blocks, with an end to the waiting for it: a server that says nothing must not hold a command up.

use std::{thread, time::Duration};

use anyhow::Context as _;
use tokio::{sync::oneshot, time::timeout};

/// The answer of what blocks, on a thread of its own. When it has not come in time the thread is left to itself: unlike a thread of
/// the runtime it does not keep the process from ending.
///
/// # Errors
/// That no answer came in time.
pub(in crate::cli) async fn apart<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> anyhow::Result<T> {
    let (sender, receiver) = oneshot::channel();
    let thread = thread::Builder::new().name("look".to_owned());
    thread.spawn(move || drop(sender.send(work()))).context("no thread can be started")?;
    let answer = timeout(limit, receiver).await;
    answer.with_context(|| format!("no answer in {} s", limit.as_secs()))?.context("the look broke off")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn what_never_answers_is_waited_for_no_longer() {
        assert_eq!(apart(Duration::from_secs(60), || 7).await.unwrap(), 7);
        let (release, held) = mpsc::channel::<()>();
        let waited = apart(Duration::from_millis(20), move || held.recv()).await;
        assert!(waited.unwrap_err().to_string().contains("no answer"));
        drop(release);
    }
}
