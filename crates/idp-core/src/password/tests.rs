//! Hashing and comparing, at a cost that tests can pay.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use rand_core::OsRng;

use super::*;

fn cheap() -> PasswordParams {
    PasswordParams::new(64, 1, 1).unwrap()
}

fn typed(password: &str) -> Password {
    Password::typed(password.to_owned().into()).unwrap()
}

fn hashed(password: &str, params: &PasswordParams) -> String {
    hash(&typed(password), params, &mut OsRng, &mut Vec::new()).unwrap()
}

fn is_right(password: &str, phc: &str) -> bool {
    verify(&typed(password), phc, &cheap(), &mut Vec::new()).unwrap().ok
}

#[test]
fn the_default_cost_is_that_of_owasp_and_in_the_phc_string() {
    let params = PasswordParams::default();
    assert!(dummy_phc(&params).unwrap().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
}

#[test]
fn a_string_of_the_reference_implementation_is_understood() {
    // `echo -n password | argon2 somesalt -id -t 2 -k 65536 -p 1`, from the test vectors of the
    // reference implementation (version 0x13).
    let phc = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    let mut memory = Vec::new();
    let answer = verify(&typed("password"), phc, &cheap(), &mut memory).unwrap();
    assert_eq!(answer, Verified { ok: true, needs_rehash: true });
    let answer = verify(&typed("differentpassword"), phc, &cheap(), &mut memory).unwrap();
    assert_eq!(answer, Verified { ok: false, needs_rehash: false });
}

#[test]
fn s100_memory_is_reused_and_an_expensive_row_does_not_keep_its_share() {
    let mut memory = Vec::new();
    let phc = hash(&typed("one password"), &cheap(), &mut OsRng, &mut memory).unwrap();
    assert_eq!(memory.len(), 64);
    let place = memory.as_ptr();
    assert!(verify(&typed("one password"), &phc, &cheap(), &mut memory).unwrap().ok);
    assert_eq!(memory.as_ptr(), place);

    let expensive = hashed("one password", &PasswordParams::new(1024, 1, 1).unwrap());
    assert!(verify(&typed("one password"), &expensive, &cheap(), &mut memory).unwrap().ok);
    assert_eq!(memory.len(), 64);
    assert!(memory.capacity() < 1024);
}

#[test]
fn the_same_password_never_has_the_same_hash() {
    assert_ne!(hashed("one password", &cheap()), hashed("one password", &cheap()));
}

#[test]
fn s86_every_byte_counts_up_to_1024() {
    let longest = "x".repeat(MAX_BYTES);
    let phc = hashed(&longest, &cheap());
    assert!(is_right(&longest, &phc));
    assert!(!is_right(&format!("{}y", longest.get(1..).unwrap()), &phc));
}

#[test]
fn s86_what_differs_after_it_was_prepared_is_another_password() {
    let passwords = [
        " leading and trailing ",
        "tab\tand\nnewline",
        "nul\0inside",
        "nul",
        "é",
        "e",
        "ﬁ",
        "fi",
        "密码密码",
        "🦊🌵🚲",
        "Straße",
        "STRASSE",
        "\u{feff}bom",
        "bom",
    ];
    for (number, password) in passwords.iter().enumerate() {
        let phc = hashed(password, &cheap());
        for (other_number, other) in passwords.iter().enumerate() {
            assert_eq!(is_right(other, &phc), number == other_number, "{password:?} {other:?}");
        }
    }
}

#[test]
fn s86_seventy_two_bytes_are_no_limit() {
    // The class of the bcrypt truncation: a long name in front made the password irrelevant.
    let name = "n".repeat(200);
    let phc = hashed(&format!("{name}right"), &cheap());
    assert!(!is_right(&format!("{name}wrong"), &phc));
}

#[test]
fn s80_no_password_matches_the_dummy_and_it_costs_the_same() {
    let dummy = dummy_phc(&cheap()).unwrap();
    let stored = Argon2Hash::parse(&dummy).unwrap();
    assert_eq!(stored.params, cheap());
    let real = hashed("password", &cheap());
    assert_eq!(dummy.len(), real.len());
    for password in ["password", "\0", "dummy"] {
        let answer = verify(&typed(password), &dummy, &cheap(), &mut Vec::new()).unwrap();
        assert_eq!(answer, Verified { ok: false, needs_rehash: false });
    }
}

#[test]
fn a_right_password_of_another_cost_is_to_be_hashed_again() {
    let stored = hashed("one password", &cheap());
    let check = |password, wanted| verify(&typed(password), &stored, &wanted, &mut Vec::new()).unwrap();
    let wanted = PasswordParams::new(128, 1, 1).unwrap();
    assert_eq!(check("one password", wanted), Verified { ok: true, needs_rehash: true });
    assert_eq!(check("another", wanted), Verified { ok: false, needs_rehash: false });
    assert_eq!(check("one password", cheap()), Verified { ok: true, needs_rehash: false });
}

#[test]
fn a_hostile_row_cannot_demand_memory_or_time() {
    let salt_and_hash = "c29tZXNhbHRzb21lc2FsdA$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    let hostile = [
        "$argon2id$v=19$m=4194304,t=1,p=1$",
        "$argon2id$v=19$m=4294967295,t=4294967295,p=1$",
        "$argon2id$v=19$m=262145,t=1,p=1$",
        "$argon2id$v=19$m=64,t=4294967295,p=1$",
        "$argon2id$v=19$m=262144,t=5,p=1$",
        "$argon2id$v=19$m=1024,t=1,p=17$",
        "$argon2id$v=19$m=8,t=1,p=2$",
        "$argon2id$v=19$m=64,t=0,p=1$",
        "$argon2id$v=19$m=64,t=1,p=1,keyid=Zm9v$",
        "$argon2id$v=19$m=64,t=1,p=1,data=Zm9v$",
        "$argon2id$v=16$m=64,t=1,p=1$",
        "$argon2id$m=64,t=1,p=1$",
        "$argon2i$v=19$m=4194304,t=1,p=1$",
        "$argon2d$v=19$m=64,t=4294967295,p=1$",
        "$argon2$v=19$m=64,t=1,p=1$",
        "$scrypt$v=19$m=64,t=1,p=1$",
    ];
    let mut memory = Vec::new();
    for start in hostile {
        let answer = verify(&typed("password"), &format!("{start}{salt_and_hash}"), &cheap(), &mut memory);
        assert_eq!(answer.unwrap_err(), PasswordError::StoredHash, "{start}");
    }
    assert!(memory.is_empty());
}

#[test]
fn an_unusable_row_is_an_error_and_never_a_match() {
    let whole = hashed("one password", &cheap());
    for end in 0..whole.len() {
        let cut = whole.get(..end).unwrap();
        let answer = verify(&typed("one password"), cut, &cheap(), &mut Vec::new());
        assert!(!answer.is_ok_and(|verified| verified.ok), "{cut}");
    }
    for text in ["", "one password", "$argon2id$v=19$m=64,t=1,p=1$$", "plain$text"] {
        let answer = verify(&typed("one password"), text, &cheap(), &mut Vec::new());
        assert_eq!(answer.unwrap_err(), PasswordError::StoredHash);
    }
}

#[test]
fn the_cost_has_bounds() {
    let good = [(64, 1, 1), (19_456, 2, 1), (262_144, 4, 16), (8, 1, 1)];
    let bad = [(0, 1, 1), (7, 1, 1), (64, 0, 1), (64, 1, 0), (64, 1, 9), (262_145, 1, 1), (262_144, 5, 1)];
    assert!(good.iter().all(|(m, t, p)| PasswordParams::new(*m, *t, *p).is_ok()));
    assert!(bad.iter().all(|(m, t, p)| PasswordParams::new(*m, *t, *p).is_err()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn only_the_same_password_matches(one in "\\PC{1,40}", other in "\\PC{1,40}") {
        let phc = hashed(&one, &cheap());
        prop_assert!(is_right(&one, &phc));
        prop_assert_eq!(is_right(&other, &phc), typed(&one).expose() == typed(&other).expose());
    }

    #[test]
    fn any_row_is_read_without_panic(row in "\\PC{0,60}|\\$argon2id\\$v=19\\$m=[0-9]{1,12},t=[0-9]{1,3},p=[0-9]{1,2}\\$[A-Za-z0-9+/]{0,24}\\$[A-Za-z0-9+/]{0,50}") {
        prop_assert!(Argon2Hash::parse(&row).is_none_or(|stored| stored.params.memory_kib <= MAX_MEMORY_KIB));
    }
}
