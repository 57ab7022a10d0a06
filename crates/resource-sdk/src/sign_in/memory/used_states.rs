//! Values of `state` that were answered. Each is used once. A request that the browser repeats
//! (a reload, a retry of its own) shares the answer. To show the provider the same code again would end
//! the sign-in. RFC 6749 sections 4.1.2 and 10.5.

use std::{future::Future, sync::Arc, time::Duration};

use moka::sync::Cache;

use super::{answered::Answered, single_flight::SingleFlight};
use crate::sign_in::browser::{recorded_response::RecordedResponse, seal::sha256};

/// Answers of a few kilobytes each, for ten seconds.
const MAX_ANSWERS: u64 = 2_000;
const MAX_USED: u64 = 100_000;
const MAX_BROWSERS: u64 = 20_000;
/// Answers that are made at once, in tabs of one browser, must name each other.
const AT_ONCE: Duration = Duration::from_secs(600);

/// The values that were used in the last day, and the answers of the last seconds.
pub(crate) struct UsedStates {
    answers: SingleFlight<Arc<Answer>>,
    used: Arc<Cache<[u8; 32], ()>>,
    /// What the cookies of browsers say, or are about to say.
    browsers: Cache<[u8; 16], Answered>,
}

struct Answer {
    query: [u8; 32],
    /// Nothing when the value had been used before.
    response: Option<RecordedResponse>,
}

impl UsedStates {
    /// Remembers a used value for as long as it is taken.
    pub(crate) fn new(lifetime: Duration) -> Self {
        let used = Cache::builder().max_capacity(MAX_USED).time_to_live(lifetime).build();
        let browsers = Cache::builder().max_capacity(MAX_BROWSERS).time_to_live(AT_ONCE).build();
        Self { answers: SingleFlight::new(MAX_ANSWERS), used: Arc::new(used), browsers }
    }

    /// What was answered in a browser, as its cookie says and as answers say that are on their way to it.
    pub(crate) fn answered(&self, browser: [u8; 16], cookie: &Answered) -> Answered {
        let known = self.browsers.get(&browser);
        known.map_or_else(|| cookie.clone(), |known| known.merged(cookie))
    }

    /// Notes one more, and answers what the cookie must say from now on.
    pub(crate) fn note(&self, browser: [u8; 16], answered: Answered) -> Answered {
        let with_known = |known: Option<moka::Entry<_, Answered>>| match known {
            Some(known) => known.into_value().merged(&answered),
            None => answered.clone(),
        };
        self.browsers.entry(browser).and_upsert_with(with_known).into_value()
    }

    /// Makes the answer to `query` with `work`, or shares the one that was made a moment ago. Only the browser
    /// that `state` is bound to may ask. Nothing if it was used for another query, or longer ago.
    pub(crate) async fn answer_once<F>(
        &self,
        state: &str,
        query: &str,
        work: impl FnOnce() -> F,
    ) -> Option<RecordedResponse>
    where
        F: Future<Output = RecordedResponse> + Send + 'static,
    {
        let query = sha256(query);
        let (used, key) = (Arc::clone(&self.used), sha256(state));
        let begin = || {
            let work = used.entry(key).or_insert(()).is_fresh().then(work);
            async move {
                let response = match work {
                    Some(work) => Some(work.await),
                    None => None,
                };
                Arc::new(Answer { query, response })
            }
        };
        let (answer, _guard) = self.answers.share(state, begin).await;
        let answer = answer.filter(|answer| answer.query == query)?;
        answer.response.clone()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use actix_web::{HttpResponse, http::StatusCode};

    async fn answer(used: &UsedStates, query: &str, status: StatusCode) -> Option<StatusCode> {
        let work = || async move { RecordedResponse::of(HttpResponse::new(status)) };
        let answer = used.answer_once("state", query, work).await;
        answer.map(|answer| answer.response().status())
    }

    #[tokio::test]
    async fn b3_a_state_has_one_answer() {
        let used = UsedStates::new(Duration::from_secs(600));
        assert_eq!(answer(&used, "code=a", StatusCode::OK).await, Some(StatusCode::OK));
        assert_eq!(answer(&used, "code=a", StatusCode::FOUND).await, Some(StatusCode::OK));
        assert_eq!(answer(&used, "code=b", StatusCode::FOUND).await, None, "another answer of the provider");
    }

    #[tokio::test]
    async fn b3_a_used_state_is_not_used_again_when_its_answer_is_forgotten() {
        let used = UsedStates::new(Duration::from_secs(600));
        assert_eq!(answer(&used, "code=a", StatusCode::OK).await, Some(StatusCode::OK));
        let later = UsedStates { answers: SingleFlight::new(MAX_ANSWERS), ..used };
        assert_eq!(answer(&later, "code=a", StatusCode::OK).await, None);
    }

    #[test]
    fn s33_answers_that_are_made_at_once_name_each_other() {
        let used = UsedStates::new(Duration::from_secs(600));
        let (browser, before) = ([1; 16], Answered::default());
        used.note(browser, before.clone().with(1, [1; 16]));
        let last = used.note(browser, before.clone().with(2, [2; 16]));
        assert!(last.contains(1, [1; 16]) && last.contains(2, [2; 16]));
        assert_eq!(used.answered(browser, &before), last);
        assert_eq!(used.answered([2; 16], &before), before);
    }
}
