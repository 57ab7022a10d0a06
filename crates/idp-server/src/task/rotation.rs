//! Key rotation: reads the ring again, so that what another node or `keys rotate` did is noticed within a minute, and
//! carries out what is due.

use std::{sync::Arc, time::Duration};

use crate::{app::App, error_chain::Chain};

pub(super) const EVERY: Duration = Duration::from_secs(60);

pub(super) async fn turn(app: Arc<App>) {
    if let Err(error) = app.keys.maintain(&app.store, app.now()).await {
        tracing::error!(error = %Chain(&error), "the signing keys were not looked after; the ring in use stays");
    }
}
