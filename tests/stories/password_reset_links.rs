//! What a link to a new password is good for: once, for an hour, and only while it is the newest and nothing that it was sent for has
//! changed. Opening it uses nothing up, and its secret stays out of histories, logs and other sites.

use crate::everything::letters_are_on;
use crate::own_process::Serving;
use crate::password_reset::{House, NEW, choose, letters_of, newest_link, settled};
use futures_util::future::join_all;
use idp_core::mail_address::MailAddress;
use idp_core::session::EndCause;
use idp_core::user::AddressChange;
use idp_core::username::Username;
use idp_server::db::audit_events::{AuditContext, AuditEvent};
use idp_server::directory::users::UserChange;
use idp_server::store::revoke::Target;
use idp_tests::smtp_sink::SmtpSink;
use idp_tests::{Answer, PASSWORD, TestIdp, backend, eventually, typed};
use reqwest::Method;

const OTHER: &str = "nine paper lanterns drift";
const HOUR: i64 = 60 * 60;

#[track_caller]
fn assert_void(answer: &Answer) {
    assert_eq!(answer.status, 410, "{}", answer.body);
    assert!(answer.body.contains("This link does not work any more") && answer.has_id("link-again"));
}

/// The link opens nothing, neither anew nor in a page that was opened in time.
async fn assert_spent(house: &House, link: &str, opened: &idp_tests::Browser, page: &Answer) {
    assert_void(&house.open(&house.idp.browser(), link).await);
    assert_void(&choose(opened, page, OTHER).await);
    assert!(!house.opens(OTHER).await);
}

#[tokio::test]
async fn s82_a_link_is_good_once() {
    let house = House::build().await;
    let (link, browser) = (house.link().await, house.idp.browser());
    let page = house.open(&browser, &link).await;
    assert_eq!(choose(&browser, &page, NEW).await.status, 303);
    assert_spent(&house, &link, &browser, &page).await;
    assert!(house.opens(NEW).await);
}

#[tokio::test]
async fn s82_of_parallel_uses_one_counts() {
    let house = House::build().await;
    let link = house.link().await;
    let mut pages = Vec::new();
    for _ in 0..8 {
        let browser = house.idp.browser();
        pages.push((house.open(&browser, &link).await, browser));
    }
    let passwords: Vec<String> = (0..8).map(|number| format!("paper lanterns drift by {number}")).collect();
    let race = pages.iter().zip(&passwords).map(|((page, browser), new)| choose(browser, page, new));
    let statuses: Vec<u16> = join_all(race).await.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 410).count(), 7, "{statuses:?}");
    let won = statuses.iter().position(|status| *status == 303).unwrap();
    for (number, password) in passwords.iter().enumerate() {
        assert_eq!(house.opens(password).await, number == won, "{number}");
    }
    assert_eq!(house.recorded(AuditEvent::PasswordReset).await, 1);
}

#[tokio::test]
async fn s82_a_link_is_good_for_an_hour_and_afterwards_leads_to_another_for_the_same_site() {
    let house = House::build().await;
    let (link, browser) = (house.link().await, house.idp.browser());
    house.idp.clock.advance(HOUR - 1);
    let page = house.open(&browser, &link).await;
    assert_eq!(page.status, 200);
    house.idp.clock.advance(1);
    let late = choose(&browser, &page, NEW).await;
    assert_void(&late);
    let again = browser.open(house.idp.url(&crate::password_reset::link_to(&late, "link-again"))).await;
    let login = browser.open(house.idp.url(&crate::password_reset::link_to(&again, "forgot-back"))).await;
    assert!(login.body.contains("Sign in to continue to"), "{}", login.body);
    assert_spent(&house, &link, &browser, &page).await;
    // A day later nothing is left of it.
    house.idp.app.store.clean_up(house.idp.clock.now().plus(25 * HOUR)).await;
    assert_void(&house.open(&browser, &link).await);
}

#[tokio::test]
async fn s82_only_the_newest_link_works() {
    let house = House::build().await;
    let (first, browser) = (house.link().await, house.idp.browser());
    let page = house.open(&browser, &first).await;
    house.idp.clock.advance(1);
    let second = house.link().await;
    assert_spent(&house, &first, &browser, &page).await;
    let page = house.open(&browser, &second).await;
    assert_eq!(choose(&browser, &page, NEW).await.status, 303);
}

#[tokio::test]
async fn s82_a_link_dies_with_the_password_and_the_addresses_that_it_was_sent_for() {
    let house = House::build().await;
    let (idp, alice) = (&house.idp, Username::parse("alice").unwrap());
    let address = |name: &str| MailAddress::parse(&format!("{name}@example.org")).unwrap();
    let change = async |changes: Vec<AddressChange>| {
        let change = UserChange { addresses: changes, ..UserChange::default() };
        idp.operator().change_user(&alice, change, idp.clock.now()).await.unwrap();
    };
    for (number, what) in ["password", "vouched", "primary", "removed", "shut out"].into_iter().enumerate() {
        let (link, browser) = (house.link().await, idp.browser());
        let page = house.open(&browser, &link).await;
        assert_eq!(page.status, 200, "{what}");
        let now = idp.clock.now();
        match what {
            "password" => idp.operator().set_password(&alice, typed(NEW), now).await.unwrap(),
            "vouched" => change(vec![AddressChange::Vouch(address("work"))]).await,
            "primary" => change(vec![AddressChange::MakePrimary(address("work"))]).await,
            "removed" => change(vec![AddressChange::Remove(address("alice"))]).await,
            _ => {
                let about = AuditContext::default();
                let shut = Target::DisabledUser(house.alice);
                idp.app.store.revoke(shut, EndCause::UserDisabled, about, now).await.unwrap();
                idp.app.store.enable_user(house.alice, AuditContext::default(), now).await.unwrap();
            }
        }
        assert_spent(&house, &link, &browser, &page).await;
        // The next letter may come.
        idp.clock.advance(HOUR + i64::try_from(number).unwrap());
    }
}

#[tokio::test]
async fn s82_a_link_that_is_cut_off_made_up_or_for_something_else_opens_nothing() {
    let house = House::build().await;
    let link = house.link().await;
    let forged = format!("{}{}", &link[..link.len() - 2], if link.ends_with("AA") { "BA" } else { "AA" });
    for bad in [&link[..link.len() - 1], &link[3..], &format!("{link}x"), &forged, "", "ml.", "%00", "se.abc"]
    {
        for path in ["/reset-password", "/verify-address"] {
            let page = house.idp.browser().visit(house.idp.url(&format!("{path}?link={bad}"))).await;
            assert_eq!(page.status, 410, "{path} {bad}: {}", page.body);
        }
    }
    // A link of the one purpose is none of the other.
    let elsewhere = house.idp.browser().visit(house.idp.url(&format!("/verify-address?link={link}"))).await;
    assert_eq!(elsewhere.status, 410, "{}", elsewhere.body);
    assert_eq!(house.open(&house.idp.browser(), &link).await.status, 200, "it is good for its own");
}

#[tokio::test]
async fn s82_a_link_sets_the_password_of_its_own_person_and_of_nobody_else() {
    let house = House::build().await;
    house.idp.add_user("bob").await;
    let (alices, browser) = (house.link().await, house.idp.browser());
    house.idp.clock.advance(1);
    house.ask(&house.idp.browser(), "bob").await;
    let bobs = newest_link(&house.idp, "reset_password").await;
    let (of_alice, of_bob) = (house.open(&browser, &alices).await, house.open(&browser, &bobs).await);
    // The papers of one page do not fit the other.
    let mixed = [("tx", of_alice.input("tx")), ("csrf", of_bob.input("csrf"))];
    let fields = [("tx", mixed[0].1.as_str()), ("csrf", &mixed[1].1), ("new_password", NEW)];
    assert_eq!(browser.post(house.idp.url("/reset-password"), &fields).await.status, 403);
    assert_eq!(choose(&browser, &of_bob, NEW).await.status, 303);
    assert!(house.opens(PASSWORD).await, "Alice's is as it was");
    assert_eq!(choose(&browser, &of_alice, OTHER).await.status, 303, "and so is her link");
    assert!(house.opens(OTHER).await);
}

/// Programs that look through mail open every link.
#[tokio::test]
async fn s82_opening_a_link_uses_nothing_up_and_changes_nothing() {
    let house = House::build().await;
    let link = house.link().await;
    let url = house.idp.url(&format!("/reset-password?link={link}"));
    for _ in 0..5 {
        let scanner = house.idp.browser();
        assert_eq!(scanner.visit(&url).await.status, 200);
        assert_eq!(scanner.send(Method::HEAD, &url, None, &[]).await.status, 405);
        assert!([400, 403, 410].contains(&scanner.post(&url, &[]).await.status));
    }
    let browser = house.idp.browser();
    let page = house.open(&browser, &link).await;
    // Back and reload as well.
    assert_eq!(browser.open(&page.url).await.status, 200);
    assert_eq!(choose(&browser, &page, NEW).await.status, 303);
}

#[tokio::test]
async fn s82_the_secret_leaves_the_address_at_once_and_no_page_repeats_it() {
    let house = House::build().await;
    let (link, browser) = (house.link().await, house.idp.browser());
    let first = browser.open(house.idp.url(&format!("/reset-password?link={link}"))).await;
    assert_eq!((first.status, first.header("referrer-policy")), (303, "no-referrer"));
    assert_eq!(first.header("cache-control"), "no-store");
    let page = browser.follow(first.clone()).await;
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    let random = link.split_once('.').unwrap().1;
    for text in [first.location().unwrap().as_str(), page.url.as_str(), &page.body] {
        assert!(!text.contains(random), "{text}");
    }
    // The address is worth nothing in another browser, and nothing without cookies.
    let elsewhere = house.idp.browser().open(&page.url).await;
    assert_eq!(elsewhere.status, 403, "{}", elsewhere.body);
    assert!(elsewhere.body.contains("Open the link in the email again"), "{}", elsewhere.body);
    assert!(elsewhere.body.contains(&house.idp.issuer), "says where cookies are needed");
    let fields = [("tx", page.input("tx")), ("csrf", page.input("csrf"))];
    let fields = [("tx", fields[0].1.as_str()), ("csrf", &fields[1].1), ("new_password", NEW)];
    assert_eq!(house.idp.browser().post(house.idp.url("/reset-password"), &fields).await.status, 403);
    assert_eq!(choose(&browser, &page, NEW).await.status, 303);
}

#[tokio::test]
async fn s82_s90_the_link_is_of_the_configured_issuer_whatever_a_request_says() {
    let sink = SmtpSink::start().await;
    let house = House::on(TestIdp::start_with(|config| sink.serve(config)).await).await;
    let idp = &house.idp;
    let _senders: Vec<_> = idp.nodes().map(idp_server::task::send_letters).collect();
    let browser = idp.browser();
    let page = house.forgot_page(&browser).await;
    let headers = [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "https"),
        ("forwarded", "host=evil.example;proto=https"),
        ("x-original-host", "evil.example"),
    ];
    let (tx, csrf) = (page.input("tx"), page.input("csrf"));
    let fields = [("tx", tx.as_str()), ("csrf", &csrf), ("username", "alice")];
    assert_eq!(browser.post_with(idp.url("/forgot-password"), &fields, &headers).await.status, 200);
    let letter = sink.takes(1).await.remove(0);
    for part in [letter.part("text/plain"), letter.part("text/html")] {
        assert!(part.contains(&idp.url("/reset-password?link=ml.")), "{part}");
        assert!(!part.contains("evil.example"), "{part}");
    }
}

/// The server as a process of its own, whose every line is read, and everything that it stores.
#[tokio::test(flavor = "multi_thread")]
async fn s82_s111_no_log_holds_a_link_and_it_rests_as_a_hash() {
    let house = House::build().await;
    let link = house.link().await;
    let random = link.split_once('.').unwrap().1.to_owned();
    for (name, bytes) in backend::at_rest(house.idp.folder.path()) {
        let found = bytes.windows(random.len()).any(|window| window == random.as_bytes());
        assert!(!found, "the secret of a link in {name}");
    }
    let sink = SmtpSink::start().await;
    let (http, issuer, browser) = (house.idp.http.clone(), house.idp.issuer.clone(), house.idp.browser());
    let folder = house.0.idp.stop().await;
    let serving = Serving::start_with(folder.path(), &issuer, &http, &sink.settings()).await;
    for method in [Method::GET, Method::POST, Method::HEAD, Method::DELETE] {
        let url = format!("{issuer}/reset-password?link={link}");
        let request = http.request(method, url).header("referer", format!("{issuer}/?link={link}"));
        assert!(request.send().await.unwrap().status().as_u16() < 500);
    }
    let page = browser.visit(format!("{issuer}/reset-password?link={link}")).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(choose(&browser, &page, "short").await.status, 422);
    assert_eq!(choose(&browser, &page, NEW).await.status, 303);
    let log = eventually("the last request is in the log", async || {
        let log = serving.log();
        if log.matches("/reset-password").count() >= 6 { Ok(log) } else { Err(log) }
    })
    .await;
    let line = log.lines().find(|line| line.contains(&random) || line.contains(NEW));
    assert_eq!(line, None);
}

#[tokio::test]
async fn a1_a_link_of_a_clock_that_was_ahead_is_good_for_nothing() {
    let house = House::on(TestIdp::start_with(letters_are_on).await).await;
    house.idp.clock.advance(2 * HOUR);
    let link = house.link().await;
    house.idp.clock.advance(-2 * HOUR);
    assert_void(&house.open(&house.idp.browser(), &link).await);
    settled(&house.idp).await;
    assert_eq!(letters_of(&house.idp, "reset_password").await.len(), 1);
}
