//! Renews the lease of this node every few seconds.

use std::{sync::Arc, time::Duration};

use crate::app::App;

pub(super) const EVERY: Duration = Duration::from_secs(5);

pub async fn run(app: Arc<App>) {
    if let Err(error) = app.store.renew_lease(app.node, app.seals().fingerprints.clone(), app.now()).await {
        tracing::debug!(%error, "the lease of this node could not be renewed");
    }
}
