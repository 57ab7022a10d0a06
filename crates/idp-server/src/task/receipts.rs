//! Writes down who listens to the feed and what they confirm: whatever comes within a few milliseconds in one
//! transaction, however many sites there are.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{
    sync::mpsc::Receiver,
    time::{Interval, interval, sleep},
};

use crate::{
    app::App,
    db::{Connection, DbError, feed_receipts, revocations},
    feed::{Instance, Outcome, Receipt},
};

/// At most so many rows of each kind in one transaction, so that nobody waits long behind it.
const AT_ONCE: usize = 500;
/// After a transaction, so that the next has more in it.
const GATHER: Duration = Duration::from_millis(5);
/// After one that failed.
const PAUSE: Duration = Duration::from_secs(1);
/// How long (seconds) a listener is taken for connected after it was last written down, and how often it is.
const CONNECTED: i64 = 45;
const EVERY: Duration = Duration::from_secs(20);
/// How long (seconds) one that left is still waited for: a reader that lives is back by then, and must not be left out of
/// a receipt that speaks for its site.
const COMES_BACK: i64 = 10;

pub(super) async fn run(app: Arc<App>) {
    let Some(mut receipts) = app.feed.receipts.collect() else {
        return;
    };
    let mut clerk = Clerk { app, noted: HashMap::new() };
    let mut again = interval(EVERY);
    loop {
        let page = clerk.gather(&mut receipts, &mut again).await;
        let pause = if clerk.write(page).await { GATHER } else { PAUSE };
        sleep(pause).await;
    }
}

struct Clerk {
    app: Arc<App>,
    /// Until when each listener was last said to be connected.
    noted: HashMap<Instance, i64>,
}

/// What goes into one transaction.
#[derive(Default)]
struct Page {
    came: Vec<Instance>,
    /// With what was noted of them.
    left: Vec<(Instance, i64)>,
    receipts: Vec<Receipt>,
    now: i64,
    until: i64,
}

impl Clerk {
    /// Waits for something to write down.
    async fn gather(&mut self, receipts: &mut Receiver<Receipt>, again: &mut Interval) -> Page {
        let (mut page, listeners) = (Page::default(), &self.app.feed.listeners);
        tokio::select! {
            _count = receipts.recv_many(&mut page.receipts, AT_ONCE) => {}
            () = listeners.moved() => {}
            _tick = again.tick() => listeners.all_again(),
        }
        let moves = listeners.moves(AT_ONCE);
        page.came = moves.came;
        page.left = moves.left.into_iter().filter_map(|gone| self.noted.remove_entry(&gone)).collect();
        page.now = self.app.now().as_secs();
        page.until = page.now + CONNECTED;
        page
    }

    /// Whether it was written.
    async fn write(&mut self, page: Page) -> bool {
        if page.came.is_empty() && page.left.is_empty() && page.receipts.is_empty() {
            return true;
        }
        let page = Arc::new(page);
        let shared = Arc::clone(&page);
        let written = self.app.db.write(move |connection| shared.put_down(connection)).await;
        let Ok(page) = Arc::try_unwrap(page) else {
            // A write that is given up may still hold it: the sites come again, and so does the next turn.
            return false;
        };
        let is_written = written.is_ok();
        match written {
            Ok(newest) => {
                self.noted.extend(page.came.into_iter().map(|instance| (instance, page.until)));
                page.receipts.into_iter().for_each(|receipt| receipt.answer_by(newest));
            }
            Err(error) => {
                tracing::warn!(%error, "who follows the feed was not written down");
                self.app.feed.listeners.put_back(page.came);
                page.receipts.into_iter().for_each(|receipt| receipt.answer(Outcome::NotKept));
            }
        }
        is_written
    }
}

impl Page {
    /// Answers the newest number there is: a greater one is no receipt for anything.
    fn put_down(&self, connection: &mut Connection) -> Result<i64, DbError> {
        for instance in &self.came {
            feed_receipts::listens(connection, instance.client.as_str(), &instance.name, self.until)?;
        }
        for (instance, until) in &self.left {
            feed_receipts::left(
                connection,
                instance.client.as_str(),
                &instance.name,
                *until,
                self.now + COMES_BACK,
            )?;
        }
        let newest = revocations::newest(connection)?;
        for receipt in self.receipts.iter().filter(|receipt| receipt.number <= newest) {
            let (client, name) = (receipt.instance.client.as_str(), receipt.instance.name.as_str());
            feed_receipts::confirm(
                connection,
                client,
                name,
                receipt.number,
                receipt.received_ms,
                self.until,
            )?;
        }
        Ok(newest)
    }
}
