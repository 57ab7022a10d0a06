//! Writes down which instances of sites listen to the feed and what they confirm: all that comes within a few
//! milliseconds in one transaction, however many sites there are.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{
    sync::mpsc::Receiver,
    time::{Interval, interval, sleep},
};

use crate::{
    app::App,
    feed::{AcknowledgementOutcome, Waiting},
    store::feed_acknowledgements::{FollowerNews, Instance},
};

/// At most so many rows of each kind in one transaction, so that no request waits long behind it.
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
    let Some(mut waiting) = app.feed.acknowledgements.collect() else {
        return;
    };
    let mut writer = Writer { app, noted: HashMap::new() };
    let mut again = interval(EVERY);
    loop {
        let batch = writer.gather(&mut waiting, &mut again).await;
        let pause = if writer.write(batch).await { GATHER } else { PAUSE };
        sleep(pause).await;
    }
}

struct Writer {
    app: Arc<App>,
    /// Until when each listener was last said to be connected.
    noted: HashMap<Instance, i64>,
}

/// What goes into one transaction, and who waits for it.
#[derive(Default)]
struct Batch {
    news: FollowerNews,
    waiting: Vec<Waiting>,
}

impl Writer {
    /// Waits for something to write down.
    async fn gather(&mut self, waiting: &mut Receiver<Waiting>, again: &mut Interval) -> Batch {
        let (mut batch, listeners) = (Batch::default(), &self.app.feed.listeners);
        tokio::select! {
            _count = waiting.recv_many(&mut batch.waiting, AT_ONCE) => {}
            () = listeners.moved() => {}
            _tick = again.tick() => listeners.all_again(),
        }
        let (moves, now) = (listeners.moves(AT_ONCE), self.app.now().as_secs());
        batch.news = FollowerNews {
            came: moves.came,
            left: moves.left.into_iter().filter_map(|gone| self.noted.remove_entry(&gone)).collect(),
            acknowledgements: batch.waiting.iter().map(|waiting| waiting.said.clone()).collect(),
            connected_until: now + CONNECTED,
            waited_for_until: now + COMES_BACK,
        };
        batch
    }

    /// Writes a batch. Answers whether it is stored.
    async fn write(&mut self, batch: Batch) -> bool {
        let Batch { news, waiting } = batch;
        if news.came.is_empty() && news.left.is_empty() && waiting.is_empty() {
            return true;
        }
        let (came, until) = (news.came.clone(), news.connected_until);
        match self.app.store.note_followers(news).await {
            Ok(newest) => {
                self.noted.extend(came.into_iter().map(|instance| (instance, until)));
                waiting.into_iter().for_each(|waiting| waiting.answer_by(newest));
                true
            }
            Err(error) => {
                tracing::warn!(%error, "who follows the feed was not written down");
                self.app.feed.listeners.put_back(came);
                waiting.into_iter().for_each(|waiting| waiting.answer(AcknowledgementOutcome::NotKept));
                false
            }
        }
    }
}
