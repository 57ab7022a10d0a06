//! Follows the revocation log: wakes at each commit that may have revoked something and at each heartbeat, and hands
//! what is new to the feed. A node that cannot read the log says nothing, so that no site believes it is fresh.

use std::{sync::Arc, time::Duration};

use idp_core::revocation::{Kind, Moment, Revocation};
use tokio::time::{Instant, sleep, sleep_until};

use crate::{
    app::App,
    db::{Changes, DbError},
    error_chain::Chain,
    store::signing_keys::KeysError,
};

/// After a batch, so that a burst of revocations is a few batches and not as many signatures.
const GATHER: Duration = Duration::from_millis(5);

pub(super) async fn run(app: Arc<App>) {
    let changes = match app.store.changes() {
        Ok(changes) => Some(changes),
        Err(error) => {
            tracing::warn!(%error, "commits are looked for at each heartbeat only");
            None
        }
    };
    let heartbeat = app.config.feed.heartbeat.to_duration();
    let mut follower = Follower { app, stalled: false };
    let mut beat = Instant::now();
    loop {
        if wait(changes.as_ref(), beat).await {
            beat = Instant::now() + heartbeat;
            follower.beat().await;
        } else {
            follower.news().await;
        }
        sleep(GATHER).await;
    }
}

/// Until there may be news (`false`) or the heartbeat is due (`true`).
async fn wait(changes: Option<&Changes>, beat: Instant) -> bool {
    let Some(changes) = changes else {
        sleep_until(beat).await;
        return true;
    };
    tokio::select! {
        () = sleep_until(beat) => true,
        () = changes.next() => false,
    }
}

struct Follower {
    app: Arc<App>,
    stalled: bool,
}

impl Follower {
    async fn beat(&mut self) {
        // What was changed by another process, before anything is signed.
        match self.app.follow_keys().await {
            // Told by the task that looks for their master key.
            Ok(()) | Err(KeysError::Sealed(_)) => {}
            Err(error) => {
                tracing::warn!(error = %Chain(&error), "the signing keys could not be looked at");
            }
        }
        self.send_away_who_may_not_listen().await;
        self.look(true).await;
    }

    /// A client whose right to listen was taken away hears no further statement.
    async fn send_away_who_may_not_listen(&self) {
        if self.app.feed.listeners.count() == 0 {
            return;
        }
        match self.app.store.clients_following_feed().await {
            Ok(may_listen) => self.app.feed.listeners.send_away_all_but(&may_listen),
            Err(error) => tracing::warn!(%error, "the clients that may listen could not be looked up"),
        }
    }

    async fn news(&mut self) {
        self.look(false).await;
    }

    async fn look(&mut self, proves: bool) {
        // Asked for first: what was committed before this moment is in what is read.
        let moment = self.app.feed.moment();
        let known = self.app.feed.state().number;
        match self.app.store.revocations_since(known, self.app.now()).await {
            Ok((newest, news)) if newest != known || proves => {
                self.stalled = false;
                self.hand_on(newest, news, moment).await;
            }
            Ok(_) => {}
            Err(error) => self.stall(proves, &error),
        }
    }

    async fn hand_on(&self, newest: i64, news: Vec<Revocation>, moment: Moment) {
        let app = &self.app;
        if news.iter().any(|entry| entry.revoked.kind == Kind::Key) && !self.has_dropped_keys(&news).await {
            // A key that others may have must not sign that there is nothing new: the next heartbeat tries again.
            return;
        }
        let Some(key) = app.keys.ring().signer().cloned() else {
            return;
        };
        if let Err(error) = app.feed.take_in(newest, news, moment, app.now(), &key) {
            tracing::error!(%error, "revocations could not be signed");
        }
    }

    /// Drops the keys that were given up; whether none of them is in use here any more.
    async fn has_dropped_keys(&self, news: &[Revocation]) -> bool {
        let app = &self.app;
        if let Err(error) = app.follow_keys().await {
            tracing::error!(error = %Chain(&error), "the signing keys could not be looked at");
        }
        let ring = app.keys.ring();
        let named = |kid: &str| {
            news.iter().any(|entry| entry.revoked.kind == Kind::Key && entry.revoked.value == kid)
        };
        !ring.keys().iter().any(|entry| named(entry.key.kid()))
    }

    fn stall(&mut self, told: bool, error: &DbError) {
        if !self.stalled {
            tracing::warn!(%error, "the revocation log cannot be read: the feed proves nothing until it can");
        }
        self.stalled = true;
        if told {
            self.app.feed.stalled();
        }
    }
}
