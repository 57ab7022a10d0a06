//! Says every few seconds that this node lives.

use std::{sync::Arc, time::Duration};

use crate::app::App;

pub(super) const EVERY: Duration = Duration::from_secs(5);

pub async fn say_that_this_node_lives(app: Arc<App>) {
    if let Err(error) = app.store.note_node(app.node, app.now()).await {
        tracing::debug!(%error, "this node could not say that it lives");
    }
}
