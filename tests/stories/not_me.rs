//! "This was not me": the link in a letter about a new sign-in or a change ends what it was about, without a sign-in, once, and
//! lets no one in.

use crate::everything::letters_are_on;
use crate::password_reset::letters_of;
use crate::schema::ask;
use futures_util::future::join_all;
use idp_core::mail_address::MailAddress;
use idp_core::user::AddressChange;
use idp_core::username::Username;
use idp_server::db::sessions;
use idp_server::directory::users::UserChange;
use idp_server::task;
use idp_tests::smtp_sink::SmtpSink;
use idp_tests::{Answer, Authenticator, Browser, ClientSpec, PASSWORD, SignedIn, TestIdp, typed};

const PAGE: &str = "/not-me";
const DAY: i64 = 24 * 60 * 60;

async fn alice() -> SignedIn {
    SignedIn::on(TestIdp::start_with(letters_are_on).await, ClientSpec::confidential("site-a")).await
}

/// The secrets in the letters of this kind, the newest first.
async fn links(idp: &TestIdp, kind: &str) -> Vec<String> {
    let letters = letters_of(idp, kind).await;
    let secret = |mail: &_| idp.app.store.opened_letter(mail).unwrap().not_me.expect("a link");
    letters.iter().map(secret).collect()
}

async fn newest(idp: &TestIdp, kind: &str) -> String {
    links(idp, kind).await.remove(0)
}

async fn open(idp: &TestIdp, browser: &Browser, link: &str) -> Answer {
    browser.visit(idp.url(&format!("{PAGE}?link={link}"))).await
}

async fn press(browser: &Browser, page: &Answer) -> Answer {
    browser.submit(page, &[], "not-me-submit").await
}

async fn open_sessions(story: &SignedIn) -> usize {
    let alice = story.alice;
    story.idp.db.read(move |connection| sessions::open_of(connection, alice)).await.unwrap().len()
}

/// A thief signs in on a device of their own.
async fn thief(story: &SignedIn) -> Browser {
    let thief = story.idp.browser();
    thief.sign_in_for_tokens(&story.idp, &story.site, "alice").await;
    thief
}

async fn is_in(story: &SignedIn, browser: &Browser) -> bool {
    let silent = browser.open(story.idp.authorize_url(&story.site, &[("prompt", "none")])).await;
    silent.redirect_param("code").is_some()
}

#[tokio::test]
async fn the_link_ends_the_sign_in_that_the_letter_is_about_and_no_other() {
    let story = alice().await;
    let idp = &story.idp;
    let thief = idp.browser();
    let tokens = thief.sign_in_for_tokens(idp, &story.site, "alice").await;
    let link = newest(idp, "new_sign_in").await;
    // On a phone on which no one is signed in.
    let phone = idp.browser();
    let page = open(idp, &phone, &link).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(!page.url.as_str().contains(&link), "{}", page.url);
    assert!(is_in(&story, &thief).await, "opening it changes nothing");
    let done = press(&phone, &page).await;
    assert!(
        done.status == 200 && done.has_id("not-me-password") && done.has_id("not-me-secure"),
        "{}",
        done.body
    );
    assert!(!is_in(&story, &thief).await && is_in(&story, &story.browser).await);
    let refused = idp.refresh(&story.site, tokens.text("refresh_token")).await;
    assert_eq!(refused.refusal(), (400, "invalid_grant"));
    assert_eq!(idp.refresh(&story.site, story.refresh_token()).await.status, 200);
    let word = "SELECT COUNT(*) || '' AS word FROM audit_events WHERE event = 'not_me_reported'";
    assert_eq!(ask(&idp.db, word).await, ["1"]);
}

#[tokio::test]
async fn s82_the_link_is_good_once_for_its_time_and_signs_nobody_in() {
    let story = alice().await;
    let idp = &story.idp;
    thief(&story).await;
    let link = newest(idp, "new_sign_in").await;
    let (one, other) = (idp.browser(), idp.browser());
    let pages = [open(idp, &one, &link).await, open(idp, &other, &link).await];
    let done = join_all([press(&one, &pages[0]), press(&other, &pages[1])]).await;
    let mut statuses: Vec<_> = done.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 410]);
    for browser in [&one, &other] {
        assert!(!is_in(&story, browser).await);
        assert_eq!(open(idp, browser, &link).await.status, 410);
        assert_eq!(browser.open(idp.url("/account")).await.status, 303);
    }
    for wrong in ["", "ml.x", &link[..link.len() - 1], &format!("{link}A")] {
        assert_eq!(open(idp, &one, wrong).await.status, 410, "{wrong}");
    }
    // Letters of one second are in no order.
    idp.clock.advance(1);
    thief(&story).await;
    let link = newest(idp, "new_sign_in").await;
    idp.clock.advance(14 * DAY - 1);
    assert_eq!(open(idp, &one, &link).await.status, 200);
    idp.clock.advance(1);
    assert_eq!(open(idp, &one, &link).await.status, 410);
}

#[tokio::test]
async fn s82_a_link_is_good_for_its_own_page_alone_and_rests_hashed() {
    let story = alice().await;
    let idp = &story.idp;
    thief(&story).await;
    let link = newest(idp, "new_sign_in").await;
    let browser = idp.browser();
    for page in ["/reset-password", "/verify-address"] {
        let answer = browser.visit(idp.url(&format!("{page}?link={link}"))).await;
        assert_eq!(answer.status, 410, "{page}");
    }
    let found = ask(&idp.db, "SELECT secret_hash AS word FROM mail_links").await;
    assert!(found.len() == 1 && !found[0].contains(link.trim_start_matches("ml.")));
}

#[tokio::test]
async fn an_older_letter_stays_good_when_newer_ones_are_written() {
    let story = alice().await;
    let idp = &story.idp;
    let one = thief(&story).await;
    idp.clock.advance(1);
    let two = thief(&story).await;
    let [newer, older] = links(idp, "new_sign_in").await.try_into().unwrap();
    let phone = idp.browser();
    press(&phone, &open(idp, &phone, &older).await).await;
    assert!(!is_in(&story, &one).await && is_in(&story, &two).await);
    press(&phone, &open(idp, &phone, &newer).await).await;
    assert!(!is_in(&story, &two).await && is_in(&story, &story.browser).await);
}

#[tokio::test]
async fn who_changed_the_password_on_that_device_goes_with_it() {
    let story = alice().await;
    let idp = &story.idp;
    let thief = thief(&story).await;
    let link = newest(idp, "new_sign_in").await;
    let form = thief.open(idp.url("/account/password")).await;
    let typed = [("password", PASSWORD), ("new_password", "seven gravel teapots whistle")];
    thief.press(&form, "", &typed).await;
    assert_eq!(links(idp, "password_set").await.len(), 1);
    assert!(is_in(&story, &thief).await, "under another session");
    // The letter about the sign-in was read first, and that about the password not yet.
    let phone = idp.browser();
    press(&phone, &open(idp, &phone, &link).await).await;
    assert!(!is_in(&story, &thief).await);
    assert_eq!(open_sessions(&story).await, 0);
}

#[tokio::test]
async fn a_change_that_was_not_the_person_ends_every_sign_in_and_leads_to_another_password() {
    let story = alice().await;
    let idp = &story.idp;
    let (username, now) = (Username::parse("alice").unwrap(), idp.clock.now());
    idp.operator().set_password(&username, typed("a walk along 7 rivers"), now).await.unwrap();
    idp.clock.advance(1);
    let thief = idp.browser();
    let page = thief.visit(idp.authorize_url(&story.site, &[])).await;
    thief.log_in_as(&page, "alice", "a walk along 7 rivers").await;
    assert!(is_in(&story, &thief).await);
    let phone = idp.browser();
    let page = open(idp, &phone, &newest(idp, "password_set").await).await;
    assert!(page.body.contains("everywhere"), "{}", page.body);
    let done = press(&phone, &page).await;
    assert!(!is_in(&story, &thief).await);
    // To a letter with a link to another password, with the name typed in already.
    let way = done.body.split("id=\"not-me-password\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    let form = phone.visit(done.url.join(&way.replace("&amp;", "&")).unwrap()).await;
    assert!(form.body.contains("value=\"alice\""), "{}", form.body);
    assert_eq!(phone.press(&form, "", &[("username", "alice")]).await.status, 200);
    let link = crate::password_reset::newest_link(idp, "reset_password").await;
    let page = phone.visit(idp.url(&format!("/reset-password?link={link}"))).await;
    let set = phone.press(&page, "", &[("new_password", "seven gravel teapots whistle")]).await;
    let login = phone.follow(set).await;
    let back = phone.log_in_as(&login, "alice", "seven gravel teapots whistle").await;
    assert_eq!(phone.follow(back).await.url.path(), "/account/secure");
}

#[tokio::test]
async fn every_letter_about_a_change_has_the_link_and_the_address_that_went_gets_it_too() {
    let story = alice().await;
    let idp = &story.idp;
    let (username, now) = (Username::parse("alice").unwrap(), idp.clock.now());
    let address = |text: &str| MailAddress::parse(text).unwrap();
    for change in [
        AddressChange::Vouch(address("second@example.org")),
        AddressChange::MakePrimary(address("second@example.org")),
        AddressChange::Remove(address("alice@example.org")),
    ] {
        let change = UserChange { addresses: vec![change], ..UserChange::default() };
        idp.operator().change_user(&username, change, now).await.unwrap();
    }
    let removed = letters_of(idp, "address_removed").await;
    let opened: Vec<_> = removed.iter().map(|mail| idp.app.store.opened_letter(mail).unwrap()).collect();
    assert!(opened.iter().any(|letter| letter.to == "alice@example.org"));
    assert!(opened.iter().all(|letter| letter.not_me == opened[0].not_me && letter.not_me.is_some()));
    for kind in ["address_added", "primary_address_changed"] {
        assert!(!links(idp, kind).await.is_empty(), "{kind}");
    }
    let phone = idp.browser();
    let page = open(idp, &phone, opened[0].not_me.as_deref().unwrap()).await;
    assert_eq!(press(&phone, &page).await.status, 200);
    assert_eq!(open_sessions(&story).await, 0);
}

#[tokio::test]
async fn s60_the_button_is_good_in_the_browser_that_opened_the_link_alone() {
    let story = alice().await;
    let idp = &story.idp;
    let thief = thief(&story).await;
    let link = newest(idp, "new_sign_in").await;
    let (own, other) = (idp.browser(), idp.browser());
    let page = open(idp, &own, &link).await;
    assert_eq!(press(&other, &page).await.status, 403);
    assert!(is_in(&story, &thief).await);
    assert_eq!(press(&own, &page).await.status, 200);
}

#[tokio::test]
async fn a_link_dies_with_the_account_and_says_when_there_is_nothing_left_to_end() {
    let story = alice().await;
    let idp = &story.idp;
    thief(&story).await;
    let link = newest(idp, "new_sign_in").await;
    let (username, now) = (Username::parse("alice").unwrap(), idp.clock.now());
    idp.operator().sign_out_user(&username, now).await.unwrap();
    let phone = idp.browser();
    let page = open(idp, &phone, &link).await;
    assert!(
        page.status == 200 && page.has_id("not-me-password") && !page.has_id("not-me-submit"),
        "{}",
        page.body
    );
    idp.operator().disable_user(&username, now).await.unwrap();
    assert_eq!(open(idp, &phone, &link).await.status, 410);
    assert!(ask(&idp.db, "SELECT purpose AS word FROM mail_links").await.is_empty());
}

#[tokio::test]
async fn links_of_a_person_are_bounded_and_the_oldest_go_first() {
    let story = alice().await;
    let idp = &story.idp;
    let username = Username::parse("alice").unwrap();
    for round in 0..60 {
        idp.clock.advance(60 * 60);
        let now = idp.clock.now();
        let password = typed(&format!("a walk along {round} rivers"));
        idp.operator().set_password(&username, password, now).await.unwrap();
    }
    let count = ask(&idp.db, "SELECT COUNT(*) || '' AS word FROM mail_links").await;
    assert_eq!(count, ["50"]);
    let phone = idp.browser();
    assert_eq!(open(idp, &phone, &newest(idp, "password_set").await).await.status, 200);
}

#[tokio::test]
async fn the_letter_arrives_with_the_link_in_both_of_its_forms_also_about_a_second_factor() {
    let sink = SmtpSink::start().await;
    let idp = TestIdp::start_with(|config| sink.serve(config)).await;
    let story = SignedIn::on(idp, ClientSpec::confidential("site-a")).await;
    let _senders: Vec<_> = story.idp.nodes().map(task::send_letters).collect();
    Authenticator::of(&story.idp, story.alice, "Pixel").await;
    let thief = story.idp.browser();
    let page = thief.visit(story.idp.authorize_url(&story.site, &[])).await;
    assert_eq!(thief.log_in_as(&page, "alice", PASSWORD).await.status, 200, "a code is asked for");
    let (username, now) = (Username::parse("alice").unwrap(), story.idp.clock.now());
    story.idp.operator().reset_methods(&username, now).await.unwrap();
    let letter = sink.takes(1).await.remove(0);
    let prefix = story.idp.url("/not-me?link=");
    for part in [letter.part("text/plain"), letter.part("text/html")] {
        let (_, rest) = part.split_once(&prefix).unwrap_or_else(|| panic!("no link: {part}"));
        let link: String =
            rest.chars().take_while(|c| c.is_ascii_alphanumeric() || ".-_".contains(*c)).collect();
        let phone = story.idp.browser();
        let page = open(&story.idp, &phone, &link).await;
        assert!(page.status == 200 && page.has_id("not-me-submit"), "{}", page.body);
    }
}
