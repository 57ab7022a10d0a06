//! What a link in place of a second factor is good for: the newest one, for ten minutes, for the sign-in that asked for it, once;
//! and how many may be asked for and tried.

use crate::mail_fallback::{House, LETTER, assert_over, assert_waits, code_of, is_inside};
use crate::password_reset::{letters_of, newest_link};
use futures_util::future::join_all;
use idp_core::mail_address::MailAddress;
use idp_core::user::AddressChange;
use idp_core::username::Username;
use idp_server::db::audit_events::AuditEvent;
use idp_server::directory::users::UserChange;

const MINUTE: i64 = 60;

fn other_than(code: &str) -> String {
    let (first, rest) = code.split_at(1);
    format!("{}{rest}", if first == "0" { "1" } else { "0" })
}

#[tokio::test]
async fn s82_only_the_newest_link_works_for_ten_minutes_and_for_the_sign_in_that_asked_for_it() {
    let house = House::build().await;
    let (first, first_page, first_link) = house.waiting().await;
    house.idp.clock.advance(1);
    let (second, second_page, second_link) = house.waiting().await;
    assert_eq!(house.open(&first, &first_link).await.status, 410);
    // Neither the old code nor the new one counts where the old one was asked for.
    for code in [code_of(&first_link), code_of(&second_link)] {
        assert_over(&first.press(&first_page, "link_code", &[("code", &code)]).await);
    }
    assert!(
        house.open(&first, &second_link).await.body.contains("link-code"),
        "no button in another browser"
    );
    let page = house.open(&second, &second_link).await;
    house.idp.clock.advance(10 * MINUTE);
    assert_eq!(house.open(&second, &second_link).await.status, 410);
    for answer in [
        second.press(&page, "use_link", &[]).await,
        second.press(&second_page, "link_code", &[("code", &code_of(&second_link))]).await,
    ] {
        assert!(!is_inside(&answer), "{} {}", answer.status, answer.body);
    }
    // Who waited nine minutes before asking has ten all the same, and no more.
    house.idp.clock.advance(60 * MINUTE);
    let (browser, step) = house.second_step().await;
    house.idp.clock.advance(9 * MINUTE);
    let waiting = browser.press(&step, "send_link", &[]).await;
    let link = newest_link(&house.idp, LETTER).await;
    house.idp.clock.advance(10 * MINUTE - 1);
    let late = browser.press(&waiting, "send_link", &[]).await;
    assert!(
        late.status != 200 && !late.body.contains("value=\"link_code\""),
        "{} {}",
        late.status,
        late.body
    );
    assert!(is_inside(&browser.press(&waiting, "link_code", &[("code", &code_of(&link))]).await));
}

#[tokio::test]
async fn s82_a_link_dies_with_the_address_that_it_went_to_and_with_the_account() {
    let house = House::build().await;
    let alice = Username::parse("alice").unwrap();
    let address = |name: &str| MailAddress::parse(&format!("{name}@example.org")).unwrap();
    let change = async |changes: Vec<AddressChange>| {
        let change = UserChange { addresses: changes, ..UserChange::default() };
        house.idp.operator().change_user(&alice, change, house.idp.clock.now()).await.unwrap();
    };
    let (browser, waiting, link) = house.waiting().await;
    change(vec![AddressChange::Vouch(address("work")), AddressChange::MakePrimary(address("work"))]).await;
    assert_eq!(house.open(&browser, &link).await.status, 410);
    assert_over(&browser.press(&waiting, "link_code", &[("code", &code_of(&link))]).await);
    house.idp.clock.advance(60 * MINUTE);
    // The link goes to the primary one alone, and that it was used is told to both.
    let (browser, waiting, link) = house.waiting().await;
    assert_eq!(house.letters().await, 2);
    assert!(waiting.body.contains("w\u{2022}\u{2022}\u{2022}@example.org"));
    assert!(is_inside(&browser.press(&waiting, "link_code", &[("code", &code_of(&link))]).await));
    assert_eq!(letters_of(&house.idp, "second_step_link_used").await.len(), 2);
}

#[tokio::test]
async fn s83_few_codes_can_be_tried_for_a_sign_in_and_few_letters_sent() {
    let house = House::build().await;
    let (browser, waiting, link) = house.waiting().await;
    let wrong = other_than(&code_of(&link));
    for _ in 0..5 {
        assert_waits(&browser.press(&waiting, "link_code", &[("code", &wrong)]).await, 422);
    }
    assert_over(&browser.press(&waiting, "link_code", &[("code", &code_of(&link))]).await);
    assert_eq!(letters_of(&house.idp, "wrong_codes").await.len(), 1, "the person is told");
    // Another letter for the same sign-in gives no more tries.
    house.idp.clock.advance(1);
    let again = browser.press(&waiting, "send_link", &[]).await;
    let newer = newest_link(&house.idp, LETTER).await;
    assert_over(&browser.press(&again, "link_code", &[("code", &code_of(&newer))]).await);
    // Of all sign-ins together ten.
    house.idp.clock.advance(1);
    let (other, page, link) = house.waiting().await;
    for _ in 0..5 {
        assert_waits(&other.press(&page, "link_code", &[("code", &other_than(&code_of(&link)))]).await, 422);
    }
    let (third, step) = house.second_step().await;
    let many = third.press(&step, "send_link", &[]).await;
    assert_eq!(many.status, 429, "{}", many.body);
    assert!(many.body.contains("Several emails have been sent") && !many.header("retry-after").is_empty());
    assert_eq!(house.letters().await, 3);
    let by_app = third.press(&many, "code", &[("code", &house.app.code(&house.idp))]).await;
    assert_eq!(by_app.status, 429, "codes of apps and of letters count together");
    // The link itself cannot be guessed, and an attacker cannot keep the person from it.
    assert!(is_inside(&other.press(&house.open(&other, &link).await, "use_link", &[]).await));
}

#[tokio::test]
async fn s83_a_hundred_codes_at_once_are_as_few() {
    let house = House::build().await;
    let (browser, waiting, link) = house.waiting().await;
    let wrong = other_than(&code_of(&link));
    let filled = [("code", wrong.as_str())];
    let sent = (0..100).map(|_| browser.press(&waiting, "link_code", &filled));
    let looked_at = join_all(sent).await.iter().filter(|answer| answer.body.contains("newest email")).count();
    assert_eq!(looked_at, 5);
}

#[tokio::test]
async fn b4_of_the_button_the_code_and_double_clicks_one_session_comes() {
    let house = House::build().await;
    for round in 0..4 {
        house.idp.clock.advance(61 * MINUTE);
        let (browser, waiting, link) = house.waiting().await;
        let page = house.open(&browser, &link).await;
        let before = house.open_sessions().await;
        let code = code_of(&link);
        let filled = [("code", code.as_str())];
        let (one, two, typed) = tokio::join!(
            browser.press(&page, "use_link", &[]),
            browser.press(&page, "use_link", &[]),
            browser.press(&waiting, "link_code", &filled)
        );
        let inside = [&one, &two, &typed].into_iter().filter(|answer| is_inside(answer)).count();
        assert!(inside >= 1, "round {round}: {} {} {}", one.body, two.body, typed.body);
        assert_eq!(is_inside(&one), is_inside(&two), "a double click finds its own session");
        assert_eq!(house.open_sessions().await - before, 1, "round {round}");
    }
    assert_eq!(house.recorded(AuditEvent::SecondStepLinkUsed).await, 4);
}

#[tokio::test]
async fn a_link_that_is_made_up_or_for_something_else_opens_nothing() {
    let house = House::build().await;
    let (_, _, link) = house.waiting().await;
    for bad in [&link[..link.len() - 1], &link[3..], &format!("{link}x"), "", "ml.", "%00", "se.abc"] {
        let page = house.idp.browser().visit(house.idp.url(&format!("/second-step?link={bad}"))).await;
        assert_eq!(page.status, 410, "{bad}: {}", page.body);
    }
    for path in ["/reset-password", "/verify-address"] {
        let page = house.idp.browser().visit(house.idp.url(&format!("{path}?link={link}"))).await;
        assert_eq!(page.status, 410, "{path}");
    }
    // Without the password no letter is sent, whatever button the form names.
    let browser = house.idp.browser();
    let login = browser.visit(house.idp.authorize_url(&house.site, &[])).await;
    for button in ["send_link", "link_code", "use_link"] {
        let answer = browser.press(&login, button, &[("username", "alice"), ("password", "a slip")]).await;
        assert!(!is_inside(&answer) && !answer.body.contains("value=\"link_code\""), "{button}");
    }
    assert_eq!(house.letters().await, 1);
}
