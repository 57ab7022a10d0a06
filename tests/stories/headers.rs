//! What every answer carries, and what a page makes of hostile words.

use idp_core::client::ClientId;
use idp_core::user::StandardClaims;
use idp_tests::{Answer, Browser, ClientSpec, PASSWORD, TestIdp};
use reqwest::Method;

const HOSTILE: &[&str] = &[
    "\"><svg onload=alert(1)>",
    "'\"><script>alert(1)</script>",
    "</title><img src=x onerror=alert(1)>",
    "{{7777777*7}}${7777777*7}<%= 7777777*7 %>#{7777777*7}",
    "safe\u{202e}gnp.exe\u{2066}",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "` onfocus=alert(1) autofocus x=`",
    "&lt;script&gt;&#x3c;script&#x3e;",
    "\u{0}\r\nSet-Cookie: evil=1\r\n\r\n<html>",
];

fn assert_guarded(answer: &Answer, https: bool) {
    let what = format!("{} {} {:?}", answer.status, answer.url, answer.headers);
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(answer.header("referrer-policy"), "no-referrer", "{what}");
    assert_eq!(answer.header("strict-transport-security").contains("max-age="), https, "{what}");
    assert!(!answer.headers.contains_key("server") && !answer.headers.contains_key("x-powered-by"), "{what}");
    if !answer.header("content-type").starts_with("text/html") {
        return;
    }
    assert_eq!(answer.header("x-frame-options"), "DENY", "{what}");
    assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{what}");
    assert_eq!(answer.header("cache-control"), "no-store", "{what}");
    let policy = answer.header("content-security-policy");
    let directives: Vec<&str> = policy.split(';').map(str::trim).collect();
    for directive in [
        "frame-ancestors 'none'",
        "object-src 'none'",
        "base-uri 'none'",
        "default-src 'none'",
        "script-src 'self'",
    ] {
        assert!(directives.contains(&directive), "{directive} is missing: {what}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("data:"), "{what}");
    assert!(directives.iter().any(|directive| directive.starts_with("form-action 'self'")), "{what}");
}

/// Every kind of answer that a browser can get.
async fn every_answer(idp: &TestIdp, site: &ClientSpec) -> Vec<Answer> {
    let browser = idp.browser();
    let page = browser.visit(idp.authorize_url(site, &[])).await;
    let mut answers = vec![page.clone(), browser.log_in_as(&page, "alice", "wrong").await];
    let signed_in = browser.log_in_as(&page, "alice", PASSWORD).await;
    answers.push(signed_in.clone());
    let consent = browser.open(signed_in.location().unwrap()).await;
    answers.push(idp.browser().press(&consent, "allow", &[]).await);
    answers.push(browser.press(&consent, "allow", &[]).await);
    answers.push(consent);
    let form_post = idp.authorize_url(site, &[("response_mode", "form_post"), ("prompt", "none")]);
    answers.push(browser.open(form_post).await);
    for path in [
        "/end-session",
        "/logged-out",
        "/",
        "/nowhere",
        "/login",
        "/consent",
        "/accept-terms",
        "/access-denied",
        "/authorize",
        "/assets/none.css",
        "/token",
        "/health/live",
        "/health/started",
        "/health/ready",
        "/jwks",
        "/.well-known/openid-configuration",
        "/userinfo",
        "/login?tx=forged",
        "/accept-terms?tx=forged",
        "/access-denied?tx=forged",
        "/consent?tx=forged",
        "/authorize?client_id=%ff",
        "//",
        "/%2e%2e/",
    ] {
        answers.push(browser.open(idp.url(path)).await);
    }
    for path in [
        "/nowhere",
        "/login",
        "/consent",
        "/accept-terms",
        "/access-denied",
        "/logout",
        "/language",
        "/token",
        "/revoke",
        "/introspect",
        "/jwks",
        "/userinfo",
    ] {
        answers.push(browser.post(idp.url(path), &[]).await);
        answers.push(browser.send(Method::DELETE, &idp.url(path), None, &[]).await);
    }
    let huge = "x".repeat(1024 * 1024);
    answers.push(browser.post(idp.url("/login"), &[("password", &huge)]).await);
    answers
}

#[tokio::test]
async fn s65_every_answer_is_guarded_with_and_without_tls() {
    for https in [false, true] {
        let idp = TestIdp::start_with(|config| {
            if https {
                config.issuer.url = "https://login.example.com".parse().unwrap();
            }
        })
        .await;
        let site = ClientSpec::confidential("site-a").with_consent();
        idp.add_client(&site).await;
        idp.add_user("alice").await;
        let answers = every_answer(&idp, &site).await;
        let seen: std::collections::BTreeSet<u16> = answers.iter().map(|answer| answer.status).collect();
        assert!(
            [200, 303, 400, 403, 404, 405, 413, 422].iter().all(|status| seen.contains(status)),
            "{seen:?}"
        );
        for answer in &answers {
            assert_guarded(answer, https);
        }
        // Every failure in a browser is a page with words and a reference, never a bare status.
        for answer in answers
            .iter()
            .filter(|answer| answer.status >= 400 && !answer.header("content-type").contains("json"))
        {
            let challenge = answer.headers.contains_key("www-authenticate");
            assert!(challenge || answer.body.contains("<h1 id=\"heading\">"), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn s65_the_way_to_the_site_is_open_for_the_form_and_no_other_way() {
    let idp = TestIdp::start().await;
    let site = ClientSpec::confidential("site-a").with_consent();
    idp.add_client(&site).await;
    idp.add_user("alice").await;
    let browser = idp.browser();
    let page = browser.visit(idp.authorize_url(&site, &[])).await;
    let answer = browser.log_in_as(&page, "alice", PASSWORD).await;
    let consent = browser.follow(answer).await;
    for page in [page, consent] {
        let policy = page.header("content-security-policy");
        let (_, targets) = policy.split_once("form-action ").unwrap();
        assert_eq!(targets.split(';').next().unwrap().trim(), "'self' https://site-a.example");
    }
}

/// Hostile words must come out as text: no tag of theirs, no attribute, no character that reorders.
fn assert_inert(page: &str, words: &str, place: &str) {
    for tag in ["<svg o", "<svg/", "<img", "<script>", "onload=alert(1)>", "\n<html>"] {
        assert!(!page.contains(tag), "{place}: {tag} from {words:?}");
    }
    assert!(!page.contains("54444439"), "{place}: something was computed from {words:?}");
    assert!(
        !page.chars().any(|c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\0')),
        "{place}: {words:?}"
    );
    for attribute in ["href=\"", "src=\"", "action=\"", "formaction=\""] {
        for value in page.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(
                value.starts_with('/') && !value.starts_with("//") || value.starts_with("https://site-"),
                "{place}: {attribute}{value}"
            );
        }
    }
    let inside_tags = page.split('<').skip(1).map(|rest| rest.split('>').next().unwrap());
    for tag in inside_tags {
        let mut outside_quotes = tag.split('"').step_by(2);
        assert!(
            !outside_quotes
                .any(|part| part.contains("onfocus") || part.contains("onload") || part.contains("onerror")),
            "{place}: {tag}"
        );
    }
}

async fn asked(browser: &Browser, idp: &TestIdp, url: &str, name: &str) -> Answer {
    let page = browser.visit(url).await;
    let answer = browser.log_in_as(&page, name, PASSWORD).await;
    assert_eq!(answer.status, 303, "{} {}", answer.body, idp.issuer);
    browser.follow(answer).await
}

#[tokio::test]
async fn s66_names_of_clients_people_and_scopes_are_inert() {
    let idp = TestIdp::start_with(|config| config.throttle.enabled = false).await;
    for (index, words) in HOSTILE.iter().enumerate() {
        let mut site = ClientSpec::confidential("site-a").with_consent();
        site.client.id = ClientId::parse(&format!("site-{index}")).unwrap();
        // No way in gives a client a control character.
        site.client.metadata.name = words.chars().filter(|c| !c.is_control()).collect();
        let scope = "\"><svg/onload=alert(1)>".replace('"', "'");
        site = site.with_scopes(&format!("openid {scope} {{{{7777777*7}}}} javascript:alert(1)"));
        idp.add_client(&site).await;
        let name = format!("person-{index}");
        let claims = StandardClaims { name: Some((*words).to_owned()), ..StandardClaims::default() };
        idp.add_user_with(&name, claims).await;
        let browser = idp.browser();
        let asks = idp.authorize_url(
            &site,
            &[("scope", &format!("openid {scope} {{{{7777777*7}}}} javascript:alert(1)"))],
        );
        assert_inert(&browser.visit(&asks).await.body, words, "login");
        let consent = asked(&browser, &idp, &asks, &name).await;
        assert!(consent.has_form("/consent"), "{}", consent.body);
        assert_inert(&consent.body.replace("{{7777777*7}}", ""), words, "consent");
        assert_inert(&browser.open(idp.url("/end-session")).await.body, words, "logout");
        let again = browser.visit(idp.authorize_url(&site, &[("prompt", "login")])).await;
        assert_inert(&again.body, words, "confirm");
    }
}

#[tokio::test]
async fn s66_s67_what_a_request_says_is_inert_on_every_page() {
    let idp = TestIdp::start_with(|config| config.throttle.enabled = false).await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    idp.add_user("alice").await;
    let browser = idp.browser();
    let signed_in = idp.browser();
    let _ = signed_in.sign_in(&idp, &site, "alice").await;
    for words in HOSTILE {
        let page = browser.visit(idp.authorize_url(&site, &[("login_hint", words)])).await;
        assert_inert(&page.body, words, "login_hint");
        assert_inert(&browser.log_in_as(&page, words, "wrong").await.body, words, "typed name");
        for parameter in [
            "client_id",
            "redirect_uri",
            "error",
            "error_description",
            "state",
            "ui_locales",
            "display",
            "scope",
        ] {
            let answer = browser.open(idp.authorize_url(&site, &[(parameter, words)])).await;
            if answer.status == 400 {
                assert_inert(&answer.body, words, parameter);
            } else {
                assert_eq!(answer.status, 303, "{parameter} {words:?}");
            }
        }
        for path in ["/login", "/consent", "/logged-out", "/end-session", "/nowhere"] {
            for parameter in ["tx", "error_description", "next", "state", "post_logout_redirect_uri"] {
                let url = url::Url::parse_with_params(&idp.url(path), [(parameter, words)]).unwrap();
                assert_inert(&browser.visit(&url).await.body, words, path);
            }
        }
        // The page that posts the answer carries the state as it came, as text.
        let url = idp.authorize_url(&site, &[("response_mode", "form_post"), ("state", words)]);
        let answer = signed_in.open(url).await;
        if answer.status == 200 {
            let shown = answer.body.replace("{{7777777*7}}", "").replace(['\0', '\u{202e}', '\u{2066}'], "");
            assert_inert(&shown, words, "form_post");
            assert!(answer.body.contains("name=\"code\"") && answer.body.contains("name=\"state\""));
        }
    }
}

const FOREIGN_PLACES: &[&str] = &[
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "https:evil.example",
    "///evil.example",
    "/%09/evil.example",
    "http://idp.localhost@evil.example/",
    ".evil.example",
    "javascript:alert(1)",
    "%0d%0aLocation: https://evil.example",
];
/// Names by which applications are told where to go on to.
const NAMES_OF_TARGETS: &[&str] = &[
    "next",
    "return_to",
    "returnTo",
    "redirect",
    "redirect_to",
    "url",
    "continue",
    "target",
    "target_link_uri",
    "goto",
    "rd",
    "back",
    "post_logout_redirect_uri",
    "tx",
];

#[tokio::test]
async fn s68_no_parameter_leads_anywhere_but_to_the_registered_site() {
    let idp = TestIdp::start_with(|config| config.throttle.enabled = false).await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    idp.add_user("alice").await;
    for &place in FOREIGN_PLACES {
        let browser = idp.browser();
        let page = browser.visit(idp.authorize_url(&site, &[])).await;
        let extra: Vec<_> = NAMES_OF_TARGETS
            .iter()
            .filter(|name| **name != "tx")
            .map(|name| (*name, place))
            .chain([("username", "alice"), ("password", PASSWORD)])
            .collect();
        let answer = browser.press(&page, "login", &extra).await;
        assert!(answer.location().unwrap().as_str().starts_with(site.redirect_uri()), "{answer:?}");
        for path in ["/login", "/consent", "/logged-out", "/end-session", "/", "/authorize"] {
            for &name in NAMES_OF_TARGETS {
                let url = url::Url::parse_with_params(&idp.url(path), [(name, place)]).unwrap();
                let answer = browser.open(&url).await;
                let to = answer.location();
                assert!(
                    to.as_ref().is_none_or(|to| to.host_str() == Some("idp.localhost")),
                    "{url} leads to {to:?}"
                );
                assert!(!answer.headers.contains_key("refresh"));
            }
        }
    }
}
