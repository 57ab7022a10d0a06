//! The link that confirms an address: it is good for its own address, once, and does not tell who has which address.

use crate::own_addresses::{add, add_for_link, alice, confirm, one, open_link, press, signs_in, told};
use crate::password_reset::{letters_of, newest_link};
use futures_util::future::join_all;
use idp_server::db::audit_events::AuditEvent;

/// Two changes at once: each link confirms the address that it was sent to, and no other.
#[tokio::test]
async fn s82_each_link_confirms_its_own_address_and_dies_with_it() {
    let story = alice().await;
    let idp = &story.idp;
    let first = add_for_link(&story, "first@example.org").await;
    idp.clock.advance(1);
    let second = add_for_link(&story, "second@example.org").await;
    assert_ne!(first, second);
    assert_eq!(confirm(idp, &first).await.status, 200);
    assert!(signs_in(&story, "first@example.org").await && !signs_in(&story, "second@example.org").await);
    // Removed and added again it is another address, for which the former link says nothing.
    press(&story, "second@example.org", "address-remove").await;
    idp.clock.advance(1);
    assert_eq!(open_link(idp, &idp.browser(), &second).await.status, 410);
    let third = add_for_link(&story, "second@example.org").await;
    assert_eq!(open_link(idp, &idp.browser(), &second).await.status, 410);
    // A newer letter voids the older one.
    idp.clock.advance(1);
    press(&story, "second@example.org", "address-send").await;
    assert_eq!(open_link(idp, &idp.browser(), &third).await.status, 410);
    let fourth = newest_link(idp, "verify_address").await;
    idp.clock.advance(24 * 60 * 60 - 1);
    let browser = idp.browser();
    let page = open_link(idp, &browser, &fourth).await;
    assert_eq!(page.status, 200);
    idp.clock.advance(1);
    assert_eq!(browser.submit(&page, &[], "verify-submit").await.status, 410);
    assert!(!signs_in(&story, "second@example.org").await);
}

#[tokio::test]
async fn s82_of_parallel_uses_one_confirms_the_address() {
    let story = alice().await;
    let idp = &story.idp;
    let link = add_for_link(&story, "second@example.org").await;
    let mut pages = Vec::new();
    for _ in 0..8 {
        let browser = idp.browser();
        pages.push((open_link(idp, &browser, &link).await, browser));
    }
    let race = pages.iter().map(|(page, browser)| browser.submit(page, &[], "verify-submit"));
    let statuses: Vec<u16> = join_all(race).await.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(idp.recorded(AuditEvent::AddressVerified).await, 1);
}

#[tokio::test]
async fn s81_nobody_learns_that_an_address_is_somebody_else_s_but_its_owner() {
    let story = alice().await;
    let (idp, browser) = (&story.idp, &story.browser);
    idp.add_user("bob").await;
    idp.clock.advance(1);
    let list = async |address: &str| {
        let answer = browser.follow(add(idp, browser, address).await).await;
        assert_eq!(answer.status, 200);
        let done = answer.url.query().unwrap().to_owned();
        let body = answer.without_seals().replace(address, "ADDRESS").replace(&done, "");
        let page = one(idp, browser, address).await;
        let id = page.input("tx");
        let page = page.without_seals().replace(address, "ADDRESS").replace(&id, "ID");
        let removed = browser.submit(&one(idp, browser, address).await, &[], "address-remove").await;
        assert_eq!(removed.status, 303);
        (body.replace(&id, "ID"), page)
    };
    let free = list("abc@example.org").await;
    let taken = list("bob@example.org").await;
    assert_eq!(free, taken);
    assert_eq!(told(idp, "address_in_use").await, ["bob@example.org"]);
    assert_eq!(told(idp, "verify_address").await, ["abc@example.org"], "no link to Bob");
    let letter = &letters_of(idp, "address_in_use").await[0];
    let letter = idp.app.store.opened_letter(letter).unwrap();
    assert_eq!(letter.account, "bob", "it does not say who typed it");
}

#[tokio::test]
async fn an_address_that_somebody_else_confirmed_meanwhile_is_theirs() {
    let story = alice().await;
    let idp = &story.idp;
    idp.add_user("bob").await;
    let bobs = idp.browser();
    bobs.sign_in_for_tokens(idp, &story.site, "bob").await;
    let of_alice = add_for_link(&story, "shared@example.org").await;
    idp.clock.advance(1);
    assert_eq!(add(idp, &bobs, "shared@example.org").await.status, 303);
    let of_bob = newest_link(idp, "verify_address").await;
    assert_eq!(confirm(idp, &of_bob).await.status, 200);
    let late = confirm(idp, &of_alice).await;
    assert!(late.status == 409 && late.body.contains("belongs to another account"), "{}", late.body);
    let tokens = idp.browser().sign_in_for_tokens(idp, &story.site, "shared@example.org").await;
    assert_eq!(idp.userinfo(tokens.text("access_token")).await.text("name"), "The bob");
}

#[tokio::test]
async fn s81_letters_to_strangers_are_few() {
    let story = alice().await;
    let (idp, browser) = (&story.idp, &story.browser);
    for number in 0..5 {
        assert_eq!(add(idp, browser, &format!("nobody{number}@example.org")).await.status, 303);
    }
    let late = add(idp, browser, "nobody5@example.org").await;
    assert!(late.status == 429 && late.body.contains("Many emails were sent already"), "{}", late.body);
    assert!(!late.header("retry-after").is_empty() && late.input("address") == "nobody5@example.org");
    let page = one(idp, browser, "nobody0@example.org").await;
    assert_eq!(browser.submit(&page, &[], "address-send").await.status, 429);
    assert_eq!(letters_of(idp, "verify_address").await.len(), 5);
    // Nor from several accounts to one address.
    for name in ["bob", "carol"] {
        idp.add_user(name).await;
    }
    let mut statuses = Vec::new();
    for name in ["bob", "carol"] {
        let browser = idp.browser();
        browser.sign_in_for_tokens(idp, &story.site, name).await;
        for _ in 0..3 {
            statuses.push(add(idp, &browser, "victim@example.org").await.status);
        }
    }
    assert_eq!(statuses, [303, 303, 303, 303, 303, 429]);
}
