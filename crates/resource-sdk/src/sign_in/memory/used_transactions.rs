//! Login transactions that were answered. A transaction is used once; a request that the browser repeats
//! (a reload, a retry of its own) shares the answer instead of showing the provider the same code again,
//! which would end the sign-in. RFC 6749 sections 4.1.2 and 10.5.

use std::{future::Future, sync::Arc, time::Duration};

use moka::sync::Cache;

use super::single_flight::SingleFlight;
use crate::sign_in::browser::{recorded_response::RecordedResponse, seal::sha256};

/// Answers of a few kilobytes each, for ten seconds.
const MAX_ANSWERS: u64 = 2_000;
const MAX_USED: u64 = 100_000;

/// The transactions that were used in the last minutes, and the answers of the last seconds.
pub(crate) struct UsedTransactions {
    answers: SingleFlight<Arc<Answer>>,
    used: Arc<Cache<[u8; 32], ()>>,
}

struct Answer {
    query: [u8; 32],
    /// Nothing when the transaction had been used before.
    response: Option<RecordedResponse>,
}

impl UsedTransactions {
    /// Remembers a used transaction for as long as its cookie is taken.
    pub(crate) fn new(lifetime: Duration) -> Self {
        let used = Cache::builder().max_capacity(MAX_USED).time_to_live(lifetime).build();
        Self { answers: SingleFlight::new(MAX_ANSWERS), used: Arc::new(used) }
    }

    /// Makes the answer to `query` with `work`, or shares the one that was made a moment ago. `cookie` is
    /// the transaction's, a secret of one browser. Nothing if it was used for another query, or longer ago.
    pub(crate) async fn answer_once<F>(
        &self,
        cookie: &str,
        query: &str,
        work: impl FnOnce() -> F,
    ) -> Option<RecordedResponse>
    where
        F: Future<Output = RecordedResponse> + Send + 'static,
    {
        let query = sha256(query);
        let (used, transaction) = (Arc::clone(&self.used), sha256(cookie));
        let begin = || {
            let work = used.entry(transaction).or_insert(()).is_fresh().then(work);
            async move {
                let response = match work {
                    Some(work) => Some(work.await),
                    None => None,
                };
                Arc::new(Answer { query, response })
            }
        };
        let (answer, _guard) = self.answers.share(cookie, begin).await;
        let answer = answer.filter(|answer| answer.query == query)?;
        answer.response.clone()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use actix_web::{HttpResponse, http::StatusCode};

    async fn answer(used: &UsedTransactions, query: &str, status: StatusCode) -> Option<StatusCode> {
        let work = || async move { RecordedResponse::of(HttpResponse::new(status)) };
        let answer = used.answer_once("cookie", query, work).await;
        answer.map(|answer| answer.response().status())
    }

    #[tokio::test]
    async fn b3_a_transaction_has_one_answer() {
        let used = UsedTransactions::new(Duration::from_secs(600));
        assert_eq!(answer(&used, "code=a", StatusCode::OK).await, Some(StatusCode::OK));
        assert_eq!(answer(&used, "code=a", StatusCode::FOUND).await, Some(StatusCode::OK));
        assert_eq!(answer(&used, "code=b", StatusCode::FOUND).await, None, "another answer of the provider");
    }

    #[tokio::test]
    async fn b3_a_used_transaction_is_not_used_again_when_its_answer_is_forgotten() {
        let used = UsedTransactions { ..UsedTransactions::new(Duration::from_secs(600)) };
        assert_eq!(answer(&used, "code=a", StatusCode::OK).await, Some(StatusCode::OK));
        let later =
            UsedTransactions { answers: SingleFlight::new(MAX_ANSWERS), used: Arc::clone(&used.used) };
        assert_eq!(answer(&later, "code=a", StatusCode::OK).await, None);
    }
}
