//! Signatures a few at a time. An RSA signature keeps a worker busy for as long as dozens of other steps. If a worker made all
//! that are due in a row, everything that arrives meanwhile would wait for all of them. So it makes a few, reads what came,
//! lets the short steps go on, and makes the next (docs/adr/0044).

use crate::spans::{self, Waiting};
use idp_core::key::SigningKey;
use std::ops::Deref;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::yield_now;
use tracing::Span;

/// Signatures between two looks at what came in. With one, questions to the database come singly and are not asked in
/// groups, which costs a tenth of the throughput; with all that are due, a far database leaves the worker idle.
const IN_A_ROW: usize = 4;

thread_local! {
    /// The turns of this worker.
    static TURNS: Arc<Semaphore> = Arc::new(Semaphore::new(IN_A_ROW));
}

/// The key that signs, for as long as this request has a turn.
pub struct Signer {
    key: SigningKey,
    /// `None` only if the turns were closed, which never happens.
    _turn: Option<OwnedSemaphorePermit>,
    /// As long as the turn.
    _span: Span,
}

impl Signer {
    /// Waits for a turn to sign with `key`, and then until the worker has read what came in meanwhile.
    pub async fn wait(key: SigningKey) -> Self {
        let span = spans::signing();
        let waiting = Waiting::of(&span);
        let turn = TURNS.with(Arc::clone).acquire_owned().await.ok();
        yield_now().await;
        waiting.is_over();
        Self { key, _turn: turn, _span: span }
    }
}

impl Deref for Signer {
    type Target = SigningKey;
    fn deref(&self) -> &SigningKey {
        &self.key
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use futures_util::future::{join, join_all};
    use std::cell::RefCell;
    use std::rc::Rc;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::UnixStream;
    use tokio::task::{LocalSet, spawn_local};

    /// Sixteen requests are due to be signed at once, and as the first is, something arrives over the network. What they did,
    /// in order: signed, or read what arrived.
    async fn order() -> Vec<&'static str> {
        let key = SigningKey::generate(2048).unwrap();
        let order = Rc::new(RefCell::new(Vec::new()));
        let (mut sender, mut receiver) = UnixStream::pair().unwrap();
        let (read, signed) = (Rc::clone(&order), Rc::clone(&order));
        let reading = spawn_local(async move {
            receiver.read_u8().await.unwrap();
            read.borrow_mut().push("read");
        });
        // The reader waits before the first signature is made.
        yield_now().await;
        let of_first = key.clone();
        let first = spawn_local(async move {
            let _signer = Signer::wait(of_first).await;
            sender.write_u8(1).await.unwrap();
            signed.borrow_mut().push("signed");
        });
        let others = (1..16).map(|_| {
            let (signed, key) = (Rc::clone(&order), key.clone());
            spawn_local(async move {
                let _signer = Signer::wait(key).await;
                signed.borrow_mut().push("signed");
            })
        });
        let others: Vec<_> = others.collect();
        let _ = join(join(reading, first), join_all(others)).await;
        order.take()
    }

    #[tokio::test]
    async fn what_arrives_is_read_after_a_few_signatures_and_not_after_all_that_are_due() {
        let order = LocalSet::new().run_until(order()).await;
        assert_eq!(order.iter().filter(|what| **what == "signed").count(), 16);
        let read = order.iter().position(|what| *what == "read").unwrap();
        assert!(read <= 2 * IN_A_ROW, "{order:?}");
    }
}
