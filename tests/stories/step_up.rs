//! A site demands a fresh or a stronger sign-in of its person (RFC 9470): provider, SDK and site together, under a browser
//! without script, in both languages.

use idp_tests::sites::{TestSite, advance_all};
use idp_tests::{Answer, Browser, PASSWORD, TestIdp};
use reqwest::Method;
use serde_json::{Value, json};

/// After so many seconds the demonstration site wants the person to confirm that it is them.
const TOO_LATE: u32 = 120;
/// What is filled in.
const DETAILS: [(&str, &str); 3] =
    [("holder", "王小明"), ("account", "<DE02> & \"more\""), ("note", "line one\r\nline two")];

/// What is said in each language: by the provider, by the SDK once the person is back, by the site in the end.
const SAID: [(&str, [&str; 4]); 2] = [
    ("en", ["Confirm it’s you", "What you filled in is sent now.", "Saved.", "Everything is deleted."]),
    ("zh-CN", ["请确认是您本人", "正在提交您填写的内容。", "已保存。", "已全部删除。"]),
];

struct Story {
    idp: TestIdp,
    site: TestSite,
    browser: Browser,
}

impl Story {
    /// Alice signed in at the site, and did something else for a while.
    async fn start(tag: &str) -> Self {
        let idp = TestIdp::start().await;
        idp.add_user("alice").await;
        let site = TestSite::start(&idp, "a", "Site A").await;
        let browser = idp.browser();
        let chosen = browser.post(site.url("/language"), &[("to", tag), ("back", "/payout")]).await;
        let login = browser.follow(chosen).await;
        let login = if login.has_form("/login") { login } else { browser.visit(site.url("/payout")).await };
        let back = browser.log_in_as(&login, "alice", PASSWORD).await;
        let page = browser.follow(back).await;
        assert!(page.body.contains("action=\"/payout\""), "{}", page.body);
        let story = Self { idp, site, browser };
        story.wait();
        story
    }

    fn wait(&self) {
        advance_all(&self.idp, &[&self.site], TOO_LATE);
    }

    async fn payout(&self) -> Answer {
        self.browser.visit(self.site.url("/payout")).await
    }

    /// Sends a form of the site's page, and goes on to where the person has to do something.
    async fn submit(&self, path: &str, filled: &[(&str, &str)]) -> Answer {
        let token = self.payout().await.input("csrf_token");
        let fields = [&[("csrf_token", token.as_str())][..], filled].concat();
        let sent = self.browser.post(self.site.url(path), &fields).await;
        self.browser.follow(sent).await
    }

    /// Presses the one button of the SDK's page.
    async fn go_on(&self, page: &Answer) -> Answer {
        let fields = hidden(page);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let sent = self.browser.post(page.url.join(&page.form_address()).unwrap(), &fields).await;
        self.browser.follow(sent).await
    }
}

fn hidden(page: &Answer) -> Vec<(String, String)> {
    let text = |text: &str| {
        let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
        text.replace("&#39;", "'").replace("&amp;", "&")
    };
    let inputs = page.body.split("<input type=\"hidden\" name=\"").skip(1);
    let pairs = inputs.map(|rest| rest.split_once("\" value=\"").unwrap());
    pairs.map(|(name, rest)| (text(name), text(rest.split_once('"').unwrap().0))).collect()
}

#[tokio::test]
async fn s07_what_a_person_filled_in_follows_them_to_the_provider_and_back() {
    for (tag, [confirm, sending, saved, deleted]) in SAID {
        let story = Story::start(tag).await;
        let login = story.submit("/payout", &DETAILS).await;
        assert!(
            login.url.as_str().starts_with(&story.idp.issuer) && login.body.contains(confirm),
            "{}",
            login.body
        );
        assert!(!login.body.contains("王小明"), "the provider learns nothing of it");
        let back = story.browser.log_in_as(&login, "alice", PASSWORD).await;
        let back = story.browser.follow(back).await;
        assert_eq!((back.url.path(), back.header("content-language")), ("/auth/resume", tag));
        assert!(back.body.contains(sending), "{}", back.body);
        let done = story.go_on(&back).await;
        assert_eq!(done.url.as_str(), story.site.url("/payout?done=saved"));
        assert!(done.body.contains(saved) && done.body.contains("value=\"王小明\""), "{}", done.body);
        assert!(done.body.contains("line one\nline two") || done.body.contains("line one\r\nline two"));

        // Just now is just now: the next one goes through, and one that comes later is asked for again.
        assert!(story.submit("/payout/delete", &[]).await.body.contains(deleted));
        story.wait();
        let login = story.submit("/payout/delete", &[]).await;
        assert!(login.body.contains(confirm), "{}", login.body);
    }
}

#[tokio::test]
async fn s07_who_does_not_confirm_loses_nothing_and_may_do_so_yet() {
    let story = Story::start("en").await;
    let login = story.submit("/payout", &DETAILS).await;
    let cancelled = story.browser.press(&login, "cancel", &[]).await;
    let cancelled = story.browser.follow(cancelled).await;
    assert_eq!(cancelled.url.path(), "/auth/callback");
    assert!(cancelled.body.contains("You did not confirm that it is you"), "{}", cancelled.body);
    assert!(
        story.payout().await.body.contains("id=\"holder\" name=\"holder\" value=\"\""),
        "nothing was done"
    );

    let again = cancelled.body.split("href=\"").find(|rest| rest.starts_with("/auth/login?")).unwrap();
    let again = again.split('"').next().unwrap().replace("&amp;", "&");
    let login = story.browser.visit(story.site.url(&again)).await;
    let back = story.browser.log_in_as(&login, "alice", PASSWORD).await;
    let done = story.go_on(&story.browser.follow(back).await).await;
    assert!(done.body.contains("value=\"王小明\""), "{}", done.body);
}

#[tokio::test]
async fn s60_another_person_at_the_same_browser_does_not_send_the_form() {
    let story = Story::start("en").await;
    story.idp.add_user("bob").await;
    let login = story.submit("/payout", &DETAILS).await;
    let back = story.browser.log_in_as(&login, "bob", PASSWORD).await;
    let back = story.browser.follow(back).await;
    assert_eq!((back.url.path(), back.status), ("/auth/resume", 403));
    assert!(back.body.contains("You are signed in as somebody else") && !back.body.contains("王小明"));
    assert!(story.payout().await.body.contains("id=\"holder\" name=\"holder\" value=\"\""));
}

#[tokio::test]
async fn s07_a_class_that_no_sign_in_reaches_is_told_and_does_not_go_round() {
    for (tag, title) in [("en", "This needs a stronger sign-in"), ("zh-CN", "需要更安全的登录方式")]
    {
        let story = Story::start(tag).await;
        let page = story.browser.visit(story.site.url("/auth/login?return_to=/members&acr_values=phr")).await;
        assert_eq!((page.url.path(), page.status), ("/auth/callback", 403));
        assert!(page.body.contains(title), "{}", page.body);
        assert_eq!(
            page.url.query_pairs().find(|(name, _)| name == "error").unwrap().1,
            "unmet_authentication_requirements"
        );
        let members = story.browser.visit(story.site.url("/members")).await;
        assert!(members.body.contains("The alice"), "the sign-in is what it was");
        // A class that this one is of is no trouble.
        let page =
            story.browser.visit(story.site.url("/auth/login?return_to=/members&acr_values=phr%201")).await;
        assert_eq!(page.url.path(), "/members");
    }
}

#[tokio::test]
async fn s07_an_api_says_how_fresh_the_sign_in_behind_a_token_must_be() {
    let story = Story::start("en").await;
    let app = "/app/auth/login?return_to=/app";
    let token = async || {
        let origin = story.site.base_url.as_str();
        let headers = [("sec-fetch-site", "same-origin"), ("origin", origin), ("x-session-request", "1")];
        let answer = story.browser.post_with(story.site.url("/app/auth/token"), &[], &headers).await;
        let answer: Value = serde_json::from_str(&answer.body).unwrap();
        format!("Bearer {}", answer["access_token"].as_str().unwrap())
    };
    let ask = async |token: &str| {
        let headers = [("authorization", token)];
        story.browser.send(Method::GET, &story.site.url("/api/payout"), None, &headers).await
    };
    story.browser.visit(story.site.url(app)).await;
    let refused = ask(&token().await).await;
    assert_eq!(refused.status, 401, "{}", refused.body);
    let challenge = refused.header("www-authenticate");
    assert!(
        challenge.contains("error=\"insufficient_user_authentication\"")
            && challenge.ends_with(", max_age=\"60\"")
    );
    let said: Value = serde_json::from_str(&refused.body).unwrap();
    assert_eq!(said, json!({ "error": "insufficient_user_authentication", "max_age": 60 }));

    let login = story.browser.visit(story.site.url(&format!("{app}&max_age=60"))).await;
    let back = story.browser.log_in_as(&login, "alice", PASSWORD).await;
    assert_eq!(story.browser.follow(back).await.url.path(), "/app");
    assert_eq!(ask(&token().await).await.status, 200);
}
