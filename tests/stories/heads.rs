//! The heads of the provider's own answers fit into what proxies have for them: nginx reads a head into one buffer of
//! 4 KB and answers 502 when it does not fit.

use idp_tests::{Answer, Browser, ClientSpec, PASSWORD, TestIdp};

const MAX_HEAD: usize = 4 * 1024;

#[track_caller]
fn check(what: &str, answer: &Answer) {
    let line = "HTTP/1.1 303 See Other\r\n\r\n".len();
    let headers =
        answer.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
    let bytes = line + headers.sum::<usize>();
    assert!(bytes < MAX_HEAD, "{what}: {bytes} octets: {:#?}", answer.headers);
}

/// Follows redirects at the provider, and looks at each answer on the way.
async fn follow(idp: &TestIdp, browser: &Browser, what: &str, mut answer: Answer) -> Answer {
    for _ in 0..10 {
        check(what, &answer);
        match answer.location() {
            Some(next) if next.as_str().starts_with(&idp.issuer) => answer = browser.open(next).await,
            _ => return answer,
        }
    }
    panic!("{what}: redirects without end");
}

#[tokio::test]
async fn b5_every_head_of_the_provider_fits_a_proxy() {
    let idp = TestIdp::start().await;
    let site = ClientSpec::confidential("site-a").with_consent();
    idp.add_client(&site).await;
    idp.add_user("alice").await;
    let long = "x".repeat(500);
    // An ordinary request, and one of a site that keeps much in its state.
    for state in ["the-state", &long] {
        let (browser, request) = (idp.browser(), [("state", state), ("prompt", "consent")]);
        let asked = browser.open(idp.authorize_url(&site, &request)).await;
        let page = follow(&idp, &browser, "authorize", asked).await;
        let wrong = browser.log_in_as(&page, "alice", "wrong").await;
        check("a wrong password", &wrong);
        let signed_in = browser.log_in_as(&page, "alice", PASSWORD).await;
        let consent = follow(&idp, &browser, "login", signed_in).await;
        let answer = browser.press(&consent, "allow", &[]).await;
        assert!(follow(&idp, &browser, "consent", answer).await.redirect_param("code").is_some());
        let devices = browser.open(idp.url("/account/devices")).await;
        check("devices", &devices);
        let out = browser.press(&devices, "all", &[]).await;
        assert_eq!(follow(&idp, &browser, "signed out", out).await.status, 200);
    }
}
