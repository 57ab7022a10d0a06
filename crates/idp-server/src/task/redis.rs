//! Looks every second whether Redis still holds everything, puts it right if not, and copies what other nodes revoked.
//! Comes at once when a request found that Redis lost something. Nothing to do without Redis.

use std::{sync::Arc, time::Duration};

use tokio::time::timeout;

use crate::app::App;

const EVERY: Duration = Duration::from_secs(1);

/// Takes turns for as long as the server runs.
pub(super) async fn run(app: Arc<App>) {
    let Some(mut was_in_step) = app.store.is_redis_in_step() else {
        return;
    };
    loop {
        let outcome = app.store.keep_redis_in_step(app.clock.now_ms()).await;
        match &outcome {
            Ok(()) if !was_in_step => tracing::info!("Redis is in step with the database again"),
            Err(error) if was_in_step => {
                tracing::error!(%error, "Redis cannot be used; trying again every second");
            }
            _ => {}
        }
        was_in_step = outcome.is_ok();
        let _woken_or_due = timeout(EVERY, app.store.redis_lost()).await;
    }
}
