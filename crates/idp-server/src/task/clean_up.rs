//! Clean-up, once an hour: what expired is forgotten, accounts whose time has come are deleted, what happened is counted, and what the
//! password hashes cost is looked at again.

use std::{sync::Arc, time::Duration};

use crate::app::App;

pub(super) const EVERY: Duration = Duration::from_secs(60 * 60);

pub(super) async fn turn(app: Arc<App>) {
    app.store.clean_up(app.now()).await;
    match app.store.remove_due_accounts(app.now()).await {
        Ok(0) => {}
        Ok(removed) => tracing::info!(removed, "accounts were deleted as their people had asked"),
        Err(error) => tracing::warn!(%error, "accounts that are to be deleted wait for the next clean-up"),
    }
    if let Err(error) = app.store.bring_back_times(app.now()).await {
        tracing::warn!(%error, "times of a clock that was ahead are not brought back yet");
    }
    if let Err(error) = app.store.bring_back_last_uses(app.now()).await {
        tracing::warn!(%error, "sessions that were used by a clock ahead wait for the next clean-up");
    }
    if let Err(error) = app.store.count_up(app.now()).await {
        tracing::warn!(%error, "the numbers of the overview are those of the last clean-up");
    }
    if let Err(error) = app.dummy_hashes.refresh(&app.store).await {
        tracing::warn!(%error, "the costs of password hashes were not looked at");
    }
}
