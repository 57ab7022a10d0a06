//! What a person is found by: the words of their names and addresses, folded, so that a search by the beginnings of words
//! needs an index and no scan.

use super::Account;
use crate::username::folded;
use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization as _;

/// The most words that one person is found by.
pub const MOST_SEARCH_WORDS: usize = 160;
/// The longest word, in characters. What is longer is found by its beginning.
pub const LONGEST_SEARCH_WORD: usize = 64;
/// The most words of a search; further ones narrow nothing.
pub const MOST_WORDS_OF_SEARCH: usize = 8;
/// From how many places of a name without spaces, such as a Chinese one, it is found.
const MOST_STARTS: usize = 8;

/// The words that a person is found by.
#[must_use]
pub fn search_words(account: &Account) -> BTreeSet<String> {
    let claims = &account.user.claims;
    let names =
        [&claims.name, &claims.given_name, &claims.family_name, &claims.nickname, &claims.middle_name];
    let names = names.into_iter().filter_map(|name| name.as_deref());
    let addresses = account.addresses.iter().map(|known| known.address.as_str());
    let texts: Vec<String> = std::iter::once(account.user.username.as_str())
        .chain(names)
        .chain(addresses)
        .map(str::to_owned)
        .chain(joined_name(account))
        .collect();
    let whole: Vec<String> = texts.iter().flat_map(|text| words_of_search(text)).collect();
    let parts = whole.iter().flat_map(|word| parts(word));
    // The whole ones first, so that the bound never hides an address behind the parts of another.
    let mut found = BTreeSet::new();
    for word in whole.iter().cloned().chain(parts).filter(|word| !word.is_empty()) {
        if found.len() < MOST_SEARCH_WORDS {
            found.insert(word.chars().take(LONGEST_SEARCH_WORD).collect());
        }
    }
    found
}

/// The words of what was typed into a search, each to be the beginning of a word of the person.
#[must_use]
pub fn words_of_search(typed: &str) -> Vec<String> {
    let folded = folded(typed);
    // An accent is often left out by those who search.
    let bare: String = folded.nfd().filter(|c| !('\u{300}'..='\u{36F}').contains(c)).nfc().collect();
    bare.split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().take(LONGEST_SEARCH_WORD).collect())
        .collect()
}

/// A family and a given name that are written as one, as in Chinese.
fn joined_name(account: &Account) -> Option<String> {
    let claims = &account.user.claims;
    let (family, given) = (claims.family_name.as_deref()?.trim(), claims.given_name.as_deref()?.trim());
    let is_one = family.chars().all(is_spaceless) && given.chars().all(is_spaceless);
    is_one.then(|| format!("{family}{given}"))
}

/// What a word consists of: what stands between signs, the domain of an address, and what begins within a run of a script
/// that has no spaces.
fn parts(word: &str) -> Vec<String> {
    let domain = word.rsplit_once('@').map(|(_, domain)| domain.to_owned());
    let local = word.rsplit_once('@').map_or(word, |(local, _)| local);
    let mut all: Vec<String> = domain.into_iter().collect();
    for part in local.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()) {
        all.push(part.to_owned());
        all.extend(starts(part));
    }
    all
}

/// What begins at each of the first characters of each run of a script without spaces.
fn starts(part: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = part;
    while let Some(begin) = rest.find(is_spaceless) {
        let (_, run) = rest.split_at(begin);
        let end = run.find(|c| !is_spaceless(c)).unwrap_or(run.len());
        let (run, after) = run.split_at(end);
        found.extend(run.char_indices().take(MOST_STARTS).map(|(at, _)| run.split_at(at).1.to_owned()));
        rest = after;
    }
    found
}

/// Han, kana and Hangul, in which words and names follow each other without spaces.
const fn is_spaceless(c: char) -> bool {
    matches!(c, '\u{3005}' | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::tests::ada;
    use super::*;
    use crate::mail_address::MailAddress;
    use crate::time::UnixTime;
    use crate::user::{AddressChange, MailAddresses, StandardClaims, User};
    use crate::username::Username;
    use uuid::Uuid;

    fn account(username: &str, claims: StandardClaims, addresses: &[&str]) -> Account {
        let user = User { username: Username::parse(username).unwrap(), ..ada(claims) };
        let changes: Vec<_> =
            addresses.iter().map(|text| AddressChange::Add(MailAddress::parse(text).unwrap())).collect();
        let account = Account { user, addresses: MailAddresses::default(), attributes: Default::default() };
        let mut number = 0;
        let id = || {
            number += 1;
            Uuid::from_u128(number)
        };
        account.with_names(None, &changes, UnixTime(1), id).unwrap()
    }

    fn finds(account: &Account, typed: &str) -> bool {
        let (words, typed) = (search_words(account), words_of_search(typed));
        typed.iter().all(|typed| words.iter().any(|word| word.starts_with(typed)))
    }

    #[test]
    fn a_person_is_found_by_the_beginning_of_each_word_of_theirs() {
        let claims = StandardClaims { name: Some("Åda O'Brien-Lovelace".to_owned()), ..Default::default() };
        let ada = account("countess", claims, &["Ada.King@Example.org"]);
        for typed in [
            "count",
            "ada",
            "ÅDA",
            "åda",
            "lovel",
            "brien",
            "o'brien",
            "O'Brien-Love",
            "ada.king",
            "king",
            "ada.king@example.org",
            "example.org",
            "love  ADA",
            "(ada)",
            "king count example",
        ] {
            assert!(finds(&ada, typed), "{typed}");
        }
        for typed in ["bda", "ada x", "countesses", "ing", "xample"] {
            assert!(!finds(&ada, typed), "{typed}");
        }
    }

    #[test]
    fn a_name_without_spaces_is_found_from_each_of_its_characters() {
        let claims = |name: &str| StandardClaims { name: Some(name.to_owned()), ..Default::default() };
        let wang = account("wang", claims("王小明"), &[]);
        for typed in ["王小明", "王", "小明", "明", "王小", "小明 王"] {
            assert!(finds(&wang, typed), "{typed}");
        }
        assert!(!finds(&wang, "小王"));
        let parted = StandardClaims {
            family_name: Some("王".to_owned()),
            given_name: Some("小明".to_owned()),
            ..Default::default()
        };
        assert!(finds(&account("wang", parted, &[]), "王小明"));
        assert!(finds(&account("wang", claims("Dr李小龙2"), &[]), "小龙"));
    }

    #[test]
    fn however_much_a_person_says_of_themselves_their_words_are_few_and_short() {
        let name: String = (0..2000).map(|number| format!("n{number}-x ")).collect();
        let claims =
            StandardClaims { name: Some(name), nickname: Some("王".repeat(500)), ..Default::default() };
        let words = search_words(&account("ada", claims, &["a@x.example"]));
        assert_eq!(words.len(), MOST_SEARCH_WORDS);
        assert!(words.iter().all(|word| (1..=LONGEST_SEARCH_WORD).contains(&word.chars().count())));
        assert!(finds(&account("a".repeat(200).as_str(), Default::default(), &[]), &"a".repeat(150)));
        assert!(words_of_search(" . ,,- \u{0} ").is_empty());
    }
}
