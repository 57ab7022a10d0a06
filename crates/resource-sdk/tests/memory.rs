//! What hostile input costs in memory, seen from outside: a process of its own, one test at a time.
#![cfg(target_os = "linux")]
#![allow(missing_docs, clippy::unwrap_used, reason = "a failed expectation is the message")]

use std::fs;

use resource_sdk::{Freshness, KeySet, Keys, UnixTime, Verifier};

/// 2048 bits, all ones: a key that nothing was ever signed with.
fn verifier() -> Verifier {
    let n = format!("{}w", "_".repeat(341));
    let jwks = format!(r#"{{"keys":[{{"kty":"RSA","kid":"k","e":"AQAB","n":"{n}"}}]}}"#);
    let keys = KeySet::from_jwks(jwks.as_bytes()).unwrap();
    Verifier::builder("https://idp.example", "https://api.example")
        .freshness(Freshness::Offline)
        .build(Keys::fixed("https://idp.example", keys))
        .unwrap()
}

/// The most memory this process ever had, in KiB.
fn peak() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn j16_j17_j23_hostile_tokens_cost_less_than_a_mebibyte() {
    // {"alg":"RS256","kid":"k","typ":"at+jwt","x":[[[[... and a bomb's header, encoded.
    let bombs = [
        ".".repeat(1_000_000),
        "a.".repeat(500_000),
        "a".repeat(1 << 20),
        format!("{}.e30.AAAA", "W1tb".repeat(25_000)),
        format!("{}.e30.AAAA", "W1tb".repeat(2_000)),
        format!("eyJ4Ijo5{}.e30.AAAA", "OTk5".repeat(250_000)),
        format!("eyJ4Ijo5{}.e30.AAAA", "OTk5".repeat(1_900)),
        format!("e{}.a.b.c.d", "30".repeat(500_000)),
    ];
    let verifier = verifier();
    let now = UnixTime::from_secs(1_800_000_000);
    let verify_all = || {
        for bomb in &bombs {
            assert!(verifier.verify(bomb, now).is_err());
        }
    };
    let before = peak();
    for _ in 0..50 {
        verify_all();
    }
    let grown = peak() - before;
    assert!(grown < 1_024, "{grown} KiB");
}
