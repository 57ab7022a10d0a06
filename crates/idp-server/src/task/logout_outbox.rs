//! The sender of logout tokens, one on every node. What is due is claimed by a lease, so that of many nodes one sends
//! it; what a node that died had claimed is due again when the lease is over, so that it is sent at least once.
//! A site that is slow or away holds up its own deliveries and no other's.

use std::{collections::HashMap, future::pending, sync::Arc, time::Duration};

use idp_core::{backchannel::BackchannelLogoutUri, time::UnixTime};
use rand_core::RngCore as _;
use tokio::{task::JoinSet, time::sleep};
use tracing::Instrument as _;

use crate::{
    app::App,
    clock::Stopwatch,
    db::{
        DbError,
        logout_deliveries::{Delivery, DeliveryOutcome, Due},
    },
    metrics, random, spans,
    store::logout_outbox,
};

/// Requests under way at once.
const MOST: usize = 16;
/// Of those, to one host.
const MOST_OF_ONE_HOST: usize = 2;
/// And of deliveries that failed before: sites that do not answer leave room for those that do.
const MOST_RETRIES: usize = 8;
/// Longer than a request may take, clocks of nodes that disagree included.
const LEASE_MS: i64 = 10_000;
/// Something was written down, and is committed in a moment.
const SOON: Duration = Duration::from_millis(2);
/// Other nodes and the command line write things down as well, and retries come due.
const AT_LAST: Duration = Duration::from_secs(1);

/// Sends what is due, for as long as it runs.
pub(super) async fn run(app: Arc<App>) {
    let mut queued = app.store.logout_queued();
    let mut sender = Sender { app, under_way: JoinSet::new(), hosts: HashMap::new(), retries: 0 };
    let mut pause = SOON;
    loop {
        pause = match sender.take_what_is_due().await {
            Ok(0) => (pause * 3).min(AT_LAST),
            Ok(_) => SOON,
            Err(error) => {
                tracing::warn!(%error, "logout tokens wait for the database");
                AT_LAST
            }
        };
        tokio::select! {
            _ = queued.changed() => pause = SOON,
            () = sender.one_is_done() => {}
            () = sleep(pause) => {}
        }
    }
}

/// What is under way.
struct Sender {
    app: Arc<App>,
    under_way: JoinSet<Slot>,
    hosts: HashMap<String, usize>,
    retries: usize,
}

/// The room that one request takes.
struct Slot {
    host: String,
    is_retry: bool,
}

impl Sender {
    /// Starts as many requests as there is room for; how many.
    async fn take_what_is_due(&mut self) -> Result<usize, DbError> {
        if self.under_way.len() >= MOST {
            return Ok(0);
        }
        let now_ms = self.app.clock.now_ms();
        let due = self.app.store.due_logout_deliveries(now_ms).await?;
        let mut started = 0;
        for due in due {
            let room = self.room_for(&due);
            if room > 0 {
                started += self.take(due, room, now_ms).await?;
            }
        }
        Ok(started)
    }

    fn room_for(&self, due: &Due) -> usize {
        let under_way = self.hosts.get(host(&due.uri)).copied().unwrap_or_default();
        let of_all = MOST.saturating_sub(self.under_way.len());
        let of_retries = if due.attempts > 0 { MOST_RETRIES.saturating_sub(self.retries) } else { MOST };
        MOST_OF_ONE_HOST.saturating_sub(under_way).min(of_all).min(of_retries)
    }

    async fn take(&mut self, due: Due, room: usize, now_ms: i64) -> Result<usize, DbError> {
        let (client, count) = (due.client, i64::try_from(room).unwrap_or(1));
        let leased_until_ms = now_ms.saturating_add(LEASE_MS);
        let claimed = self.app.store.claim_logout_deliveries(client, count, now_ms, leased_until_ms).await?;
        let count = claimed.len();
        claimed.into_iter().for_each(|delivery| self.start(delivery, due.uri.clone()));
        Ok(count)
    }

    fn start(&mut self, delivery: Delivery, uri: BackchannelLogoutUri) {
        let slot = Slot { host: host(&uri).to_owned(), is_retry: delivery.attempts > 1 };
        *self.hosts.entry(slot.host.clone()).or_default() += 1;
        self.retries += usize::from(slot.is_retry);
        let app = Arc::clone(&self.app);
        self.under_way.spawn(async move {
            deliver(&app, &delivery, &uri).instrument(spans::task("deliver logout token")).await;
            slot
        });
    }

    async fn one_is_done(&mut self) {
        match self.under_way.join_next().await {
            Some(Ok(slot)) => self.free(&slot),
            // Its room stays taken; it cannot happen, for what is spawned does not panic.
            Some(Err(error)) => tracing::error!(%error, "a delivery ended by itself"),
            None => pending().await,
        }
    }

    fn free(&mut self, slot: &Slot) {
        self.retries = self.retries.saturating_sub(usize::from(slot.is_retry));
        let left = self.hosts.get(&slot.host).copied().unwrap_or_default().saturating_sub(1);
        match left {
            0 => drop(self.hosts.remove(&slot.host)),
            left => *self.hosts.entry(slot.host.clone()).or_default() = left,
        }
    }
}

/// The authority of an address: the limit counts for a server with all its paths.
fn host(uri: &BackchannelLogoutUri) -> &str {
    let rest = uri.as_str().split_once("//").map_or("", |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or("")
}

async fn deliver(app: &App, delivery: &Delivery, uri: &BackchannelLogoutUri) {
    let took = Stopwatch::start();
    let outcome = send(app, delivery, uri).await;
    report(delivery, &outcome, took.elapsed());
    app.metrics.logouts.add(match &outcome {
        DeliveryOutcome::Delivered { .. } => metrics::DeliveryOutcome::Delivered,
        DeliveryOutcome::Again { .. } => metrics::DeliveryOutcome::Failed,
        DeliveryOutcome::GivenUp { .. } => metrics::DeliveryOutcome::GivenUp,
    });
    if let Err(error) = app.store.settle_logout_delivery(delivery.clone(), outcome).await {
        // The lease runs out and it is sent again: a site takes it twice.
        tracing::warn!(%error, "what came of a logout token was not written down");
    }
}

async fn send(app: &App, delivery: &Delivery, uri: &BackchannelLogoutUri) -> DeliveryOutcome {
    let draw = random::rng().next_u32();
    let again = |error: String| logout_outbox::after_failure(delivery, error, app.clock.now_ms(), draw);
    let Some(token) = token(app, delivery, app.now()) else {
        return again("the logout token could not be signed".to_owned());
    };
    match app.outgoing.post_form(uri, &[("logout_token", &token)]).await {
        Ok(status) => logout_outbox::after_answer(delivery, status.as_u16(), app.clock.now_ms(), draw),
        Err(no_answer) => again(no_answer.to_string()),
    }
}

fn token(app: &App, delivery: &Delivery, now: UnixTime) -> Option<String> {
    let ring = app.keys.ring();
    let signed = logout_outbox::logout_token(delivery, app.issuer(), ring.signer()?, now, &mut random::rng());
    signed.inspect_err(|error| tracing::error!(%error, "a logout token could not be signed")).ok()
}

fn report(delivery: &Delivery, outcome: &DeliveryOutcome, took: Duration) {
    let (client, attempts, took_ms) = (delivery.client.as_str(), delivery.attempts, took.as_millis());
    match outcome {
        DeliveryOutcome::Delivered { .. } => {
            tracing::info!(client, attempts, took_ms, "logout token delivered")
        }
        DeliveryOutcome::Again { error, .. } => {
            tracing::info!(client, attempts, error, "logout token not delivered yet")
        }
        DeliveryOutcome::GivenUp { error } => {
            tracing::warn!(client, attempts, error, "logout token given up")
        }
    }
}
