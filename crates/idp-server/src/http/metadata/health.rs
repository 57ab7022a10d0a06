//! `/health/live`: the process answers. `/health/started`: it has opened what it serves from. `/health/ready`: it can reach its
//! database (and Redis, when there is one), sign, and was not told to stop; else which part is at fault, and since when. Load balancers ask
//! the last one, platforms that restart what hangs the first: a database that is away is no reason to restart. `/health/probe` is
//! `doctor`'s alone.

use crate::app::App;
use crate::client_address::{ClientAddress, TrustedProxies, X_FORWARDED_FOR};
use crate::date::rfc3339;
use crate::metrics::{Label as _, ReadyPart};
use crate::probe::{PROOF, Seen, is_proof};
use crate::readiness::NotReady;
use actix_web::http::header::{CACHE_CONTROL, HOST};
use actix_web::{HttpRequest, HttpResponse, web};
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

/// GET. What this node makes of the request; 404 for a request without a proof that it comes from a machine with the master key.
pub async fn probe(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let is_proven = header(PROOF).is_some_and(|proof| is_proof(proof, &app.seals(), app.now()));
    let Some(peer) = request.peer_addr().filter(|_| is_proven) else {
        return HttpResponse::NotFound().finish();
    };
    let lines = request.headers().get_all(X_FORWARDED_FOR);
    let seen = Seen {
        address: ClientAddress::of_request(&request).ip(),
        peer,
        peer_is_trusted: TrustedProxies::of_request(&request).contains(peer.ip()),
        socket: request.app_config().local_addr(),
        host: header(HOST.as_str()).map(str::to_owned),
        forwarded_for: lines.map(|line| String::from_utf8_lossy(line.as_bytes()).into_owned()).collect(),
    };
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(seen)
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
            let has_it = health.has_master_key || !opens;
            check(ReadyPart::MasterKey, has_it, "the master key that seals is not on this node");
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
