//! A person gives their devices names: seen wherever the device appears, by no one else, and always as text.

use crate::devices::{PAGE, TwoDevices};
use idp_core::device::DevicePolicy;
use idp_server::db::audit_events::{self, AuditEvent};
use idp_tests::{Answer, Browser, ClientSpec, HOST, PASSWORD, SignedIn, TestIdp};

async fn name(devices: &TwoDevices, sid: &str, name: &str) -> Answer {
    let page = devices.page().await;
    devices.alice.browser.press(&page, "name", &[("named", sid), ("name", name)]).await
}

async fn renamed(idp: &TestIdp) -> i64 {
    idp.db.read(|connection| audit_events::count(connection, AuditEvent::DeviceNamed)).await.unwrap()
}

#[tokio::test]
async fn a_name_stands_wherever_the_device_appears_with_what_it_is_beside_it() {
    let devices = TwoDevices::new().await;
    let (idp, there) = (&devices.alice.idp, devices.there.to_string());
    let answer = name(&devices, &there, "  Phone in \t the kitchen ").await;
    assert_eq!(answer.status, 303, "{answer:?}");
    let shown = devices.alice.browser.follow(answer).await;
    assert!(shown.body.contains("is now called <bdi>Phone in the kitchen</bdi>."), "{}", shown.body);
    let own_row = "<p class=\"name\"><bdi>Phone in the kitchen</bdi></p>";
    assert!(shown.body.contains(own_row) && shown.body.contains("An unknown device"), "{}", shown.body);
    assert!(shown.body.contains("value=\"Phone in the kitchen\""), "to be changed again");
    assert!(shown.body.contains("Sign out of that device: Phone in the kitchen"), "{}", shown.body);
    // The receipt is told once, to this session; the page itself goes on.
    let page = devices.phone.open(idp.url(PAGE)).await;
    assert!(page.body.contains(own_row) && !page.body.contains("is now called"), "{}", page.body);

    devices.press(&page_of(&devices.alice.browser, idp).await, "one", &there).await;
    let ended = devices.page().await;
    assert!(ended.body.contains(own_row), "among those that ended: {}", ended.body);
    let activity = devices.alice.browser.open(idp.url("/account/activity")).await;
    assert!(activity.body.contains("<bdi>Phone in the kitchen</bdi>"), "{}", activity.body);

    // It is the device's: the next sign-in on it has the name.
    devices.phone.sign_in_for_tokens(idp, &devices.alice.site, "alice").await;
    assert_eq!(devices.page().await.body.matches(own_row).count(), 2);
}

async fn page_of(browser: &Browser, idp: &TestIdp) -> Answer {
    browser.open(idp.url(PAGE)).await
}

#[tokio::test]
async fn a_name_is_taken_away_and_given_again_and_the_same_one_is_no_news() {
    let devices = TwoDevices::new().await;
    let (idp, here) = (&devices.alice.idp, devices.here.to_string());
    for (typed, events, said) in [
        ("Laptop", 1, "is now called <bdi>Laptop</bdi>"),
        ("Laptop", 1, "is now called <bdi>Laptop</bdi>"),
        ("笔记本电脑", 2, "is now called <bdi>笔记本电脑</bdi>"),
        ("", 3, "no name of its own"),
        (" \u{202e}\u{200b}\t ", 3, "no name of its own"),
    ] {
        let answer = name(&devices, &here, typed).await;
        let shown = devices.alice.browser.follow(answer).await;
        assert!(shown.body.contains(said), "{typed:?}: {}", shown.body);
        assert_eq!(renamed(idp).await, events, "{typed:?}");
    }
    assert!(!devices.page().await.body.contains("Laptop"));
}

#[tokio::test]
async fn s66_a_name_is_one_short_line_of_text() {
    let devices = TwoDevices::new().await;
    let here = devices.here.to_string();
    for (hostile, kept) in [
        ("\"><script>alert(1)</script>", "&#34;&#62;&#60;script&#62;alert(1)&#60;/script&#62;"),
        ("safe\u{202e}gnp.exe\u{2066}", "safegnp.exe"),
        ("a\u{0}b\r\nSet-Cookie: c=d", "ab Set-Cookie: c=d"),
        ("{{7*7}}", "{{7*7}}"),
    ] {
        let answer = name(&devices, &here, hostile).await;
        assert!(!answer.headers.contains_key("set-cookie"));
        let shown = devices.alice.browser.follow(answer).await;
        assert!(shown.body.contains(&format!("<p class=\"name\"><bdi>{kept}</bdi></p>")), "{}", shown.body);
        assert!(!shown.body.contains("<script>") && !shown.body.contains('\u{202e}'));
    }
    let answer = name(&devices, &here, &"字".repeat(1000)).await;
    let shown = devices.alice.browser.follow(answer).await;
    assert!(shown.body.contains(&format!("<bdi>{}</bdi>", "字".repeat(60))), "{}", shown.body);
}

#[tokio::test]
async fn z02_only_an_own_open_sign_in_is_named_and_only_by_its_own_form() {
    let devices = TwoDevices::new().await;
    let idp = &devices.alice.idp;
    idp.add_user("bob").await;
    let bob = idp.browser();
    bob.sign_in_for_tokens(idp, &devices.alice.site, "bob").await;
    let bobs = bob.open(idp.url(PAGE)).await.input("named");
    let page = devices.page().await;
    devices.press(&page, "one", &devices.there.to_string()).await;
    for sid in [bobs.as_str(), &devices.there.to_string(), "", "*", &devices.here.to_string().to_uppercase()]
    {
        let answer = name(&devices, sid, "Mine").await;
        assert_eq!((answer.status, answer.location()), (404, None), "{sid}");
    }
    // A form of another person, and one from elsewhere.
    let (url, here) = (idp.url(PAGE), devices.here.to_string());
    let foreign = bob.open(&url).await.input("csrf");
    let own = page.input("csrf");
    let named = |csrf: &str| {
        [("csrf", csrf), ("tx", ""), ("action", "name"), ("named", &here), ("name", "x")]
            .map(|(name, value)| (name, value.to_owned()))
    };
    for (csrf, headers) in [
        (foreign.as_str(), &[("sec-fetch-site", "same-origin")][..]),
        ("", &[("sec-fetch-site", "same-origin")]),
        (own.as_str(), &[("sec-fetch-site", "cross-site")]),
    ] {
        let fields = named(csrf);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(devices.alice.browser.post_with(&url, &fields, headers).await.status, 403, "{headers:?}");
    }
    assert_eq!(renamed(idp).await, 0);
}

#[tokio::test]
async fn two_people_in_one_browser_have_names_of_their_own_for_it() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, browser) = (&alice.idp, &alice.browser);
    idp.add_user("bob").await;
    let page = page_of(browser, idp).await;
    browser.press(&page, "name", &[("named", &page.input("named")), ("name", "My desk")]).await;
    let device = browser.cookie(HOST, "__Host-device");
    let login = browser.visit(idp.authorize_url(&alice.site, &[("prompt", "select_account")])).await;
    assert!(browser.log_in_as(&login, "bob", PASSWORD).await.redirect_param("code").is_some());
    assert_eq!(browser.cookie(HOST, "__Host-device"), device, "one device");
    let bobs = page_of(browser, idp).await;
    assert!(!bobs.body.contains("My desk"), "{}", bobs.body);
    browser.press(&bobs, "name", &[("named", &bobs.input("named")), ("name", "Reception")]).await;
    let login = browser.visit(idp.authorize_url(&alice.site, &[("prompt", "select_account")])).await;
    assert!(browser.log_in_as(&login, "alice", PASSWORD).await.redirect_param("code").is_some());
    let again = page_of(browser, idp).await;
    assert!(again.body.contains("My desk") && !again.body.contains("Reception"), "{}", again.body);
}

#[tokio::test]
async fn m08_who_would_be_signed_out_elsewhere_is_told_by_the_name() {
    let idp = TestIdp::start_with(|config| config.session.devices = DevicePolicy::One).await;
    let alice = SignedIn::on(idp, ClientSpec::confidential("site-a")).await;
    let page = page_of(&alice.browser, &alice.idp).await;
    let named = [("named", page.input("named")), ("name", "Old laptop".to_owned())];
    let fields = named.each_ref().map(|(name, value)| (*name, value.as_str()));
    alice.browser.press(&page, "name", &fields).await;
    let second = alice.idp.browser();
    let login = second.visit(alice.idp.authorize_url(&alice.site, &[])).await;
    let question = second.log_in_as(&login, "alice", PASSWORD).await;
    assert!(question.body.contains("You are signed in on <bdi>Old laptop</bdi>"), "{}", question.body);
}
