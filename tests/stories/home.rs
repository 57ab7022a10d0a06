//! The address of the provider itself: who is signed in, and where everything is.

use idp_core::username::Username;
use idp_tests::{Authenticator, ClientSpec, PASSWORD, TestIdp};
use reqwest::Method;

async fn provider() -> TestIdp {
    let idp = TestIdp::start().await;
    idp.add_client(&ClientSpec::confidential("site-a")).await;
    idp.add_user("alice").await;
    idp
}

#[tokio::test]
async fn the_front_page_leads_through_a_sign_in_and_back() {
    let idp = provider().await;
    let browser = idp.browser();
    let front = browser.open(idp.url("/")).await;
    assert_eq!(front.status, 200);
    assert!(
        front.body.contains("href=\"/account\"") && !front.body.contains("/end-session"),
        "{}",
        front.body
    );
    assert!(front.headers.get("set-cookie").is_none(), "to look leaves nothing behind");

    let login = browser.visit(idp.url("/account")).await;
    assert!(login.has_form("/login"), "{} {}", login.status, login.body);
    let answer = browser.log_in_as(&login, "alice", PASSWORD).await;
    let account = browser.follow(answer).await;
    assert_eq!((account.status, account.url.path()), (200, "/account"));
    for page in [account, browser.open(idp.url("/")).await] {
        for part in ["The alice", "href=\"/account/devices\"", "href=\"/end-session\""] {
            assert!(page.body.contains(part), "{part}: {}", page.body);
        }
    }

    let asked = browser.open(idp.url("/end-session")).await;
    let done = browser.press(&asked, "logout", &[]).await;
    assert_eq!(browser.follow(done).await.status, 200);
    let front = browser.open(idp.url("/")).await;
    assert!(!front.body.contains("The alice") && front.body.contains("href=\"/account\""), "{}", front.body);
}

#[tokio::test]
async fn the_front_page_offers_an_account_to_a_visitor_where_people_open_their_own() {
    let has_offer = async |idp: &TestIdp| {
        let front = idp.browser().open(idp.url("/")).await;
        assert_eq!(front.has_id("home-register"), front.body.contains("href=\"/register\""));
        front.has_id("home-register")
    };
    assert!(!has_offer(&provider().await).await);
    let idp = TestIdp::start_with(crate::everything::everything_is_on).await;
    idp.add_user("alice").await;
    assert!(has_offer(&idp).await);
    let browser = idp.browser();
    let page = browser.open(idp.url("/register")).await;
    assert!(page.status == 200 && page.has_id("register-submit"), "{} {}", page.status, page.body);
    let login = browser.visit(idp.url("/account")).await;
    let answer = browser.log_in_as(&login, "alice", PASSWORD).await;
    browser.follow(answer).await;
    assert!(!browser.open(idp.url("/")).await.has_id("home-register"), "she has one");
}

#[tokio::test]
async fn s92_the_front_page_has_one_address_and_answers_get_and_head() {
    let idp = provider().await;
    let browser = idp.browser();
    let ask = async |method: Method, path: &str| browser.send(method, &idp.url(path), None, &[]).await;
    assert_eq!(ask(Method::GET, "/?utm_source=mail").await.status, 200);
    let head = ask(Method::HEAD, "/").await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    for path in ["/", "/account"] {
        let refused = ask(Method::POST, path).await;
        assert_eq!((refused.status, refused.header("allow")), (405, "GET, HEAD"), "{path}");
    }
    for path in ["//", "/account/", "/accounts", "/index.html", "/%61ccount"] {
        assert_eq!(ask(Method::GET, path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn without_cookies_the_account_asks_for_a_sign_in_and_does_not_go_round_in_circles() {
    let idp = provider().await;
    let browser = idp.browser();
    let login = browser.visit(idp.url("/account")).await;
    browser.clear();
    let answer = browser.log_in_as(&login, "alice", PASSWORD).await;
    assert!(answer.has_form("/login"), "{} {}", answer.status, answer.body);
    assert!(answer.body.contains("role=\"alert\""), "and says what helps: {}", answer.body);
}

#[tokio::test]
async fn the_front_page_speaks_the_language_of_the_browser() {
    let idp = provider().await;
    for (asked, title) in [("zh-CN,zh;q=0.9", "登录后查看您的账号"), ("fr", "Sign in to see your account")]
    {
        let page = idp.browser().send(Method::GET, &idp.url("/"), None, &[("accept-language", asked)]).await;
        assert!(page.body.contains(title), "{asked}: {}", page.body);
    }
}

/// OWASP ASVS 5.0 7.4.4.
#[tokio::test]
async fn every_page_behind_a_sign_in_shows_the_way_to_your_account_and_the_way_out() {
    let idp = TestIdp::start_with(|config| config.mail.to_inbox = true).await;
    idp.add_client(&ClientSpec::confidential("site-a")).await;
    let alice = idp.add_user("alice").await;
    let app = Authenticator::of(&idp, alice, "Pixel").await;
    let browser = idp.browser();
    let page = browser.visit(idp.url("/account")).await;
    let code = browser.log_in_as(&page, "alice", PASSWORD).await;
    let answer = browser.press(&code, "code", &[("code", &app.code(&idp))]).await;
    assert!(browser.follow(answer).await.body.contains("id=\"home-sign-out\""));
    let app = idp.app.store.authenticator_apps(alice).await.unwrap()[0].id;
    let address = idp.app.store.account_by_name(Username::parse("alice").unwrap()).await.unwrap().unwrap();
    let address = address.addresses.iter().next().unwrap().id;
    let mut pages: Vec<String> = PAGES.iter().map(|page| format!("/account/{page}")).collect();
    pages.extend([
        format!("/account/methods/remove?id={app}"),
        format!("/account/addresses/change?id={address}"),
    ]);
    for path in pages {
        let page = browser.open(idp.url(&path)).await;
        assert_eq!(page.status, 200, "{path}: {:?}", page.location());
        for part in ["id=\"ways-account\" href=\"/account\"", "id=\"ways-out\" href=\"/end-session\""] {
            assert_eq!(page.body.matches(part).count(), 1, "{path}: {}", page.body);
        }
    }
}

const PAGES: [&str; 15] = [
    "devices",
    "sites",
    "activity",
    "secure",
    "password",
    "addresses",
    "addresses/add",
    "methods",
    "methods/totp",
    "methods/passkey",
    "methods/recovery-codes",
    "profile",
    "picture",
    "export",
    "delete",
];
