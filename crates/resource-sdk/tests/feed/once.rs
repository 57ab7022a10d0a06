//! What may happen once per token.

use std::{sync::Arc, thread};

use resource_sdk::{OnceGuard, UnixTime};

use crate::support::*;

#[test]
fn m14_one_token_goes_through_once() {
    let guard = OnceGuard::new(10);
    let token = verify(&good_token()).unwrap();
    assert!(guard.is_first_use(&token, now()));
    assert!(!guard.is_first_use(&token, now()));
    let other = verify(&token_claiming("jti", "token-2")).unwrap();
    assert!(guard.is_first_use(&other, now()));
}

#[test]
fn m14_of_many_at_once_one_goes_through() {
    let guard = Arc::new(OnceGuard::new(10));
    let token = verify(&good_token()).unwrap();
    let all: Vec<_> = (0..16)
        .map(|_| {
            let (guard, token) = (Arc::clone(&guard), token.clone());
            thread::spawn(move || guard.is_first_use(&token, now()))
        })
        .collect();
    assert_eq!(all.into_iter().map(|one| one.join().unwrap()).filter(|first| *first).count(), 1);
}

#[test]
fn m14_a_full_guard_lets_nothing_new_through_until_something_is_void() {
    let guard = OnceGuard::new(2);
    let tokens: Vec<_> = ["a", "b", "c"].map(|jti| verify(&token_claiming("jti", jti)).unwrap()).into();
    assert!(guard.is_first_use(&tokens[0], now()) && guard.is_first_use(&tokens[1], now()));
    assert!(!guard.is_first_use(&tokens[2], now()));
    let last_second = UnixTime::from_secs(NOW + 300 + 119);
    assert!(!guard.is_first_use(&tokens[2], last_second));
    assert!(guard.is_first_use(&tokens[2], last_second.plus_secs(1)));
    assert!(!guard.is_first_use(&tokens[2], last_second.plus_secs(1)));
}
