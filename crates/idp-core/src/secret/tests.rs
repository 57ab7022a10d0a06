//! No secret is taken for another, however it was altered.
#![allow(clippy::unwrap_used)]
use proptest::prelude::*;
use rand_core::OsRng;
use uuid::Uuid;

use super::*;

fn key() -> RefreshTagKey {
    RefreshTagKey::new(&[7; 32])
}

/// Texts that a careless reader would take for `text`.
fn near_misses(text: &str) -> Vec<String> {
    let mut misses = vec![
        String::new(),
        format!("{text}A"),
        format!("{text}="),
        format!("{text} "),
        format!(" {text}"),
        format!("{text}\n"),
        format!("{text}\0"),
        text.to_uppercase(),
        text.replacen('.', "", 1),
        text.replacen('.', "..", 1),
        text.replacen('.', ":", 1),
    ];
    misses.extend((0..text.len()).map(|end| text.get(..end).unwrap().to_owned()));
    misses.extend(other_spellings_of_the_last_character(text));
    misses
}

/// The last of 43 characters holds four bits and two that must be zero.
fn other_spellings_of_the_last_character(text: &str) -> Vec<String> {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let stem = text.get(..text.len() - 1).unwrap();
    let value = alphabet.find(text.chars().last().unwrap()).unwrap();
    let spellings = (value + 1)..(value + 4);
    spellings.map(|v| format!("{stem}{}", alphabet.get(v..=v).unwrap())).collect()
}

#[test]
fn s95_a_secret_of_one_kind_is_never_another() {
    for kind in SecretKind::ALL {
        let secret = Secret::generate(kind, &mut OsRng);
        assert!(RefreshToken::parse(secret.expose(), &key()).is_none());
        for other in SecretKind::ALL {
            let read = Secret::parse(other, secret.expose());
            assert_eq!(read.is_some(), kind == other, "{kind:?} read as {other:?}");
        }
    }
    let refresh = RefreshToken::generate(Uuid::from_u128(1), Uuid::from_u128(2), &key(), &mut OsRng);
    assert!(SecretKind::ALL.iter().all(|kind| Secret::parse(*kind, refresh.expose()).is_none()));
}

#[test]
fn s95_the_same_random_bits_hash_differently_in_each_kind() {
    let random = random_text(&mut OsRng);
    let mut hashes: Vec<String> = SecretKind::ALL
        .iter()
        .map(|kind| format!("{}.{}", kind.prefix(), random.as_str()))
        .zip(SecretKind::ALL)
        .map(|(text, kind)| Secret::parse(kind, &text).unwrap().hash().to_string())
        .collect();
    hashes.sort();
    hashes.dedup();
    assert_eq!(hashes.len(), SecretKind::ALL.len());
    assert_ne!(SecretHash::of("ac", "x"), SecretHash::of("se", "x"));
}

#[test]
fn z02_ids_cannot_run_into_each_other() {
    // Every part has one length and one alphabet, so no other pair of ids has the same text.
    let token = RefreshToken::generate(Uuid::from_u128(1), Uuid::from_u128(2), &key(), &mut OsRng);
    let parts: Vec<&str> = token.expose().split('.').collect();
    assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [2, 22, 22, 43, 22]);
    let (user, grant) = (*parts.get(1).unwrap(), *parts.get(2).unwrap());
    for (left, right) in [(format!("{user}{grant}"), String::new()), (grant.to_owned(), user.to_owned())] {
        let moved = token.expose().replace(&format!("{user}.{grant}"), &format!("{left}.{right}"));
        assert!(RefreshToken::parse(&moved, &key()).is_none(), "{moved}");
    }
}

#[test]
fn s43_a_refresh_token_that_was_altered_is_not_read() {
    let token =
        RefreshToken::generate(Uuid::from_u128(1 << 100), Uuid::from_u128(1 << 100), &key(), &mut OsRng);
    let read = RefreshToken::parse(token.expose(), &key()).unwrap();
    assert_eq!((read.user(), read.grant()), (token.user(), token.grant()));
    assert!(token.hash().matches_refresh_token(&read));
    for miss in near_misses(token.expose()) {
        assert!(RefreshToken::parse(&miss, &key()).is_none(), "{miss:?}");
    }
}

#[test]
fn s43_a_refresh_token_moved_to_another_user_or_grant_is_not_read() {
    let token = RefreshToken::generate(Uuid::from_u128(1), Uuid::from_u128(2), &key(), &mut OsRng);
    let own = base64url::encode_uuid(Uuid::from_u128(1));
    let foreign = base64url::encode_uuid(Uuid::from_u128(9));
    assert!(RefreshToken::parse(&token.expose().replace(&own, &foreign), &key()).is_none());
}

#[test]
fn s43_a_refresh_token_made_elsewhere_is_not_read() {
    let other = RefreshTagKey::new(&[8; 32]);
    let token = RefreshToken::generate(Uuid::from_u128(1), Uuid::from_u128(2), &other, &mut OsRng);
    assert!(RefreshToken::parse(token.expose(), &other).is_some());
    assert!(RefreshToken::parse(token.expose(), &key()).is_none());
}

#[test]
fn s24_the_stored_form_reads_back_and_shows_no_secret() {
    let secret = Secret::generate(SecretKind::ClientSecret, &mut OsRng);
    let stored = secret.hash().to_string();
    assert!(SecretHash::parse(&stored).unwrap().matches(&secret));
    assert!(
        !SecretHash::parse(&stored).unwrap().matches(&Secret::generate(SecretKind::ClientSecret, &mut OsRng))
    );
    let random = secret.expose().split_once('.').unwrap().1;
    assert!(!stored.contains(random));
    assert!(!format!("{secret:?}").contains(random));
    assert!(SecretHash::parse(&format!("{stored}A")).is_none());
}

proptest! {
    #[test]
    fn parsing_never_panics_and_accepts_only_its_own_text(text in "\\PC{0,60}|rt[.A-Za-z0-9_-]{100,130}") {
        for kind in SecretKind::ALL {
            if let Some(secret) = Secret::parse(kind, &text) {
                prop_assert_eq!(secret.expose(), text.as_str());
            }
        }
        if let Some(token) = RefreshToken::parse(&text, &key()) {
            prop_assert_eq!(token.expose(), text.as_str());
        }
    }
}
