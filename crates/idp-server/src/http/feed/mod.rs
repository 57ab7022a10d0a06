//! `GET /revocations`: the feed, as a snapshot or as a stream of server-sent events, for clients that may follow it; and
//! `POST /revocations/acknowledgements`, where they confirm what they refuse. docs/revocation-feed.md is the
//! specification.

use super::oauth::client_authentication::{ClientRequest, ListeningClient, check_may_follow};
use super::request::ApiFailure;
use super::request::route::resource;
use crate::app::App;
use crate::feed::{AcknowledgementOutcome, Listener};
use crate::store::feed_acknowledgements::{Acknowledgement, Instance};
use crate::{clock, random};
use actix_web::http::header::{ACCEPT, CACHE_CONTROL, HeaderMap};
use actix_web::web::{self, Bytes, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream::{self, Stream, StreamExt as _};
use idp_core::discovery::path;
use idp_core::error::{ErrorCode, OAuthError};
use idp_core::key::SigningKey;
use idp_core::revocation::Nonce;
use serde::Deserialize;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::time::Instant;

const SNAPSHOT: &str = "application/jwt";
const EVENTS: &str = "text/event-stream";
const INSTANCE: &str = "X-Feed-Instance";
const NONCE: &str = "X-Feed-Nonce";
const LAST_EVENT_ID: &str = "Last-Event-ID";
const INSTANCE_LENGTH: usize = 64;
/// After so long, and up to a quarter longer, a listener has to prove itself again: its secret may have been changed.
const STREAM_LIFETIME: Duration = Duration::from_secs(60 * 60);

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(resource(path::REVOCATIONS, "GET").route(web::get().to(get)))
        .service(resource(path::REVOCATION_ACKNOWLEDGEMENTS, "POST").route(web::post().to(acknowledge)));
}

/// The number up to which the reader knows everything.
#[derive(Deserialize)]
pub struct Position {
    after: Option<i64>,
}

/// GET.
///
/// # Errors
/// [`ApiFailure`], as JSON: the client may not follow the feed, too many listen, or the log cannot be read.
pub async fn get(
    client: ListeningClient,
    request: HttpRequest,
    position: Option<Query<Position>>,
) -> Result<HttpResponse, ApiFailure> {
    let app = &client.app;
    let key = app.keys.ring().signer().cloned().ok_or(ApiFailure::Unavailable)?;
    if app.feed.age_ms().is_none_or(|age| age > silent_after(app)) {
        // This node has not seen the log for a while: nothing it said would be complete.
        return Err(ApiFailure::Unavailable);
    }
    if !wants_events(request.headers()) {
        let snapshot = app.feed.snapshot(&key).await?.ok_or(ApiFailure::Unavailable)?;
        return Ok(answer(SNAPSHOT).body(snapshot));
    }
    let after = last_event_id(request.headers()).or_else(|| position.and_then(|position| position.after));
    stream(&client, request.headers(), after, &key).await
}

async fn stream(
    client: &ListeningClient,
    headers: &HeaderMap,
    after: Option<i64>,
    key: &SigningKey,
) -> Result<HttpResponse, ApiFailure> {
    let app = &client.app;
    let instance = instance(headers)?;
    let anchor = nonce(headers)?.map(|nonce| app.feed.anchor(&nonce)).transpose();
    let anchor = anchor.map_err(|_| ApiFailure::Internal)?;
    let place = app.feed.listeners.join(&client.client.id, instance).map_err(|_| ApiFailure::Unavailable)?;
    let Some((first, receiver)) = app.feed.listen(after, key).await? else {
        return Err(ApiFailure::Unavailable);
    };
    let first = anchor.into_iter().chain(first).collect();
    // A proxy that gathers what passes would make every statement late.
    Ok(answer(EVENTS).insert_header(("X-Accel-Buffering", "no")).streaming(events(first, receiver, place)))
}

/// The first events, then every later one, until the server stops, the listener falls behind or its client is removed.
fn events(
    first: Vec<Bytes>,
    receiver: Receiver<Bytes>,
    place: Listener,
) -> impl Stream<Item = Result<Bytes, Infallible>> {
    let until = Instant::now() + STREAM_LIFETIME + STREAM_LIFETIME.mul_f64(random::fraction() / 4.0);
    let later = stream::unfold((receiver, place), move |(mut receiver, place)| async move {
        if place.is_sent_away() || Instant::now() >= until {
            return None;
        }
        let event = receiver.recv().await.ok()?;
        Some((event, (receiver, place)))
    });
    stream::iter(first).chain(later).map(Ok)
}

/// POST: this instance refuses everything up to this number.
///
/// # Errors
/// [`ApiFailure`], as JSON.
pub async fn acknowledge(request: ClientRequest) -> Result<HttpResponse, ApiFailure> {
    check_may_follow(&request.client)?;
    let instance = request.required("instance", "instance is missing.")?;
    let number = request.required("number", "number is missing.")?.parse::<i64>();
    let Some(number) = number.ok().filter(|number| *number >= 0 && is_name(instance)) else {
        return Err(OAuthError::new(ErrorCode::InvalidRequest, "instance or number is malformed.").into());
    };
    let instance = Instance { client: request.client.id.clone(), name: instance.to_owned() };
    let said = Acknowledgement { instance, number, received_ms: clock::wall_ms() };
    match request.app.feed.acknowledgements.hand_in(said).await {
        AcknowledgementOutcome::Kept => {
            Ok(HttpResponse::NoContent().insert_header((CACHE_CONTROL, "no-store")).finish())
        }
        AcknowledgementOutcome::NotGiven => {
            Err(OAuthError::new(ErrorCode::InvalidRequest, "This number was not given yet.").into())
        }
        AcknowledgementOutcome::NotKept => Err(ApiFailure::Unavailable),
    }
}

/// A few heartbeats, and time for one that is late on a busy machine (ms).
fn silent_after(app: &App) -> i64 {
    3_000 + 3_000 * app.config.feed.heartbeat.as_secs()
}

fn answer(content_type: &str) -> actix_web::HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    answer.content_type(content_type).insert_header((CACHE_CONTROL, "no-store"));
    answer
}

fn wants_events(headers: &HeaderMap) -> bool {
    headers.get_all(ACCEPT).filter_map(|value| value.to_str().ok()).any(|value| {
        value.split(',').any(|kind| kind.split(';').next().is_some_and(|kind| kind.trim() == EVENTS))
    })
}

fn last_event_id(headers: &HeaderMap) -> Option<i64> {
    headers.get(LAST_EVENT_ID)?.to_str().ok()?.trim().parse().ok()
}

fn nonce(headers: &HeaderMap) -> Result<Option<Nonce>, OAuthError> {
    let Some(value) = headers.get(NONCE) else {
        return Ok(None);
    };
    let nonce = value.to_str().ok().and_then(Nonce::parse);
    nonce.map(Some).ok_or(OAuthError::new(ErrorCode::InvalidRequest, "X-Feed-Nonce is malformed."))
}

fn instance(headers: &HeaderMap) -> Result<Option<&str>, OAuthError> {
    let Some(value) = headers.get(INSTANCE) else {
        return Ok(None);
    };
    match value.to_str() {
        Ok(name) if is_name(name) => Ok(Some(name)),
        _ => Err(OAuthError::new(ErrorCode::InvalidRequest, "X-Feed-Instance is malformed.")),
    }
}

fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=INSTANCE_LENGTH).contains(&text.len()) && text.bytes().all(plain)
}
