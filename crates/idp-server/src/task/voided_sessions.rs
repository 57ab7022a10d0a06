//! Ends the sessions that were voided when everybody was signed out, some at a time and with pauses: they are void already,
//! and sign-ins go first.

use std::{sync::Arc, time::Duration};

use tokio::time::sleep;

use crate::app::App;
use crate::store::revoke::VoidedSessions;

pub(super) const EVERY: Duration = Duration::from_secs(2);
/// What sign-ins have to themselves between two slices.
const PAUSE: Duration = Duration::from_millis(10);
/// After so many the operator is told how far it is.
const TOLD_AFTER: usize = 10_000;

pub(super) async fn turn(app: Arc<App>) {
    if let Err(error) = app.store.bring_back_void_mark(app.now()).await {
        tracing::warn!(%error, "the mark of a clock that was ahead is not brought back yet");
    }
    let (mut ended, mut told, mut so_far) = (0_usize, 0, VoidedSessions::default());
    loop {
        match app.store.end_voided_sessions(&mut so_far, app.now()).await {
            Ok(0) if ended == 0 => return,
            Ok(0) => return tracing::info!(ended, "every session that was void is ended"),
            Ok(count) => ended += count,
            Err(error) => {
                tracing::warn!(ended, %error, "sessions that are void are not ended yet");
                return;
            }
        }
        if ended >= told + TOLD_AFTER {
            told = ended;
            tracing::info!(ended, "sessions that are void are being ended");
        }
        sleep(PAUSE).await;
    }
}
