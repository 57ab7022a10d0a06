//! A stranger learns from the answers to a forgotten password neither who has an account nor anything else about them, and cannot
//! flood a mailbox with letters.

use crate::everything::letters_are_on;
use crate::indistinguishable::{Form, without_a_limit_for_sources};
use crate::password_reset::{House, letters_of, newest_link};
use idp_core::session::EndCause;
use idp_core::user::StandardClaims;
use idp_server::db::audit_events::{AuditContext, AuditEvent};
use idp_server::store::revoke::Target;
use idp_tests::{Answer, Browser, TestIdp};

const KNOWN_AND_UNKNOWN: [&str; 2] = ["alice", "nobod"];

fn form<'a>(browser: &'a Browser, page: &'a Answer) -> Form<'a> {
    Form { browser, page, field: "username", button: "forgot-submit" }
}

/// A provider that writes letters, however many are asked for from one place.
async fn unlimited() -> House {
    let idp = TestIdp::start_with(|config| {
        letters_are_on(config);
        without_a_limit_for_sources(config);
    });
    House::on(idp.await).await
}

/// A stranger cannot tell who has an account, whose is shut, who has a verified address, or who has got many letters.
#[tokio::test]
async fn s81_the_answer_is_the_same_about_every_address() {
    let house = unlimited().await;
    let idp = &house.idp;
    let disabled = idp.add_user("shut1").await;
    let now = idp.clock.now();
    let about = AuditContext::default();
    idp.app.store.revoke(Target::DisabledUser(disabled), EndCause::UserDisabled, about, now).await.unwrap();
    let unverified = StandardClaims { email: Some("x@example.org".to_owned()), ..StandardClaims::default() };
    idp.add_user_with("said1", unverified).await;
    idp.add_user("over1").await;
    for _ in 0..3 {
        house.ask(&idp.browser(), "over1").await;
    }
    let browser = idp.browser();
    let page = house.forgot_page(&browser).await;
    let form = form(&browser, &page);
    let same = async |name: &str| form.answer_about(idp, name).await;
    let expected = same("nobod").await;
    assert_eq!(expected.0, 200);
    let before = letters_of(idp, "reset_password").await.len();
    for name in ["alice", "shut1", "said1", "over1", "a b c", "%%%%%", "%0a%0"] {
        assert_eq!(same(name).await, expected, "{name}");
    }
    assert_eq!(letters_of(idp, "reset_password").await.len(), before + 1, "Alice alone got one");
    assert_eq!(house.recorded(AuditEvent::PasswordResetRequested).await, 3 + 1 + 6);
}

#[tokio::test]
async fn s81_the_clock_does_not_tell_either() {
    let house = unlimited().await;
    let browser = house.idp.browser();
    let page = house.forgot_page(&browser).await;
    form(&browser, &page).assert_equally_fast(&house.idp, KNOWN_AND_UNKNOWN).await;
}

/// 300 samples by turns, for the record: `cargo test --workspace --test stories -- --ignored s81_medians_of_300 --nocapture`.
#[tokio::test]
#[ignore = "prints figures"]
async fn s81_medians_of_300_samples() {
    let house = unlimited().await;
    let browser = house.idp.browser();
    let page = house.forgot_page(&browser).await;
    let form = form(&browser, &page);
    form.ratio_of_medians(&house.idp, KNOWN_AND_UNKNOWN, 20).await;
    let ratio = form.ratio_of_medians(&house.idp, KNOWN_AND_UNKNOWN, 150).await;
    println!("known to unknown: {ratio}");
}

#[tokio::test]
async fn s81_letters_are_few_for_a_person_under_all_their_names_and_for_a_source() {
    let house = House::build().await;
    let idp = &house.idp;
    let mut last = String::new();
    for name in ["alice", "alice@example.org", "ALICE", "Alice@Example.org", "alice"] {
        house.ask(&idp.browser(), name).await;
        if letters_of(idp, "reset_password").await.len() == 3 && last.is_empty() {
            last = newest_link(idp, "reset_password").await;
        }
        idp.clock.advance(1);
    }
    assert_eq!(letters_of(idp, "reset_password").await.len(), 3);
    // The last link that was sent is not voided by requests that send none.
    assert_eq!(house.open(&idp.browser(), &last).await.status, 200);
    let browser = idp.browser();
    let page = house.forgot_page(&browser).await;
    let mut statuses = Vec::new();
    for number in 0..8 {
        let name = format!("nobody{number}");
        statuses.push(browser.submit(&page, &[("username", &name)], "forgot-submit").await.status);
    }
    assert!(statuses.starts_with(&[200, 200, 200]) && statuses.ends_with(&[429, 429]), "{statuses:?}");
    let late = browser.submit(&page, &[("username", "alice")], "forgot-submit").await;
    assert!(late.status == 429 && !late.header("retry-after").is_empty(), "{}", late.body);
    assert!(late.body.contains("asked for from here") && late.input("username") == "alice");
    idp.clock.advance(20 * 60);
    assert_eq!(house.ask(&idp.browser(), "alice").await.status, 200);
    assert_eq!(letters_of(idp, "reset_password").await.len(), 4, "no one is shut out for good");
}
