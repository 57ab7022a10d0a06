//! Back, reload, a bookmark, a restored tab: every page of a sign-in that is opened again leads to where the person wanted
//! to go, or begins the same request anew. No page is a dead end.

use idp_core::device::DevicePolicy;
use idp_tests::{Answer, Browser, ClientSpec, HOST, PASSWORD, SESSION, TestIdp};
use std::collections::BTreeSet;

const OWN_PAGE: &str = "/account";
const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * 60;

async fn house() -> (TestIdp, ClientSpec, ClientSpec) {
    house_with(DevicePolicy::Any).await
}

/// A provider, a site of its own house, one that asks for consent, and Alice.
async fn house_with(devices: DevicePolicy) -> (TestIdp, ClientSpec, ClientSpec) {
    let idp = TestIdp::start_with(|config| config.session.devices = devices).await;
    let (own, asking) =
        (ClientSpec::confidential("site-a"), ClientSpec::confidential("site-b").with_consent());
    idp.add_client(&own).await;
    idp.add_client(&asking).await;
    idp.add_user("alice").await;
    idp.add_user("bob").await;
    (idp, own, asking)
}

async fn consent_page(browser: &Browser, idp: &TestIdp, site: &ClientSpec, prompt: &str) -> Answer {
    let page = browser.visit(idp.authorize_url(site, &[("prompt", prompt)])).await;
    let answer = browser.log_in_as(&page, "alice", PASSWORD).await;
    let page = browser.follow(answer).await;
    assert!(page.has_form("/consent"), "{} {}", page.status, page.body);
    page
}

#[track_caller]
fn assert_at(answer: &Answer, site: &ClientSpec) {
    let location = answer.location();
    let location = location.unwrap_or_else(|| panic!("no redirect: {} {}", answer.status, answer.body));
    assert!(location.as_str().starts_with(site.redirect_uri()), "{location}");
    assert_eq!(answer.redirect_param("state").as_deref(), Some("the-state"));
    assert!(answer.redirect_param("code").is_some(), "{location}");
}

/// A sign-in form without a complaint.
#[track_caller]
fn assert_fresh_form(answer: &Answer) {
    assert_eq!((answer.status, answer.has_form("/login")), (200, true), "{}", answer.body);
    assert!(!answer.body.contains("id=\"problem\""), "{}", answer.body);
}

#[tokio::test]
async fn p1_a_bookmarked_sign_in_page_works_for_good() {
    let (idp, site, _) = house().await;
    let browser = idp.browser();
    let bookmark = browser.visit(idp.authorize_url(&site, &[])).await.url;
    for age in [MINUTE, DAY, 40 * DAY, 300 * DAY] {
        idp.clock.advance(age);
        let page = browser.visit(bookmark.as_str()).await;
        assert_fresh_form(&page);
        assert_at(&browser.log_in_as(&page, "alice", PASSWORD).await, &site);
        assert_at(&browser.visit(bookmark.as_str()).await, &site);
        // Over, so that the next time finds her signed out.
        let out = browser.open(idp.url("/end-session")).await;
        browser.press(&out, "logout", &[]).await;
    }
}

#[tokio::test]
async fn p1_a_form_that_was_sent_answers_at_an_address_that_opens_again() {
    let (idp, site, _) = house().await;
    let browser = idp.browser();
    let page = browser.visit(idp.authorize_url(&site, &[])).await;
    let missing = browser.press(&page, "login", &[("username", "alice"), ("password", "")]).await;
    let wrong = browser.log_in_as(&missing, "alice", "a slip").await;
    idp.clock.advance(61 * MINUTE);
    let late = browser.log_in_as(&page, "alice", PASSWORD).await;
    let forged = browser.post(late.url.as_str(), &[("tx", &late.input("tx")), ("csrf", "x")]).await;
    let switched = browser.press(&late, "switch_account", &[]).await;
    for (answer, status) in [(&missing, 422), (&wrong, 422), (&late, 400), (&forged, 403), (&switched, 200)] {
        assert_eq!(answer.status, status);
        // Enter in the address bar.
        assert_fresh_form(&browser.visit(answer.url.as_str()).await);
        // The language is changed on that page.
        let switch = answer.body.split("name=\"tx\" value=\"/login?tx=").count();
        assert_eq!(switch, 2, "{}", answer.body);
    }
    let again = browser.visit(wrong.url.as_str()).await;
    assert_at(&browser.log_in_as(&again, "alice", PASSWORD).await, &site);
    for answer in [page, missing, wrong, late, forged] {
        assert_at(&browser.visit(answer.url.as_str()).await, &site);
    }
}

#[tokio::test]
async fn p1_what_was_proven_before_a_question_is_in_no_address() {
    let (idp, site, _) = house_with(DevicePolicy::One).await;
    let (first, second) = (idp.browser(), idp.browser());
    let page = first.visit(idp.authorize_url(&site, &[])).await;
    assert_at(&first.log_in_as(&page, "alice", PASSWORD).await, &site);
    let page = second.visit(idp.authorize_url(&site, &[])).await;
    let question = second.log_in_as(&page, "alice", PASSWORD).await;
    assert!(question.body.contains("id=\"elsewhere-continue\""), "{}", question.body);
    // What the form carries is nowhere in an address, and opened from one it proves nothing.
    let sealed = question.input("tx");
    assert!(!question.form_address().contains(&sealed));
    for address in [question.url.to_string(), idp.url(&format!("/login?tx={sealed}"))] {
        let page = second.visit(address).await;
        assert_fresh_form(&page);
        let answer = second.press(&page, "continue", &[]).await;
        assert_eq!((answer.status, second.cookie(HOST, SESSION)), (422, None), "{}", answer.body);
    }
    // For as long as a proof counts the answer counts.
    idp.clock.advance(10 * MINUTE);
    assert_at(&second.press(&question, "continue", &[]).await, &site);
    assert_at(&second.visit(question.url.as_str()).await, &site);
}

#[tokio::test]
async fn p1_back_to_a_question_that_was_answered_goes_on() {
    let (idp, _, site) = house().await;
    let browser = idp.browser();
    let consent = consent_page(&browser, &idp, &site, "").await;
    // Reloaded before it is answered, it is the question.
    assert!(browser.visit(consent.url.as_str()).await.has_form("/consent"));
    let denied = browser.press(&consent, "deny", &[]).await;
    assert_eq!(denied.redirect_param("error").as_deref(), Some("access_denied"));
    assert!(browser.visit(consent.url.as_str()).await.has_form("/consent"), "asked anew after a no");
    assert_at(&browser.press(&consent, "allow", &[]).await, &site);
    for age in [0, 2 * DAY] {
        idp.clock.advance(age);
        assert_at(&browser.visit(consent.url.as_str()).await, &site);
    }
    // Signed out meanwhile: the same request from its beginning.
    browser.clear();
    let page = browser.visit(consent.url.as_str()).await;
    assert_eq!(page.status, 403);
    idp.clock.advance(40 * DAY);
    let page = browser.visit(continue_here(&page)).await;
    assert_fresh_form(&page);
    assert_at(&browser.log_in_as(&page, "alice", PASSWORD).await, &site);
}

/// The link of an error page, on the same server.
#[track_caller]
fn continue_here(page: &Answer) -> String {
    let link = page.body.split("id=\"continue-here\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
    let link = link.unwrap_or_else(|| panic!("no link: {}", page.body));
    assert!(link.starts_with("/login?tx="), "{link}");
    page.url.join(link).unwrap().into()
}

#[tokio::test]
async fn p1_a_question_of_yesterday_is_asked_again() {
    let (idp, _, site) = house().await;
    let browser = idp.browser();
    let consent = consent_page(&browser, &idp, &site, "").await;
    idp.clock.advance(DAY + 1);
    let again = browser.press(&consent, "allow", &[]).await;
    assert_eq!((again.status, again.has_form("/consent")), (400, true), "{}", again.body);
    assert!(again.body.contains("open for a long time"), "{}", again.body);
    assert!(browser.visit(again.url.as_str()).await.has_form("/consent"));
    assert_at(&browser.press(&again, "allow", &[]).await, &site);
    // Only the person who was asked can answer it.
    let forged = browser.post(consent.url.as_str(), &[("tx", &consent.input("tx")), ("csrf", "x")]).await;
    assert_eq!((forged.status, forged.location()), (403, None));
}

#[tokio::test]
async fn s20_p1_another_browser_begins_the_request_anew_and_takes_nothing_along() {
    let (idp, own, asking) = house().await;
    let (first, bob, stranger) = (idp.browser(), idp.browser(), idp.browser());
    let signed_in = bob.visit(idp.authorize_url(&own, &[])).await;
    assert_at(&bob.log_in_as(&signed_in, "bob", PASSWORD).await, &own);
    let consent = consent_page(&first, &idp, &asking, "login").await;
    let login = idp.browser().visit(idp.authorize_url(&asking, &[("prompt", "login")])).await;
    for address in [consent.url.as_str(), login.url.as_str()] {
        for other in [&bob, &stranger] {
            let page = other.visit(address).await;
            let page = match page.status {
                403 => other.visit(continue_here(&page)).await,
                _ => page,
            };
            // She has proven herself for this request; no one else has.
            assert_fresh_form(&page);
            assert!(!page.body.contains("alice"), "{}", page.body);
        }
    }
    // Each is asked for themselves.
    let page = bob.visit(login.url.as_str()).await;
    let answer = bob.log_in_as(&page, "bob", PASSWORD).await;
    let own_question = bob.follow(answer).await;
    assert!(own_question.has_form("/consent") && own_question.body.contains("bob"));
    assert_at(&bob.press(&own_question, "allow", &[]).await, &asking);
    // Without a prompt for a proof it is what a link to /authorize is: a person who is signed in goes on.
    let plain = idp.browser().visit(idp.authorize_url(&own, &[])).await;
    assert_at(&bob.visit(plain.url.as_str()).await, &own);
    assert_fresh_form(&stranger.visit(plain.url.as_str()).await);
}

#[tokio::test]
async fn p1_an_address_that_cannot_be_read_leads_to_the_persons_own_page() {
    let (idp, site, _) = house().await;
    let browser = idp.browser();
    let tx = browser.visit(idp.authorize_url(&site, &[])).await.input("tx");
    let cut = &tx[..tx.len() / 2];
    let addresses = ["/login", "/login?tx=", "/login?tx=x", "/consent", "/consent?tx=x", "/login?tx=a&tx=b"]
        .map(String::from);
    let addresses: Vec<_> =
        addresses.into_iter().chain(["/login", "/consent"].map(|page| format!("{page}?tx={cut}"))).collect();
    for address in &addresses {
        let stranger = idp.browser();
        let page = stranger.visit(idp.url(address)).await;
        assert_fresh_form(&page);
        assert_eq!(
            stranger.log_in_as(&page, "alice", PASSWORD).await.header("location"),
            OWN_PAGE,
            "{address}"
        );
        let page = stranger.visit(idp.url(address)).await;
        assert_eq!((page.status, page.url.path()), (200, OWN_PAGE), "{address}");
    }
    // A form with it signs no one in, and is answered by one that does.
    let fields = [("tx", cut), ("csrf", "x"), ("username", "alice"), ("password", PASSWORD)];
    let page = browser.post(idp.url("/login"), &fields).await;
    assert_eq!((page.status, browser.cookie(HOST, SESSION)), (403, None));
    assert_eq!(browser.log_in_as(&page, "alice", PASSWORD).await.header("location"), OWN_PAGE);
}

#[tokio::test]
async fn p1_signing_out_can_be_opened_again() {
    let (idp, site, _) = house().await;
    let browser = idp.browser();
    browser.sign_in(&idp, &site, "alice").await;
    let question = browser.visit(idp.url("/end-session")).await;
    let stayed = browser.press(&question, "cancel", &[]).await;
    let forged = browser.post(idp.url("/logout"), &[("tx", "x"), ("csrf", "x")]).await;
    assert_eq!((stayed.status, forged.status), (200, 403));
    for answer in [stayed, forged] {
        let again = browser.visit(answer.url.as_str()).await;
        assert_eq!((again.status, again.has_form("/logout")), (200, true), "{}", again.body);
    }
    assert!(browser.cookie(HOST, SESSION).is_some(), "asking ends nothing");
    let out = browser.press(&question, "logout", &[]).await;
    let out = browser.follow(out).await;
    for address in [out.url.as_str(), question.url.as_str(), &idp.url("/logout")] {
        let page = browser.visit(address).await;
        assert_eq!((page.status, page.url.path()), (200, "/logged-out"), "{address}");
    }
}

#[tokio::test]
async fn p2_any_number_of_tabs_end_signed_in_wherever_the_person_signs_in() {
    let (idp, site, _) = house().await;
    let page = idp.browser().visit(idp.authorize_url(&site, &[])).await.url;
    for count in [8, 30] {
        for chosen in [0, count / 2, count - 1] {
            let browser = idp.browser();
            // All at one moment, as a browser restores them: none of the requests carries a cookie yet, and each page is
            // bound to the cookie that it brings.
            let tabs = futures_util::future::join_all((0..count).map(|_| browser.open(page.as_str()))).await;
            let bindings: BTreeSet<_> = browser.cookies(HOST).into_iter().map(|(name, ..)| name).collect();
            assert_eq!(bindings.len(), count, "as many first visits");
            assert_at(&browser.log_in_as(&tabs[chosen], "alice", PASSWORD).await, &site);
            for (index, tab) in tabs.iter().enumerate() {
                // Half of them are loaded anew, in half of them the form is sent.
                let answer = match index % 2 {
                    0 => browser.visit(tab.url.as_str()).await,
                    _ => browser.log_in_as(tab, "alice", PASSWORD).await,
                };
                assert_at(&answer, &site);
            }
        }
    }
}

#[tokio::test]
async fn p3_a_question_after_a_proof_can_be_answered_for_as_long_as_its_page_lives() {
    let (idp, _, site) = house().await;
    for (age, counts) in [(11 * MINUTE, true), (60 * MINUTE, true), (61 * MINUTE, false)] {
        let browser = idp.browser();
        let consent = consent_page(&browser, &idp, &site, "login consent").await;
        idp.clock.advance(age);
        // The address of the page is in the history, and proves nothing after ten minutes.
        assert!(browser.visit(consent.url.as_str()).await.has_form("/login"), "{age}");
        let answer = browser.press(&consent, "allow", &[]).await;
        if counts {
            assert_at(&answer, &site);
            continue;
        }
        let page = browser.follow(answer).await;
        assert_fresh_form(&page);
        let answer = browser.log_in_as(&page, "alice", PASSWORD).await;
        let consent = browser.follow(answer).await;
        assert_at(&browser.press(&consent, "allow", &[]).await, &site);
    }
}

/// The link to the right address that a sign-in page shows.
fn right_address(page: &Answer) -> Option<String> {
    page.body.split("id=\"right-address\" href=\"").nth(1)?.split('"').next().map(str::to_owned)
}

#[tokio::test]
async fn p4_who_sends_no_cookie_is_told_so_and_where_to_go() {
    let (idp, site, _) = house().await;
    let browser = idp.browser();
    let page = browser.visit(idp.authorize_url(&site, &[])).await;
    browser.clear();
    let told = browser.log_in_as(&page, "alice", PASSWORD).await;
    assert_eq!((told.status, browser.cookie(HOST, SESSION)), (403, None));
    assert!(told.body.contains("sent no cookie") && told.body.contains(&idp.issuer), "{}", told.body);
    assert!(!told.body.contains("another browser"), "{}", told.body);
    let link = right_address(&told).unwrap();
    assert!(link.starts_with(&format!("{}/login?tx=", idp.issuer)), "{link}");
    // Where cookies are kept, both the page and the link lead on.
    let linked = browser.visit(link).await;
    assert_fresh_form(&linked);
    assert_at(&browser.log_in_as(&told, "alice", PASSWORD).await, &site);
    // A browser that has cookies of ours is asked once more, without a word about cookies.
    let other = idp.browser();
    other.visit(idp.authorize_url(&site, &[])).await;
    let once_more = other.log_in_as(&page, "alice", PASSWORD).await;
    assert_eq!((once_more.status, right_address(&once_more)), (403, None));
    assert!(once_more.body.contains("sign in once more"), "{}", once_more.body);
    assert_at(&other.log_in_as(&once_more, "alice", PASSWORD).await, &site);
}

#[tokio::test]
async fn s60_s90_p4_who_came_by_another_name_is_told_the_right_one_which_no_request_can_change() {
    let (idp, site, _) = house().await;
    let browser = idp.browser();
    let page = browser.visit(idp.authorize_url(&site, &[])).await;
    let fields = [("tx", page.input("tx")), ("csrf", page.input("csrf"))];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let fields = [&fields[..], &[("username", "alice"), ("password", PASSWORD)]].concat();
    let port = idp.address.port();
    for origin in [format!("http://127.0.0.1:{port}"), "https://evil.example".to_owned()] {
        let headers =
            [("sec-fetch-site", "same-origin"), ("origin", origin.as_str()), ("host", "evil.example")];
        let told = browser.post_with(idp.url("/login"), &fields, &headers).await;
        assert_eq!((told.status, browser.cookie(HOST, SESSION)), (403, None));
        assert!(told.body.contains("another address"), "{}", told.body);
        assert!(!told.body.contains("127.0.0.1") && !told.body.contains("evil"), "{}", told.body);
        let link = right_address(&told).unwrap();
        assert!(link.starts_with(&format!("{}/login?tx=", idp.issuer)), "{link}");
        assert_fresh_form(&browser.visit(link).await);
    }
    // Another site's form is no other name of ours.
    let headers = [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
    let told = idp.browser().post_with(idp.url("/login"), &fields, &headers).await;
    assert_eq!((told.status, right_address(&told)), (403, None));
}
