//! `kill -9` between any two writes. The server runs in a process of its own, which dies at the n-th place between two
//! writes (`idp_server::fault`), for every n until one journey goes all the way. After each death: what was
//! acknowledged holds, what was revoked stays so, nothing can be used twice, and people can sign in.

use crate::own_process::idp_server;
use idp_tests::{Browser, ClientSpec, PASSWORD, TestIdp, TokenAnswer, eventually, pkce};
use serde_json::Value;
use std::path::Path;
use std::process::Child;
use std::sync::{Arc, Mutex};

/// More places than one journey has; the story ends when a journey survives.
const MOST_PLACES: u64 = 120;

/// The site that the journey is made at; knows the provider by its address only.
#[derive(Clone)]
struct Site {
    issuer: String,
    http: reqwest::Client,
    spec: ClientSpec,
}

/// What the journey was told.
#[derive(Clone, Debug, Default)]
struct Told {
    code: Option<String>,
    tokens: Option<Pair>,
    successor: Option<Pair>,
    second: Option<Pair>,
    revoked: bool,
    sign_out_asked: bool,
    signed_out: bool,
}

#[derive(Clone, Debug)]
struct Pair {
    access: String,
    refresh: String,
}

impl Site {
    fn of(idp: &TestIdp, spec: &ClientSpec) -> Self {
        Self { issuer: idp.issuer.clone(), http: idp.http.clone(), spec: spec.clone() }
    }

    fn authorize_url(&self) -> String {
        let parameters = [
            ("client_id", self.spec.id()),
            ("redirect_uri", self.spec.redirect_uri()),
            ("response_type", "code"),
            ("scope", "openid"),
            ("code_challenge", pkce::CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        url::Url::parse_with_params(&format!("{}/authorize", self.issuer), parameters).unwrap().into()
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> TokenAnswer {
        let request = self.http.post(format!("{}{path}", self.issuer));
        let answer = request.basic_auth(self.spec.id(), self.spec.secret.as_ref()).form(form).send();
        let answer = answer.await.expect("the server is there");
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.expect("the answer is whole");
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let answer = TokenAnswer { status, headers, body };
        assert_ne!(answer.status, 500, "{path}: {answer:?}");
        answer
    }

    async fn redeem(&self, code: &str) -> TokenAnswer {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.spec.redirect_uri()),
            ("code_verifier", pkce::VERIFIER),
        ];
        self.post("/token", &form).await
    }

    async fn refresh(&self, token: &str) -> TokenAnswer {
        self.post("/token", &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    async fn is_active(&self, token: &str) -> bool {
        self.post("/introspect", &[("token", token)]).await.body["active"] == true
    }

    async fn sign_in(&self, browser: &Browser) -> String {
        let page = browser.visit(self.authorize_url()).await;
        assert!(page.has_form("/login"), "{page:?}");
        let answer = browser.log_in_as(&page, "alice", PASSWORD).await;
        let answer = browser.follow(answer).await;
        answer.redirect_param("code").unwrap_or_else(|| panic!("no code: {answer:?}"))
    }

    /// Sign in, redeem, refresh; a second grant, given back; sign out everywhere. Writes down what it was told.
    async fn journey(self, told: Arc<Mutex<Told>>) {
        let note = |change: &dyn Fn(&mut Told)| change(&mut told.lock().unwrap());
        let browser = Browser::new(self.http.clone());
        let code = self.sign_in(&browser).await;
        note(&|told| told.code = Some(code.clone()));
        let tokens = pair(&self.redeem(&code).await);
        note(&|told| told.tokens = Some(tokens.clone()));
        let successor = pair(&self.refresh(&tokens.refresh).await);
        note(&|told| told.successor = Some(successor.clone()));

        let silent = browser.open(self.authorize_url()).await;
        let second = self.redeem(&silent.redirect_param("code").expect("a code without a form")).await;
        let second = pair(&second);
        note(&|told| told.second = Some(second.clone()));
        assert_eq!(self.post("/revoke", &[("token", &second.refresh)]).await.status, 200);
        note(&|told| told.revoked = true);

        let page = browser.open(format!("{}/account/devices", self.issuer)).await;
        note(&|told| told.sign_out_asked = true);
        assert_eq!(browser.press(&page, "all", &[]).await.status, 303);
        note(&|told| told.signed_out = true);
    }

    /// After the death, on a server that lives.
    async fn holds(&self, told: &Told, why: &str) {
        if let Some(second) = &told.second
            && told.revoked
        {
            assert!(!self.is_active(&second.access).await, "{why}: given back and good again");
            assert_eq!(self.refresh(&second.refresh).await.status, 400, "{why}: given back and good again");
        }
        let newest = told.successor.as_ref().or(told.tokens.as_ref());
        if let Some(newest) = newest {
            let refreshed = self.refresh(&newest.refresh).await;
            if told.signed_out {
                assert_eq!(
                    refreshed.refusal(),
                    (400, "invalid_grant"),
                    "{why}: signed out and signed in again"
                );
                assert!(!self.is_active(&newest.access).await, "{why}");
            } else if !told.sign_out_asked {
                assert_eq!(refreshed.status, 200, "{why}: what was acknowledged is lost: {refreshed:?}");
            }
        }
        if let Some(code) = &told.code {
            let again = self.redeem(code).await;
            if told.tokens.is_some() {
                assert_eq!(again.refusal(), (400, "invalid_grant"), "{why}: a code was good twice");
            } else if again.status == 200 {
                // No client had been told that it was spent; now it is.
                assert_eq!(self.redeem(code).await.status, 400, "{why}: a code was good twice");
                let dead = self.refresh(again.text("refresh_token")).await;
                assert_eq!(dead.status, 400, "{why}: the second use did not end the first");
            }
        }
        let code = self.sign_in(&Browser::new(self.http.clone())).await;
        assert_eq!(self.redeem(&code).await.status, 200, "{why}: nobody can sign in");
    }
}

fn pair(answer: &TokenAnswer) -> Pair {
    assert_eq!(answer.status, 200, "{answer:?}");
    Pair { access: answer.text("access_token").to_owned(), refresh: answer.text("refresh_token").to_owned() }
}

/// A server process.
struct Process(Child);

impl Process {
    /// Starts one that dies at the n-th place, or never.
    fn start(folder: &Path, issuer: &str, nth: Option<u64>) -> Self {
        let redis = std::fs::read_to_string(folder.join("redis_url")).ok();
        let mut settings = vec![
            format!("issuer.url={issuer}"),
            format!("listen.port={}", issuer.rsplit(':').next().unwrap()),
            "log.filter=error".to_owned(),
            // Deaths count as guesses.
            "throttle.account_burst=100000".to_owned(),
            "throttle.address_burst=100000".to_owned(),
        ];
        settings.extend(redis.map(|url| format!("redis.url={url}")));
        let mut arguments: Vec<&str> = settings.iter().flat_map(|one| ["--set", one.as_str()]).collect();
        arguments.push("serve");
        let mut command = idp_server(folder, &arguments);
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::inherit());
        if let Some(nth) = nth {
            command.env("FAULT_POINT", format!("*:{nth}"));
        }
        Self(command.spawn().unwrap())
    }

    /// Whether it came up before it died.
    async fn comes_up(&mut self, site: &Site) -> bool {
        let health = format!("{}/health/ready", site.issuer);
        eventually("the server comes up or dies", async || {
            if self.0.try_wait().unwrap().is_some() {
                return Some(false);
            }
            let answer = site.http.get(&health).send().await;
            answer.is_ok_and(|answer| answer.status() == 200).then_some(true)
        })
        .await
    }

    /// Waits for its death, now that a connection broke.
    async fn dies(&mut self, told: &Told) {
        let expected = format!("the journey failed, so the server dies: {told:?}");
        eventually(&expected, async || self.0.try_wait().unwrap().is_some()).await;
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn s106_killed_between_any_two_writes_nothing_acknowledged_is_lost_and_nothing_revoked_comes_back() {
    let idp = TestIdp::start().await;
    let spec = ClientSpec::confidential("site-a");
    idp.add_client(&spec).await;
    idp.add_user("alice").await;
    let site = Site::of(&idp, &spec);
    let folder = idp.stop().await;
    for (deaths, nth) in (1..=MOST_PLACES).enumerate() {
        let told = Arc::new(Mutex::new(Told::default()));
        let mut victim = Process::start(folder.path(), &site.issuer, Some(nth));
        if victim.comes_up(&site).await {
            // It fails where the server dies, and says how far it came.
            let _ = tokio::spawn(site.clone().journey(Arc::clone(&told))).await;
        }
        let told = told.lock().unwrap().clone();
        let survived = told.signed_out;
        if !survived {
            victim.dies(&told).await;
        }
        drop(victim);
        let mut next = Process::start(folder.path(), &site.issuer, None);
        assert!(next.comes_up(&site).await, "it does not start again after place {nth}");
        site.holds(&told, &format!("killed at place {nth}, after {told:?}")).await;
        if survived {
            println!("{deaths} deaths, one journey without");
            assert!(deaths >= 10, "the places between writes are gone from the code");
            return;
        }
    }
    panic!("a journey has more than {MOST_PLACES} places");
}
