//! Once a minute, the events of the audit log that are some minutes old are sealed.

use std::{sync::Arc, time::Duration};

use crate::app::App;

pub(super) const EVERY: Duration = Duration::from_secs(60);

pub(super) async fn turn(app: Arc<App>) {
    if let Err(error) = app.store.seal_audit_log(&app.seals().audit, app.now()).await {
        tracing::warn!(%error, "the audit log is not sealed yet");
    }
}
