//! Notices when the clock of this node was put back, and then brings back what it wrote while it was ahead (A1).

use std::{sync::Arc, time::Duration};

use tokio::time::sleep;

use crate::app::App;

const EVERY: Duration = Duration::from_secs(1);

/// Looks every second, for as long as the server runs. What could not be brought back is tried again.
pub(super) async fn run(app: Arc<App>) {
    let mut latest = app.now();
    loop {
        sleep(EVERY).await;
        let now = app.now();
        if !latest.is_ahead_of(now) {
            latest = now;
            continue;
        }
        tracing::warn!(seconds = latest.seconds_since(now), "the clock was put back");
        match app.store.bring_back_times(now).await {
            Ok(()) => latest = now,
            Err(error) => tracing::warn!(%error, "times of a clock that was ahead are not brought back yet"),
        }
    }
}
