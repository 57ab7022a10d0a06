//! Ends the sessions that were voided when everybody was signed out, some at a time.

use std::{sync::Arc, time::Duration};

use crate::app::App;

pub(super) const EVERY: Duration = Duration::from_secs(2);

pub(super) async fn turn(app: Arc<App>) {
    if let Err(error) = app.store.bring_back_void_mark(app.now()).await {
        tracing::warn!(%error, "the mark of a clock that was ahead is not brought back yet");
    }
    loop {
        match app.store.end_voided_sessions(app.now()).await {
            Ok(true) => return,
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(%error, "sessions that are void are not ended yet");
                return;
            }
        }
    }
}
