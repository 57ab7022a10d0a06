//! Requests that are done once however often they are sent: a client that got no answer asks again under the same key, and learns
//! what became of the first.

use super::Store;
use crate::db::{DbError, Locks, idempotency_keys as keys};
use idp_core::time::UnixTime;

/// For how long a key stands for its request, in seconds.
pub const KEY_LIFETIME: i64 = 24 * 60 * 60;

/// After how many seconds without an answer there will be none: the process that was to give it is gone.
const LONGEST_RUN: i64 = 60;

/// What a key stands for.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum KeyedRequest {
    /// Nothing so far: this request is the first.
    First,
    /// It was done, and this is the answer, sealed.
    Done(String),
    /// It is under way.
    UnderWay,
    /// It ended without an answer, done or not.
    Lost,
    /// Another request.
    Other,
}

fn locks(name: &str) -> Locks {
    Locks::named("idempotency key", [name])
}

impl Store {
    /// Begins a request under its name (a hash of who asks, for which operation, under which key); `request` is a hash of what is
    /// asked for.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn begin_keyed_request(
        &self,
        name: String,
        request: String,
        now: UnixTime,
    ) -> Result<KeyedRequest, DbError> {
        self.write(locks(&name), move |connection| {
            let known = keys::get(connection, &name)?;
            // A clock that was ahead must not hold a key for longer.
            let is_fresh = |at: UnixTime| (-KEY_LIFETIME..KEY_LIFETIME).contains(&now.seconds_since(at));
            Ok(match known.filter(|known| is_fresh(known.started_at)) {
                None => {
                    keys::begin(connection, &name, &request, now)?;
                    KeyedRequest::First
                }
                Some(known) if known.request != request => KeyedRequest::Other,
                Some(known) => match known.answer {
                    Some(answer) => KeyedRequest::Done(answer),
                    None if now.seconds_since(known.started_at) < LONGEST_RUN => KeyedRequest::UnderWay,
                    None => KeyedRequest::Lost,
                },
            })
        })
        .await
    }

    /// Keeps what was answered (sealed), or, where nothing was done, forgets the request.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn end_keyed_request(&self, name: String, answer: Option<String>) -> Result<(), DbError> {
        self.write(locks(&name), move |connection| match answer {
            Some(answer) => keys::set_answer(connection, &name, &answer),
            None => keys::forget(connection, &name),
        })
        .await
    }
}
