//! Hashes made by other implementations: Python's `hashlib` and the `crypt` of the C library, and those of RFC 6070, RFC
//! 7914 and jBCrypt.
#![allow(clippy::unwrap_used)]

use super::super::{Block, Password, PasswordError, PasswordParams, cost_of, dummy_phc_of, verify};
use super::imported;
use proptest::prelude::*;

const OF_CORRECT_HORSE: [&str; 12] = [
    "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
    "$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
    "$2a$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
    "bcrypt$$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
    "pbkdf2_sha256$1000$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso=",
    "pbkdf2_sha1$1000$seasalt$iQvkNOF1wEL4Khh8eogJ8rUhipM=",
    "$pbkdf2-sha256$1000$8PHy8/T19vf4.fr7/P3./w$JwgcbJZlHBoE0uPBMy9SZsCsIJXsYLx/8XwH97PVwMU",
    "$pbkdf2-sha512$1000$8PHy8/T19vf4.fr7/P3./w$xqu1f3FSdHbs02z9AocIk0UpBf6S9uqlRTfcS56zkPqTxPMhm.kj4D.e8E9DRlH/uXf/Pe1g59vHIM0MwcvtiA",
    "$pbkdf2$1000$8PHy8/T19vf4.fr7/P3./w$.5QX0J046SbyM4zUrpWK1an1PdA",
    "$scrypt$ln=10,r=8,p=1$8PHy8/T19vf4+fr7/P3+/w$2rA3VVxBi7JUdeKlENqV7JZ3kUPnS38wnsDB+xWehuw",
    "scrypt:1024:8:1$seasalt$6fdbea39ed01e47661d9fd7443d44f37d38534fb666fe7b3a7960e96766c250d2f4392377aaf19b7b18532ea90e7cc42c5322f54bd5008bfcf4d7116afe44d1c",
    "pbkdf2:sha256:1000$seasalt$9909ee7926a46fbe3ccea0400b5b6659566c65b8b6ccf1996ab1334c675f9aca",
];

fn cheap() -> PasswordParams {
    PasswordParams::new(64, 1, 1).unwrap()
}

fn typed(text: &str) -> Password {
    Password::typed(text.to_owned().into()).unwrap()
}

/// Whether a password fits a hash that was brought in; one that fits is to be hashed again.
fn fits(password: &str, hash: &str) -> bool {
    let mut memory: Vec<Block> = Vec::new();
    let verified = verify(&typed(password), &imported(hash).unwrap(), &cheap(), &mut memory).unwrap();
    assert_eq!(verified.ok, verified.needs_rehash);
    verified.ok
}

#[test]
fn hashes_of_other_systems_are_verified_and_to_be_replaced() {
    for hash in OF_CORRECT_HORSE {
        assert!(fits("correct horse", hash), "{hash}");
        assert!(fits("correct horse", &format!(" {hash}\n")), "{hash}");
        for other in ["correct horsf", "correct hors", "correct horse ", "Correct horse", "\0"] {
            assert!(!fits(other, hash), "{hash} {other:?}");
        }
    }
}

#[test]
fn published_vectors_are_verified() {
    for (password, hash) in [
        ("a", "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe"),
        ("abc", "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i"),
        ("password", "$pbkdf2$1$c2FsdA$DGDID5YfDnHzqbUkr2ASBi/gN6Y"),
        ("password", "$pbkdf2$4096$c2FsdA$SwB5AbdlSJq+rUnZJvch0GWkKcE"),
        (
            "pleaseletmein",
            "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw",
        ),
        ("password", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"),
        ("password", "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8"),
        (
            "password",
            "argon2$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
        ),
    ] {
        assert!(fits(password, hash), "{hash}");
        assert!(!fits("another", hash), "{hash}");
    }
}

/// The other system may have hashed what the keyboard sent; here it is composed. Either spelling signs in.
#[test]
fn s86_a_spelling_that_the_other_system_hashed_is_tried_as_well() {
    let decomposed = "$2b$04$abcdefghijklmnopqrstuuOPx4tXEYeRQ0j5wdqjQ2bd8EqDyvq5e";
    let composed = "$2b$04$abcdefghijklmnopqrstuuusvfeYzFuQdqd.KjimlRKkZ2QcoHWhO";
    assert!(fits("cafe\u{301}", decomposed) && fits("cafe\u{301}", composed) && fits("caf\u{e9}", composed));
    assert!(!fits("caf\u{e9}", decomposed) && !fits("cafe", composed));
}

#[test]
fn s86_bcrypt_counts_what_it_counted_there() {
    let of_80 = "$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i";
    assert!(fits(&"x".repeat(80), of_80) && fits(&"x".repeat(72), of_80));
    assert!(!fits(&"x".repeat(71), of_80));
    // A C string ends at a NUL.
    let hash = OF_CORRECT_HORSE[0];
    assert!(!fits("correct horse\0", hash) && !fits("correct horse\0and more", hash));
}

#[test]
fn one_cost_has_one_spelling_and_its_dummy_costs_the_same_and_fits_nothing() {
    for hash in OF_CORRECT_HORSE {
        let stored = imported(hash).unwrap();
        assert_eq!(imported(&stored).is_ok(), !stored.starts_with("$bcrypt"), "{stored}");
        let dummy = dummy_phc_of(cost_of(&stored)).unwrap();
        assert_eq!(cost_of(&dummy), cost_of(&stored));
        let verified = verify(&typed("correct horse"), &dummy, &cheap(), &mut Vec::new()).unwrap();
        assert!(!verified.ok, "{dummy}");
    }
    let costs = OF_CORRECT_HORSE.map(|hash| cost_of(&imported(hash).unwrap()).to_owned());
    assert_eq!(costs[0], "$bcrypt$r=4");
    assert!(costs[..4].iter().all(|cost| *cost == costs[0]), "{costs:?}");
    assert_eq!((costs[4].as_str(), &costs[4]), ("$pbkdf2-sha256$i=1000,l=32", &costs[6]));
}

#[test]
fn s100_a_hash_that_costs_too_much_is_refused_with_the_reason() {
    let bcrypt = "abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e";
    let salt_and_hash = "c29tZXNhbHRzb21lc2FsdA$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    for hash in [
        format!("$2b$15${bcrypt}"),
        format!("$2b$31${bcrypt}"),
        format!("$2b$99${bcrypt}"),
        format!("$pbkdf2-sha256$2000001${salt_and_hash}"),
        format!("$pbkdf2-sha256$i=4294967295,l=32${salt_and_hash}"),
        format!("$scrypt$ln=18,r=8,p=1${salt_and_hash}"),
        format!("$scrypt$ln=63,r=4294967295,p=4294967295${salt_and_hash}"),
        format!("$scrypt$ln=255,r=8,p=1${salt_and_hash}"),
        format!("$scrypt$ln=17,r=8,p=5${salt_and_hash}"),
        format!("$argon2id$v=19$m=262145,t=1,p=1${salt_and_hash}"),
        format!("$argon2i$v=19$m=64,t=4294967295,p=1${salt_and_hash}"),
    ] {
        assert_eq!(imported(&hash), Err(PasswordError::TooExpensive), "{hash}");
        let mut memory = Vec::new();
        let answer = verify(&typed("x"), &hash, &cheap(), &mut memory);
        assert_eq!((answer, memory.len()), (Err(PasswordError::StoredHash), 0), "{hash}");
    }
}

#[test]
fn what_is_no_hash_that_is_known_is_refused() {
    let bcrypt = "abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e";
    let salt_and_hash = "c29tZXNhbHRzb21lc2FsdA$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    for hash in [
        String::new(),
        "correct horse".to_owned(),
        "5f4dcc3b5aa765d61d8327deb882cf99".to_owned(),
        "{SSHA}DkMTwBl+a/3DQTxCYEApdUtNXGgdUac3".to_owned(),
        format!("$2x$04${bcrypt}"),
        format!("$2b$03${bcrypt}"),
        format!("$2b$4294967300${bcrypt}"),
        format!("$2b$04${bcrypt}e"),
        format!("$2b$04$ü{}", &bcrypt[2..]),
        format!("$pbkdf2-md5$1000${salt_and_hash}"),
        format!("$pbkdf2-sha256$0${salt_and_hash}"),
        format!("$pbkdf2-sha256$1000${salt_and_hash}$more"),
        "$pbkdf2-sha256$1000$c2FsdA$c2hvcnQ".to_owned(),
        format!("$scrypt$ln=0,r=0,p=0${salt_and_hash}"),
        format!("$argon2id$v=16$m=64,t=1,p=1${salt_and_hash}"),
        format!("$argon2id$v=19$m=64,t=1,p=1,data=Zm9v${salt_and_hash}"),
        "scrypt:1000:8:1$salt$00112233445566778899aabbccddeeff".to_owned(),
        "bcrypt_sha256$$2b$12$x".to_owned(),
        "!".to_owned(),
        "$6$rounds=5000$salt$hash".to_owned(),
    ] {
        assert_eq!(imported(&hash), Err(PasswordError::UnknownHash), "{hash}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(
        text in "\\PC{0,80}|\\$(2b|scrypt|pbkdf2-sha256|pbkdf2|argon2i)\\$[a-z0-9=,]{0,20}\\$[A-Za-z0-9+/.]{0,30}\\$?[A-Za-z0-9+/.]{0,60}|(scrypt|pbkdf2):[0-9a-z:]{0,20}\\$[a-z]{0,9}\\$[0-9a-f]{0,70}"
    ) {
        if let Ok(stored) = imported(&text) {
            prop_assert!(dummy_phc_of(cost_of(&stored)).is_ok(), "{}", stored);
        }
    }
}
