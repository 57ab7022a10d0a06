//! `/health/live`: the process answers. `/health/started`: it has opened what it serves from. `/health/ready`: it can reach its
//! database (and Redis, when there is one), sign, and was not told to stop; else which part is at fault, and since when. Load balancers ask
//! the last one, platforms that restart what hangs the first: a database that is away is no reason to restart.

use crate::app::App;
use crate::date::rfc3339;
use crate::metrics::{Label as _, ReadyPart};
use crate::readiness::NotReady;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use serde_json::json;
use std::time::Duration;
use tokio::time::timeout;

/// Longer than the database may take before it is given up as it is for every request.
const PATIENCE: Duration = Duration::from_secs(5);

/// GET.
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "live" }))
}

/// GET. Nothing is answered before the tables are up to date, the keys are read, and the log of revocations is known.
pub async fn started() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "started" }))
}

/// GET. 503 while a part is at fault.
pub async fn ready(app: web::Data<App>) -> HttpResponse {
    let problems = look(&app, PATIENCE).await;
    let Some(first) = problems.first() else {
        return HttpResponse::Ok()
            .insert_header((CACHE_CONTROL, "no-store"))
            .json(json!({ "status": "ready" }));
    };
    let listed: Vec<_> = problems.iter().map(shown).collect();
    let body = json!({ "status": first.reason, "problems": listed });
    HttpResponse::ServiceUnavailable().insert_header((CACHE_CONTROL, "no-store")).json(body)
}

fn shown(problem: &NotReady) -> serde_json::Value {
    json!({ "part": problem.part.word(), "reason": problem.reason, "since": rfc3339(problem.since) })
}

/// What keeps this node from serving, what is told first at first. The database may take so long.
pub async fn look(app: &App, patience: Duration) -> Vec<NotReady> {
    let mut problems: Vec<(ReadyPart, &'static str)> = Vec::new();
    let mut check = |part, is_well: bool, reason| problems.extend((!is_well).then_some((part, reason)));
    check(ReadyPart::Serving, !app.readiness.is_draining(), "stopping");
    let opens = app.keys.open_under_master_key();
    check(ReadyPart::MasterKey, opens, "the master key does not fit the database");
    // Without the master key there is none either.
    let signs = app.keys.ring().signer().is_some() || !opens;
    match timeout(patience, app.store.health()).await {
        Ok(Ok(health)) => {
            let ahead = "the clock is ahead of the database's and of the other nodes'";
            check(ReadyPart::Clock, !health.is_clock_ahead, ahead);
            check(ReadyPart::Redis, health.is_redis_ready || health.is_clock_ahead, "Redis unavailable");
            check(ReadyPart::SigningKey, health.has_signing_key && signs, "no signing key");
        }
        failed => {
            if let Ok(Err(error)) = failed {
                tracing::warn!(%error, "not ready");
            }
            check(ReadyPart::Database, false, "database unavailable");
            check(ReadyPart::SigningKey, signs, "no signing key");
        }
    }
    app.readiness.found(&problems, app.now())
}
