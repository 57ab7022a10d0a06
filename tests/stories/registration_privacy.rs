//! A stranger learns from the answers to a registration neither who has an account nor which names are taken, and cannot flood a
//! mailbox with letters.

use crate::everything::everything_is_on;
use crate::indistinguishable::{Form, without_a_limit_for_sources};
use crate::password_reset::{House, letters_of, newest_link};
use crate::registration::{MAIL, ask, create, link, open, open_house, register_page};
use idp_core::user::StandardClaims;
use idp_core::username::Username;
use idp_tests::{Answer, Browser, TestIdp};
use std::collections::BTreeSet;

#[tokio::test]
async fn s81_usernames_are_not_found_out_with_a_link() {
    let house = open_house().await;
    let browser = house.idp.browser();
    let page = open(&house, &browser, &link(&house, &browser).await).await;
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(create(&browser, &page, &[("username", "alice")]).await.status);
    }
    assert!(statuses.starts_with(&[422; 10]) && statuses.ends_with(&[429, 429]), "{statuses:?}");
    assert_eq!(create(&browser, &page, &[]).await.status, 303, "without one they go on");
}

const KNOWN_AND_UNKNOWN: [&str; 2] = ["alice@example.org", "nobod@example.org"];

fn form<'a>(browser: &'a Browser, page: &'a Answer) -> Form<'a> {
    Form { browser, page, field: "address", button: "register-submit" }
}

/// A provider at which people register, however many letters are asked for from one place.
async fn unlimited() -> House {
    let idp = TestIdp::start_with(|config| {
        everything_is_on(config);
        without_a_limit_for_sources(config);
    });
    House::on(idp.await).await
}

/// A stranger cannot tell who has an account, whose is shut, or who has got many letters.
#[tokio::test]
async fn s81_the_answer_to_a_registration_is_the_same_whosever_address_it_is() {
    let house = unlimited().await;
    let idp = &house.idp;
    let shut = idp.add_user("shut1").await;
    idp.operator().disable_user(&Username::parse("shut1").unwrap(), idp.clock.now()).await.unwrap();
    let unverified =
        StandardClaims { email: Some("said1@example.org".to_owned()), ..StandardClaims::default() };
    idp.add_user_with("other", unverified).await;
    for _ in 0..6 {
        ask(&house, &idp.browser(), "over1@example.org").await;
    }
    assert_eq!(letters_of(idp, "register").await.len(), 5);
    let browser = idp.browser();
    let page = register_page(&house, &browser).await;
    let form = form(&browser, &page);
    let same = async |address: &str| form.answer_about(idp, address).await;
    let expected = same("nobod@example.org").await;
    assert_eq!(expected.0, 200);
    for address in ["alice@example.org", "shut1@example.org", "said1@example.org", "over1@example.org"] {
        assert_eq!(same(address).await, expected, "{address}");
    }
    let told: BTreeSet<_> = letters_of(idp, "account_exists").await.iter().map(|mail| mail.user).collect();
    assert_eq!(told, BTreeSet::from([Some(shut), Some(house.alice)]));
    assert_eq!(
        letters_of(idp, "register").await.len(),
        5 + 2,
        "on no account, and one that is only said to be theirs"
    );
}

#[tokio::test]
async fn s81_the_clock_does_not_tell_who_has_registered_either() {
    let house = unlimited().await;
    let browser = house.idp.browser();
    let page = register_page(&house, &browser).await;
    form(&browser, &page).assert_equally_fast(&house.idp, KNOWN_AND_UNKNOWN).await;
}

/// 300 samples by turns, for the record:
/// `cargo test --workspace --test stories -- --ignored s81_medians_of_registrations --nocapture`.
#[tokio::test]
#[ignore = "prints figures"]
async fn s81_medians_of_registrations() {
    let house = unlimited().await;
    let browser = house.idp.browser();
    let page = register_page(&house, &browser).await;
    let form = form(&browser, &page);
    form.ratio_of_medians(&house.idp, KNOWN_AND_UNKNOWN, 20).await;
    let ratio = form.ratio_of_medians(&house.idp, KNOWN_AND_UNKNOWN, 150).await;
    println!("known to unknown: {ratio}");
}

#[tokio::test]
async fn s81_letters_to_an_address_are_few_and_so_are_those_that_a_source_asks_for() {
    let house = open_house().await;
    let idp = &house.idp;
    let mut last = String::new();
    for address in
        ["c@new.example", "C@new.example", "c@NEW.example", "c@new.example", "C@NEW.EXAMPLE", "c@new.example"]
    {
        ask(&house, &idp.browser(), address).await;
        if letters_of(idp, "register").await.len() == 5 && last.is_empty() {
            last = newest_link(idp, "register").await;
        }
        idp.clock.advance(1);
    }
    assert_eq!(letters_of(idp, "register").await.len(), 5);
    // The last link that was sent is not voided by requests that send none.
    assert_eq!(open(&house, &idp.browser(), &last).await.status, 200);
    let browser = idp.browser();
    let page = register_page(&house, &browser).await;
    let mut statuses = Vec::new();
    for number in 0..6 {
        let address = format!("n{number}@new.example");
        statuses.push(browser.submit(&page, &[("address", &address)], "register-submit").await.status);
    }
    assert!(statuses.starts_with(&[200, 200, 200]) && statuses.ends_with(&[429, 429]), "{statuses:?}");
    let late = browser.submit(&page, &[("address", MAIL)], "register-submit").await;
    assert!(late.status == 429 && !late.header("retry-after").is_empty(), "{}", late.body);
    assert!(late.body.contains("asked for from here") && late.input("address") == MAIL);
    idp.clock.advance(20 * 60);
    assert_eq!(ask(&house, &idp.browser(), MAIL).await.status, 200);
}
