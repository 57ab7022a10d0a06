//! Forms: posted from our own page, in the browser and session it was made for, or nothing happens.

use idp_server::db::audit_events::{self, Event};
use idp_tests::{Answer, Browser, ClientSpec, PASSWORD, TestIdp};
use reqwest::Method;
use std::collections::BTreeSet;

const HOST: &str = "idp.localhost";
const SESSION: &str = "__Host-idp_session";
const FORM: &str = "application/x-www-form-urlencoded";

struct House {
    idp: TestIdp,
    site: ClientSpec,
}

impl House {
    async fn new() -> Self {
        let (idp, site) = (TestIdp::start().await, ClientSpec::confidential("site-a").with_consent());
        idp.add_client(&site).await;
        idp.add_user("alice").await;
        idp.add_user("mallory").await;
        Self { idp, site }
    }

    async fn login_page(&self, browser: &Browser) -> Answer {
        let page = browser.visit(self.idp.authorize_url(&self.site, &[])).await;
        assert!(page.has_form("/login"));
        page
    }

    async fn consent_page(&self, browser: &Browser, name: &str) -> Answer {
        let page = self.login_page(browser).await;
        let answer = browser.log_in_as(&page, name, PASSWORD).await;
        let page = browser.follow(answer).await;
        assert!(page.has_form("/consent"));
        page
    }

    /// A browser at each of the three forms, signed in where the form needs it.
    async fn forms(&self) -> Vec<(Browser, Answer, &'static str)> {
        let (at_login, at_consent, at_logout) = (self.idp.browser(), self.idp.browser(), self.idp.browser());
        let login = self.login_page(&at_login).await;
        let consent = self.consent_page(&at_consent, "alice").await;
        let _ = self.consent_page(&at_logout, "alice").await;
        let logout = at_logout.open(self.idp.url("/end-session")).await;
        vec![(at_login, login, "login"), (at_consent, consent, "allow"), (at_logout, logout, "logout")]
    }

    async fn events(&self) -> Vec<i64> {
        let all = [
            Event::SignedIn,
            Event::SignInFailed,
            Event::SignInThrottled,
            Event::SignedOut,
            Event::ConsentGiven,
            Event::ConsentRefused,
        ];
        let count = move |c: &mut _| all.iter().map(|event| audit_events::count(c, *event)).collect();
        self.idp.app.db.read(count).await.unwrap()
    }
}

/// The fields of a press, with the form token replaced.
fn fields(page: &Answer, button: &str, csrf: &str) -> Vec<(&'static str, String)> {
    let own = [("tx", page.input("tx")), ("csrf", csrf.to_owned()), ("action", button.to_owned())];
    own.into_iter().chain([("username", "alice".to_owned()), ("password", PASSWORD.to_owned())]).collect()
}

fn borrowed<'a>(fields: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    fields.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

#[tokio::test]
async fn s60_a_form_without_its_own_token_changes_nothing() {
    let house = House::new().await;
    let forms = house.forms().await;
    let foreign = house.forms().await;
    let before = house.events().await;
    for (index, (browser, page, button)) in forms.iter().enumerate() {
        let own = page.input("csrf");
        let session = browser.cookie(HOST, SESSION);
        let mut flipped = own.clone().into_bytes();
        flipped[3] = if flipped[3] == b'A' { b'B' } else { b'A' };
        let newer = browser.open(page.url.as_str()).await;
        let mut tokens = vec![
            String::new(),
            "x".to_owned(),
            "0".to_owned(),
            "null".to_owned(),
            own[1..].to_owned(),
            own[..own.len() - 1].to_owned(),
            format!("{own}="),
            format!("{own} "),
            own.to_lowercase(),
            String::from_utf8(flipped).unwrap(),
            page.input("tx"),
            // Of the same form for another transaction, of another browser, of the other forms.
            newer.input("csrf"),
            foreign[index].1.input("csrf"),
        ];
        tokens.extend(
            forms.iter().filter(|(_, _, other)| other != button).map(|(_, page, _)| page.input("csrf")),
        );
        for token in tokens {
            let answer = browser
                .post(house.idp.url(&page.form_path()), &borrowed(&fields(page, button, &token)))
                .await;
            assert_eq!((answer.status, answer.location()), (403, None), "{button} with {token:?}");
        }
        // Absent; and twice, which is as good as absent.
        let all = fields(page, button, &own);
        let without: Vec<_> = all.iter().filter(|(name, _)| *name != "csrf").cloned().collect();
        let twice: Vec<_> =
            all.iter().chain(all.iter().filter(|(name, _)| *name == "csrf")).cloned().collect();
        for fields in [without, twice] {
            let answer = browser.post(house.idp.url(&page.form_path()), &borrowed(&fields)).await;
            assert_eq!((answer.status, answer.location()), (403, None), "{button}: {fields:?}");
        }
        assert_eq!(browser.cookie(HOST, SESSION), session, "{button}");
    }
    assert_eq!(house.events().await, before, "nothing was tried, asked or ended");
    for (browser, page, button) in &forms {
        let answer = browser.press(page, button, &[("username", "alice"), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, 303, "the genuine form still works: {button} {answer:?}");
    }
}

#[tokio::test]
async fn s60_a_form_that_another_site_sends_changes_nothing() {
    let house = House::new().await;
    let forms = house.forms().await;
    let before = house.events().await;
    let issuer = house.idp.issuer.clone();
    let other_port = issuer.replace("http://idp.localhost:", "http://idp.localhost:1");
    let https = issuer.replace("http:", "https:");
    let upper = issuer.to_uppercase();
    let from_elsewhere: &[&[(&str, &str)]] = &[
        &[("origin", "https://evil.example")],
        &[("origin", "https://site-a.example")],
        &[("sec-fetch-site", "same-site"), ("origin", "null")],
        &[("origin", "")],
        &[("origin", &other_port)],
        &[("origin", &https)],
        &[("origin", &upper)],
        &[("origin", "http://evil.idp.localhost")],
        &[("origin", "http://idp.localhost.evil.example")],
        &[("origin", "http://idp.localhost")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "nonsense")],
        &[("sec-fetch-site", "SAME-ORIGIN")],
        &[("sec-fetch-site", "cross-site"), ("origin", &issuer)],
        &[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")],
        &[("sec-fetch-site", "none"), ("origin", "https://evil.example")],
        &[("sec-fetch-site", "cross-site"), ("origin", "null")],
    ];
    for (browser, page, button) in &forms {
        let session = browser.cookie(HOST, SESSION);
        let own = fields(page, button, &page.input("csrf"));
        for headers in from_elsewhere {
            let answer = browser.post_with(house.idp.url(&page.form_path()), &borrowed(&own), headers).await;
            assert_eq!((answer.status, answer.location()), (403, None), "{button} with {headers:?}");
        }
        assert_eq!(browser.cookie(HOST, SESSION), session);
    }
    assert_eq!(house.events().await, before);
    for (browser, page, button) in &forms {
        let own = fields(page, button, &page.input("csrf"));
        let answer = browser
            .post_with(house.idp.url(&page.form_path()), &borrowed(&own), &[("origin", &issuer)])
            .await;
        assert_eq!(answer.status, 303, "{button} from our own origin: {answer:?}");
    }
}

#[tokio::test]
async fn s60_only_the_media_type_of_forms_is_read() {
    let house = House::new().await;
    let forms = house.forms().await;
    let before = house.events().await;
    for (browser, page, button) in &forms {
        let own = fields(page, button, &page.input("csrf"));
        let encoded =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(borrowed(&own)).finish();
        let json = serde_json::to_string(&own.iter().cloned().collect::<std::collections::BTreeMap<_, _>>())
            .unwrap();
        let types = [
            "text/plain",
            "application/json",
            "multipart/form-data; boundary=x",
            "text/plain; x=application/x-www-form-urlencoded",
            "",
            "application/x-www-form-urlencoded; charset=utf-16",
            "application/x-www-form-urlencodedx",
        ];
        for media in types {
            for body in [&encoded, &json] {
                let mut request = house.idp.http.post(house.idp.url(&page.form_path())).body(body.clone());
                let cookies =
                    browser.cookies(HOST).into_iter().map(|(name, value, _)| format!("{name}={value}"));
                request = request.header("cookie", cookies.collect::<Vec<_>>().join("; "));
                if !media.is_empty() {
                    request = request.header("content-type", media);
                }
                let answer = request.send().await.unwrap();
                assert_eq!(answer.status(), 403, "{button} as {media:?}");
                assert!(
                    answer.headers().get("set-cookie").is_none()
                        && answer.headers().get("location").is_none()
                );
            }
        }
    }
    assert_eq!(house.events().await, before);
}

#[tokio::test]
async fn s61_nobody_is_signed_in_to_somebody_elses_account_by_a_planted_form() {
    let house = House::new().await;
    let (attacker, victim) = (house.idp.browser(), house.idp.browser());
    let bait = house.login_page(&attacker).await;
    let opened_before = house.idp.browser();
    let _ = house.login_page(&opened_before).await;
    let fields = fields(&bait, "login", &bait.input("csrf"));
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (*name, if *name == "username" { "mallory" } else { value.as_str() }))
        .collect();
    for browser in [&victim, &opened_before] {
        for headers in [
            &[("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")][..],
            &[],
            &[("sec-fetch-site", "same-origin")],
        ] {
            let answer = browser.post_with(house.idp.url("/login"), &fields, headers).await;
            assert_eq!((answer.status, answer.location()), (403, None));
            assert_eq!(browser.cookie(HOST, SESSION), None);
        }
    }
    assert_eq!(house.events().await[..2], [0, 0], "nobody signed in and no attempt was counted");
    assert!(attacker.log_in_as(&bait, "mallory", PASSWORD).await.status == 303);
}

#[tokio::test]
async fn s60_forged_attempts_lock_nobody_out() {
    let house = House::new().await;
    let browser = house.idp.browser();
    let page = house.login_page(&browser).await;
    for _ in 0..70 {
        let forged = [
            ("tx", page.input("tx")),
            ("csrf", "x".to_owned()),
            ("username", "alice".to_owned()),
            ("password", "guess".to_owned()),
        ];
        assert_eq!(browser.post(house.idp.url("/login"), &borrowed(&forged)).await.status, 403);
    }
    assert_eq!(browser.log_in_as(&page, "alice", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn z09_every_form_has_a_token_of_its_own_and_enough_chance_in_its_binding() {
    let house = House::new().await;
    let (mut tokens, mut bindings) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..30 {
        let browser = house.idp.browser();
        let page = house.login_page(&browser).await;
        // 128 bits in base64url are 22 characters.
        assert!(page.input("csrf").len() >= 22, "{}", page.input("csrf"));
        tokens.insert(page.input("csrf"));
        let (_, binding, _) = browser.cookies(HOST).into_iter().next().unwrap();
        assert!(binding.len() >= 22, "{binding}");
        bindings.insert(binding);
        tokens.insert(house.login_page(&browser).await.input("csrf"));
    }
    assert_eq!((tokens.len(), bindings.len()), (60, 30));
}

#[tokio::test]
async fn z10_what_changes_something_is_posted_and_only_posted() {
    let house = House::new().await;
    for (path, allowed) in
        [("/token", "POST"), ("/revoke", "POST"), ("/introspect", "POST"), ("/logout", "POST")]
    {
        for method in [
            Method::GET,
            Method::HEAD,
            Method::PUT,
            Method::DELETE,
            Method::PATCH,
            Method::OPTIONS,
            Method::TRACE,
        ] {
            let answer = house.idp.browser().send(method.clone(), &house.idp.url(path), None, &[]).await;
            assert_eq!((answer.status, answer.header("allow")), (405, allowed), "{method} {path}");
        }
    }
    for path in ["/login", "/consent", "/authorize", "/end-session", "/userinfo"] {
        for method in [Method::HEAD, Method::PUT, Method::DELETE, Method::PATCH] {
            let answer = house.idp.browser().send(method.clone(), &house.idp.url(path), None, &[]).await;
            assert_eq!((answer.status, answer.header("allow")), (405, "GET, POST"), "{method} {path}");
        }
    }
    for path in ["/jwks", "/.well-known/openid-configuration", "/health/live", "/logged-out"] {
        let answer = house.idp.browser().post(house.idp.url(path), &[]).await;
        assert_eq!((answer.status, answer.header("allow")), (405, "GET, HEAD"), "{path}");
    }
    // A page's form sent as a link does nothing.
    for (browser, page, button) in house.forms().await {
        let (session, before) = (browser.cookie(HOST, SESSION), house.events().await);
        let own = fields(&page, button, &page.input("csrf"));
        let url = url::Url::parse_with_params(&house.idp.url(&page.form_path()), borrowed(&own)).unwrap();
        let answer = browser.open(&url).await;
        assert_eq!(answer.redirect_param("code"), None, "{button}");
        assert_eq!(
            (browser.cookie(HOST, SESSION), house.events().await),
            (session.clone(), before.clone()),
            "{button}"
        );
        // And a POST does not read its query.
        let answer = browser
            .send(Method::POST, url.as_str(), Some(String::new()), &[("sec-fetch-site", "same-origin")])
            .await;
        assert!(matches!(answer.status, 400 | 403), "{button}: {answer:?}");
        assert_eq!((browser.cookie(HOST, SESSION), house.events().await), (session, before), "{button}");
    }
}

#[tokio::test]
async fn z10_the_query_of_a_post_is_not_looked_at() {
    let house = House::new().await;
    let browser = house.idp.browser();
    let consent = house.consent_page(&browser, "alice").await;
    let code = browser.press(&consent, "allow", &[]).await.redirect_param("code").unwrap();
    let tokens = house.idp.redeem(&house.site, &code).await;
    let (secret, access, refresh) =
        (house.site.secret.clone().unwrap(), tokens.text("access_token"), tokens.text("refresh_token"));
    let id = ("client_id", house.site.id());
    let key = ("client_secret", secret.as_str());
    let requests = [
        ("/token", vec![("grant_type", "client_credentials"), id, key]),
        ("/token", vec![("grant_type", "refresh_token"), ("refresh_token", refresh), id, key]),
        ("/introspect", vec![("token", access), id, key]),
        ("/revoke", vec![("token", access), id, key]),
        ("/userinfo", vec![("access_token", access)]),
    ];
    for (path, params) in requests {
        let url = url::Url::parse_with_params(&house.idp.url(path), &params).unwrap();
        let answer =
            house.idp.send(house.idp.http.post(url.clone()).header("content-type", FORM).body("")).await;
        assert!(matches!(answer.status, 400 | 401), "{path}: {answer:?}");
        // In the body, but with the credentials left in the query.
        let body: Vec<_> =
            params.iter().filter(|pair| **pair != key && pair.0 != "access_token").copied().collect();
        let answer = house.idp.send(house.idp.http.post(url).form(&body)).await;
        assert!(matches!(answer.status, 400 | 401), "{path}: {answer:?}");
    }
    assert_eq!(house.idp.userinfo(access).await.status, 200, "nothing was revoked");
    assert_eq!(house.idp.refresh(&house.site, refresh).await.status, 200, "nothing was used up");
}

/// The step-order fuzz: every POST empty, out of order, with the papers of another step.
#[tokio::test]
async fn an_empty_or_misplaced_form_makes_no_progress() {
    let house = House::new().await;
    let forms = house.forms().await;
    let before = house.events().await;
    let papers: Vec<(String, String)> = forms
        .iter()
        .map(|(_, page, _)| (page.input("tx"), page.input("csrf")))
        .chain([(String::new(), String::new())])
        .collect();
    for (browser, page, _) in &forms {
        let session = browser.cookie(HOST, SESSION);
        let own_path = page.form_path();
        for path in ["/login", "/consent", "/logout"] {
            for (tx, csrf) in &papers {
                if path == own_path && *tx == page.input("tx") {
                    continue;
                }
                for action in ["", "login", "allow", "logout"] {
                    let answer = browser
                        .post(house.idp.url(path), &[("tx", tx), ("csrf", csrf), ("action", action)])
                        .await;
                    assert_eq!(answer.redirect_param("code"), None);
                    assert!(matches!(answer.status, 303 | 400 | 403 | 422), "{path} {action}: {answer:?}");
                }
            }
            let empty = browser.post(house.idp.url(path), &[]).await;
            assert_eq!((empty.status, empty.location()), (400, None), "{path}");
        }
        assert_eq!(browser.cookie(HOST, SESSION), session);
    }
    assert_eq!(house.events().await, before);
    // Without a password nobody gets past the login page, whatever button or field is there.
    let browser = house.idp.browser();
    let page = house.login_page(&browser).await;
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
