#![allow(clippy::unwrap_used)]
use super::*;
use crate::db::mails::State;

const CREATED_MS: i64 = 1_000_000;
const EXPIRES_MS: i64 = CREATED_MS + 3 * 24 * HOUR_MS;

fn tried(attempts: i64) -> Mail {
    Mail {
        id: Uuid::nil(),
        user: None,
        kind: "test".to_owned(),
        sealed: Some(String::new()),
        created_ms: CREATED_MS,
        next_attempt_ms: CREATED_MS,
        expires_ms: EXPIRES_MS,
        attempts,
        state: State::Pending,
        leased_until_ms: 0,
        last_error: None,
        sent_ms: None,
    }
}

fn is_again(failure: &NotSent, now_ms: i64) -> bool {
    matches!(after_failure(&tried(1), failure, now_ms, 0), MailOutcome::Again { .. })
}

#[test]
fn only_a_no_to_the_letter_itself_gives_it_up_at_once() {
    for failure in [NotSent::Refused(550), NotSent::Address] {
        assert!(!is_again(&failure, CREATED_MS), "{failure}");
    }
    for failure in [
        NotSent::NotNow(451),
        NotSent::NotLetIn { doing: "let us sign in", code: 535 },
        NotSent::NotLetIn { doing: "begin", code: 554 },
        NotSent::NoTls,
        NotSent::BytesBeforeTls,
        NotSent::NoSignIn,
        NotSent::Timeout,
        NotSent::Connection,
    ] {
        assert!(is_again(&failure, CREATED_MS), "{failure}");
    }
}

#[test]
fn pauses_double_up_to_an_hour_and_are_spread() {
    for (attempts, bound) in [(1, 10_000), (2, 20_000), (5, 160_000), (9, 2_560_000), (10, LONGEST_PAUSE_MS)]
    {
        assert_eq!(pause_ms(attempts, 0), bound / 2, "{attempts}");
        assert!((bound / 2..=bound).contains(&pause_ms(attempts, u32::MAX)), "{attempts}");
    }
    assert!(pause_ms(i64::MAX, u32::MAX) <= LONGEST_PAUSE_MS);
    assert_eq!(pause_ms(i64::MIN, 0), FIRST_PAUSE_MS / 2);
}

#[test]
fn a_letter_is_tried_no_more_once_it_is_worth_nothing() {
    let last = EXPIRES_MS - FIRST_PAUSE_MS / 2 - 1;
    assert!(is_again(&NotSent::Connection, last));
    assert!(!is_again(&NotSent::Connection, last + 1));
    assert!(!is_again(&NotSent::Connection, i64::MAX));
}
