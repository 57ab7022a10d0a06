//! After everybody was signed out: their sessions are void by one number at once, and are ended here some at a time,
//! so that no write takes long, the causes are kept and sites without the feed are told.

use std::{sync::Arc, time::Duration};

use crate::{app::App, store::ending};

pub(super) const EVERY: Duration = Duration::from_secs(2);

pub(super) async fn turn(app: Arc<App>) {
    if !matches!(app.db.read(ending::has_leftovers).await, Ok(true)) {
        return;
    }
    loop {
        let now = app.now();
        match app.db.write(move |connection| ending::leftovers(connection, now)).await {
            Ok(true) => return,
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(%error, "sessions that are void are not ended yet");
                return;
            }
        }
    }
}
