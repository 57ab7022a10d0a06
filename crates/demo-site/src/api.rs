//! The site's API, for its scripted page and for any other client: each request brings an access
//! token that is verified here, offline.

use std::{convert::Infallible, time::Duration};

use actix_web::{
    HttpResponse, Responder,
    http::header::{CACHE_CONTROL, HeaderValue},
    middleware::{DefaultHeaders, from_fn},
    web::{self, Data, Json, ServiceConfig},
};
use futures_util::{StreamExt, stream};
use resource_sdk::actix::{Bearer, Refusal};
use serde::Serialize;

use crate::{happenings, pages::Identity, payout};

/// How long the slow answer takes.
const SLOW: Duration = Duration::from_millis(1500);
const TICKS: u32 = 10;
const BETWEEN_TICKS: Duration = Duration::from_millis(100);
/// The scope that the profile needs.
const PROFILE_SCOPE: &str = "profile";

/// The API's routes.
pub(crate) fn routes(config: &mut ServiceConfig) {
    let no_store = DefaultHeaders::new().add((CACHE_CONTROL, HeaderValue::from_static("no-store")));
    config.service(
        web::scope("/api")
            .wrap(no_store)
            .wrap(from_fn(happenings::verify_first))
            .route("/profile", web::get().to(profile))
            .route("/payout", web::get().to(payout::api))
            .route("/happenings", web::get().to(happenings::api))
            .route("/slow", web::get().to(slow))
            .route("/count", web::post().to(count))
            .route("/ticks", web::get().to(ticks)),
    );
}

#[derive(Serialize)]
struct Profile<'a> {
    site: &'a str,
    subject: &'a str,
    client_id: &'a str,
    scope: Vec<&'a str>,
    session_id: Option<&'a str>,
    signed_in_at: Option<i64>,
    expires_in: i64,
}

/// What the token says about its bearer.
async fn profile(bearer: Bearer, identity: Data<Identity>) -> Result<impl Responder, Refusal> {
    bearer.require_scope(PROFILE_SCOPE)?;
    Ok(HttpResponse::Ok().json(Profile {
        site: &identity.name,
        subject: bearer.subject(),
        client_id: bearer.client_id(),
        scope: bearer.scope().iter().collect(),
        session_id: bearer.session_id(),
        signed_in_at: bearer.auth_time().map(resource_sdk::UnixTime::as_secs),
        expires_in: bearer.expires_at().secs_since(identity.clock.now()),
    }))
}

#[derive(Serialize)]
struct Slow {
    site: String,
    waited_ms: u128,
}

/// An answer that takes its time.
async fn slow(_bearer: Bearer, identity: Data<Identity>) -> impl Responder {
    tokio::time::sleep(SLOW).await;
    Json(Slow { site: identity.name.clone(), waited_ms: SLOW.as_millis() })
}

/// How long what was sent is.
async fn count(_bearer: Bearer, body: web::Bytes) -> impl Responder {
    Json(serde_json::json!({ "bytes": body.len() }))
}

/// An answer that comes bit by bit.
async fn ticks(_bearer: Bearer) -> impl Responder {
    let ticks = stream::iter(0..TICKS).then(async |tick| {
        tokio::time::sleep(BETWEEN_TICKS).await;
        Ok::<_, Infallible>(web::Bytes::from(format!("{tick}\n")))
    });
    HttpResponse::Ok().streaming(ticks.boxed_local())
}
