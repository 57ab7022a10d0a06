//! No secret that a person types or a client holds is found in a log, at rest in the clear, or in an address.

use crate::own_process::{Serving, take_over};
use idp_tests::{Answer, Browser, ClientSpec, HOST, TestIdp, TokenAnswer, backend, eventually, pkce};
use std::fs;
use std::path::Path;

/// Everything that must stay secret, with a name for each.
struct Canaries(Vec<(&'static str, String)>);

impl Canaries {
    /// What is secret before a person signs in.
    fn known_before(site: &ClientSpec, folder: &Path) -> Self {
        let master_key = fs::read_to_string(folder.join("data/master.key")).unwrap();
        let mut canaries = Self(Vec::new());
        canaries.add("password", TYPED_PASSWORD);
        canaries.add("wrong password", WRONG_PASSWORD);
        canaries.add("password in the wrong field", TYPED_AS_NAME);
        canaries.add("what a stranger sent", SENT_BY_STRANGER);
        canaries.add("client secret", site.secret.clone().unwrap());
        canaries.add("code verifier", pkce::VERIFIER);
        canaries.add("private key", "PRIVATE KEY-----");
        canaries.add("master key", master_key.trim());
        canaries
    }

    fn add(&mut self, name: &'static str, secret: impl Into<String>) {
        let secret = secret.into();
        assert!(secret.len() >= 12, "{name} is too short to look for: {secret}");
        self.0.push((name, secret));
    }

    fn found_in(&self, bytes: &[u8]) -> Vec<&'static str> {
        let holds = |secret: &str| bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        self.0.iter().filter(|(_, secret)| holds(secret)).map(|(name, _)| *name).collect()
    }

    fn tokens(&mut self, answer: &TokenAnswer) {
        for token in ["access_token", "refresh_token", "id_token"]
            .map(|member| answer.text(member))
            .into_iter()
            .filter(|token| !token.is_empty())
        {
            self.add("token", token);
            self.add("the end of a token", token.rsplit('.').next().unwrap());
        }
    }
}

/// The requests of the canary story; what they answered is kept for the addresses in it.
struct Person<'a> {
    http: &'a reqwest::Client,
    issuer: &'a str,
    browser: &'a Browser,
    site: &'a ClientSpec,
    trail: Vec<String>,
}

impl Person<'_> {
    /// Signs in, with every slip on the way; the code.
    async fn sign_in_with_slips(&mut self, url: &str) -> String {
        let page = self.open(url).await;
        for (name, password) in [(TYPED_AS_NAME, TYPED_PASSWORD), ("alice", WRONG_PASSWORD)] {
            let answer = self.press(&page, "login", &[("username", name), ("password", password)]).await;
            assert_eq!(answer.status, 422);
        }
        let answer = self.press(&page, "login", &[("username", "alice"), ("password", TYPED_PASSWORD)]).await;
        let consent = self.browser.follow(answer).await;
        let answer = self.press(&consent, "allow", &[]).await;
        answer.redirect_param("code").unwrap()
    }

    /// Tokens, used as they should be and as they should not.
    async fn use_and_misuse_tokens(&mut self, code: &str, canaries: &mut Canaries) {
        let tokens = self.redeem(code).await;
        assert_eq!(tokens.status, 200, "{tokens:?}");
        canaries.tokens(&tokens);
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens.text("refresh_token"))];
        let refreshed = self.token(&refresh).await;
        assert_eq!(refreshed.status, 200);
        canaries.tokens(&refreshed);
        let bearer =
            |token: &str| self.http.get(format!("{}/userinfo", self.issuer)).bearer_auth(token).send();
        assert_eq!(bearer(tokens.text("access_token")).await.unwrap().status(), 200);
        let _ = bearer(SENT_BY_STRANGER).await.unwrap();
        for token in [tokens.text("access_token"), refreshed.text("refresh_token"), SENT_BY_STRANGER] {
            let request = self.http.post(format!("{}/introspect", self.issuer)).form(&[("token", token)]);
            let _ = request.basic_auth(self.site.id(), self.site.secret.as_ref()).send().await.unwrap();
        }
        for (_, value, _) in self.browser.cookies(HOST) {
            canaries.add("cookie", value);
        }
        assert_eq!(self.redeem(code).await.refusal(), (400, "invalid_grant"));
        let _ = self.token(&refresh).await;
        let hinted = format!("{}/end-session?id_token_hint={}", self.issuer, tokens.text("id_token"));
        assert_eq!(self.browser.open(hinted).await.status, 303);
    }

    async fn token(&self, form: &[(&str, &str)]) -> TokenAnswer {
        let request = self
            .http
            .post(format!("{}/token", self.issuer))
            .basic_auth(self.site.id(), self.site.secret.as_ref());
        let answer = request.form(form).send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        TokenAnswer { status, headers, body: answer.json().await.unwrap_or_default() }
    }

    async fn redeem(&self, code: &str) -> TokenAnswer {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.site.redirect_uri()),
            ("code_verifier", pkce::VERIFIER),
        ];
        self.token(&form).await
    }

    async fn open(&mut self, path: &str) -> Answer {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.issuer) };
        let answer = self.browser.visit(url).await;
        self.note(&answer);
        answer
    }

    async fn press(&mut self, page: &Answer, button: &str, filled: &[(&str, &str)]) -> Answer {
        let answer = self.browser.press(page, button, filled).await;
        self.note(&answer);
        answer
    }

    fn note(&mut self, answer: &Answer) {
        self.trail.push(answer.url.to_string());
        self.trail.extend(answer.location().map(String::from));
    }
}

const TYPED_PASSWORD: &str = "canary-of-a-password-7f3a";
const WRONG_PASSWORD: &str = "canary-wrong-password-0c";
const TYPED_AS_NAME: &str = "canary-typed-as-a-name-91bc";
const SENT_BY_STRANGER: &str = "canary-of-a-stranger-55d0";

#[tokio::test]
async fn s111_no_secret_is_found_in_logs_at_rest_or_in_addresses() {
    let idp = TestIdp::start().await;
    let site = ClientSpec::confidential("site-a").with_consent();
    idp.add_client(&site).await;
    let alice = idp.add_user("alice").await;
    crate::login::give_password(&idp, alice, TYPED_PASSWORD).await;
    let (browser, http, issuer, url) =
        (idp.browser(), idp.http.clone(), idp.issuer.clone(), idp.authorize_url(&site, &[]));
    let (folder, serving) = take_over(idp).await;
    let mut person =
        Person { http: &http, issuer: &issuer, browser: &browser, site: &site, trail: Vec::new() };
    let mut canaries = Canaries::known_before(&site, folder.path());
    let code = person.sign_in_with_slips(&url).await;
    // The redirect with the code is the one address that holds a secret.
    let addresses_before_code = person.trail[..person.trail.len() - 1].join("\n");
    canaries.add("code", code.as_str());
    person.use_and_misuse_tokens(&code, &mut canaries).await;
    strangers(&http, &issuer, SENT_BY_STRANGER).await;

    assert_clean(&canaries, &serving, folder.path());
    let addresses = person.trail.join("\n");
    let mut leaked = canaries.found_in(addresses.as_bytes());
    leaked.retain(|name| *name != "code");
    assert_eq!(leaked, Vec::<&str>::new(), "in an address: {addresses}");
    assert!(canaries.found_in(addresses_before_code.as_bytes()).is_empty());
}

/// Requests that carry a secret in every place where a log might pick it up.
async fn strangers(http: &reqwest::Client, issuer: &str, canary: &str) {
    for path in [
        "/login",
        "/consent",
        "/accept-terms",
        "/access-denied",
        "/authorize",
        "/token",
        "/userinfo",
        "/end-session",
        "/logged-out",
        "/jwks",
        "/nowhere",
        "/health/live",
        "/health/started",
    ] {
        let url = format!(
            "{issuer}{path}?code={canary}&access_token={canary}&password={canary}&tx={canary}&client_id={canary}&state={canary}"
        );
        for method in [reqwest::Method::GET, reqwest::Method::POST, reqwest::Method::DELETE] {
            let request = http
                .request(method, &url)
                .header(
                    "cookie",
                    format!("__Host-idp_session={canary}; __Host-idp_browser_x={canary}; other={canary}"),
                )
                .header("referer", format!("https://a.example/?code={canary}"))
                .header("x-request-id", canary)
                .header("user-agent", canary)
                .header("origin", canary)
                .header("x-forwarded-for", canary)
                .header("authorization", format!("Basic {canary}"))
                .form(&[
                    ("password", canary),
                    ("client_secret", canary),
                    ("refresh_token", canary),
                    ("code", canary),
                    ("client_id", canary),
                    ("username", canary),
                    ("grant_type", canary),
                    ("scope", canary),
                ]);
            assert!(request.send().await.unwrap().status().as_u16() < 500);
        }
    }
}

fn assert_clean(canaries: &Canaries, serving: &Serving, folder: &Path) {
    let log = serving.log();
    assert!(
        log.lines().count() > 50 && log.contains("/token") && log.contains("\"status\":303"),
        "the log was not captured: {log}"
    );
    let leaking = log.lines().find(|line| !canaries.found_in(line.as_bytes()).is_empty());
    assert_eq!(leaking, None, "in the log: {:?}", canaries.found_in(log.as_bytes()));
    for line in log.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "not one event: {line}");
    }
    let mut rows = 0;
    for (name, bytes) in backend::at_rest(folder) {
        rows += bytes.windows(5).filter(|window| window == b"alice").count();
        assert_eq!(canaries.found_in(&bytes), Vec::<&str>::new(), "at rest in {name}");
    }
    assert!(rows > 0, "the database was not read");
}

#[tokio::test]
async fn s94_nothing_that_is_sent_forges_a_line_in_the_log() {
    let idp = TestIdp::start().await;
    let (http, issuer) = (idp.http.clone(), idp.issuer.clone());
    let (_folder, serving) = take_over(idp).await;
    let forged = "%0a{\"level\":\"INFO\",\"message\":\"forged\"}%0d%0a2026-01-01 forged";
    for path in [
        format!("/{forged}"),
        format!("/login?tx={forged}"),
        format!("/%1b[2J{forged}%e2%80%a8forged"),
        format!("/authorize?client_id={forged}"),
    ] {
        let _ = http.get(format!("{issuer}{path}")).header("user-agent", "x\tforged").send().await.unwrap();
    }
    let form = [
        ("grant_type", "x\n{\"message\":\"forged\"}"),
        ("client_id", "x\r\nforged"),
        ("client_secret", "\u{1b}[31mforged"),
    ];
    let _ = http.post(format!("{issuer}/token")).form(&form).send().await.unwrap();
    let log = eventually("the last request is in the log", async || {
        let log = serving.log();
        if log.contains("\"path\":\"/token\"") { Ok(log) } else { Err(log) }
    })
    .await;
    for line in log.lines() {
        let event: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|_| panic!("not one event: {line:?}"));
        assert_ne!(event["message"], "forged");
        assert!(!line.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{202e}')), "{line:?}");
    }
}
