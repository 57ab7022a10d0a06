//! Requests that are done once however often they are sent: a client that got no answer asks again under the same key, and learns
//! what became of the first.

use super::Store;
use super::master_key::SealingKey;
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

/// What a request is known by.
#[derive(Clone, Debug)]
pub struct RequestName {
    /// A hash of who asks, for which operation, under which key.
    pub name: String,
    /// A hash of what is asked for.
    pub request: String,
}

fn locks<'a>(names: impl IntoIterator<Item = &'a str>) -> Locks {
    Locks::named("idempotency key", names)
}

impl Store {
    /// Begins a request under the first of its names, unless it is known under one of them: the others are what it was called under
    /// master keys from before. Answers the name as well.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn begin_keyed_request(
        &self,
        names: Vec<RequestName>,
        now: UnixTime,
    ) -> Result<(String, KeyedRequest), DbError> {
        let locks = locks(names.iter().map(|named| named.name.as_str()));
        self.write(locks, move |connection| {
            // A clock that was ahead must not hold a key for longer.
            let is_fresh = |at: UnixTime| (-KEY_LIFETIME..KEY_LIFETIME).contains(&now.seconds_since(at));
            for named in &names {
                let known = keys::get(connection, &named.name)?.filter(|known| is_fresh(known.started_at));
                let Some(known) = known else { continue };
                let became = match known.answer {
                    _ if known.request != named.request => KeyedRequest::Other,
                    Some(answer) => KeyedRequest::Done(answer),
                    None if now.seconds_since(known.started_at) < LONGEST_RUN => KeyedRequest::UnderWay,
                    None => KeyedRequest::Lost,
                };
                return Ok((named.name.clone(), became));
            }
            let named = names.first().ok_or(DbError::Corrupt("idempotency_keys.name"))?;
            keys::begin(connection, &named.name, &named.request, now)?;
            Ok((named.name.clone(), KeyedRequest::First))
        })
        .await
    }

    /// Keeps what was answered (sealed), or, where nothing was done, forgets the request.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn end_keyed_request(&self, name: String, answer: Option<String>) -> Result<(), DbError> {
        let seals = self.seals()?;
        self.write(locks([name.as_str()]), move |connection| match answer {
            Some(answer) => {
                let key = SealingKey::now(connection)?;
                let answer = key.rest_sealed(&seals.keyed_answer, &answer, &name)?;
                keys::set_answer(connection, &name, &answer)
            }
            None => keys::forget(connection, &name),
        })
        .await
    }
}
