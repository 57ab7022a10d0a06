//! The sender of letters, one on every node. What is due is claimed by a lease, so that of many nodes one sends it; what a
//! node that died had claimed is due again when the lease is over, so that it is sent at least once. A mail server that is
//! slow or away holds up nothing but letters.

use std::{future::pending, sync::Arc, time::Duration};

use rand_core::RngCore as _;
use tokio::{task::JoinSet, time::sleep};
use tracing::Instrument as _;

use crate::{
    app::App,
    clock::Stopwatch,
    db::{
        DbError,
        mails::{Mail, MailOutcome},
    },
    fault,
    mail::{Dispatch, NotSent},
    metrics::DeliveryOutcome,
    page, random, spans,
    store::{mail_outbox, master_key::KnownMasterKeys},
};

/// Letters on their way at once.
const MOST: usize = 4;
/// How much longer than a letter may take a node has it for itself: clocks of nodes may disagree.
const LEASE_MARGIN_MS: i64 = 30_000;
/// Something was written down, and is committed in a moment.
const SOON: Duration = Duration::from_millis(2);
/// Other nodes and the command line write letters as well, and retries come due.
const AT_LAST: Duration = Duration::from_secs(1);

/// Sends what is due, for as long as it runs; ends at once where no letter is ever written.
pub(super) async fn run(app: Arc<App>) {
    let Some(mut queued) = app.store.letter_queued() else {
        return;
    };
    let mut under_way = JoinSet::new();
    let mut pause = SOON;
    loop {
        pause = match take_what_is_due(&app, &mut under_way).await {
            Ok(0) => (pause * 3).min(AT_LAST),
            Ok(_) => SOON,
            Err(error) => {
                tracing::warn!(%error, "letters wait for the database");
                AT_LAST
            }
        };
        tokio::select! {
            _ = queued.changed() => pause = SOON,
            () = one_is_done(&mut under_way) => {}
            () = sleep(pause) => {}
        }
    }
}

/// Starts as many letters as there is room for; how many.
async fn take_what_is_due(app: &Arc<App>, under_way: &mut JoinSet<()>) -> Result<usize, DbError> {
    let room = MOST.saturating_sub(under_way.len());
    if room == 0 {
        return Ok(0);
    }
    let now_ms = app.clock.now_ms();
    let lease_ms = app.config.mail.time_limit.as_secs().saturating_mul(1000).saturating_add(LEASE_MARGIN_MS);
    let count = i64::try_from(room).unwrap_or(1);
    let claimed = app.store.claim_mails(count, now_ms, now_ms.saturating_add(lease_ms)).await?;
    let started = claimed.len();
    for mail in claimed {
        let app = Arc::clone(app);
        under_way.spawn(async move { deliver(&app, mail).instrument(spans::task("deliver letter")).await });
    }
    Ok(started)
}

async fn one_is_done(under_way: &mut JoinSet<()>) {
    match under_way.join_next().await {
        Some(Ok(())) => {}
        // It cannot happen, for what is spawned does not panic.
        Some(Err(error)) => tracing::error!(%error, "the sending of a letter ended by itself"),
        None => pending().await,
    }
}

async fn deliver(app: &App, mail: Mail) {
    let took = Stopwatch::start();
    fault::point("letter claimed");
    let outcome = try_once(app, &mail).await;
    fault::point("letter sent");
    report(&mail, &outcome, took.elapsed());
    app.metrics.mails.add(match &outcome {
        MailOutcome::Sent { .. } => DeliveryOutcome::Delivered,
        MailOutcome::Again { .. } => DeliveryOutcome::Failed,
        MailOutcome::GivenUp { .. } => DeliveryOutcome::GivenUp,
    });
    if let Err(error) = app.store.settle_mail(mail, outcome, app.now()).await {
        // The lease runs out and it is sent again, under the same message id.
        tracing::warn!(%error, "what came of a letter was not written down");
    }
}

async fn try_once(app: &App, mail: &Mail) -> MailOutcome {
    let now_ms = app.clock.now_ms();
    if mail.expires_ms <= now_ms {
        return MailOutcome::GivenUp { error: "it was too late to send it".to_owned() };
    }
    let Some(letter) = app.store.opened_letter(mail) else {
        return unreadable(app, mail).await;
    };
    let Some(text) = page::letter(&letter, &app.config.issuer) else {
        return MailOutcome::GivenUp { error: "it could not be written out".to_owned() };
    };
    let dispatch = Dispatch { id: mail.id, to: &letter.to, at: app.now(), text: &text };
    let failure: NotSent = match app.postman.take(&dispatch).await {
        Ok(()) => return MailOutcome::Sent { at_ms: app.clock.now_ms() },
        Err(failure) => failure,
    };
    mail_outbox::after_failure(mail, &failure, app.clock.now_ms(), random::rng().next_u32())
}

/// While the master key is rotated, or was, another node may have the one that it is sealed under.
async fn unreadable(app: &App, mail: &Mail) -> MailOutcome {
    let error = "it cannot be read under this master key".to_owned();
    match app.store.known_master_keys().await {
        Ok(known) if known == KnownMasterKeys::default() => MailOutcome::GivenUp { error },
        _ => mail_outbox::later(mail, error, app.clock.now_ms(), random::rng().next_u32()),
    }
}

/// By its number, and never by whom it goes to.
fn report(mail: &Mail, outcome: &MailOutcome, took: Duration) {
    let (letter, kind, attempts, took_ms) = (mail.id, mail.kind.as_str(), mail.attempts, took.as_millis());
    match outcome {
        MailOutcome::Sent { .. } => tracing::info!(%letter, kind, attempts, took_ms, "letter sent"),
        MailOutcome::Again { error, .. } => {
            tracing::warn!(%letter, kind, attempts, error, "letter not sent yet");
        }
        MailOutcome::GivenUp { error } => tracing::error!(%letter, kind, attempts, error, "letter given up"),
    }
}
