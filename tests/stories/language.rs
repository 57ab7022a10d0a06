//! The language of the pages: whose wish counts, the buttons that change it on every page, and the way back.

use idp_core::user::StandardClaims;
use idp_tests::{Answer, Browser, ClientSpec, HOST, PASSWORD, TestIdp};
use reqwest::Method;

const COOKIE: &str = "__Host-idp_language";

/// The language that a page says it is in.
#[track_caller]
fn language(page: &Answer) -> String {
    let tag = page.body.split("<html lang=\"").nth(1).and_then(|rest| rest.split('"').next());
    let tag = tag.unwrap_or_else(|| panic!("no page: {} {}", page.status, page.body)).to_owned();
    assert_eq!(page.header("content-language"), tag);
    tag
}

/// The way back and its token, as the page has them.
fn switch_of(page: &Answer) -> Option<(String, String)> {
    let form = page.body.split("action=\"/language\"").nth(1)?.to_owned();
    let form = Answer { body: form, ..page.clone() };
    Some((form.input("tx").replace("&#38;", "&"), form.input("csrf")))
}

/// Presses the button of a language, and shows what is there then.
async fn switch(browser: &Browser, idp: &TestIdp, page: &Answer, to: &str) -> Answer {
    let (back, token) = switch_of(page).unwrap_or_else(|| panic!("no buttons: {}", page.body));
    let fields = [("tx", back.as_str()), ("csrf", &token), ("to", to)];
    let answer = browser.post(idp.url("/language"), &fields).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert!(answer.location().unwrap().as_str().starts_with(&idp.issuer));
    browser.open(answer.location().unwrap()).await
}

/// Opens an address with what a browser says about its languages.
async fn open_in(browser: &Browser, url: &str, accepted: &str) -> Answer {
    let headers = [("accept-language", accepted), ("sec-fetch-dest", "document")];
    let answer = browser.send(Method::GET, url, None, &headers).await;
    match answer.location() {
        Some(next) if next.as_str().starts_with("http://idp.localhost") => {
            browser.send(Method::GET, next.as_str(), None, &headers).await
        }
        _ => answer,
    }
}

async fn house() -> (TestIdp, ClientSpec) {
    let idp = TestIdp::start().await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    let chinese = StandardClaims { locale: Some("zh-Hans".to_owned()), ..StandardClaims::default() };
    idp.add_user_with("alice", chinese).await;
    (idp, site)
}

#[tokio::test]
async fn each_wish_counts_before_the_next() {
    let (idp, site) = house().await;
    let browser = idp.browser();
    let plain = idp.authorize_url(&site, &[]);
    assert_eq!(language(&open_in(&browser, &plain, "fr-FR, *").await), "en", "none of ours is asked for");
    assert_eq!(language(&open_in(&browser, &plain, "zh-TW,zh;q=0.9,en;q=0.8").await), "zh-CN");
    assert_eq!(language(&open_in(&browser, &plain, "zh;q=0.3,en-GB;q=0.8").await), "en");

    // The site before the browser.
    let asked = idp.authorize_url(&site, &[("ui_locales", "fr zh-CN en")]);
    let page = open_in(&browser, &asked, "en").await;
    assert_eq!(language(&page), "zh-CN");
    let wrong = browser.log_in_as(&page, "alice", "wrong").await;
    assert_eq!((wrong.status, language(&wrong).as_str()), (422, "zh-CN"), "also after the form was posted");

    // The profile before the browser, and the site before the profile.
    browser.sign_in(&idp, &site, "alice").await;
    let devices = idp.url("/account/devices");
    assert_eq!(language(&open_in(&browser, &devices, "en").await), "zh-CN");
    let again = idp.authorize_url(&site, &[("prompt", "login")]);
    assert_eq!(language(&open_in(&browser, &again, "en").await), "zh-CN");
    let again = idp.authorize_url(&site, &[("prompt", "login"), ("ui_locales", "en")]);
    let page = open_in(&browser, &again, "zh").await;
    assert_eq!(language(&page), "en");
    let sign_out = idp.url("/end-session?ui_locales=en");
    assert_eq!(language(&open_in(&browser, &sign_out, "zh").await), "en");

    // The person's own choice before everything.
    let chosen = switch(&browser, &idp, &page, "zh-CN").await;
    assert_eq!(language(&chosen), "zh-CN");
    assert_eq!(language(&open_in(&browser, &again, "en").await), "zh-CN");
    assert_eq!(language(&open_in(&browser, &sign_out, "en").await), "zh-CN");
}

#[tokio::test]
async fn a_person_changes_the_language_in_the_middle_of_a_sign_in_and_arrives() {
    let (idp, site) = house().await;
    let browser = idp.browser();
    let page = browser.visit(idp.authorize_url(&site, &[("state", "the-state")])).await;
    let wrong = browser.log_in_as(&page, "alice", "wrong").await;
    let page = switch(&browser, &idp, &wrong, "zh-CN").await;
    assert_eq!((page.status, language(&page).as_str()), (200, "zh-CN"));
    assert!(page.body.contains("登录后继续前往"), "{}", page.body);
    let answer = browser.log_in_as(&page, "alice", PASSWORD).await;
    let answer = browser.follow(answer).await;
    assert!(answer.redirect_param("code").is_some());
    assert_eq!(answer.redirect_param("state").as_deref(), Some("the-state"));
    let attributes = browser.cookies(HOST).into_iter().find(|(name, ..)| name == COOKIE).unwrap();
    assert_eq!(attributes.1, "zh-CN");
    for attribute in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=34560000"] {
        assert!(attributes.2.contains(attribute), "{attributes:?}");
    }
}

#[tokio::test]
async fn every_page_can_be_changed_and_is_found_again() {
    let (idp, site) = house().await;
    let asking = ClientSpec::confidential("site-b").with_consent();
    idp.add_client(&asking).await;
    let browser = idp.browser();
    let expect = async |page: &Answer, after: u16, id: &str| {
        browser.set_cookie(HOST, COOKIE, "en");
        let chinese = switch(&browser, &idp, page, "zh-CN").await;
        assert_eq!((chinese.status, language(&chinese).as_str()), (after, "zh-CN"), "{id}");
        assert!(chinese.body.contains(id), "{id}: {}", chinese.body);
        let english = switch(&browser, &idp, &chinese, "en").await;
        assert_eq!((english.status, language(&english).as_str()), (after, "en"), "{id}");
        assert!(english.body.contains(id), "{id}");
    };
    browser.set_cookie(HOST, COOKIE, "en");
    let login = browser.visit(idp.authorize_url(&asking, &[])).await;
    expect(&login, 200, "login-submit").await;
    expect(&browser.log_in_as(&login, "alice", "").await, 200, "login-submit").await;
    let answer = browser.log_in_as(&login, "alice", PASSWORD).await;
    expect(&browser.follow(answer).await, 200, "consent-allow").await;
    expect(&browser.open(idp.url("/account/devices")).await, 200, "devices-all").await;
    let logout = browser.open(idp.url("/end-session")).await;
    expect(&logout, 200, "logout-confirm").await;
    let stayed = browser.press(&logout, "cancel", &[]).await;
    assert!(stayed.body.contains("You are still signed in"));
    expect(&stayed, 200, "/account/devices").await;
    expect(&browser.open(idp.url("/")).await, 200, "home-devices").await;
    expect(&browser.open(idp.url("/account")).await, 200, "home-devices").await;
    for path in ["/nowhere?a=1&b=%2F", "/authorize?client_id=x&state=y"] {
        let page = browser.open(idp.url(path)).await;
        expect(&page, page.status, "badge trouble").await;
    }
    // A form that is refused has no address of its own: what is there then says how it stands.
    let refused = browser.post(idp.url("/logout"), &[("tx", "x"), ("csrf", "x")]).await;
    assert_eq!(refused.status, 403);
    let fields = [("to", "zh-CN"), ("tx", "/"), ("csrf", "x")];
    let forged = browser.post(idp.url("/language"), &fields).await;
    let reloaded = browser.visit(forged.url.as_str()).await;
    assert_eq!((forged.status, reloaded.status, reloaded.url.path()), (403, 200, "/logged-out"));
    expect(&refused, 200, "/account/devices").await;
    let answer = browser.press(&logout, "logout", &[]).await;
    expect(&browser.follow(answer).await, 200, "badge done").await;
    let _ = site;
}

#[tokio::test]
async fn s68_the_buttons_lead_back_to_where_they_were_and_nowhere_else() {
    let (idp, _) = house().await;
    let browser = idp.browser();
    let page = browser.open(idp.url("/nowhere")).await;
    let (back, token) = switch_of(&page).unwrap();
    assert_eq!(back, "/nowhere");
    for hostile in [
        "",
        "/",
        "/account/devices",
        "//evil.example",
        "/\\evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "/nowhere\r\nSet-Cookie: a=b",
        "/nowhere ",
    ] {
        let fields = [("tx", hostile), ("csrf", token.as_str()), ("to", "zh-CN")];
        let answer = browser.post(idp.url("/language"), &fields).await;
        assert_eq!((answer.status, answer.location()), (403, None), "{hostile:?}");
    }
    // A page can be made at such an address; its buttons do not lead there.
    for path in ["//evil.example", "//evil.example/..;/", "/%5Cevil.example", "/%2F/evil.example"] {
        let page = browser.open(format!("{}{path}", idp.issuer)).await;
        let shown = switch(&browser, &idp, &page, "zh-CN").await;
        assert_eq!(shown.url.host_str(), Some(HOST), "{path}");
        browser.clear();
    }
    for to in ["", "fr", "zh", "zh-CN\r\n", "en,zh-CN", "<script>"] {
        let fields = [("tx", back.as_str()), ("csrf", token.as_str()), ("to", to)];
        let answer = browser.post(idp.url("/language"), &fields).await;
        assert_eq!((answer.status, answer.location()), (400, None), "{to:?}");
    }
    assert_eq!(browser.cookie(HOST, COOKIE), None);
}

#[tokio::test]
async fn s60_another_site_cannot_choose_a_language_for_a_person() {
    let (idp, _) = house().await;
    let browser = idp.browser();
    let (back, token) = switch_of(&browser.open(idp.url("/nowhere")).await).unwrap();
    let fields = [("tx", back.as_str()), ("csrf", token.as_str()), ("to", "zh-CN")];
    for headers in [
        &[("origin", "https://evil.example")][..],
        &[("sec-fetch-site", "cross-site"), ("origin", "null")],
        &[("sec-fetch-site", "same-site")],
    ] {
        let answer = browser.post_with(idp.url("/language"), &fields, headers).await;
        assert_eq!((answer.status, answer.header("set-cookie")), (403, ""), "{headers:?}");
    }
    for method in [Method::HEAD, Method::PUT, Method::DELETE] {
        let answer = browser.send(method.clone(), &idp.url("/language"), None, &[]).await;
        assert_eq!((answer.status, answer.header("allow")), (405, "GET, POST"), "{method}");
    }
    let by_link = url::Url::parse_with_params(&idp.url("/language"), &fields).unwrap();
    let answer = browser.open(&by_link).await;
    assert_eq!((answer.header("set-cookie"), answer.header("location")), ("", "/logged-out"));
    assert_eq!(browser.cookie(HOST, COOKIE), None);
}

#[tokio::test]
async fn s94_hostile_tags_choose_no_language_and_refuse_no_request() {
    let (idp, site) = house().await;
    let crowd = "zh ".repeat(4000);
    for hostile in ["", "se", "*", "zh\u{0}", "../../en", "<script>", "zh_CN;DROP", "e\u{301}", "zh-CN, en"] {
        let browser = idp.browser();
        let page = browser.visit(idp.authorize_url(&site, &[("ui_locales", hostile)])).await;
        assert_eq!((page.status, page.has_form("/login")), (200, true), "{hostile:?}");
        assert_eq!(language(&page), "en", "{hostile:?}");
        browser.set_cookie(HOST, COOKIE, &hostile.replace(['\0', ';'], ""));
        assert_eq!(language(&browser.open(idp.url("/nowhere")).await), "en", "{hostile:?}");
    }
    let header = format!("{}zh;q=0.1", "de,".repeat(300));
    assert_eq!(
        language(&open_in(&idp.browser(), &idp.url("/nowhere"), &header).await),
        "en",
        "not read to its end"
    );
    let page = idp.browser().visit(idp.authorize_url(&site, &[("ui_locales", &crowd[..9000])])).await;
    assert_eq!((page.status, language(&page).as_str()), (200, "zh-CN"));
}

#[tokio::test]
async fn an_operator_chooses_the_languages_and_the_one_for_all_others() {
    let idp = TestIdp::start_with(|config| config.language.default = "zh-CN".parse().unwrap()).await;
    let browser = idp.browser();
    assert_eq!(language(&browser.open(idp.url("/logged-out")).await), "zh-CN");
    assert_eq!(language(&open_in(&browser, &idp.url("/logged-out"), "en-US").await), "en");

    let idp = TestIdp::start_with(|config| config.language.offered = vec!["en".parse().unwrap()]).await;
    let browser = idp.browser();
    browser.set_cookie(HOST, COOKIE, "zh-CN");
    let page = open_in(&browser, &idp.url("/logged-out?ui_locales=zh-CN"), "zh-CN").await;
    assert_eq!(language(&page), "en");
    assert!(switch_of(&page).is_none(), "there is nothing to change to");
    let metadata = browser.open(idp.url("/.well-known/openid-configuration")).await;
    assert!(metadata.body.contains("\"ui_locales_supported\":[\"en\"]"), "{}", metadata.body);
}

#[tokio::test]
async fn the_metadata_names_the_languages() {
    let idp = TestIdp::start().await;
    let metadata = idp.browser().open(idp.url("/.well-known/openid-configuration")).await;
    assert!(metadata.body.contains("\"ui_locales_supported\":[\"en\",\"zh-CN\"]"), "{}", metadata.body);
}

#[tokio::test]
async fn logged_out_says_of_a_person_who_is_signed_in_that_they_are() {
    let (idp, site) = house().await;
    let browser = idp.browser();
    browser.set_cookie(HOST, COOKIE, "en");
    assert!(browser.open(idp.url("/logged-out")).await.body.contains("You are signed out"));
    browser.sign_in(&idp, &site, "alice").await;
    assert!(browser.open(idp.url("/logged-out")).await.body.contains("You are still signed in"));
}

#[tokio::test]
async fn the_name_of_a_failed_attempt_is_kept_when_the_language_changes_and_is_in_no_address() {
    let (idp, site) = (TestIdp::start().await, ClientSpec::confidential("site-a"));
    idp.add_client(&site).await;
    idp.add_user("alice").await;
    for page in [idp.authorize_url(&site, &[]), idp.url("/account")] {
        let browser = idp.browser();
        let login = browser.visit(page).await;
        let wrong = browser.log_in_as(&login, "alicia", "a wrong one").await;
        let chinese = browser.follow(switch(&browser, &idp, &wrong, "zh-CN").await).await;
        assert!(chinese.status == 200 && chinese.body.contains("lang=\"zh-CN\""), "{}", chinese.body);
        assert_eq!(chinese.input("username"), "alicia");
        assert!(!chinese.url.as_str().contains("alicia"), "{}", chinese.url);
        // In another browser it is a new request, and once it succeeded there is nothing to keep.
        let stranger = idp.browser().visit(chinese.url.as_str()).await;
        assert_eq!(stranger.input("username"), "");
        let answer = browser.log_in_as(&chinese, "alice", PASSWORD).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
    }
}
