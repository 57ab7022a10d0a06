//! `/account/addresses`: a person adds an address, shows by the link in a letter that it is theirs, makes it the primary one and
//! removes another. The addresses that they had are told, and no answer tells who has which address.

use crate::everything::letters_are_on;
use crate::password_reset::{letters_of, link_to, newest_link};
use idp_core::mail_address::MailAddress;
use idp_core::user::AddressChange;
use idp_core::username::Username;
use idp_server::config::Config;
use idp_server::db::audit_events::AuditEvent;
use idp_server::directory::users::UserChange;
use idp_tests::{Answer, Authenticator, Browser, ClientSpec, PASSWORD, SignedIn, TestIdp};
use serde_json::json;

const LIST: &str = "/account/addresses";
const ADD: &str = "/account/addresses/add";
const FRESH: i64 = 5 * 60;

pub async fn alice() -> SignedIn {
    alice_with(|_| {}).await
}

pub async fn alice_with(change: impl FnOnce(&mut Config)) -> SignedIn {
    let idp = TestIdp::start_with(|config| {
        letters_are_on(config);
        change(config);
    });
    SignedIn::on(idp.await, ClientSpec::confidential("site-a")).await
}

pub async fn add(idp: &TestIdp, browser: &Browser, address: &str) -> Answer {
    let page = browser.open(idp.url(ADD)).await;
    assert_eq!(page.status, 200, "{}", page.body);
    browser.submit(&page, &[("address", address)], "address-submit").await
}

/// Adds an address, and answers the secret of the link that confirms it.
pub async fn add_for_link(story: &SignedIn, address: &str) -> String {
    let answer = add(&story.idp, &story.browser, address).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    newest_link(&story.idp, "verify_address").await
}

pub async fn open_link(idp: &TestIdp, browser: &Browser, link: &str) -> Answer {
    browser.visit(idp.url(&format!("/verify-address?link={link}"))).await
}

pub async fn confirm(idp: &TestIdp, link: &str) -> Answer {
    // On another device, where no one is signed in.
    let browser = idp.browser();
    let page = open_link(idp, &browser, link).await;
    assert_eq!(page.status, 200, "{}", page.body);
    browser.submit(&page, &[], "verify-submit").await
}

pub async fn add_and_confirm(story: &SignedIn, address: &str) {
    let link = add_for_link(story, address).await;
    assert_eq!(confirm(&story.idp, &link).await.status, 200);
}

/// The page of one address.
pub async fn one(idp: &TestIdp, browser: &Browser, address: &str) -> Answer {
    let list = browser.open(idp.url(LIST)).await;
    let (_, rest) = list.body.split_once(&format!("class=\"name\"><bdi>{address}</bdi>")).unwrap();
    let path = rest.split("href=\"").nth(1).unwrap().split('"').next().unwrap();
    browser.open(idp.url(path)).await
}

pub async fn press(story: &SignedIn, address: &str, button: &str) -> Answer {
    let page = one(&story.idp, &story.browser, address).await;
    let answer = story.browser.submit(&page, &[], button).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    story.browser.follow(answer).await
}

pub async fn signs_in(story: &SignedIn, name: &str) -> bool {
    let browser = story.idp.browser();
    let page = browser.visit(story.idp.authorize_url(&story.site, &[])).await;
    browser.log_in_as(&page, name, PASSWORD).await.redirect_param("code").is_some()
}

/// To whom the letters of this kind go.
pub async fn told(idp: &TestIdp, kind: &str) -> Vec<String> {
    let letters = letters_of(idp, kind).await;
    let mut to: Vec<String> =
        letters.iter().map(|mail| idp.app.store.opened_letter(mail).unwrap().to).collect();
    to.sort();
    to
}

#[tokio::test]
async fn a_person_adds_an_address_confirms_it_makes_it_the_primary_one_and_removes_the_old_one() {
    let story = alice().await;
    let (idp, browser) = (&story.idp, &story.browser);
    let claims = async || {
        let userinfo = idp.userinfo(story.access_token()).await.body;
        ["email", "email_verified", "updated_at"].map(|claim| userinfo[claim].clone())
    };
    let before = claims().await;
    let page = browser.open(idp.url("/account")).await;
    assert_eq!(link_to(&page, "home-addresses"), LIST);
    let list = browser.open(idp.url(LIST)).await;
    assert!(
        list.body.contains("<bdi>alice@example.org</bdi>") && list.body.contains("Primary"),
        "{}",
        list.body
    );
    for (typed, words) in [("", "Enter an email address."), ("alice", "This is not an email address.")] {
        let refused = add(idp, browser, typed).await;
        assert!(refused.status == 422 && refused.body.contains(words), "{}", refused.body);
        assert_eq!(refused.input("address"), typed);
    }
    let known = add(idp, browser, "ALICE@example.org").await;
    assert!(known.status == 422 && known.body.contains("confirmed already"), "{}", known.body);

    idp.clock.advance(10);
    let sent = add(idp, browser, "Ada@second.example").await;
    let list = browser.follow(sent).await;
    assert!(list.body.contains("An email is on its way to <bdi>Ada@second.example</bdi>"), "{}", list.body);
    assert!(list.body.contains("Not confirmed yet"));
    assert!(!signs_in(&story, "ada@second.example").await && claims().await == before);
    assert_eq!(told(idp, "verify_address").await, ["Ada@second.example"]);
    let link = newest_link(idp, "verify_address").await;
    let phone = idp.browser();
    let asked = open_link(idp, &phone, &link).await;
    assert!(asked.body.contains("The alice (alice)") && asked.body.contains("Ada@second.example"));
    assert!(!signs_in(&story, "ada@second.example").await, "opening it confirms nothing");
    let done = phone.submit(&asked, &[], "verify-submit").await;
    assert!(done.status == 200 && done.body.contains("Address confirmed"), "{}", done.body);
    assert!(signs_in(&story, "ada@second.example").await);
    assert_eq!(told(idp, "address_added").await, ["alice@example.org"], "the one that she had");
    assert_eq!(claims().await, before, "sites are told what they were");
    // Once.
    assert_eq!(phone.submit(&asked, &[], "verify-submit").await.status, 410);
    assert_eq!(open_link(idp, &phone, &link).await.status, 410);

    idp.clock.advance(10);
    let list = press(&story, "Ada@second.example", "address-make-primary").await;
    assert!(
        list.body.contains("<bdi>Ada@second.example</bdi> is your primary address now."),
        "{}",
        list.body
    );
    assert_eq!(told(idp, "primary_address_changed").await, ["Ada@second.example", "alice@example.org"]);
    assert_eq!(claims().await, [json!("Ada@second.example"), json!(true), json!(idp.now())]);

    let list = press(&story, "alice@example.org", "address-remove").await;
    assert!(
        list.body.contains("is removed.") && list.body.matches("change?id=").count() == 1,
        "{}",
        list.body
    );
    assert_eq!(told(idp, "address_removed").await, ["Ada@second.example", "alice@example.org"]);
    assert!(!signs_in(&story, "alice@example.org").await && signs_in(&story, "alice").await);
    for (event, times) in [
        (AuditEvent::AddressAdded, 1),
        (AuditEvent::AddressVerified, 1),
        (AuditEvent::PrimaryAddressChanged, 1),
        (AuditEvent::AddressRemoved, 1),
    ] {
        assert_eq!(idp.recorded(event).await, times, "{event:?}");
    }
    // No session ended by it.
    assert_eq!(idp.refresh(&story.site, story.refresh_token()).await.status, 200);
}

#[tokio::test]
async fn the_last_confirmed_address_stays_and_no_other_becomes_the_primary_one() {
    let story = alice().await;
    let (idp, browser) = (&story.idp, &story.browser);
    add_for_link(&story, "second@example.org").await;
    let last = one(idp, browser, "alice@example.org").await;
    assert!(!last.has_id("address-remove") && last.body.contains("the only confirmed one"), "{}", last.body);
    let second = one(idp, browser, "second@example.org").await;
    assert!(!second.has_id("address-make-primary") && second.has_id("address-remove"), "{}", second.body);
    // Nor by a form that offers more than its page.
    for (page, action) in [(&last, "remove"), (&second, "make_primary"), (&last, "make_primary")] {
        let answer = browser.press(page, action, &[]).await;
        assert!([303, 400].contains(&answer.status), "{}", answer.body);
    }
    assert!(signs_in(&story, "alice@example.org").await);
    let told_to_sites = idp.userinfo(story.access_token()).await;
    assert_eq!(told_to_sites.text("email"), "alice@example.org");
    press(&story, "second@example.org", "address-remove").await;
    assert_eq!(told(idp, "address_removed").await, Vec::<String>::new(), "it was never theirs for sure");
}

#[tokio::test]
async fn an_address_that_is_the_username_as_well_stays() {
    let story = alice().await;
    let idp = &story.idp;
    idp.add_user_with("ada@example.net", Default::default()).await;
    let browser = idp.browser();
    browser.sign_in_for_tokens(idp, &story.site, "ada@example.net").await;
    for address in ["ada@example.net", "other@example.net"] {
        idp.clock.advance(1);
        assert_eq!(add(idp, &browser, address).await.status, 303);
        assert_eq!(confirm(idp, &newest_link(idp, "verify_address").await).await.status, 200);
    }
    let page = one(idp, &browser, "other@example.net").await;
    assert_eq!(browser.submit(&page, &[], "address-make-primary").await.status, 303);
    // The username went with the primary address, so the first one can go.
    let first = one(idp, &browser, "ada@example.net").await;
    assert!(first.has_id("address-remove"), "{}", first.body);
    let primary = one(idp, &browser, "other@example.net").await;
    assert!(!primary.has_id("address-remove"), "{}", primary.body);
}

#[tokio::test]
async fn a_change_takes_a_fresh_sign_in_with_all_that_the_account_asks_for() {
    let story = alice().await;
    let (idp, browser) = (&story.idp, &story.browser);
    add_and_confirm(&story, "second@example.org").await;
    let page = one(idp, browser, "second@example.org").await;
    let form = browser.open(idp.url(ADD)).await;
    idp.clock.advance(FRESH + 1);
    assert_eq!(browser.open(idp.url(LIST)).await.status, 200, "to look takes none");
    for path in [ADD, page.url.as_str().strip_prefix(&idp.issuer).unwrap()] {
        let asked = browser.visit(idp.url(path)).await;
        assert!(asked.has_form("/login") && asked.body.contains("Confirm it’s you"), "{path}");
        let back = browser.follow(browser.log_in_as(&asked, "alice", PASSWORD).await).await;
        assert_eq!(back.url.as_str(), idp.url(path));
        idp.clock.advance(15 * 60 + 1);
    }
    // Pages that were opened in time and sent too late.
    for answer in [
        browser.submit(&page, &[], "address-make-primary").await,
        browser.submit(&form, &[("address", "late@example.org")], "address-submit").await,
    ] {
        assert!(answer.status == 303 && answer.location().unwrap().path() == "/login", "{answer:?}");
    }
    // With a second factor, a sign-in by password alone does not do.
    let asked = browser.visit(idp.url(ADD)).await;
    browser.log_in_as(&asked, "alice", PASSWORD).await;
    let form = browser.open(idp.url(ADD)).await;
    assert_eq!(form.status, 200);
    Authenticator::of(idp, story.alice, "Pixel").await;
    let answer = browser.submit(&form, &[("address", "late@example.org")], "address-submit").await;
    assert_eq!(answer.location().unwrap().path(), "/login");
    assert!(!browser.open(idp.url(LIST)).await.body.contains("late@example.org"));
}

#[tokio::test]
async fn s60_a_form_of_another_session_or_address_changes_nothing() {
    let story = alice().await;
    let (idp, browser) = (&story.idp, &story.browser);
    add_and_confirm(&story, "second@example.org").await;
    idp.add_user("bob").await;
    let bobs = idp.browser();
    bobs.sign_in_for_tokens(idp, &story.site, "bob").await;
    let of_bob = one(idp, &bobs, "bob@example.org").await;
    let own = one(idp, browser, "second@example.org").await;
    let bare = [("tx", own.input("tx")), ("csrf", of_bob.input("csrf"))];
    let fields = [("tx", bare[0].1.as_str()), ("csrf", &bare[1].1), ("action", "remove")];
    for browser in [browser, &bobs] {
        assert_eq!(browser.post(&own.url, &fields).await.status, 403);
    }
    // The id of another person's address names nothing.
    assert_eq!(browser.open(&of_bob.url).await.status, 303);
    for path in ["/account/addresses/change", "/account/addresses/change?id=x"] {
        assert_eq!(browser.open(idp.url(path)).await.status, 404, "{path}");
    }
    let evil = [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
    let (tx, csrf) = (own.input("tx"), own.input("csrf"));
    let fields = [("tx", tx.as_str()), ("csrf", &csrf), ("action", "remove")];
    assert_eq!(browser.post_with(&own.url, &fields, &evil).await.status, 403);
    assert!(signs_in(&story, "second@example.org").await && signs_in(&story, "bob@example.org").await);
    let answer = browser.press(&own, "nothing", &[]).await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn where_no_letter_is_sent_none_can_be_added() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let list = story.browser.open(story.idp.url(LIST)).await;
    assert!(list.status == 200 && !list.has_id("addresses-add"), "{}", list.body);
    assert_eq!(story.browser.open(story.idp.url(ADD)).await.status, 404);
}

#[tokio::test]
async fn no_more_addresses_are_added_than_there_may_be() {
    let story = alice().await;
    let (idp, alice) = (&story.idp, Username::parse("alice").unwrap());
    let address = |number: u8| MailAddress::parse(&format!("a{number}@example.org")).unwrap();
    let addresses = (0..19).map(|number| AddressChange::Add(address(number))).collect();
    let change = UserChange { addresses, ..UserChange::default() };
    idp.operator().change_user(&alice, change, idp.clock.now()).await.unwrap();
    let list = story.browser.open(idp.url(LIST)).await;
    assert!(!list.has_id("addresses-add"));
    let refused = add(idp, &story.browser, "one-more@example.org").await;
    assert!(refused.status == 422 && refused.body.contains("as many addresses as there can be"));
}

/// The operator may have been talked into it.
#[tokio::test]
async fn what_an_operator_changes_is_told_to_the_addresses_as_well() {
    let story = alice().await;
    let (idp, alice) = (&story.idp, Username::parse("alice").unwrap());
    let address = |name: &str| MailAddress::parse(&format!("{name}@example.org")).unwrap();
    let addresses = vec![
        AddressChange::Vouch(address("thief")),
        AddressChange::MakePrimary(address("thief")),
        AddressChange::Remove(address("alice")),
    ];
    let change = UserChange { addresses, ..UserChange::default() };
    idp.operator().change_user(&alice, change, idp.clock.now()).await.unwrap();
    for kind in ["address_added", "primary_address_changed", "address_removed"] {
        assert_eq!(told(idp, kind).await, ["alice@example.org"], "{kind}");
    }
}
