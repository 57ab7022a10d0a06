//! Forms: posted from our own page, in the browser and session it was made for, or nothing happens.

use idp_server::db::audit_events::{self, AuditEvent};
use idp_tests::{Answer, Browser, ClientSpec, HOST, PASSWORD, SESSION, TestIdp};
use std::collections::BTreeSet;

pub const FORM: &str = "application/x-www-form-urlencoded";

/// A provider, a site that asks for consent, Alice and Mallory.
pub struct Story {
    pub idp: TestIdp,
    pub site: ClientSpec,
}

impl Story {
    pub async fn new() -> Self {
        let (idp, site) = (TestIdp::start().await, ClientSpec::confidential("site-a").with_consent());
        idp.add_client(&site).await;
        idp.add_user("alice").await;
        idp.add_user("mallory").await;
        Self { idp, site }
    }

    pub async fn login_page(&self, browser: &Browser) -> Answer {
        let page = browser.visit(self.idp.authorize_url(&self.site, &[])).await;
        assert!(page.has_form("/login"));
        page
    }

    pub async fn consent_page(&self, browser: &Browser, name: &str) -> Answer {
        let page = self.login_page(browser).await;
        let answer = browser.log_in_as(&page, name, PASSWORD).await;
        let page = browser.follow(answer).await;
        assert!(page.has_form("/consent"));
        page
    }

    /// A browser at each of the three forms, signed in where the form needs it.
    pub async fn forms(&self) -> Vec<(Browser, Answer, &'static str)> {
        let (at_login, at_consent, at_logout) = (self.idp.browser(), self.idp.browser(), self.idp.browser());
        let login = self.login_page(&at_login).await;
        let consent = self.consent_page(&at_consent, "alice").await;
        let _ = self.consent_page(&at_logout, "alice").await;
        let logout = at_logout.open(self.idp.url("/end-session")).await;
        vec![(at_login, login, "login"), (at_consent, consent, "allow"), (at_logout, logout, "logout")]
    }

    pub async fn events(&self) -> Vec<i64> {
        let all = [
            AuditEvent::SignedIn,
            AuditEvent::SignInFailed,
            AuditEvent::SignInThrottled,
            AuditEvent::SignedOut,
            AuditEvent::ConsentGiven,
            AuditEvent::ConsentRefused,
        ];
        let count = move |c: &mut _| all.iter().map(|event| audit_events::count(c, *event)).collect();
        self.idp.db.read(count).await.unwrap()
    }
}

/// The fields of a press, with the form token replaced.
pub fn fields(page: &Answer, button: &str, csrf: &str) -> Vec<(&'static str, String)> {
    let own = [("tx", page.input("tx")), ("csrf", csrf.to_owned()), ("action", button.to_owned())];
    own.into_iter().chain([("username", "alice".to_owned()), ("password", PASSWORD.to_owned())]).collect()
}

pub fn borrowed<'a>(fields: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    fields.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

#[tokio::test]
async fn s60_a_form_without_its_own_token_changes_nothing() {
    let story = Story::new().await;
    let forms = story.forms().await;
    let foreign = story.forms().await;
    let before = story.events().await;
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
                .post(story.idp.url(&page.form_path()), &borrowed(&fields(page, button, &token)))
                .await;
            assert_eq!((answer.status, answer.location()), (403, None), "{button} with {token:?}");
        }
        // Absent; and twice, which is as good as absent.
        let all = fields(page, button, &own);
        let without: Vec<_> = all.iter().filter(|(name, _)| *name != "csrf").cloned().collect();
        let twice: Vec<_> =
            all.iter().chain(all.iter().filter(|(name, _)| *name == "csrf")).cloned().collect();
        for fields in [without, twice] {
            let answer = browser.post(story.idp.url(&page.form_path()), &borrowed(&fields)).await;
            assert_eq!((answer.status, answer.location()), (403, None), "{button}: {fields:?}");
        }
        assert_eq!(browser.cookie(HOST, SESSION), session, "{button}");
    }
    assert_eq!(story.events().await, before, "nothing was tried, asked or ended");
    for (browser, page, button) in &forms {
        let answer = browser.press(page, button, &[("username", "alice"), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, 303, "the genuine form still works: {button} {answer:?}");
    }
}

#[tokio::test]
async fn s60_a_form_that_another_site_sends_changes_nothing() {
    let story = Story::new().await;
    let forms = story.forms().await;
    let before = story.events().await;
    let issuer = story.idp.issuer.clone();
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
            let answer = browser.post_with(story.idp.url(&page.form_path()), &borrowed(&own), headers).await;
            assert_eq!((answer.status, answer.location()), (403, None), "{button} with {headers:?}");
        }
        assert_eq!(browser.cookie(HOST, SESSION), session);
    }
    assert_eq!(story.events().await, before);
    for (browser, page, button) in &forms {
        let own = fields(page, button, &page.input("csrf"));
        let answer = browser
            .post_with(story.idp.url(&page.form_path()), &borrowed(&own), &[("origin", &issuer)])
            .await;
        assert_eq!(answer.status, 303, "{button} from our own origin: {answer:?}");
    }
}

#[tokio::test]
async fn s60_only_the_media_type_of_forms_is_read() {
    let story = Story::new().await;
    let forms = story.forms().await;
    let before = story.events().await;
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
                let mut request = story.idp.http.post(story.idp.url(&page.form_path())).body(body.clone());
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
    assert_eq!(story.events().await, before);
}

#[tokio::test]
async fn s61_nobody_is_signed_in_to_somebody_elses_account_by_a_planted_form() {
    let story = Story::new().await;
    let (attacker, victim) = (story.idp.browser(), story.idp.browser());
    let bait = story.login_page(&attacker).await;
    let opened_before = story.idp.browser();
    let _ = story.login_page(&opened_before).await;
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
            let answer = browser.post_with(story.idp.url("/login"), &fields, headers).await;
            assert_eq!((answer.status, answer.location()), (403, None));
            assert_eq!(browser.cookie(HOST, SESSION), None);
        }
    }
    assert_eq!(story.events().await[..2], [0, 0], "no one signed in and no attempt was counted");
    assert!(attacker.log_in_as(&bait, "mallory", PASSWORD).await.status == 303);
}

#[tokio::test]
async fn s60_forged_attempts_lock_nobody_out() {
    let story = Story::new().await;
    let browser = story.idp.browser();
    let page = story.login_page(&browser).await;
    for _ in 0..70 {
        let forged = [
            ("tx", page.input("tx")),
            ("csrf", "x".to_owned()),
            ("username", "alice".to_owned()),
            ("password", "guess".to_owned()),
        ];
        assert_eq!(browser.post(story.idp.url("/login"), &borrowed(&forged)).await.status, 403);
    }
    assert_eq!(browser.log_in_as(&page, "alice", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn z09_every_form_has_a_token_of_its_own_and_enough_chance_in_its_binding() {
    let story = Story::new().await;
    let (mut tokens, mut bindings) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..30 {
        let browser = story.idp.browser();
        let page = story.login_page(&browser).await;
        // 128 bits in base64url are 22 characters.
        assert!(page.input("csrf").len() >= 22, "{}", page.input("csrf"));
        tokens.insert(page.input("csrf"));
        let (_, binding, _) = browser.cookies(HOST).into_iter().next().unwrap();
        assert!(binding.len() >= 22, "{binding}");
        bindings.insert(binding);
        tokens.insert(story.login_page(&browser).await.input("csrf"));
    }
    assert_eq!((tokens.len(), bindings.len()), (60, 30));
}
