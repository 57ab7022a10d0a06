#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
use super::*;
use crate::claims::RegisteredClaims;

const NEVER: i64 = 4_000_000_000;
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

fn entry(target: Target, expires_at: i64) -> Entry {
    Entry { number: 1, target, expires_at: at(expires_at), cause: None }
}

fn set_of(targets: &[Target]) -> RevocationSet {
    let mut set = RevocationSet::default();
    let entries: Vec<_> = targets.iter().map(|target| entry(target.clone(), NEVER)).collect();
    assert!(set.add(&entries, usize::MAX));
    set
}

fn revokes(target: Target) -> bool {
    set_of(&[target]).revokes(&token())
}

#[test]
fn z04_every_kind_revokes_what_it_names_and_nothing_else() {
    assert!(!RevocationSet::default().revokes(&token()));
    assert!(revokes(Target::Token(format!("{GRANT}.random"))));
    assert!(revokes(Target::Grant(GRANT.into())));
    assert!(revokes(Target::Session(SID.into())));
    assert!(revokes(Target::Key("key-1".into())));
    assert!(revokes(Target::User("user-1".into(), at(1_001))));
    assert!(revokes(Target::Client("site-a".into(), at(1_001))));
    assert!(revokes(Target::All(at(1_001))));
    for other in [
        Target::Token(GRANT.into()),
        Target::Token("random".into()),
        Target::Grant(format!("{GRANT}.random")),
        Target::Grant("random".into()),
        Target::Session(SID.to_uppercase()),
        Target::Session(SID.replace('-', "")),
        Target::Session(GRANT.into()),
        Target::User(SID.into(), at(NEVER)),
        Target::User("user-1".into(), at(1_000)),
        Target::Client("user-1".into(), at(NEVER)),
        Target::Client("site-a".into(), at(1_000)),
        Target::All(at(1_000)),
        Target::Key("key-2".into()),
        Target::Unknown,
    ] {
        assert!(!revokes(other.clone()), "{other:?}");
    }
}

#[test]
fn two_spellings_of_the_same_octets_are_two_names() {
    let Name::Uuid(octets) = Name::parse(SID) else { panic!("a UUID") };
    let spelled = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, octets);
    assert_eq!(Name::parse(&spelled), Name::Base64(octets));
    assert!(!revokes(Target::Session(spelled)));
    for text in [SID.to_uppercase(), SID.replace('-', "_"), format!("{SID} "), "A".repeat(21) + "B"] {
        assert!(matches!(Name::parse(&text), Name::Text(_)), "{text}");
    }
}

#[test]
fn entries_go_when_they_are_over_and_not_before() {
    let mut set = RevocationSet::default();
    let targets = [
        Target::Session(SID.into()),
        Target::User("user-1".into(), at(1_001)),
        Target::All(at(1_001)),
        Target::Key("key-1".into()),
        Target::Unknown,
    ];
    for (later, target) in (0_i64..).zip(targets) {
        set.add(&[entry(target, 2_000 + later)], usize::MAX);
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
        let mut set = RevocationSet::default();
        for (issued_before, expires_at) in cutoffs {
            set.add(&[entry(Target::User("user-1".into(), at(issued_before)), expires_at)], usize::MAX);
        }
        set.purge_names(at(3_050));
        assert!(set.revokes(&token()));
        assert_eq!(set.len(), 1);
    }
}

#[test]
fn no_more_than_the_maximum_is_held_and_that_is_said() {
    let sessions = |from: u32, to: u32| -> Vec<_> {
        (from..to).map(|n| entry(Target::Session(format!("session-{n}")), NEVER)).collect()
    };
    let mut set = RevocationSet::default();
    assert!(set.add(&sessions(0, 3_000), 3_000));
    assert!(set.add(&sessions(0, 3_000), 3_000), "the same again needs no room");
    let overflow = [&sessions(2_999, 3_002)[..], &[entry(Target::All(at(1_001)), NEVER)]].concat();
    assert!(!set.add(&overflow, 3_000));
    assert_eq!(set.len(), 3_000);
    assert!(set.revokes(&token()), "what concerns everybody always finds room");
}

#[test]
fn both_layers_are_looked_at() {
    let mut set = set_of(&[Target::Session(SID.into())]);
    let fill = |set: &mut RevocationSet, from: usize, count: usize| {
        for n in from..from + count {
            set.add(&[entry(Target::User(format!("user-{n}"), at(NEVER)), NEVER)], usize::MAX);
        }
    };
    let before = set.clone();
    fill(&mut set, 10, 3 * RECENT + 7);
    assert!(set.settled.len() > 0 && set.recent.len() > 0);
    assert_eq!(set.len(), 3 * RECENT + 8);
    assert!(set.revokes(&token()), "poured");
    assert_eq!(before.len(), 1, "a view that somebody holds does not change");
    let other = set_of(&[Target::Session(SID.into())]);
    assert!(other.recent.len() == 1 && other.revokes(&token()), "not poured yet");
}
