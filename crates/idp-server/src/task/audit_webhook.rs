//! Posts the events of the audit log to its webhook, as they happen. One node posts; what is not taken is posted again, later
//! and later, before anything newer, and nothing is left out.

use std::{sync::Arc, time::Duration};

use aws_lc_rs::digest::{SHA256, digest};
use reqwest::StatusCode;
use serde_json::json;
use tokio::time::sleep;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::{
    admin_api::audit::AuditEvent,
    app::App,
    audit_webhook::AuditWebhook,
    db::{DbError, audit_search::LoggedEvent},
    metrics::PostOutcome,
    spans,
    store::audit_stream::StreamPosition,
};

/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);
/// Between two tries, at most.
const LONGEST: Duration = Duration::from_secs(60);

/// Posts, for as long as it runs; ends at once without a webhook.
pub(super) async fn run(app: Arc<App>) {
    let Some(webhook) = &app.audit_webhook else {
        return;
    };
    let mut position = StreamPosition::default();
    let mut pause = EVERY;
    loop {
        pause = match turn(&app, webhook, &mut position).await {
            Ok(Turn::More) => Duration::ZERO,
            Ok(Turn::Done) => EVERY,
            Ok(Turn::Refused) => (pause.max(EVERY) * 2).min(LONGEST),
            Err(error) => {
                tracing::warn!(%error, "the audit webhook waits for the database");
                EVERY
            }
        };
        sleep(pause).await;
    }
}

/// How a turn ended.
enum Turn {
    /// Something was taken; there may be more.
    More,
    /// There was nothing to post.
    Done,
    /// It was not taken.
    Refused,
}

/// One request, if there is something to post.
async fn turn(app: &App, webhook: &AuditWebhook, position: &mut StreamPosition) -> Result<Turn, DbError> {
    let events = app.store.events_to_post(app.node, position, app.clock.now_ms()).await?;
    if events.is_empty() {
        return Ok(Turn::Done);
    }
    let ids: Vec<Uuid> = events.iter().filter_map(|event| event.id.parse().ok()).collect();
    match post(app, webhook, events).instrument(spans::task("post audit events")).await {
        Ok(()) => {
            app.metrics.audit_posts.add(PostOutcome::Taken);
            app.store.events_were_taken(app.node, position, &ids).await?;
            Ok(Turn::More)
        }
        Err(error) => {
            app.metrics.audit_posts.add(PostOutcome::Refused);
            tracing::warn!(error, "the audit webhook did not take events; they are posted again");
            app.store.events_were_refused(app.node, error, app.now()).await?;
            Ok(Turn::Refused)
        }
    }
}

async fn post(app: &App, webhook: &AuditWebhook, events: Vec<LoggedEvent>) -> Result<(), String> {
    let now = app.now();
    let id = message_id(&events);
    let events: Vec<AuditEvent> = events.into_iter().filter_map(|event| event.try_into().ok()).collect();
    let body = json!({
        "type": "audit.events",
        "timestamp": crate::date::rfc3339(now),
        "data": { "issuer": app.issuer(), "events": events },
    });
    let body = body.to_string();
    let headers = [
        ("webhook-signature", webhook.signature(&id, now, &body)),
        ("webhook-timestamp", now.as_secs().to_string()),
        ("webhook-id", id),
    ];
    match app.outgoing.post_json(&webhook.url, headers, body).await {
        Ok(status) if status.is_success() => Ok(()),
        Ok(StatusCode::GONE) => {
            Err("the answer has the status 410; unset audit.webhook_url to stop".to_owned())
        }
        Ok(status) => Err(format!("the answer has the status {}", status.as_u16())),
        Err(error) => Err(error.to_string()),
    }
}

/// The same for the same events, so that a receiver knows a message that it took already.
fn message_id(events: &[LoggedEvent]) -> String {
    let ids: Vec<&str> = events.iter().map(|event| event.id.as_str()).collect();
    let hash = digest(&SHA256, ids.join(" ").as_bytes());
    let hex: String = hash.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("msg_{hex}")
}
