//! The tide: looks every second whether Redis still holds everything, puts it right if not, and copies what other
//! nodes revoked. Comes at once when a request found Redis behind. Nothing to do without Redis.

use std::{sync::Arc, time::Duration};

use tokio::time::timeout;

use crate::app::App;

const EVERY: Duration = Duration::from_secs(1);

/// Takes turns for as long as the server runs.
pub(super) async fn run(app: Arc<App>) {
    let Some(home) = app.hot.redis() else {
        return;
    };
    let mut well = home.is_in_step();
    loop {
        let outcome = home.turn(&app.db, app.clock.now_ms()).await;
        match &outcome {
            Ok(()) if !well => tracing::info!("Redis is in step with the database again"),
            Err(error) if well => tracing::error!(%error, "Redis cannot be used; trying again every second"),
            _ => {}
        }
        well = outcome.is_ok();
        let _woken_or_due = timeout(EVERY, home.lost()).await;
    }
}
