//! Time: what is expired, what is not yet, and what was never plausible.

use resource_sdk::{BuildError, Freshness, Keys, UnixTime, Verifier, VerifyError::*};
use serde_json::{Value, json};

use crate::support::*;

const LEEWAY: i64 = 30;

fn verifier_with_leeway(seconds: u64) -> Result<Verifier, BuildError> {
    Verifier::builder(ISSUER, AUDIENCE)
        .leeway(seconds)
        .freshness(Freshness::Offline)
        .build(Keys::fixed(ISSUER, key_set(&[KEY.jwk()])))
}

#[test]
fn j29_valid_exactly_while_now_is_before_exp_and_leeway() {
    let expires_at = NOW + 300;
    let token = token_claiming("exp", expires_at);
    for leeway in [0, 1, 30, 120] {
        let verifier = verifier_with_leeway(leeway).unwrap();
        let limit = expires_at + i64::try_from(leeway).unwrap();
        let at = |seconds| verifier.verify(&token, UnixTime::from_secs(seconds)).err();
        assert_eq!(at(limit - 1), None);
        assert_eq!(at(limit), Some(Expired), "on or after is expired");
        assert_eq!(at(limit + 1), Some(Expired));
        assert_eq!(at(i64::MAX), Some(Expired));
    }
}

#[test]
fn j29_leeway_is_bounded() {
    for leeway in [121, 3_600, u64::MAX, 1 << 63] {
        assert_eq!(verifier_with_leeway(leeway).err(), Some(BuildError::Leeway(leeway)));
    }
}

/// JSON texts that are no plain non-negative integer.
const NOT_INTEGERS: &[&str] = &[
    "\"1800000300\"",
    "1800000300.0",
    "1800000300.5",
    "1.8e9",
    "18e8",
    "1E9",
    "-1",
    "-0",
    "-1800000300",
    "null",
    "true",
    "[]",
    "[1800000300]",
    "{}",
    "\"\"",
    "\"x\"",
    "9223372036854775808",
    "18446744073709551616",
    "99999999999999999999999999",
    "-9223372036854775808",
    "\"2027-01-15T08:00:00Z\"",
];

/// A signed token in which a claim has this JSON text.
fn token_with_text(name: &str, text: &str) -> String {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    let rest = claims.to_string();
    KEY.token(header().to_string(), format!("{{\"{name}\":{text},{}", &rest[1..]))
}

#[test]
fn j29_exp_is_a_plain_integer_and_never_taken_as_absent() {
    for text in NOT_INTEGERS {
        assert_refused_as(&token_with_text("exp", text), Claim("exp"));
    }
    assert_refused_as(&token_with_text("exp", "1e400"), Malformed);
    assert_refused_as(&token_without("exp"), Claim("exp"));
    assert!(verify(&token_with_text("exp", " 1800000300 ")).is_ok());
    for text in ["0", "1", "1799999970"] {
        assert_refused(&token_with_text("exp", text));
    }
    // The largest numbers neither overflow nor live for ever.
    for text in ["9223372036854775807", "9223372036854775777", "253402300800", "1800000300000"] {
        assert_refused_as(&token_with_text("exp", text), IssueTime);
    }
}

#[test]
fn j30_not_before() {
    assert!(verify(&token_without("nbf")).is_ok());
    for not_before in [0, NOW - 60, NOW, NOW + LEEWAY] {
        assert!(verify(&token_claiming("nbf", not_before)).is_ok(), "{not_before}");
    }
    for not_before in [NOW + LEEWAY + 1, NOW + 200, i64::MAX] {
        assert_refused_as(&token_claiming("nbf", not_before), NotYetValid);
    }
    for text in NOT_INTEGERS {
        assert_refused_as(&token_with_text("nbf", text), Claim("nbf"));
    }
}

#[test]
fn j31_time_of_issue() {
    let with = |issued_at: i64, expires_at: i64| {
        token_with(|claims| {
            claims["iat"] = issued_at.into();
            claims["exp"] = expires_at.into();
        })
    };
    assert!(verify(&with(NOW + LEEWAY, NOW + 300)).is_ok());
    assert_refused_as(&with(NOW + LEEWAY + 1, NOW + 300), IssueTime);
    assert_refused_as(&with(NOW + 20, NOW + 10), IssueTime);
    assert!(verify(&with(NOW + 10, NOW + 10)).is_ok());
    assert!(verify(&with(NOW - 60, NOW - 60 + 86_400)).is_ok());
    assert_refused_as(&with(NOW - 60, NOW - 60 + 86_401), IssueTime);
    assert_refused_as(&with(0, NOW + 300), IssueTime);
    assert_refused_as(&with(NOW, i64::MAX), IssueTime);
    assert_refused_as(&token_without("iat"), Claim("iat"));
    for text in NOT_INTEGERS {
        assert_refused_as(&token_with_text("iat", text), Claim("iat"));
    }
}

#[test]
fn j29_other_dates_have_their_type_too() {
    for text in NOT_INTEGERS {
        assert_refused_as(&token_with_text("auth_time", text), Claim("auth_time"));
    }
}

#[test]
fn j44_decisions_follow_the_clock_wherever_it_jumps() {
    let verifier = verifier();
    let token = good_token();
    let at = |seconds: i64| verifier.verify(&token, UnixTime::from_secs(seconds)).err();
    assert_eq!(at(NOW), None);
    assert_eq!(at(NOW + 7_200), Some(Expired));
    assert_eq!(at(NOW), None, "and back");
    assert_eq!(at(NOW - 7_200), Some(IssueTime));
    for before_1970 in [-1, -86_400, i64::MIN, i64::MIN + 1] {
        assert_eq!(at(before_1970), Some(IssueTime));
    }
    for far in [0, i64::MAX - 1, i64::MAX] {
        assert!(at(far).is_some());
    }
    let ancient = |claims: &mut Value| {
        claims["iat"] = json!(0);
        claims["exp"] = json!(10);
    };
    let token = token_with(ancient);
    assert!(verifier.verify(&token, UnixTime::from_secs(-5)).is_ok());
}
