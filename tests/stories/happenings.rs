//! What happened to a sign-in, as the demonstration site lists it: without script after each reload.

use idp_tests::sites::{TestSite, advance_all};
use idp_tests::{PASSWORD, TestIdp};

/// The words of the list, the newest first.
fn happenings(page: &str) -> Vec<&str> {
    let list = page.split("<ol id=\"happenings\">").nth(1).unwrap().split("</ol>").next().unwrap();
    list.split("<span>").skip(1).map(|rest| rest.split('<').next().unwrap()).collect()
}

#[tokio::test]
async fn a_site_lists_that_it_verified_a_sign_in_offline_and_that_it_was_renewed() {
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    let site = TestSite::start(&idp, "a", "Site A").await;
    let browser = idp.browser();
    let login = browser.visit(site.url("/members")).await;
    let answer = browser.log_in_as(&login, "alice", PASSWORD).await;
    let members = browser.follow(answer).await;
    let first = happenings(&members.body);
    assert_eq!(first[1..], ["You signed in through the provider"], "{first:?}");
    assert!(first[0].starts_with("Your sign-in was verified offline in "), "{first:?}");

    advance_all(&idp, &[&site], 31 * 60);
    let home = browser.visit(site.url("/")).await;
    let then = happenings(&home.body);
    assert_eq!(then[1], "Your access token was renewed in the background", "{then:?}");
    assert_eq!(then.len(), 4);

    // Another person's list is another one.
    idp.add_user("bob").await;
    let other = idp.browser();
    let login = other.visit(site.url("/members")).await;
    let answer = other.log_in_as(&login, "bob", PASSWORD).await;
    assert_eq!(happenings(&other.follow(answer).await.body).len(), 2);
    // And none for a guest.
    let guest = idp.browser().open(site.url("/happenings")).await;
    assert!((300..=401).contains(&guest.status) && !guest.body.contains("verified"), "{guest:?}");
}

#[tokio::test]
async fn a_site_confirms_a_sign_out_to_the_person_who_signed_out() {
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    let site = TestSite::start(&idp, "a", "Site A").await;
    let browser = idp.browser();
    let login = browser.visit(site.url("/members")).await;
    let answer = browser.log_in_as(&login, "alice", PASSWORD).await;
    let members = browser.follow(answer).await;
    let confirmed = "You have signed out, here and at the provider.";
    assert!(
        !browser.visit(site.url("/?signed_out=1")).await.body.contains(confirmed),
        "a link says nothing untrue"
    );
    let (token, back) = (members.input("csrf_token"), members.input("return_to"));
    let left = browser.post(site.url("/auth/logout"), &[("csrf_token", &token), ("return_to", &back)]).await;
    let home = browser.follow(left).await;
    assert!(home.url.as_str().starts_with(&site.base_url) && home.body.contains(confirmed), "{}", home.body);
}
