//! `/health/live`: the process answers. `/health/started`: it has opened what it serves from. `/health/ready`: it can reach its
//! database (and Redis, when there is one), sign, has a certificate where it orders one, and was not told to stop. Which part is at fault,
//! and since when, is told to operators alone: on their sockets and in the log. Load balancers ask the last one, platforms that restart
//! what hangs the first: a database that is away is no reason to restart. `/health/probe` is `doctor`'s alone.

use crate::app::App;
use crate::client_address::{ClientAddress, TrustedProxies, X_FORWARDED_FOR};
use crate::metrics::ReadyPart;
use crate::probe::{PROOF, Seen, is_proof};
use crate::readiness::{NotReady, Problem};
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

/// GET. 503 while a part is at fault. Which one is nothing for strangers: they would know when a limit bites less.
pub async fn ready(app: web::Data<App>) -> HttpResponse {
    answer(&look(&app).await, None)
}

/// GET, on sockets for operators. The same with the parts that are at fault.
pub async fn ready_with_problems(app: web::Data<App>) -> HttpResponse {
    let problems = look(&app).await;
    let listed = problems.iter().map(Problem::from).collect();
    answer(&problems, Some(listed))
}

fn answer(problems: &[NotReady], listed: Option<Vec<Problem>>) -> HttpResponse {
    let mut answer = match problems {
        [] => HttpResponse::Ok(),
        _ => HttpResponse::ServiceUnavailable(),
    };
    let status = if problems.is_empty() { "ready" } else { "not_ready" };
    let body = match listed {
        Some(problems) => json!({ "status": status, "problems": problems }),
        None => json!({ "status": status }),
    };
    answer.insert_header((CACHE_CONTROL, "no-store")).json(body)
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

/// What keeps this node from serving. Everything that asks waits as long for the database, so that all find the same.
pub async fn look(app: &App) -> Vec<NotReady> {
    let mut problems: Vec<(ReadyPart, &'static str)> = Vec::new();
    let mut check = |part, is_well: bool, reason| problems.extend((!is_well).then_some((part, reason)));
    check(ReadyPart::Serving, !app.readiness.is_draining(), "stopping");
    let has_certificate = app.certificate.get().is_none_or(|certificate| certificate.is_there());
    check(ReadyPart::Certificate, has_certificate, "no certificate was issued yet");
    let opens = app.keys.open_under_master_key();
    check(ReadyPart::MasterKey, opens, "the master key does not fit the database");
    // Without the master key there is none either.
    let signs = app.keys.ring().signer().is_some() || !opens;
    match timeout(PATIENCE, app.store.health()).await {
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
