//! The passwords that guessers try first, as whole passwords: `common_passwords.txt`, which
//! `cargo run -p idp-core --example common_passwords` makes of published lists. In the file they are in order, and each line
//! begins with the number of characters (base 36) that it shares with the one before: half the size, and still a text that a
//! person can read and compare. It is read from the beginning for each new password, which takes less than a hundredth of
//! hashing it.

use std::collections::BTreeSet;

const LIST: &str = include_str!("common_passwords.txt");

/// Each password of the list, in order, in lower case, letters and digits only.
fn each(mut found: impl FnMut(&str) -> bool) -> bool {
    let mut entry = String::new();
    LIST.lines().any(|line| {
        let (shared, rest) = line.split_at_checked(1).unwrap_or_default();
        entry.truncate(usize::from_str_radix(shared, 36).unwrap_or(0));
        entry.push_str(rest);
        found(&entry)
    })
}

/// Whether one of these is on the list. Each is in lower case, letters and digits only.
pub(super) fn has_any(candidates: &BTreeSet<String>) -> bool {
    each(|entry| candidates.iter().any(|candidate| candidate == entry))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s87_the_list_has_tens_of_thousands_in_order_and_without_repeats() {
        let (mut count, mut last) = (0, String::new());
        each(|entry| {
            assert!(*entry > *last, "{last} {entry}");
            assert!(
                entry.len() >= 6 && entry.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()),
                "{entry}"
            );
            count += 1;
            entry.clone_into(&mut last);
            false
        });
        assert!(count > 40_000, "{count}");
    }

    #[test]
    fn s87_the_first_the_last_and_a_chinese_one_are_found_and_others_are_not() {
        let has = |text: &str| has_any(&BTreeSet::from([String::new(), text.to_owned()]));
        for listed in ["password", "woaini1314", "5201314", "qwertyuiop", "trustno1", "liverpool", "zxcvbnm"]
        {
            assert!(has(listed), "{listed}");
        }
        for other in ["", "0", "passworq", "passwordq7", "gravelteapotnineteenowls", "\u{e9}"] {
            assert!(!has(other), "{other}");
        }
    }
}
