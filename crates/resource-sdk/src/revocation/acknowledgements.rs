//! What this process tells the provider: "everything up to n is refused here". One acknowledgement is under
//! way at a time, the newest number is what counts, and one that was not taken is sent again.

use std::{sync::Arc, time::Duration};

use tokio::{runtime::Handle, sync::watch, task::AbortHandle, time::sleep};

use super::{back_off::BackOff, feed_error::FeedError, provider::Provider, random};
use crate::http::FetchError;

/// Where the follower leaves the number that it has applied.
pub(super) type Acknowledgements = watch::Sender<u64>;

/// Starts the sender of acknowledgements.
pub(super) fn start(
    runtime: &Handle,
    provider: &Arc<Provider>,
    longest_pause: Duration,
    tasks: &mut Vec<AbortHandle>,
) -> Acknowledgements {
    let (applied, seen) = watch::channel(0);
    let task = runtime.spawn(send(Arc::clone(provider), seen, BackOff::new(longest_pause)));
    tasks.push(task.abort_handle());
    applied
}

async fn send(provider: Arc<Provider>, mut applied: watch::Receiver<u64>, mut back_off: BackOff) {
    while applied.changed().await.is_ok() {
        loop {
            let number = *applied.borrow_and_update();
            let Err(failure) = provider.acknowledge(number).await else { break };
            tracing::debug!(error = %failure.error, "an acknowledgement was not taken");
            if is_final(&failure.error) {
                break;
            }
            sleep(back_off.failed(random::fraction(), failure.retry_after)).await;
        }
        back_off.succeeded();
    }
}

/// Whether asking again would get the same answer: the provider does not know acknowledgements, or this one
/// is wrong.
fn is_final(error: &FeedError) -> bool {
    matches!(error, FeedError::Forbidden | FeedError::Fetch(FetchError::Status(400..=428)))
}
