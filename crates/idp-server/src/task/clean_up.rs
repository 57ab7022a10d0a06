//! Clean-up: rows that expired are of no use a day later. The day is for the late second use of a code or refresh
//! token, which must still be recognised as one, and for whoever asks what happened.

use std::{sync::Arc, time::Duration};

use idp_core::time::UnixTime;

use crate::{
    app::App,
    db::{Connection, DbError, authorization_codes, denied_tokens, grants, throttles},
};

pub(super) const EVERY: Duration = Duration::from_secs(60 * 60);

/// How long expired rows are kept, in seconds.
const KEPT: i64 = 24 * 60 * 60;

type Purge = fn(&mut Connection, UnixTime) -> Result<usize, DbError>;

/// The tables whose rows expire, each in a transaction of its own so that nobody waits long.
const TABLES: [(&str, Purge); 4] = [
    ("authorization_codes", authorization_codes::purge),
    ("grants", grants::purge),
    ("denied_tokens", denied_tokens::purge),
    ("throttles", throttles::purge),
];

pub(super) async fn turn(app: Arc<App>) {
    let limit = app.now().plus(-KEPT);
    for (table, purge) in TABLES {
        match app.db.write(move |connection| purge(connection, limit)).await {
            Ok(0) => {}
            Ok(rows) => tracing::debug!(table, rows, "expired rows forgotten"),
            Err(error) => tracing::warn!(table, %error, "expired rows stay for now"),
        }
    }
}
