//! The language of a site goes along: from its pages to the provider's and back, and on the pages of the mount between them.

use idp_core::session::EndCause;
use idp_tests::sites::TestSite;
use idp_tests::{Answer, Browser, PASSWORD, TestIdp};

/// What is said in each language: by the site, by the provider's form, and by the SDK after a cancelled sign-in.
const SAID: [(&str, [&str; 3]); 2] = [
    ("en", ["Welcome to <bdi>Site A</bdi>", ">Sign in</", "The sign-in was cancelled."]),
    ("zh-CN", ["欢迎来到“<bdi>Site A</bdi>”", ">登录</", "登录已取消"]),
];

#[track_caller]
fn is_in(page: &Answer, tag: &str, said: &str) {
    assert!(page.body.contains(&format!("<html lang=\"{tag}\" dir=\"ltr\"")), "{}", page.body);
    assert!(page.body.contains(said), "{said}: {}", page.body);
    assert_eq!(page.header("content-language"), tag);
}

async fn choose(browser: &Browser, site: &TestSite, tag: &str) -> Answer {
    let chosen = browser.post(site.url("/language"), &[("to", tag), ("back", "/")]).await;
    browser.follow(chosen).await
}

#[tokio::test]
async fn a_person_is_spoken_to_in_one_language_from_the_site_to_the_provider_and_back() {
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    let a = TestSite::start(&idp, "a", "Site A").await;
    for (tag, [welcome, form, cancelled]) in SAID {
        let browser = idp.browser();
        is_in(&choose(&browser, &a, tag).await, tag, welcome);
        let login = browser.visit(a.url("/members")).await;
        assert!(login.url.as_str().starts_with(&idp.issuer));
        is_in(&login, tag, form);
        let back = browser.press(&login, "cancel", &[]).await;
        let back = browser.follow(back).await;
        assert_eq!(back.url.path(), "/auth/callback");
        is_in(&back, tag, cancelled);

        let login = browser.visit(a.url("/members")).await;
        let back = browser.log_in_as(&login, "alice", PASSWORD).await;
        let members = browser.follow(back).await;
        is_in(&members, tag, "<bdi id=\"who\" data-personal>The alice</bdi>");
        let token = members.input("csrf_token");
        let left = browser.post(a.url("/auth/logout"), &[("csrf_token", &token), ("return_to", "/")]).await;
        assert_eq!(left.redirect_param("ui_locales").as_deref(), Some(tag), "{left:?}");
        is_in(&browser.follow(left).await, tag, welcome);
    }
}

/// An open page says in a sentence why its sign-in ended.
#[test]
fn the_demonstration_site_has_a_sentence_for_each_cause_in_each_language() {
    let sentences = include_str!("../../crates/demo-site/assets/causes.js");
    for cause in EndCause::ALL {
        let line = format!("    {}: ", cause.as_str());
        assert_eq!(sentences.matches(&line).count(), SAID.len(), "{line}");
    }
}
