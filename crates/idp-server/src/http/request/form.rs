//! Reading a form body (`application/x-www-form-urlencoded`, UTF-8) into parameters, bounded in bytes and
//! in fields and in time. The query of a POST is never looked at.

use crate::app::App;
use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web::Data;
use futures_util::StreamExt as _;
use idp_core::params::Params;
use tokio::time::timeout;
use zeroize::Zeroizing;

/// The largest body read, in bytes.
const MAX_BYTES: usize = 64 * 1024;
/// The most fields read.
const MAX_FIELDS: usize = 64;
const FORM: &str = "application/x-www-form-urlencoded";

/// Reads the body of `request`.
///
/// # Errors
/// 415 for another media type or charset, 413 for a large body, 408 for one that does not come within
/// `listen.request_timeout`, 400 for one that does not decode.
pub async fn read(request: &HttpRequest, payload: &mut Payload) -> Result<Params, StatusCode> {
    if !is_form(request) {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    decode(&body(request, payload).await?)
}

/// The bytes of the body, whatever they are.
///
/// # Errors
/// 413 for a large body, 408 for one that does not come in time, 400 for one that breaks off.
pub async fn body(request: &HttpRequest, payload: &mut Payload) -> Result<Zeroizing<Vec<u8>>, StatusCode> {
    body_up_to(request, payload, MAX_BYTES).await
}

/// The same of at most so many bytes.
///
/// # Errors
/// Likewise.
pub async fn body_up_to(
    request: &HttpRequest,
    payload: &mut Payload,
    most: usize,
) -> Result<Zeroizing<Vec<u8>>, StatusCode> {
    let patience = request.app_data::<Data<App>>().map(|app| app.config.listen.request_timeout.to_duration());
    let length = announced(request, most);
    match patience {
        Some(patience) => {
            timeout(patience, whole(payload, length, most)).await.map_err(|_| StatusCode::REQUEST_TIMEOUT)?
        }
        None => whole(payload, length, most).await,
    }
}

/// What was sent may be a password, so it is wiped when dropped. What the connection still holds of it is not ours.
async fn whole(payload: &mut Payload, length: usize, most: usize) -> Result<Zeroizing<Vec<u8>>, StatusCode> {
    // Of its final size from the start: growing would leave a copy behind.
    let mut body = Zeroizing::new(Vec::with_capacity(length));
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| StatusCode::BAD_REQUEST)?;
        if body.len() + chunk.len() > most {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// How many bytes the body has, as far as the client says so; the most that are read otherwise.
fn announced(request: &HttpRequest, most: usize) -> usize {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    length.map_or(most, |length: usize| length.min(most))
}

/// Decodes the query of a request.
///
/// # Errors
/// 400 when it does not decode or has too many fields.
pub fn query(request: &HttpRequest) -> Result<Params, StatusCode> {
    decode(request.query_string().as_bytes())
}

fn decode(encoded: &[u8]) -> Result<Params, StatusCode> {
    let fields = encoded.iter().filter(|byte| **byte == b'&').count() + 1;
    let plain = std::str::from_utf8(encoded).ok().filter(|text| text.is_ascii() && fields <= MAX_FIELDS);
    plain.and_then(Params::decode).ok_or(StatusCode::BAD_REQUEST)
}

/// Whether the body says that it is a form of ours.
#[must_use]
pub fn is_form(request: &HttpRequest) -> bool {
    let value = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let mut parts = value.split(';').map(str::trim);
    let form = parts.next().is_some_and(|media| media.eq_ignore_ascii_case(FORM));
    form && parts.all(|parameter| parameter.eq_ignore_ascii_case("charset=utf-8"))
}
