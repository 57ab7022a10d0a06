//! Telling clients that a session ended: what is written down in the transaction that ends it, the logout token of a
//! try, and when to try again. Sending is `task::logout_outbox`'s, the rows are `db::logout_deliveries`'.
//! OpenID Connect Back-Channel Logout 1.0.

use idp_core::client::ClientId;
use idp_core::key::SigningKey;
use idp_core::time::UnixTime;
use idp_core::token::{LogoutTokenClaims, MintError, mint_logout_token};
use rand_core::CryptoRngCore;
use tokio::sync::watch;

use super::{Store, backoff};
use crate::db::logout_deliveries::{self, Delivery, DeliveryOutcome, Due};
use crate::db::{DbError, Locks};

/// Afterwards there is no token left that a site could still accept: an access token lives a day at most, and a
/// refresh is refused here.
const GIVEN_UP_AFTER_MS: i64 = 24 * 60 * 60 * 1000;
const FIRST_PAUSE_MS: i64 = 1000;
const LONGEST_PAUSE_MS: i64 = 60 * 60 * 1000;

impl Store {
    /// Changes each time a transition has queued logout tokens.
    #[must_use]
    pub fn logout_queued(&self) -> watch::Receiver<()> {
        self.logout_queued.subscribe()
    }

    /// The clients to which something is due.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn due_logout_deliveries(&self, now_ms: i64) -> Result<Vec<Due>, DbError> {
        self.read(move |connection| logout_deliveries::due(connection, now_ms)).await
    }

    /// Claims at most `count` due deliveries of `client` for this node until `leased_until_ms`.
    ///
    /// # Errors
    /// When the claim is not stored.
    pub async fn claim_logout_deliveries(
        &self,
        client: ClientId,
        count: i64,
        now_ms: i64,
        leased_until_ms: i64,
    ) -> Result<Vec<Delivery>, DbError> {
        self.write(Locks::named("logout outbox", [client.as_str()]), move |connection| {
            logout_deliveries::claim(connection, &client, count, now_ms, leased_until_ms)
        })
        .await
    }

    /// Stores what came of a try.
    ///
    /// # Errors
    /// When it is not stored; the lease then runs out and the token is sent again.
    pub async fn settle_logout_delivery(
        &self,
        tried: Delivery,
        outcome: DeliveryOutcome,
    ) -> Result<(), DbError> {
        self.write(Locks::none(), move |connection| logout_deliveries::settle(connection, &tried, &outcome))
            .await
    }
}

/// A logout token for one try.
///
/// # Errors
/// When it cannot be signed.
pub fn logout_token(
    delivery: &Delivery,
    issuer: &str,
    key: &SigningKey,
    now: UnixTime,
    rng: &mut (impl CryptoRngCore + ?Sized),
) -> Result<String, MintError> {
    let (client, sub, sid) = (delivery.client.clone(), &delivery.sub, &delivery.sid);
    mint_logout_token(key, &LogoutTokenClaims::new(issuer, client, sub, sid, now, rng))
}

/// What follows from an answer (section 2.8): 200 and 204 are a yes, 400 is a no, anything else a passing trouble.
#[must_use]
pub fn after_answer(tried: &Delivery, status: u16, now_ms: i64, draw: u32) -> DeliveryOutcome {
    match status {
        200 | 204 => DeliveryOutcome::Delivered { at_ms: now_ms },
        400 => DeliveryOutcome::GivenUp { error: "the site refused the logout token (400)".to_owned() },
        status => after_failure(tried, format!("answered with status {status}"), now_ms, draw),
    }
}

/// What follows when there was no answer: another try, later each time, until it makes no sense any more. `draw` is
/// any number; it spreads the tries of many.
#[must_use]
pub fn after_failure(tried: &Delivery, error: String, now_ms: i64, draw: u32) -> DeliveryOutcome {
    let next_attempt_ms = now_ms.saturating_add(pause_ms(tried.attempts, draw));
    if next_attempt_ms.saturating_sub(tried.created_ms) > GIVEN_UP_AFTER_MS {
        return DeliveryOutcome::GivenUp { error };
    }
    DeliveryOutcome::Again { error, next_attempt_ms }
}

/// Doubles from a second to an hour; between half of it and all.
fn pause_ms(attempts: i64, draw: u32) -> i64 {
    backoff::pause_ms(FIRST_PAUSE_MS, LONGEST_PAUSE_MS, attempts, draw)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::db::logout_deliveries::State;

    fn tried(attempts: i64) -> Delivery {
        Delivery {
            id: "sid.site-a".to_owned(),
            client: ClientId::parse("site-a").unwrap(),
            sid: "sid".to_owned(),
            sub: "sub".to_owned(),
            created_ms: 1_000_000,
            attempts,
            state: State::Pending,
            leased_until_ms: 0,
            last_error: None,
            delivered_ms: None,
        }
    }

    #[test]
    fn s72_only_a_yes_delivers_and_only_a_no_gives_up_at_once() {
        for status in [200, 204] {
            let outcome = after_answer(&tried(1), status, 1_000_240, 0);
            assert_eq!(outcome, DeliveryOutcome::Delivered { at_ms: 1_000_240 });
        }
        assert!(matches!(after_answer(&tried(1), 400, 0, 0), DeliveryOutcome::GivenUp { .. }));
        for status in [100, 201, 202, 301, 302, 307, 401, 403, 404, 410, 429, 500, 501, 503] {
            let outcome = after_answer(&tried(1), status, 1_000_000, 0);
            assert!(matches!(outcome, DeliveryOutcome::Again { .. }), "{status}");
        }
    }

    #[test]
    fn s72_pauses_double_up_to_an_hour_and_are_spread() {
        let longest: Vec<i64> = (1..=14).map(|attempts| pause_ms(attempts, u32::MAX)).collect();
        for (attempts, pause) in (1..).zip(&longest) {
            let bound = (1000_i64 << (attempts - 1)).min(LONGEST_PAUSE_MS);
            assert!((bound / 2..=bound).contains(pause), "{attempts}: {pause}");
            assert_eq!(pause_ms(attempts, 0), bound / 2);
        }
        assert!(pause_ms(i64::MAX, u32::MAX) <= LONGEST_PAUSE_MS);
        assert_eq!(pause_ms(i64::MIN, 0), 500);
    }

    #[test]
    fn s72_after_a_day_it_is_given_up() {
        let late = 1_000_000 + GIVEN_UP_AFTER_MS - 500;
        let outcome = |now_ms| after_failure(&tried(1), "no answer in time".to_owned(), now_ms, 0);
        assert!(matches!(outcome(late), DeliveryOutcome::Again { .. }));
        assert!(matches!(outcome(late + 1), DeliveryOutcome::GivenUp { .. }));
        assert!(matches!(outcome(i64::MAX), DeliveryOutcome::GivenUp { .. }));
    }
}
