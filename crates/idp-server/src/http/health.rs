//! `/health/live`: the process answers. `/health/ready`: it can also reach its database (and Redis, when there is one)
//! and sign.

use crate::app::App;
use crate::db::signing_keys;
use actix_web::{HttpResponse, web};
use serde_json::json;

/// GET.
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "live" }))
}

/// GET. 503 while the database or Redis does not answer.
pub async fn ready(app: web::Data<App>) -> HttpResponse {
    let can_sign = app.keys.ring().signer().is_some();
    let stored = app.db.read(signing_keys::all).await;
    match stored {
        Ok(_) if !app.hot.is_ready() => {
            HttpResponse::ServiceUnavailable().json(json!({ "status": "Redis unavailable" }))
        }
        Ok(keys) if can_sign && !keys.is_empty() => HttpResponse::Ok().json(json!({ "status": "ready" })),
        Ok(_) => HttpResponse::ServiceUnavailable().json(json!({ "status": "no signing key" })),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            HttpResponse::ServiceUnavailable().json(json!({ "status": "database unavailable" }))
        }
    }
}
