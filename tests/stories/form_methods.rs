//! What changes something is posted, by a form with fields in its body: other methods, the query of a POST and misplaced
//! forms do nothing.

use crate::forms::{FORM, Story, borrowed, fields};
use idp_tests::{HOST, PASSWORD, SESSION};
use reqwest::Method;

#[tokio::test]
async fn z10_what_changes_something_is_posted_and_only_posted() {
    let story = Story::new().await;
    for (path, allowed) in [("/token", "POST"), ("/revoke", "POST"), ("/introspect", "POST")] {
        for method in [
            Method::GET,
            Method::HEAD,
            Method::PUT,
            Method::DELETE,
            Method::PATCH,
            Method::OPTIONS,
            Method::TRACE,
        ] {
            let answer = story.idp.browser().send(method.clone(), &story.idp.url(path), None, &[]).await;
            assert_eq!((answer.status, answer.header("allow")), (405, allowed), "{method} {path}");
        }
    }
    for path in [
        "/login",
        "/consent",
        "/accept-terms",
        "/access-denied",
        "/logout",
        "/language",
        "/authorize",
        "/end-session",
        "/userinfo",
    ] {
        for method in [Method::HEAD, Method::PUT, Method::DELETE, Method::PATCH] {
            let answer = story.idp.browser().send(method.clone(), &story.idp.url(path), None, &[]).await;
            assert_eq!((answer.status, answer.header("allow")), (405, "GET, POST"), "{method} {path}");
        }
    }
    for path in ["/jwks", "/.well-known/openid-configuration", "/health/live", "/logged-out"] {
        let answer = story.idp.browser().post(story.idp.url(path), &[]).await;
        assert_eq!((answer.status, answer.header("allow")), (405, "GET, HEAD"), "{path}");
    }
    // A page's form sent as a link does nothing.
    for (browser, page, button) in story.forms().await {
        let (session, before) = (browser.cookie(HOST, SESSION), story.events().await);
        let own = fields(&page, button, &page.input("csrf"));
        let url = url::Url::parse_with_params(&story.idp.url(&page.form_path()), borrowed(&own)).unwrap();
        let answer = browser.open(&url).await;
        assert_eq!(answer.redirect_param("code"), None, "{button}");
        assert_eq!(
            (browser.cookie(HOST, SESSION), story.events().await),
            (session.clone(), before.clone()),
            "{button}"
        );
        // And a POST does not read its query.
        let answer = browser
            .send(Method::POST, url.as_str(), Some(String::new()), &[("sec-fetch-site", "same-origin")])
            .await;
        assert!(matches!(answer.status, 400 | 403), "{button}: {answer:?}");
        assert_eq!((browser.cookie(HOST, SESSION), story.events().await), (session, before), "{button}");
    }
}

#[tokio::test]
async fn z10_the_query_of_a_post_is_not_looked_at() {
    let story = Story::new().await;
    let browser = story.idp.browser();
    let consent = story.consent_page(&browser, "alice").await;
    let code = browser.press(&consent, "allow", &[]).await.redirect_param("code").unwrap();
    let tokens = story.idp.redeem(&story.site, &code).await;
    let (secret, access, refresh) =
        (story.site.secret.clone().unwrap(), tokens.text("access_token"), tokens.text("refresh_token"));
    let id = ("client_id", story.site.id());
    let key = ("client_secret", secret.as_str());
    let requests = [
        ("/token", vec![("grant_type", "client_credentials"), id, key]),
        ("/token", vec![("grant_type", "refresh_token"), ("refresh_token", refresh), id, key]),
        ("/introspect", vec![("token", access), id, key]),
        ("/revoke", vec![("token", access), id, key]),
        ("/userinfo", vec![("access_token", access)]),
    ];
    for (path, params) in requests {
        let url = url::Url::parse_with_params(&story.idp.url(path), &params).unwrap();
        let answer =
            story.idp.send(story.idp.http.post(url.clone()).header("content-type", FORM).body("")).await;
        assert!(matches!(answer.status, 400 | 401), "{path}: {answer:?}");
        // In the body, but with the credentials left in the query.
        let body: Vec<_> =
            params.iter().filter(|pair| **pair != key && pair.0 != "access_token").copied().collect();
        let answer = story.idp.send(story.idp.http.post(url).form(&body)).await;
        assert!(matches!(answer.status, 400 | 401), "{path}: {answer:?}");
    }
    assert_eq!(story.idp.userinfo(access).await.status, 200, "nothing was revoked");
    assert_eq!(story.idp.refresh(&story.site, refresh).await.status, 200, "nothing was used up");
}

/// The step-order fuzz: every POST empty, out of order, with the papers of another step.
#[tokio::test]
async fn an_empty_or_misplaced_form_makes_no_progress() {
    let story = Story::new().await;
    let forms = story.forms().await;
    let before = story.events().await;
    let papers: Vec<(String, String)> = forms
        .iter()
        .map(|(_, page, _)| (page.input("tx"), page.input("csrf")))
        .chain([(String::new(), String::new())])
        .collect();
    for (browser, page, _) in &forms {
        let session = browser.cookie(HOST, SESSION);
        let own_path = page.form_path();
        for path in ["/login", "/consent", "/accept-terms", "/logout"] {
            for (tx, csrf) in &papers {
                if path == own_path && *tx == page.input("tx") {
                    continue;
                }
                for action in ["", "login", "allow", "logout"] {
                    let answer = browser
                        .post(story.idp.url(path), &[("tx", tx), ("csrf", csrf), ("action", action)])
                        .await;
                    assert_eq!(answer.redirect_param("code"), None);
                    assert!(matches!(answer.status, 303 | 400 | 403 | 422), "{path} {action}: {answer:?}");
                }
            }
            let empty = browser.post(story.idp.url(path), &[]).await;
            assert_eq!((empty.status, empty.location()), (400, None), "{path}");
        }
        assert_eq!(browser.cookie(HOST, SESSION), session);
    }
    assert_eq!(story.events().await, before);
    // Without a password no button or field leads past the login page.
    let browser = story.idp.browser();
    let page = story.login_page(&browser).await;
    for button in ["login", "allow", "logout", "", "deny"] {
        for filled in [
            &[][..],
            &[("username", "alice")],
            &[("password", PASSWORD)],
            &[("username", "alice"), ("password", "")],
            &[("username", " "), ("password", PASSWORD)],
        ] {
            let answer = browser.press(&page, button, filled).await;
            assert_eq!((answer.status, answer.location()), (422, None), "{button} {filled:?}");
        }
    }
    assert_eq!(browser.cookie(HOST, SESSION), None);
}
