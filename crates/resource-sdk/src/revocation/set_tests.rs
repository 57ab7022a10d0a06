#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
use super::*;
use crate::claims::RegisteredClaims;

const NEVER: i64 = 4_000_000_000;
const ISSUER: &str = "i";
/// Our clock.
const NOW: i64 = 1_000;
const SID: &str = "018f3f4e-8f2b-7cc0-b1f0-4d7c3c8e9a12";
const GRANT: &str = "AY8_To8rfMCx8E18PI6aEA";

fn at(seconds: i64) -> UnixTime {
    UnixTime::from_secs(seconds)
}

/// A token issued at second 1000.
fn token() -> AccessToken {
    let claims = serde_json::json!({
        "iss": "i", "aud": "a", "sub": "user-1", "client_id": "site-a", "jti": format!("{GRANT}.random"),
        "iat": 1_000, "exp": 2_000, "sid": SID,
    });
    let claims = RegisteredClaims::parse(&claims.to_string()).unwrap();
    AccessToken::new(claims, String::new(), "key-1".into())
}

fn named(kind: Kind, value: &str) -> Target {
    Target::Named(name(ISSUER, kind, value), None)
}

fn session(value: &str) -> Target {
    named(Kind::Session, value)
}

/// The tokens of a client's that were issued before this second.
fn client(value: &str, issued_before: i64) -> Target {
    Target::Named(name(ISSUER, Kind::Client, value), Some(at(issued_before)))
}

fn entry(target: Target, expires_at: i64) -> Entry {
    Entry { number: 1, target, expires_at: at(expires_at), cause: None }
}

fn add(set: &mut RevocationSet, entries: &[Entry]) {
    assert!(set.add(entries, usize::MAX, at(NOW)));
}

fn set_of(targets: &[Target]) -> RevocationSet {
    let mut set = RevocationSet::new(ISSUER);
    let entries: Vec<_> = targets.iter().map(|target| entry(target.clone(), NEVER)).collect();
    add(&mut set, &entries);
    set
}

fn revokes(target: Target) -> bool {
    set_of(&[target]).revokes(&token())
}

#[test]
fn z04_every_kind_revokes_what_it_names_and_nothing_else() {
    let jti = format!("{GRANT}.random");
    assert!(!RevocationSet::new(ISSUER).revokes(&token()));
    assert!(revokes(named(Kind::Token, &jti)));
    assert!(revokes(named(Kind::Grant, GRANT)));
    assert!(revokes(session(SID)));
    assert!(revokes(Target::Key("key-1".into())));
    assert!(revokes(client("site-a", 1_001)));
    assert!(revokes(Target::All(at(1_001))));
    for other in [
        named(Kind::Token, GRANT),
        named(Kind::Token, "random"),
        named(Kind::Grant, &jti),
        named(Kind::Grant, "random"),
        session(&SID.to_uppercase()),
        session(&SID.replace('-', "")),
        session(GRANT),
        Target::Named(name("other", Kind::Session, SID), None),
        Target::Named([0; 16], None),
        client("user-1", NEVER),
        client("site-a", 1_000),
        Target::All(at(1_000)),
        Target::Key("key-2".into()),
        Target::Unknown,
    ] {
        assert!(!revokes(other.clone()), "{other:?}");
    }
}

#[test]
fn a11_what_a_client_holds_in_its_own_name_is_taken_back_without_its_people() {
    let own = |sub: &str| {
        let claims = serde_json::json!({
            "iss": ISSUER, "aud": "a", "sub": sub, "client_id": "site-a", "jti": "j", "iat": 1_000, "exp": 2_000,
        });
        AccessToken::new(RegisteredClaims::parse(&claims.to_string()).unwrap(), String::new(), "key-1".into())
    };
    let itself = |value| Target::Named(name(ISSUER, Kind::ClientAsSubject, value), Some(at(1_001)));
    let set = set_of(&[itself("site-a"), itself("user-1")]);
    assert!(set.revokes(&own("site-a")));
    assert!(!set.revokes(&own("user-1")), "a person may be called anything");
    assert!(!set.revokes(&token()));
    assert!(!set_of(&[itself("site-b")]).revokes(&own("site-a")));
}

#[test]
fn a1_a_mark_of_a_clock_that_was_ahead_voids_the_past_and_not_the_future() {
    let issued = |second: i64| {
        let mut claims = serde_json::json!({
            "iss": ISSUER, "aud": "a", "sub": "u", "client_id": "site-a", "jti": "j", "exp": NEVER,
        });
        claims["iat"] = second.into();
        let claims = RegisteredClaims::parse(&claims.to_string()).unwrap();
        AccessToken::new(claims, String::new(), "key-1".into())
    };
    for (target, is_believed) in [
        (client("site-a", NOW + 12), true),
        (client("site-a", NOW + 120), true),
        (client("site-a", NOW + 121), false),
        (Target::All(at(NOW + 7_200)), false),
        (Target::All(at(NEVER)), false),
    ] {
        let mut set = set_of(std::slice::from_ref(&target));
        assert!(set.revokes(&issued(NOW - 1)), "{target:?}");
        assert_eq!(set.revokes(&issued(NOW + 1)), is_believed, "{target:?}");
        // It comes again, in a snapshot, an hour later.
        assert!(set.add(&[entry(target.clone(), NEVER)], usize::MAX, at(NOW + 3_600)));
        assert_eq!(set.revokes(&issued(NOW + 1)), is_believed, "brought back once: {target:?}");
        assert!(set.revokes(&issued(NOW - 1)));
        set.purge_rare(at(NEVER));
        assert!(set.rare.brought_back.is_empty());
    }
    // The provider brought it back itself meanwhile, further.
    let mut set = set_of(&[Target::All(at(NEVER))]);
    let other = Entry { number: 2, ..entry(Target::All(at(NOW - 500)), NEVER) };
    add(&mut set, &[other]);
    assert!(set.revokes(&issued(NOW - 1)), "another entry takes nothing back");
}

#[test]
fn entries_go_when_they_are_over_and_not_before() {
    let mut set = RevocationSet::new(ISSUER);
    let targets = [
        session(SID),
        client("site-a", 1_001),
        Target::All(at(1_001)),
        Target::Key("key-1".into()),
        Target::Unknown,
    ];
    for (later, target) in (0_i64..).zip(targets) {
        add(&mut set, &[entry(target, 2_000 + later)]);
    }
    let purge = |set: &mut RevocationSet, now| {
        set.purge_names(at(now));
        set.purge_rare(at(now));
    };
    purge(&mut set, 1_999);
    assert_eq!((set.len(), set.has_unknown()), (3, true));
    purge(&mut set, 2_002);
    assert!(set.revokes(&token()), "by the key");
    assert_eq!((set.len(), set.revoked_keys().len()), (1, 1));
    purge(&mut set, 2_003);
    assert!(!set.revokes(&token()));
    assert!(set.has_unknown());
    purge(&mut set, 2_004);
    assert!(!set.has_unknown());
}

#[test]
fn a_second_entry_about_one_name_only_adds() {
    for cutoffs in [[(900, 3_000), (1_001, 3_100)], [(1_001, 3_100), (900, 3_000)]] {
        let mut set = RevocationSet::new(ISSUER);
        for (issued_before, expires_at) in cutoffs {
            add(&mut set, &[entry(client("site-a", issued_before), expires_at)]);
        }
        set.purge_names(at(3_050));
        assert!(set.revokes(&token()));
        assert_eq!(set.len(), 1);
    }
}

#[test]
fn no_more_than_the_maximum_is_held_and_that_is_said() {
    let sessions = |from: u32, to: u32| -> Vec<_> {
        (from..to).map(|n| entry(session(&format!("session-{n}")), NEVER)).collect()
    };
    let mut set = RevocationSet::new(ISSUER);
    assert!(set.add(&sessions(0, 3_000), 3_000, at(NOW)));
    assert!(set.add(&sessions(0, 3_000), 3_000, at(NOW)), "the same again needs no room");
    let overflow = [&sessions(2_999, 3_002)[..], &[entry(Target::All(at(1_001)), NEVER)]].concat();
    assert!(!set.add(&overflow, 3_000, at(NOW)));
    assert_eq!(set.len(), 3_000);
    assert!(set.revokes(&token()), "what concerns everybody always finds room");
}

#[test]
fn both_layers_are_looked_at() {
    let mut set = set_of(&[session(SID)]);
    let before = set.clone();
    for n in 10..10 + 3 * RECENT + 7 {
        add(&mut set, &[entry(session(&format!("session-{n}")), NEVER)]);
    }
    assert!(set.settled.len() > 0 && set.recent.len() > 0);
    assert_eq!(set.len(), 3 * RECENT + 8);
    assert!(set.revokes(&token()), "poured");
    assert_eq!(before.len(), 1, "a view that a caller holds does not change");
    let other = set_of(&[session(SID)]);
    assert!(other.recent.len() == 1 && other.revokes(&token()), "not poured yet");
}
