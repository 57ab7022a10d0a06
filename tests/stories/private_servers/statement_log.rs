//! A secret is pasted where an identifier belongs: as a client id, as a sign-in name, as a name on the command line. It
//! stands in clear in no log: not in the server's own, not in the audit log, not in the statement log of PostgreSQL with
//! its parameters, not among the commands of Redis.

use crate::own_process::{Serving, idp_server};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_core::secret::fingerprint;
use idp_server::config::{Config, DatabaseUrl, RedisUrl};
use idp_tests::postgres::{self, PostgresServer};
use idp_tests::redis::RedisServer;
use idp_tests::{Browser, ClientSpec, PASSWORD, TestIdp, backend, eventually};
use tempfile::TempDir;

const EVERY_STATEMENT: &str = "-c fsync=off -c log_statement=all -c log_parameter_max_length=-1 \
     -c log_parameter_max_length_on_error=-1";
const EVERY_COMMAND: [&str; 4] = ["--slowlog-log-slower-than", "0", "--slowlog-max-len", "100000"];
/// Fits where a client id or a sign-in name is read. It is typed there by mistake.
const TYPED_PASSWORD: &str = "Canary-Of-A-Password-7f3a";

/// The real server over PostgreSQL and Redis that log all they are asked.
struct House {
    serving: Serving,
    site: ClientSpec,
    issuer: String,
    authorize_url: String,
    http: reqwest::Client,
    folder: TempDir,
    database_url: String,
    redis: RedisServer,
    database: PostgresServer,
}

impl House {
    async fn start() -> Self {
        let (database, redis) =
            (PostgresServer::start(EVERY_STATEMENT), RedisServer::start_with(&EVERY_COMMAND));
        let (database_url, redis_url) = (database.create_database("idp"), redis.url());
        let at_the_servers = |config: &mut Config| {
            config.storage.database_url = Some(DatabaseUrl::from(database_url.as_str()));
            config.redis.url = Some(RedisUrl::from(redis_url.as_str()));
        };
        let idp = TestIdp::start_with(at_the_servers).await;
        let site = ClientSpec::confidential("site-a");
        idp.add_client(&site).await;
        idp.add_user("alice").await;
        let (issuer, http, authorize_url) =
            (idp.issuer.clone(), idp.http.clone(), idp.authorize_url(&site, &[]));
        let folder = idp.stop().await;
        backend::point_at(folder.path(), &database_url, &redis_url);
        let serving = Serving::start(folder.path(), &issuer, &http).await;
        Self { serving, site, issuer, authorize_url, http, folder, database_url, redis, database }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// At every endpoint at which a client names itself, in each of the ways.
    async fn paste_as_client_id(&self, text: &str) {
        for path in ["/token", "/introspect", "/revoke", "/revocations/acknowledgements"] {
            let post = || self.http.post(self.url(path));
            let request = [("grant_type", "client_credentials"), ("token", "x")];
            let with_secret = [&request[..], &[("client_id", text), ("client_secret", "x")]].concat();
            let public = [&request[..], &[("client_id", text)]].concat();
            for (way, request) in [
                ("form", post().form(&with_secret)),
                ("public", post().form(&public)),
                ("header", post().basic_auth(text, Some("x")).form(&request)),
            ] {
                assert_eq!(request.send().await.unwrap().status(), 401, "{path} {way}");
            }
        }
        let feed = self.http.get(self.url("/revocations")).basic_auth(text, Some("x"));
        assert_eq!(feed.send().await.unwrap().status(), 401);

        let browser = Browser::new(self.http.clone());
        let asked = self.url(&format!("/authorize?response_type=code&scope=openid&client_id={text}"));
        assert_eq!(browser.open(&asked).await.status, 400);
        let posted = browser.post(self.url("/authorize"), &[("client_id", text)]).await;
        assert_eq!(browser.follow(posted).await.status, 400);
        let names = format!("client_id={text}&id_token_hint={text}&logout_hint={text}&state={text}");
        assert!(browser.open(self.url(&format!("/end-session?{names}"))).await.status < 400);
    }

    /// At the login page, in the hint of a site, and as the name of a session on the page of devices.
    async fn paste_as_name(&self, text: &str) {
        let browser = Browser::new(self.http.clone());
        let page = browser.visit(format!("{}&login_hint={text}", self.authorize_url)).await;
        assert_eq!(browser.log_in_as(&page, text, PASSWORD).await.status, 422);
        assert_eq!(browser.log_in_as(&page, "alice", PASSWORD).await.status, 303);
        let devices = browser.open(self.url("/account/devices")).await;
        assert_eq!(browser.press(&devices, "one", &[("sid", text)]).await.status, 404);
    }

    /// Every log and table, with a name for each, in lower case: sign-in names are folded.
    async fn logs(&self) -> Vec<(&'static str, String)> {
        let _ = self.http.get(self.url("/the-last-request")).send().await.unwrap();
        let own = eventually("the last request is in the log", async || {
            let log = self.serving.log();
            log.contains("/the-last-request").then_some(log)
        });
        let own = own.await;
        let logs = [
            ("the log of the server", own),
            ("the statement log", self.database.log()),
            ("the tables", postgres::contents(&self.database_url)),
            ("the commands of Redis", self.redis.commands()),
            ("the keys of Redis", self.redis.contents("0")),
        ];
        logs.into_iter().map(|(name, log)| (name, log.to_lowercase())).collect()
    }
}

#[tokio::test]
async fn a8_a_secret_pasted_for_an_identifier_stands_in_no_log() {
    let house = House::start().await;
    let secret = house.site.secret.clone().unwrap();
    let random = secret.split_once('.').unwrap().1.to_owned();
    let pasted = [secret, random, TYPED_PASSWORD.to_owned()];
    for text in &pasted {
        house.paste_as_client_id(text).await;
        house.paste_as_name(text).await;
    }
    let logs = house.logs().await;
    for (name, log) in &logs {
        for text in &pasted {
            let found = log.lines().find(|line| line.contains(&text.to_lowercase()));
            assert_eq!(found, None, "{text} in {name}");
        }
    }
    // The logs were read, with parameters, and what was pasted can be told from other mistakes.
    let looked_up = URL_SAFE_NO_PAD.encode(digest(&SHA256, b"site-a")).to_lowercase();
    for (name, evidence) in [
        ("the log of the server", "/introspect"),
        ("the statement log", looked_up.as_str()),
        ("the tables", fingerprint(&pasted[0]).as_str()),
        ("the commands of Redis", "evalsha"),
    ] {
        let (_, log) = logs.iter().find(|(known, _)| *known == name).unwrap();
        assert!(log.contains(evidence), "no {evidence} in {name}");
    }
}

#[tokio::test]
async fn a8_a_secret_pasted_into_a_command_stands_in_no_statement_log() {
    let house = House::start().await;
    let secret = house.site.secret.as_deref().unwrap();
    let mut leaking = Vec::new();
    for arguments in [
        &["client", "show", secret][..],
        &["client", "set", secret, "--name", "x"],
        &["client", "remove", secret, "--yes"],
        &["client", "secret", "add", secret],
        &["client", "secret", "remove", secret, "--older", "--yes"],
        &["user", "show", secret],
        &["user", "set", secret, "--name", "x"],
        &["user", "devices", secret],
        &["user", "set-password", secret, "--generate", "--yes"],
        &["user", "sign-out", secret, "--yes"],
        &["user", "disable", secret, "--yes"],
        &["user", "enable", secret],
        &["user", "remove", secret, "--yes"],
        &["keys", "retire", secret],
        &["keys", "compromised", secret, "--yes"],
    ] {
        let before = house.database.log().len();
        let done = idp_server(house.folder.path(), arguments).output().unwrap();
        assert!(!done.status.success(), "{arguments:?}: nothing has this name");
        let log = house.database.log();
        assert!(log.len() > before, "{arguments:?} asked nothing");
        if log[before..].to_lowercase().contains(&secret.to_lowercase()) {
            leaking.push(arguments[..2].join(" "));
        }
    }
    assert_eq!(leaking, Vec::<String>::new(), "the statement log has the secret");
    for (name, log) in house.logs().await {
        assert!(!log.contains(&secret.to_lowercase()), "{name}");
    }
}
