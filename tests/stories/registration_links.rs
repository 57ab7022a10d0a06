//! What a link to an account is good for: once, in its time, the newest of its address; and what it leads to afterwards.

use crate::everything::everything_is_on;
use crate::password_reset::{House, NEW, letters_of, link_to, newest_link};
use crate::registration::{self, MAIL, PAGE, account, create, link, open, open_house};
use futures_util::future::join_all;
use idp_core::username::Username;
use idp_server::config::Registration;
use idp_server::db::audit_events::AuditEvent;
use idp_tests::{Answer, HOST, SESSION, TestIdp};

const DAY: i64 = 24 * 60 * 60;

fn assert_void(answer: &Answer) {
    assert!(
        answer.status == 410 && answer.body.contains("This link does not work any more"),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn s82_a_link_to_an_account_opens_one_and_leads_on_afterwards() {
    let house = open_house().await;
    let browser = house.idp.browser();
    let secret = link(&house, &browser).await;
    let form = open(&house, &browser, &secret).await;
    // Programs that look through mail use nothing up.
    for _ in 0..3 {
        assert_eq!(open(&house, &house.idp.browser(), &secret).await.status, 200);
    }
    assert_eq!(create(&browser, &form, &[]).await.status, 303);
    let carol = account(&house, MAIL).await.unwrap().user.id;
    house.idp.clock.advance(30);
    // Back, reload and the link itself lead on to the site while the person is signed in.
    for again in
        [browser.open(house.idp.url(&form.form_address())).await, open(&house, &browser, &secret).await]
    {
        let answer = if again.location().is_some() { again } else { browser.follow(again).await };
        assert!(answer.redirect_param("code").is_some(), "{answer:?}");
    }
    // Elsewhere the account is said to be there, and nothing of it is changed.
    let elsewhere = house.idp.browser();
    let told = open(&house, &elsewhere, &secret).await;
    assert!(told.status == 410 && told.body.contains("Your account is there already"), "{}", told.body);
    let login = elsewhere.open(house.idp.url(&link_to(&told, "link-sign-in"))).await;
    assert!(login.body.contains("Sign in to continue to"), "{}", login.body);
    // A form from the history leads on too, and changes nothing.
    let late = create(&browser, &form, &[("new-password", "nine umbrellas walk uphill")]).await;
    assert!(late.redirect_param("code").is_some(), "{late:?}");
    let page = elsewhere.visit(house.idp.authorize_url(&house.site, &[])).await;
    assert_eq!(elsewhere.log_in_as(&page, MAIL, "nine umbrellas walk uphill").await.status, 422);
    assert_eq!(elsewhere.log_in_as(&page, MAIL, NEW).await.status, 303);
    assert_eq!(account(&house, MAIL).await.unwrap().user.id, carol);
    assert_eq!(house.recorded(AuditEvent::Registered).await, 1);
}

#[tokio::test]
async fn b4_the_form_of_an_account_that_is_sent_twice_signs_in_once() {
    let house = open_house().await;
    let browser = house.idp.browser();
    let form = open(&house, &browser, &link(&house, &browser).await).await;
    let [first, second] = [create(&browser, &form, &[]).await, create(&browser, &form, &[]).await];
    for answer in [&first, &second] {
        assert!(answer.redirect_param("code").is_some(), "{answer:?}");
    }
    let carol = account(&house, MAIL).await.unwrap().user;
    let open = house.idp.app.store.devices(carol, house.idp.clock.now()).await.unwrap();
    assert_eq!(open.open.len(), 1);
    assert!(browser.cookie(HOST, SESSION).is_some());
}

#[tokio::test]
async fn s82_of_many_who_use_a_link_at_once_one_opens_the_account() {
    let house = open_house().await;
    let browser = house.idp.browser();
    let secret = link(&house, &browser).await;
    let mut forms = Vec::new();
    for _ in 0..4 {
        let browser = house.idp.browser();
        forms.push((open(&house, &browser, &secret).await, browser));
    }
    let passwords: Vec<String> = (0..4).map(|number| format!("seven gravel teapots {number}")).collect();
    let sent = forms.iter().zip(&passwords).map(|((form, browser), password)| async move {
        create(browser, form, &[("new-password", password.as_str())]).await
    });
    let statuses: Vec<u16> = join_all(sent).await.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 410).count(), 3, "{statuses:?}");
    assert_eq!(house.recorded(AuditEvent::Registered).await, 1);
    let won = statuses.iter().position(|status| *status == 303).unwrap();
    let login = house.idp.browser();
    let page = login.visit(house.idp.authorize_url(&house.site, &[])).await;
    assert_eq!(login.log_in_as(&page, MAIL, &passwords[won]).await.status, 303);
}

#[tokio::test]
async fn s82_only_the_newest_link_to_an_account_works_and_for_a_day() {
    let house = open_house().await;
    let browser = house.idp.browser();
    let first = link(&house, &browser).await;
    let form = open(&house, &browser, &first).await;
    house.idp.clock.advance(1);
    let second = link(&house, &browser).await;
    assert_void(&open(&house, &browser, &first).await);
    assert_void(&create(&browser, &form, &[]).await);
    for broken in ["ml.x", &second[..20], &format!("{second}x"), &second.replacen("ml.", "se.", 1)] {
        assert_void(&open(&house, &browser, broken).await);
    }
    let form = open(&house, &browser, &second).await;
    house.idp.clock.advance(DAY - 1);
    assert_eq!(open(&house, &browser, &second).await.status, 200);
    house.idp.clock.advance(1);
    let late = create(&browser, &form, &[]).await;
    assert_void(&late);
    let again = browser.open(house.idp.url(&link_to(&late, "link-again"))).await;
    assert!(
        again.has_form(PAGE) && again.body.contains("Create an account to continue to"),
        "{}",
        again.body
    );
    house.idp.app.store.clean_up(house.idp.clock.now().plus(2 * DAY)).await;
    assert_void(&open(&house, &browser, &second).await);
    assert!(account(&house, MAIL).await.is_none());
}

#[tokio::test]
async fn a_link_that_is_opened_in_another_browser_goes_on_to_the_site_there() {
    let house = open_house().await;
    let secret = link(&house, &house.idp.browser()).await;
    let phone = house.idp.browser();
    let form = open(&house, &phone, &secret).await;
    // The page belongs to the browser in which the link was opened.
    let strange = house.idp.browser().visit(house.idp.url(&form.form_address())).await;
    assert!(
        strange.status == 403 && strange.body.contains("Open the link in the email again"),
        "{}",
        strange.body
    );
    let done = create(&phone, &form, &[]).await;
    assert_eq!(done.redirect_param("state").as_deref(), Some("the-state"), "{done:?}");
    assert!(done.redirect_param("code").is_some());
}

#[tokio::test]
async fn somebody_else_who_is_signed_in_there_is_signed_out_and_not_taken_for_the_person() {
    let house = open_house().await;
    let browser = house.idp.browser();
    browser.sign_in_for_tokens(&house.idp, &house.site, "alice").await;
    house.idp.clock.advance(1);
    let secret = link(&house, &house.idp.browser()).await;
    let form = open(&house, &browser, &secret).await;
    let done = create(&browser, &form, &[]).await;
    let tokens = house.idp.redeem(&house.site, &done.redirect_param("code").unwrap()).await;
    assert_eq!(house.idp.userinfo(tokens.text("access_token")).await.text("email"), MAIL);
    let alice = house.idp.operator().user(&Username::parse("alice").unwrap()).await.unwrap();
    let hers = house.idp.app.store.devices(alice, house.idp.clock.now()).await.unwrap();
    assert!(hers.open.is_empty());
}

#[tokio::test]
async fn a_page_that_asks_leads_on_once_the_person_has_signed_in() {
    let house = open_house().await;
    let browser = house.idp.browser();
    let page = registration::register_page(&house, &browser).await;
    house.idp.clock.advance(1);
    let other_tab = browser.visit(house.idp.authorize_url(&house.site, &[])).await;
    browser.log_in_as(&other_tab, "alice", idp_tests::PASSWORD).await;
    let back = browser.open(house.idp.url(&page.form_address())).await;
    assert!(back.redirect_param("code").is_some(), "{back:?}");
}

#[tokio::test]
async fn s82_where_nobody_registers_any_more_what_was_sent_before_is_good_for_nothing() {
    let idp = TestIdp::start_with(everything_is_on).await;
    let house = House::on(idp).await;
    let secret = link(&house, &house.idp.browser()).await;
    let idp = house.0.idp;
    let port = idp.issuer.rsplit(':').next().unwrap().parse().unwrap();
    let clock = idp.clock.clone();
    let folder = idp.stop().await;
    let closed = |config: &mut idp_server::config::Config| {
        everything_is_on(config);
        config.account.registration = Registration::Invitation;
    };
    let idp = TestIdp::start_in(folder, clock, port, closed).await;
    let browser = idp.browser();
    let answer = browser.visit(idp.url(&format!("/create-account?link={secret}"))).await;
    assert_void(&answer);
    assert!(answer.body.contains("Ask the person who invited you"), "{}", answer.body);
}

#[tokio::test]
async fn a8_no_address_and_no_secret_of_a_registration_rests_in_clear() {
    let house = open_house().await;
    let browser = house.idp.browser();
    // A password that was typed into the wrong field.
    let typed = "P@ssw0rd-of-carol";
    registration::ask(&house, &browser, typed).await;
    let secret = newest_link(&house.idp, "register").await;
    let columns = "SELECT kind || address_hash || secret_hash || sealed AS word FROM registration_links";
    let rows = crate::schema::ask(&house.idp.db, columns).await;
    assert_eq!(rows.len(), 1);
    assert!(!rows[0].contains("ssw0rd") && !rows[0].contains(&secret), "{rows:?}");
    assert_eq!(letters_of(&house.idp, "register").await.len(), 1);
}
