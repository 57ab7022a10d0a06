//! `/health/live`: the process answers. `/health/ready`: it can also reach its database (and Redis, when there is one)
//! and sign.

use crate::app::App;
use crate::store::StoreHealth;
use actix_web::{HttpResponse, web};
use serde_json::json;

/// GET.
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "live" }))
}

/// GET. 503 while the database or Redis does not answer.
pub async fn ready(app: web::Data<App>) -> HttpResponse {
    if !app.keys.open_under_master_key() {
        return not_ready("the master key does not fit the database");
    }
    let can_sign = app.keys.ring().signer().is_some();
    match app.store.health().await {
        Ok(StoreHealth::Ready) if can_sign => HttpResponse::Ok().json(json!({ "status": "ready" })),
        Ok(StoreHealth::Ready | StoreHealth::NoSigningKey) => not_ready("no signing key"),
        Ok(StoreHealth::ClockAhead) => {
            not_ready("the clock is ahead of the database's and of the other nodes'")
        }
        Ok(StoreHealth::RedisUnavailable) => not_ready("Redis unavailable"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            not_ready("database unavailable")
        }
    }
}

fn not_ready(status: &'static str) -> HttpResponse {
    HttpResponse::ServiceUnavailable().json(json!({ "status": status }))
}
