//! A request that creates something may carry a key (`Idempotency-Key`, draft-ietf-httpapi-idempotency-key-header): then it is done
//! once. A client that got no answer sends it again, and gets the answer of the first.

use super::dispatch::{Act, Done};
use crate::admin_api::Problem;
use crate::app::App;
use crate::directory::Caller;
use crate::store::idempotency::{KeyedRequest, RequestName};
use actix_web::HttpRequest;
use actix_web::rt::spawn;
use actix_web::web::Data;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tracing::Instrument as _;

/// The header.
const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The longest key, in bytes, with the quotes around it.
const LONGEST_KEY: usize = 255;

/// The key of a request, as the client chose it.
pub(super) fn key_of(request: &HttpRequest) -> Result<Option<String>, Problem> {
    let mut headers = request.headers().get_all(IDEMPOTENCY_KEY);
    let (Some(value), rest) = (headers.next(), headers.next()) else { return Ok(None) };
    let text = value.to_str().ok().filter(|text| rest.is_none() && text.len() <= LONGEST_KEY);
    let key = text.map(|text| text.trim_matches('"'));
    match key.filter(|key| !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic())) {
        Some(key) => Ok(Some(key.to_owned())),
        None => Err(Problem::new(
            400,
            "invalid_parameter",
            format!("Idempotency-Key must be 1 to {LONGEST_KEY} visible characters"),
        )),
    }
}

/// Does the operation of this id unless this caller did it under this key before; `asked` is all that was asked for.
pub(super) async fn once(
    app: &Data<App>,
    caller: Caller,
    (operation, key, asked): (&str, &str, &[u8]),
    act: Act,
) -> Result<Done, Problem> {
    let who = caller.principal().to_string();
    let named = |by: &hmac::Key| RequestName {
        name: hash(by, &[who.as_bytes(), operation.as_bytes(), key.as_bytes()]),
        request: hash(by, &[asked]),
    };
    let names = app.seals().keyed_request.keys().map(named).collect();
    let begun = app.store.begin_keyed_request(names, app.now()).await;
    let (name, became) = begun.map_err(|error| Problem::from_db(&error))?;
    match became {
        KeyedRequest::First => {}
        KeyedRequest::Done(answer) => {
            let kept = app.seals().keyed_answer.open(&answer, &name);
            return kept.ok_or_else(|| Problem::new(409, "answer_lost", "this was done; its answer is lost"));
        }
        KeyedRequest::UnderWay => {
            return Err(Problem::new(409, "under_way", "the request with this key is not answered yet"));
        }
        KeyedRequest::Lost => {
            let detail = "the server stopped before it answered the request with this key: look whether it was done, and send it \
                          with another key if not";
            return Err(Problem::new(409, "answer_lost", detail));
        }
        KeyedRequest::Other => {
            return Err(Problem::new(422, "key_reused", "another request was sent with this key"));
        }
    }
    let app = app.clone();
    // To its end, even if the client does not wait for it: they will ask what became of it.
    let work = async move {
        let outcome = act(Data::clone(&app), caller).await;
        let answer = outcome.as_ref().ok().and_then(|done| app.seals().keyed_answer.close(done, &name).ok());
        if let Err(error) = app.store.end_keyed_request(name, answer).await {
            tracing::warn!(%error, "the answer to a request with a key is not kept");
        }
        outcome
    };
    let running = spawn(work.in_current_span());
    running.await.unwrap_or_else(|_| Err(Problem::new(500, "internal", "this is a fault of the server")))
}

/// Keyed, because what was asked for may be a password.
fn hash(by: &hmac::Key, parts: &[&[u8]]) -> String {
    let mut context = hmac::Context::with_key(by);
    for part in parts {
        context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.update(part);
    }
    URL_SAFE_NO_PAD.encode(context.sign())
}
