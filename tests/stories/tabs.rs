//! Tabs side by side, the back button, old pages, a restarted provider: every page resumes its own request.

use idp_core::session::EndCause;
use idp_server::clock::Clock;
use idp_server::db::audit_events::AuditContext;
use idp_server::store::revoke::Target;
use idp_tests::{Answer, Browser, ClientSpec, PASSWORD, TestIdp, jwt};

const HOUR: i64 = 60 * 60;

async fn two_sites() -> (TestIdp, ClientSpec, ClientSpec) {
    let idp = TestIdp::start().await;
    let (a, b) = (ClientSpec::confidential("site-a"), ClientSpec::public("site-b").with_consent());
    idp.add_client(&a).await;
    idp.add_client(&b).await;
    idp.add_user("alice").await;
    (idp, a, b)
}

async fn open(browser: &Browser, idp: &TestIdp, site: &ClientSpec, state: &str) -> Answer {
    browser.visit(idp.authorize_url(site, &[("state", state), ("nonce", state)])).await
}

/// The answer goes to this site with this state, and its code is good there.
async fn assert_at(idp: &TestIdp, answer: &Answer, site: &ClientSpec, state: &str) {
    let location =
        answer.location().unwrap_or_else(|| panic!("no redirect: {} {}", answer.status, answer.body));
    assert!(location.as_str().starts_with(site.redirect_uri()), "{location}");
    assert_eq!(answer.redirect_param("state").as_deref(), Some(state));
    let tokens = idp.redeem(site, &answer.redirect_param("code").unwrap()).await;
    assert_eq!(tokens.status, 200, "{tokens:?}");
    assert_eq!(jwt::claims(tokens.text("id_token"))["nonce"], state);
}

#[tokio::test]
async fn n04_s64_two_tabs_for_two_sites_end_each_at_its_own() {
    let (idp, a, b) = two_sites().await;
    let browser = idp.browser();
    let (tab_a, tab_b, tab_c) = (
        open(&browser, &idp, &a, "one").await,
        open(&browser, &idp, &b, "two").await,
        open(&browser, &idp, &a, "three").await,
    );
    // Submitted in another order than they were opened in.
    let consent = browser.log_in_as(&tab_b, "alice", PASSWORD).await;
    let consent = browser.follow(consent).await;
    assert!(consent.has_form("/consent"), "{}", consent.body);
    assert_at(&idp, &browser.log_in_as(&tab_c, "alice", PASSWORD).await, &a, "three").await;
    assert_at(&idp, &browser.log_in_as(&tab_a, "alice", PASSWORD).await, &a, "one").await;
    // She has proven herself twice since this was asked, in other tabs; the question is still hers.
    assert_at(&idp, &browser.press(&consent, "allow", &[]).await, &b, "two").await;
}

#[tokio::test]
async fn z09_two_tabs_of_one_site_both_succeed() {
    let (idp, a, _) = two_sites().await;
    let browser = idp.browser();
    let tabs = [open(&browser, &idp, &a, "one").await, open(&browser, &idp, &a, "two").await];
    for (tab, state) in tabs.iter().zip(["one", "two"]) {
        assert_at(&idp, &browser.log_in_as(tab, "alice", PASSWORD).await, &a, state).await;
    }
}

#[tokio::test]
async fn n04_first_visits_at_the_same_moment_both_succeed() {
    let (idp, a, b) = two_sites().await;
    let browser = idp.browser();
    let (url_a, url_b) = (
        idp.authorize_url(&a, &[("state", "one"), ("nonce", "one")]),
        idp.authorize_url(&b, &[("state", "two"), ("nonce", "two")]),
    );
    // Neither request carries a cookie yet.
    let (tab_a, tab_b) = futures_util::future::join(browser.open(&url_a), browser.open(&url_b)).await;
    let (tab_a, tab_b) = (browser.follow(tab_a).await, browser.follow(tab_b).await);
    assert_at(&idp, &browser.log_in_as(&tab_a, "alice", PASSWORD).await, &a, "one").await;
    let consent = browser.log_in_as(&tab_b, "alice", PASSWORD).await;
    let consent = browser.follow(consent).await;
    assert_at(&idp, &browser.press(&consent, "allow", &[]).await, &b, "two").await;
}

#[tokio::test]
async fn n04_many_tabs_submitted_at_once_all_succeed() {
    let (idp, a, _) = two_sites().await;
    let browser = idp.browser();
    let states: Vec<String> = (0..8).map(|tab| format!("tab-{tab}")).collect();
    let mut tabs = Vec::new();
    for state in &states {
        tabs.push(open(&browser, &idp, &a, state).await);
    }
    let answers =
        futures_util::future::join_all(tabs.iter().map(|tab| browser.log_in_as(tab, "alice", PASSWORD)))
            .await;
    for (answer, state) in answers.iter().zip(&states) {
        assert_eq!(answer.redirect_param("state").as_ref(), Some(state), "{answer:?}");
        assert!(answer.redirect_param("code").is_some());
    }
}

#[tokio::test]
async fn n04_s64_the_back_button_goes_on_from_where_it_leads() {
    let (idp, a, b) = two_sites().await;
    let browser = idp.browser();
    let page = open(&browser, &idp, &a, "one").await;
    let wrong = browser.log_in_as(&page, "alice", "a slip").await;
    assert_eq!(wrong.status, 422);
    // Back to the page before the slip.
    assert_at(&idp, &browser.log_in_as(&page, "alice", PASSWORD).await, &a, "one").await;
    // Back after it worked: loaded anew it goes straight on; from the browser's memory the form still works.
    assert_at(&idp, &browser.visit(page.url.as_str()).await, &a, "one").await;
    assert_at(&idp, &browser.log_in_as(&page, "alice", PASSWORD).await, &a, "one").await;
    assert_at(&idp, &browser.log_in_as(&wrong, "alice", PASSWORD).await, &a, "one").await;

    let consent = open(&browser, &idp, &b, "two").await;
    assert_eq!(
        browser.press(&consent, "deny", &[]).await.redirect_param("error").as_deref(),
        Some("access_denied")
    );
    assert_at(&idp, &browser.press(&consent, "allow", &[]).await, &b, "two").await;
    assert_at(&idp, &browser.press(&consent, "allow", &[]).await, &b, "two").await;
}

#[tokio::test]
async fn n04_signing_in_in_one_tab_lets_the_other_go_on() {
    let (idp, a, _) = two_sites().await;
    let browser = idp.browser();
    let (first, second) = (open(&browser, &idp, &a, "one").await, open(&browser, &idp, &a, "two").await);
    assert_at(&idp, &browser.log_in_as(&first, "alice", PASSWORD).await, &a, "one").await;
    assert_at(&idp, &browser.visit(second.url.as_str()).await, &a, "two").await;
}

#[tokio::test]
async fn n04_a_page_older_than_an_hour_says_so_and_goes_on() {
    let (idp, a, _) = two_sites().await;
    for age in [HOUR + 1, 5 * HOUR, 24 * HOUR, 24 * HOUR + 1, 100 * 24 * HOUR] {
        let browser = idp.browser();
        let page = open(&browser, &idp, &a, "old").await;
        idp.clock.advance(age);
        let stale = browser.log_in_as(&page, "alice", PASSWORD).await;
        assert_eq!(stale.status, 400, "{age} s");
        assert!(stale.body.contains("open for a long time") && stale.has_form("/login"), "{}", stale.body);
        assert!(
            stale.body.contains("value=\"alice\"") && !stale.body.contains(PASSWORD),
            "what was typed stays, the password does not"
        );
        assert_eq!(browser.cookie("idp.localhost", "__Host-idp_session"), None);
        assert_at(&idp, &browser.log_in_as(&stale, "alice", PASSWORD).await, &a, "old").await;
    }
    let browser = idp.browser();
    let page = open(&browser, &idp, &a, "young").await;
    idp.clock.advance(HOUR);
    assert_at(&idp, &browser.log_in_as(&page, "alice", PASSWORD).await, &a, "young").await;
}

#[tokio::test]
async fn n04_a_provider_that_restarts_between_page_and_submit_goes_on() {
    let (idp, a, b) = two_sites().await;
    let browser = idp.browser();
    let (login, port, clock) = (open(&browser, &idp, &a, "one").await, idp.address.port(), idp.clock.clone());
    let idp = restarted(idp, clock.clone(), port).await;
    assert_at(&idp, &browser.log_in_as(&login, "alice", PASSWORD).await, &a, "one").await;

    let consent = open(&browser, &idp, &b, "two").await;
    assert!(consent.has_form("/consent"));
    let idp = restarted(idp, clock.clone(), port).await;
    assert_at(&idp, &browser.press(&consent, "allow", &[]).await, &b, "two").await;

    let end = browser.open(idp.url("/end-session")).await;
    let _idp = restarted(idp, clock, port).await;
    assert_eq!(browser.press(&end, "logout", &[]).await.status, 303);
    assert_eq!(browser.cookie("idp.localhost", "__Host-idp_session"), None);
}

async fn restarted(idp: TestIdp, clock: Clock, port: u16) -> TestIdp {
    let folder = idp.stop().await;
    TestIdp::start_in(folder, clock, port, |_| {}).await
}

#[tokio::test]
async fn n04_without_its_cookies_a_page_is_shown_anew_and_then_works() {
    let (idp, a, _) = two_sites().await;
    let browser = idp.browser();
    let page = open(&browser, &idp, &a, "one").await;
    browser.clear();
    let anew = browser.log_in_as(&page, "alice", PASSWORD).await;
    assert_eq!(anew.status, 403);
    assert!(anew.has_form("/login") && browser.cookie("idp.localhost", "__Host-idp_session").is_none());
    assert_at(&idp, &browser.log_in_as(&anew, "alice", PASSWORD).await, &a, "one").await;
}

#[tokio::test]
async fn n04_a_client_that_was_changed_meanwhile_gets_nothing_at_the_old_address() {
    let (idp, a, _) = two_sites().await;
    let browser = idp.browser();
    let page = open(&browser, &idp, &a, "one").await;
    let moved = a.clone().with_redirect_uri("https://site-a.example/new");
    let [before, after] = [&a, &moved].map(|site| Box::new(site.client.clone().checked().unwrap()));
    let target = Target::ChangedClient { before, after };
    let (about, now) = (AuditContext::default(), idp.clock.now());
    assert!(idp.app.store.revoke(target, EndCause::Administrator, about, now).await.unwrap());
    let answer = browser.log_in_as(&page, "alice", PASSWORD).await;
    assert_eq!((answer.status, answer.location()), (400, None));
}
