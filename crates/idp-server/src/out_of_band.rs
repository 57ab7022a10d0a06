//! Work that an answer does not wait for, because how long it takes would tell something about other people (S81). It is bounded,
//! and what is under way when the process ends is lost: only what a person can ask for again belongs here.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tracing::Instrument as _;

use crate::spans;

/// More than a database does at once, and little memory.
const MOST: usize = 64;

/// Runs such work.
#[derive(Clone)]
pub struct OutOfBand(Arc<Semaphore>);

/// There is as much under way as there may be.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Full;

impl Default for OutOfBand {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MOST)))
    }
}

impl OutOfBand {
    /// Begins `work` beside the request.
    ///
    /// # Errors
    /// [`Full`]: then none of it is done, whomever it is about.
    pub fn begin(&self, work: impl Future<Output = ()> + Send + 'static) -> Result<(), Full> {
        let permit = Arc::clone(&self.0).try_acquire_owned().map_err(|_| Full)?;
        let work = async move {
            work.await;
            drop(permit);
        };
        // A trace of its own: the request does not wait for it.
        tokio::spawn(work.instrument(spans::task("work beside a request")));
        Ok(())
    }

    /// Whether nothing is under way.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.0.available_permits() == MOST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_more_is_begun_than_there_is_room_for_and_what_ends_makes_room() {
        let (desk, gate) = (OutOfBand::default(), Arc::new(Semaphore::new(0)));
        let wait = || {
            let gate = Arc::clone(&gate);
            async move { drop(gate.acquire().await) }
        };
        for _ in 0..MOST {
            assert_eq!(desk.begin(wait()), Ok(()));
        }
        assert_eq!(desk.begin(wait()), Err(Full));
        gate.add_permits(MOST);
        while !desk.is_idle() {
            tokio::task::yield_now().await;
        }
        assert_eq!(desk.begin(wait()), Ok(()));
    }
}
