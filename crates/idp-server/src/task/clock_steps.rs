//! Notices when the clock of this node was put back, and then brings back what it wrote while it was ahead (A1).

use std::{sync::Arc, time::Duration};

use tokio::time::sleep;

use crate::app::App;

const EVERY: Duration = Duration::from_secs(1);

/// Looks every second, for as long as the server runs. A jump that was shorter counts as well when a time was used that it
/// gave. What could not be brought back is tried again.
pub(super) async fn run(app: Arc<App>) {
    loop {
        sleep(EVERY).await;
        let (now, latest) = (app.now(), app.latest());
        if !latest.is_ahead_of(now) {
            continue;
        }
        tracing::warn!(seconds = latest.seconds_since(now), "the clock was put back");
        if let Err(error) = app.store.bring_back_times(now).await {
            tracing::warn!(%error, "times of a clock that was ahead are not brought back yet");
            continue;
        }
        app.clock_was_put_back(latest, now);
        if let Err(error) = app.store.bring_back_last_uses(now).await {
            tracing::warn!(%error, "sessions that were used by a clock ahead wait for the next clean-up");
        }
    }
}
