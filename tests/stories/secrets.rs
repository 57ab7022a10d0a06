//! Secrets: none to begin with, none in the clear at rest, none in a log or an address; and files that others
//! could reach are not used.

use crate::own_process::{Serving, idp_server, take_over};
use idp_server::config::StorageConfig;
use idp_server::db::{clients, users};
use idp_server::installation::Installation;
use idp_tests::{Answer, Browser, ClientSpec, PASSWORD, TestIdp, TokenAnswer, backend, eventually, pkce};
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

const HOST: &str = "idp.localhost";

fn storage(folder: &Path) -> StorageConfig {
    StorageConfig { data_dir: folder.join("data"), ..StorageConfig::default() }
}

#[tokio::test]
async fn s88_a_first_start_knows_nobody_and_no_two_share_a_secret() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let [first, second] = [&one, &two].map(|folder| Installation::open(&storage(folder.path())).unwrap());
    assert_ne!(*first.master, *second.master);
    assert!(first.db.read(users::all).await.unwrap().is_empty());
    assert!(first.db.read(clients::all).await.unwrap().is_empty());

    let idp = TestIdp::start_with(|config| config.throttle.enabled = false).await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    let browser = idp.browser();
    let page = browser.visit(idp.authorize_url(&site, &[])).await;
    for name in [
        "admin",
        "administrator",
        "root",
        "user",
        "test",
        "guest",
        "idp",
        "demo",
        "alice",
        "akadmin",
        "default",
        "operator",
        "sa",
    ] {
        for password in
            [name, "admin", "password", "changeme", "secret", "123456", "test", "default", PASSWORD]
        {
            assert_eq!(browser.log_in_as(&page, name, password).await.status, 422, "{name}/{password}");
        }
    }
    for id in [
        "admin-cli",
        "account",
        "security-admin-console",
        "demo",
        "site",
        "test",
        "client",
        "default",
        "idp",
        "introspection",
    ] {
        for secret in [id, "secret", "changeme", "test"] {
            let form = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)];
            assert_eq!(idp.post("/token", &form).await.refusal(), (401, "invalid_client"), "{id}/{secret}");
        }
        let unknown = ClientSpec::public(id).with_redirect_uri("http://localhost/");
        assert_eq!(browser.open(idp.authorize_url(&unknown, &[])).await.status, 400, "{id}");
    }
}

/// What it is called, and how it is done.
type Spoiling = (String, Box<dyn Fn(&Path)>);

/// Each way in which a file of the provider could be in other hands.
fn spoil(file: &Path) -> Vec<Spoiling> {
    let mut ways: Vec<Spoiling> = Vec::new();
    for mode in [0o644, 0o640, 0o660, 0o604, 0o606, 0o620, 0o602, 0o666, 0o777, 0o610, 0o601] {
        let change = move |file: &Path| fs::set_permissions(file, Permissions::from_mode(mode)).unwrap();
        ways.push((format!("{} {mode:o}", file.display()), Box::new(change)));
    }
    let linked = |file: &Path| {
        let elsewhere = file.with_extension("moved");
        fs::rename(file, &elsewhere).unwrap();
        symlink(&elsewhere, file).unwrap();
    };
    ways.push((format!("{} is a link", file.display()), Box::new(linked)));
    let dangling = |file: &Path| {
        fs::remove_file(file).unwrap();
        symlink("/nowhere/at/all", file).unwrap();
    };
    ways.push((format!("{} is a dangling link", file.display()), Box::new(dangling)));
    let folder = |file: &Path| {
        fs::remove_file(file).unwrap();
        fs::create_dir(file).unwrap();
    };
    ways.push((format!("{} is a folder", file.display()), Box::new(folder)));
    ways
}

#[test]
fn s110_files_that_others_could_reach_are_refused() {
    for name in ["master.key", "idp.db", "idp.db-wal", "idp.db-shm"] {
        for (way, spoil) in spoil(Path::new(name)) {
            let folder = tempfile::tempdir().unwrap();
            drop(Installation::open(&storage(folder.path())).unwrap());
            let file = folder.path().join("data").join(name);
            if !file.exists() {
                fs::write(&file, "").unwrap();
            }
            spoil(&file);
            assert!(Installation::open(&storage(folder.path())).is_err(), "{way}");
        }
    }
    for mode in [0o755, 0o750, 0o770, 0o701, 0o777] {
        let folder = tempfile::tempdir().unwrap();
        drop(Installation::open(&storage(folder.path())).unwrap());
        fs::set_permissions(folder.path().join("data"), Permissions::from_mode(mode)).unwrap();
        assert!(Installation::open(&storage(folder.path())).is_err(), "data folder {mode:o}");
    }
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("elsewhere")).unwrap();
    symlink(folder.path().join("elsewhere"), folder.path().join("data")).unwrap();
    assert!(Installation::open(&storage(folder.path())).is_err(), "the data folder is a link");
}

#[test]
fn s110_the_command_says_what_is_wrong_and_how_to_repair_it() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| idp_server(folder.path(), arguments).output().unwrap();
    assert!(run(&["migrate"]).status.success());
    for name in ["master.key", "idp.db"] {
        let file = folder.path().join("data").join(name);
        fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        for command in [&["serve"][..], &["migrate"], &["user", "list"]] {
            let refused = run(command);
            let said = String::from_utf8_lossy(&refused.stderr).into_owned()
                + &String::from_utf8_lossy(&refused.stdout);
            assert!(
                !refused.status.success() && said.contains("chmod 600") && said.contains(name),
                "{name}: {said}"
            );
        }
        fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    }
    assert!(run(&["migrate"]).status.success());
}

/// Everything that must stay secret, with a name for each.
struct Canaries(Vec<(&'static str, String)>);

impl Canaries {
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

#[tokio::test]
async fn s111_no_secret_is_found_in_logs_at_rest_or_in_addresses() {
    const PASSWORD_TYPED: &str = "canary-of-a-password-7f3a";
    const IN_THE_WRONG_FIELD: &str = "canary-typed-as-a-name-91bc";
    const FROM_A_STRANGER: &str = "canary-of-a-stranger-55d0";
    let idp = TestIdp::start().await;
    let site = ClientSpec::confidential("site-a").with_consent();
    idp.add_client(&site).await;
    let alice = idp.add_user("alice").await;
    crate::login::give_password(&idp, alice, PASSWORD_TYPED).await;
    let (browser, http, issuer, url) =
        (idp.browser(), idp.http.clone(), idp.issuer.clone(), idp.authorize_url(&site, &[]));
    let (folder, serving) = take_over(idp).await;
    let mut person =
        Person { http: &http, issuer: &issuer, browser: &browser, site: &site, trail: Vec::new() };
    let mut canaries = Canaries(Vec::new());
    canaries.add("password", PASSWORD_TYPED);
    canaries.add("password in the wrong field", IN_THE_WRONG_FIELD);
    canaries.add("what a stranger sent", FROM_A_STRANGER);
    canaries.add("client secret", site.secret.clone().unwrap());
    canaries.add("code verifier", pkce::VERIFIER);
    canaries.add("private key", "PRIVATE KEY-----");
    canaries.add("master key", fs::read_to_string(folder.path().join("data/master.key")).unwrap().trim());

    // Signing in, with every slip on the way.
    let page = person.open(&url).await;
    let _ =
        person.press(&page, "login", &[("username", IN_THE_WRONG_FIELD), ("password", PASSWORD_TYPED)]).await;
    let _ = person
        .press(&page, "login", &[("username", "alice"), ("password", "canary-wrong-password-0c")])
        .await;
    let answer = person.press(&page, "login", &[("username", "alice"), ("password", PASSWORD_TYPED)]).await;
    let consent = browser.follow(answer).await;
    let answer = person.press(&consent, "allow", &[]).await;
    let code = answer.redirect_param("code").unwrap();
    canaries.add("wrong password", "canary-wrong-password-0c");
    let before_code_in_addresses = person.trail.clone();
    canaries.add("code", code.as_str());

    // Tokens, used and misused.
    let tokens = person.redeem(&code).await;
    assert_eq!(tokens.status, 200, "{tokens:?}");
    canaries.tokens(&tokens);
    let refreshed = person
        .token(&[("grant_type", "refresh_token"), ("refresh_token", tokens.text("refresh_token"))])
        .await;
    assert_eq!(refreshed.status, 200);
    canaries.tokens(&refreshed);
    let bearer = |token: &str| http.get(format!("{issuer}/userinfo")).bearer_auth(token).send();
    assert_eq!(bearer(tokens.text("access_token")).await.unwrap().status(), 200);
    let _ = bearer(FROM_A_STRANGER).await.unwrap();
    let as_client = |path: &str, token: &str| {
        http.post(format!("{issuer}{path}"))
            .basic_auth(site.id(), site.secret.as_ref())
            .form(&[("token", token)])
            .send()
    };
    let _ = as_client("/introspect", tokens.text("access_token")).await.unwrap();
    let _ = as_client("/introspect", refreshed.text("refresh_token")).await.unwrap();
    let _ = as_client("/introspect", FROM_A_STRANGER).await.unwrap();
    for (_, value, _) in browser.cookies(HOST) {
        canaries.add("cookie", value);
    }
    assert_eq!(person.redeem(&code).await.refusal(), (400, "invalid_grant"));
    let _ = person
        .token(&[("grant_type", "refresh_token"), ("refresh_token", tokens.text("refresh_token"))])
        .await;
    strangers(&http, &issuer, FROM_A_STRANGER).await;
    let hinted = format!("/end-session?id_token_hint={}", tokens.text("id_token"));
    let answer = browser.open(format!("{issuer}{hinted}")).await;
    assert_eq!(answer.status, 303);

    assert_clean(&canaries, &serving, folder.path());
    let addresses = person.trail.join("\n");
    let code_only: Vec<_> =
        canaries.found_in(addresses.as_bytes()).into_iter().filter(|name| *name != "code").collect();
    assert_eq!(code_only, Vec::<&str>::new(), "in an address: {addresses}");
    assert!(
        canaries
            .found_in(before_code_in_addresses[..before_code_in_addresses.len() - 1].join("\n").as_bytes())
            .is_empty()
    );
}

/// Requests that carry a secret in every place where a log might pick it up.
async fn strangers(http: &reqwest::Client, issuer: &str, canary: &str) {
    for path in [
        "/login",
        "/consent",
        "/authorize",
        "/token",
        "/userinfo",
        "/end-session",
        "/logged-out",
        "/jwks",
        "/nowhere",
        "/health/live",
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
