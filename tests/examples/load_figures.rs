//! Measures what a node bears (docs/measured.md): requests a second, 16 at a time, each kind beside a bare actix-web handler
//! that only makes an RSA signature; and its memory when idle, under the load, and ten seconds later.
//!
//! ```text
//! cargo build --release -p idp-server
//! cargo run --release -p idp-tests --example load_figures
//! ```
//!
//! What is behind `--` are further settings of the server, such as `-- metrics.listen=127.0.0.1:9464`. With one that begins with `traces.`,
//! such as `-- traces.ratio=0.01`, spans go to a collector in this process.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a program that measures may fail loudly and looks at clocks"
)]

use futures_util::future::join_all;
use idp_core::key::SigningKey;
use idp_server::config::{DatabaseUrl, RedisUrl};
use idp_tests::collector::Collector;
use idp_tests::load_client::{Connection, LoadClient, Person};
use idp_tests::ports::free_port;
use idp_tests::postgres::PostgresServer;
use idp_tests::redis::RedisServer;
use idp_tests::serving::Serving;
use idp_tests::{ClientSpec, TestIdp};
use std::sync::Arc;
use std::time::{Duration, Instant};

const AT_A_TIME: usize = 16;
const LASTS: Duration = Duration::from_secs(4);

#[actix_web::main]
async fn main() {
    let signatures = bare_signatures().await;
    println!("a bare handler that signs: {signatures:.0} a second");
    let (postgres, redis) = (PostgresServer::start(""), RedisServer::start());
    let database = format!("storage.database_url={}", postgres.create_database("load"));
    let redis = format!("redis.url={}", redis.url());
    let mut more: Vec<String> = std::env::args().skip(1).collect();
    let collector = Collector::new();
    let _listening = collector.listen();
    if more.iter().any(|setting| setting.starts_with("traces.")) {
        more.push(format!("traces.endpoint={}", collector.endpoint));
    }
    for (name, settings) in [("SQLite", vec![]), ("PostgreSQL and Redis", vec![database.as_str(), &redis])] {
        println!("\n{name}");
        Load::prepare(&settings, &more).await.run(signatures).await;
        println!("  {} spans were collected", collector.take_spans().len());
    }
}

/// How many signatures a second a handler makes that does nothing else, at as many connections.
async fn bare_signatures() -> f64 {
    let key = Arc::new(SigningKey::generate(2048).unwrap());
    let port = free_port();
    let server = actix_web::HttpServer::new(move || {
        let key = Arc::clone(&key);
        let sign = move || {
            let key = Arc::clone(&key);
            async move {
                let claims = serde_json::json!({ "sub": "a", "exp": 1 });
                let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::RS256);
                header.kid = Some(key.kid().to_owned());
                jsonwebtoken::encode(&header, &claims, key.encoding_key()).unwrap()
            }
        };
        actix_web::App::new().route("/sign", actix_web::web::post().to(sign))
    });
    let server = server.workers(2).bind(("127.0.0.1", port)).unwrap().run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    let asked = (0..AT_A_TIME).map(|_| async move {
        let mut connection = Connection::open(port).await;
        repeat(async || assert_eq!(connection.ask("POST", "/sign", "", "").await.status, 200)).await
    });
    let rate = rate(join_all(asked).await);
    handle.stop(false).await;
    rate
}

async fn repeat(mut act: impl AsyncFnMut()) -> usize {
    let (started, mut count) = (Instant::now(), 0);
    while started.elapsed() < LASTS {
        act().await;
        count += 1;
    }
    count
}

fn rate(counts: Vec<usize>) -> f64 {
    counts.into_iter().sum::<usize>() as f64 / LASTS.as_secs_f64()
}

/// A server with people who are signed in.
struct Load {
    serving: Serving,
    site: LoadClient,
    people: Vec<Person>,
    _folder: tempfile::TempDir,
}

impl Load {
    async fn prepare(settings: &[&str], more: &[String]) -> Self {
        let idp = TestIdp::start_with(|config| {
            for setting in settings {
                match setting.split_once('=').unwrap() {
                    ("storage.database_url", url) => {
                        config.storage.database_url = Some(DatabaseUrl::from(url))
                    }
                    (_, url) => config.redis.url = Some(RedisUrl::from(url)),
                }
            }
        })
        .await;
        let site = ClientSpec::confidential("site-a");
        idp.add_client(&site).await;
        for number in 0..AT_A_TIME {
            idp.add_user(&format!("person-{number}")).await;
        }
        let site = LoadClient::of(&idp, &site);
        let folder = idp.stop().await;
        let mut all = vec!["throttle.enabled=false"];
        all.extend(settings);
        all.extend(more.iter().map(String::as_str));
        let serving = Serving::start(folder.path(), site.port, &all).await;
        Self { serving, site, people: Vec::new(), _folder: folder }
    }

    async fn run(mut self, signatures: f64) {
        println!("  memory when idle: {} MiB", self.serving.settled_memory().await / 1024);
        let site = self.site.clone();
        let names: Vec<String> = (0..AT_A_TIME).map(|number| format!("person-{number}")).collect();
        let signed_in = join_all(names.iter().map(|name| site.sign_in(name))).await;
        self.people = signed_in.into_iter().map(Result::unwrap).collect();
        let sign_ins = names.iter().map(|name| repeat(async || drop(site.sign_in(name).await.unwrap())));
        println!("  {:.0} sign-ins by password a second", rate(join_all(sign_ins).await));
        let tell = |what: &str, rate: f64, of: f64| {
            println!("  {rate:.0} {what} a second: {:.2} of the bound", rate / of)
        };
        let client = self.all(async |connection, _| {
            let form = "grant_type=client_credentials";
            assert_eq!(connection.post("/token", &site.basic, form).await.status, 200);
        });
        tell("client credentials", client.await, signatures);
        let refreshed = self.all(async |connection, person| {
            site.refresh(connection, person).await.unwrap();
        });
        tell("refreshes", refreshed.await, signatures);
        let silent = self.all(async |connection, person| {
            site.grant(connection, &person.cookies).await.unwrap();
        });
        tell("silent sign-ins", silent.await, signatures / 2.0);
        let introspected = self.all(async |connection, person| {
            let form = format!("token={}", person.access_token);
            assert_eq!(connection.post("/introspect", &site.basic, &form).await.status, 200);
        });
        println!("  {:.0} introspections a second", introspected.await);
        let userinfo = self.all(async |connection, person| {
            let bearer = format!("Authorization: Bearer {}\r\n", person.access_token);
            assert_eq!(connection.ask("GET", "/userinfo", &bearer, "").await.status, 200);
        });
        println!("  {:.0} userinfo answers a second", userinfo.await);
        let during = self.serving.memory() / 1024;
        tokio::time::sleep(Duration::from_secs(10)).await;
        println!(
            "  memory under load: {during} MiB, ten seconds later: {} MiB",
            self.serving.memory() / 1024
        );
    }

    /// Each person does the same again and again, on a connection of their own.
    async fn all(&self, act: impl AsyncFn(&mut Connection, &mut Person)) -> f64 {
        let act = &act;
        let counts = self.people.iter().cloned().map(|mut person| async move {
            let mut connection = Connection::open(self.site.port).await;
            repeat(async || act(&mut connection, &mut person).await).await
        });
        rate(join_all(counts).await)
    }
}
