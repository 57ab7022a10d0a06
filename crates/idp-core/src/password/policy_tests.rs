#![allow(clippy::unwrap_used)]
use super::*;
use proptest::prelude::*;

const NAMES: [&str; 3] = ["alice", "alice.smith@mail.example", "Example Login"];

fn typed(password: &str) -> Password {
    Password::typed(password.to_owned().into()).unwrap()
}

fn check(password: &str) -> Result<(), Weakness> {
    PasswordPolicy::default().check(&typed(password), &NAMES)
}

#[test]
fn s87_every_common_password_is_refused_under_every_minimum() {
    let policy = PasswordPolicy::new(8).unwrap();
    for common in COMMON.lines() {
        assert!(policy.check(&typed(common), &[]).is_err(), "{common}");
        assert!(policy.check(&typed(&common.to_uppercase()), &[]).is_err(), "{common}");
        assert!(policy.check(&typed(&format!("{common}1")), &[]).is_err(), "{common}");
        assert!(check(&common.repeat(4)).is_err(), "{common}");
    }
    assert!(COMMON.lines().count() > 500);
}

#[test]
fn s87_the_list_is_sorted_lower_case_and_without_repeats() {
    let lines: Vec<&str> = COMMON.lines().collect();
    assert!(lines.is_sorted_by(|a, b| a < b));
    assert!(lines.iter().all(|line| **line == line.to_lowercase() && line.len() >= 4));
}

#[test]
fn s87_common_passwords_in_disguise_are_refused() {
    let disguised = [
        "Password1234567",
        "P@ssw0rd12345678",
        "passwordpassword",
        "PasswordPassword1!",
        "correct horse battery staple",
        "Correct-Horse-Battery-Staple",
        "iloveyou iloveyou",
        "Welcome2024Welcome",
        "letmein123456789",
        "adminadminadmin!",
        "Summer2024!!!!!!",
        "dragonfly2024!!!",
        "20240101Liverpool",
        "L1verp00l1234567",
        "woaini1314woaini1314",
        "!!superman!!superman!!superman!!",
    ];
    for password in disguised {
        assert_eq!(check(password), Err(Weakness::Common), "{password}");
    }
}

#[test]
fn s87_the_long_list_counts_for_whole_passwords_under_the_lowest_minimum() {
    let policy = PasswordPolicy::new(8).unwrap();
    for common in
        ["changeme", "starwars1", "Arsenal2019", "5201314woaini", "midnight", "Nirvana!", "w1lls0n99"]
    {
        assert_eq!(policy.check(&typed(common), &[]), Err(Weakness::Common), "{common}");
    }
    // Words that are on it may be part of a phrase.
    assert_eq!(check("a midnight walk beside the arsenal"), Ok(()));
}

#[test]
fn s87_the_own_name_and_the_service_name_are_refused() {
    let named = [
        "alicealicealice",
        "alice.smith@mail.example",
        "Alice-Example-2024",
        "example login 1!",
        "4lice5mith123456",
        "SmithAlice99999999",
    ];
    for password in named {
        assert_eq!(check(password), Err(Weakness::Name), "{password}");
    }
    assert_eq!(check("alice likes her purple bicycle"), Ok(()));
}

/// Weighing comes before any throttle, and a password may have a kilobyte.
#[test]
fn s100_a_long_password_is_weighed_no_longer_than_a_good_one() {
    let varied = |c: usize| char::from_u32(0x4e00 + u32::try_from(c * 37 % 1000).unwrap()).unwrap();
    let enough = PasswordPolicy::default().minimum() / 2 + 2;
    for long in [(0..341).map(varied).collect::<String>(), "ab1".repeat(341), "xy".repeat(512)] {
        assert!(Text::new(&long).weigh(&[], enough).strength < enough + PIECE);
    }
}

#[test]
fn s87_runs_walks_and_repetitions_are_refused() {
    let patterns = [
        "aaaaaaaaaaaaaaa",
        "abcdefghijklmnopqrst",
        "zyxwvutsrqponmlk",
        "fghjkl0987654kjhg",
        "xkxkxkxkxkxkxkxk",
        "7f3k7f3k7f3k7f3k",
        "               ",
        "好好好好好好好好好好好好好好好",
    ];
    for password in patterns {
        assert_eq!(check(password), Err(Weakness::Pattern), "{password}");
    }
}

#[test]
fn s87_good_passwords_pass_without_any_rule_of_composition() {
    let good = [
        "gravel teapot nineteen owls",
        "vk3tz9qpw8mx2rd",
        "thundercloudsoverthehill",
        "床前明月光疑是地上霜举头望明月",
        "мой кот любит сметану",
        "🦊🌵🚲🎻🧀🛶🪁🦉🍄🧵🪐🏺🎈🧭🌋",
        "____~~~~....,,,,::::;;;;%%%%&&&&////(((())))",
    ];
    for password in good {
        assert_eq!(check(password), Ok(()), "{password}");
    }
}

#[test]
fn s86_length_counts_code_points_up_to_1024_bytes() {
    let minimum = 15;
    assert_eq!(check("vk3tz9qpw8mx2r"), Err(Weakness::TooShort { minimum }));
    assert_eq!(check("vk3tz9qpw8mx2é"), Err(Weakness::TooShort { minimum }));
    assert_eq!(check("vk3tz9qpw8mx2e\u{301}"), Err(Weakness::TooShort { minimum }), "one letter");
    let long: String = ('a'..='z').cycle().step_by(7).take(1024).collect();
    let long = format!("vk3tz9qpw8mx2rd{}", long.get(15..).unwrap());
    assert_eq!((long.len(), check(&long)), (1024, Ok(())));
}

#[test]
fn the_minimum_has_bounds() {
    assert!([8, 15, 64].map(PasswordPolicy::new).iter().all(Result::is_ok));
    assert!([0, 7, 65].map(PasswordPolicy::new).iter().all(Result::is_err));
}

proptest! {
    // Each reads the long list, which without optimisation takes a while.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_passwords_of_the_minimum_length_pass(password in "[a-z0-9]{15}") {
        prop_assert_eq!(check(&password), Ok(()));
    }

    #[test]
    fn any_text_is_weighed_without_panic(password in "\\PC{1,80}", name in "\\PC{0,10}") {
        let _ = PasswordPolicy::default().check(&typed(&password), &[&name]);
    }
}
