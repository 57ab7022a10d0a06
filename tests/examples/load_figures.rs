//! Measures what a node bears (docs/measured.md): requests a second, 16 at a time, each kind beside a bare actix-web handler
//! that only makes an RSA signature; and its memory when idle, under the load, and ten seconds later.
//!
//! ```text
//! cargo build --release -p idp-server
//! cargo run --release -p idp-tests --example load_figures
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a program that measures may fail loudly and looks at clocks"
)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::join_all;
use idp_core::key::SigningKey;
use idp_server::config::{DatabaseUrl, RedisUrl};
use idp_tests::postgres::PostgresServer;
use idp_tests::redis::{RedisServer, free_port};
use idp_tests::serving::Serving;
use idp_tests::{ClientSpec, TestIdp, pkce};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const AT_A_TIME: usize = 16;
const LASTS: Duration = Duration::from_secs(4);

#[actix_web::main]
async fn main() {
    let signatures = bare_signatures().await;
    println!("a bare handler that signs: {signatures:.0} a second");
    let (postgres, redis) = (PostgresServer::start(""), RedisServer::start());
    let database = format!("storage.database_url={}", postgres.create_database("load"));
    let redis = format!("redis.url={}", redis.url());
    for (name, settings) in [("SQLite", vec![]), ("PostgreSQL and Redis", vec![database.as_str(), &redis])] {
        println!("\n{name}");
        Load::prepare(&settings).await.run(signatures).await;
    }
}

/// A connection that is kept.
struct Connection {
    stream: TcpStream,
    port: u16,
}

/// What came back.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Connection {
    async fn open(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, port }
    }

    async fn ask(&mut self, method: &str, target: &str, headers: &str, body: &str) -> Answer {
        let request = format!(
            "{method} {target} HTTP/1.1\r\nHost: idp.localhost:{}\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        );
        self.stream.write_all(request.as_bytes()).await.unwrap();
        let mut read = Vec::with_capacity(8192);
        let end = loop {
            assert!(self.stream.read_buf(&mut read).await.unwrap() > 0, "the server closed the connection");
            if let Some(at) = read.windows(4).position(|octets| octets == b"\r\n\r\n") {
                break at + 4;
            }
        };
        let head = String::from_utf8_lossy(&read[..end]).into_owned();
        let length: usize = header(&head, "content-length").map_or(0, |length| length.parse().unwrap());
        while read.len() < end + length {
            assert!(self.stream.read_buf(&mut read).await.unwrap() > 0, "the server closed the connection");
        }
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head, body: String::from_utf8_lossy(&read[end..]).into_owned() }
    }

    async fn post(&mut self, path: &str, authorization: &str, form: &str) -> Answer {
        let form_type = "Content-Type: application/x-www-form-urlencoded\r\n";
        self.ask("POST", path, &format!("{form_type}Authorization: {authorization}\r\n"), form).await
    }
}

fn header(head: &str, name: &str) -> Option<String> {
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    let mut found =
        lines.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned());
    found.next_back()
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
    port: u16,
    basic: String,
    /// Behind `/authorize?`.
    query: String,
    people: Vec<Person>,
    _folder: tempfile::TempDir,
}

#[derive(Clone)]
struct Person {
    cookies: String,
    access_token: String,
    refresh_token: String,
}

impl Load {
    async fn prepare(settings: &[&str]) -> Self {
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
        let secret = site.secret.clone().unwrap();
        let basic = format!("Basic {}", STANDARD.encode(format!("{}:{secret}", site.id())));
        let url = idp.authorize_url(&site, &[]);
        let query = url.split_once('?').unwrap().1.to_owned();
        let port = idp.address.port();
        let folder = idp.stop().await;
        let mut all = vec!["throttle.enabled=false"];
        all.extend(settings);
        let serving = Serving::start(folder.path(), port, &all).await;
        Self { serving, port, basic, query, people: Vec::new(), _folder: folder }
    }

    async fn run(mut self, signatures: f64) {
        println!("  memory when idle: {} MiB", self.serving.settled_memory().await / 1024);
        let people = (0..AT_A_TIME).map(|number| self.sign_in(format!("person-{number}")));
        self.people = join_all(people).await;
        let sign_ins = (0..AT_A_TIME).map(|number| {
            let this = &self;
            async move {
                repeat(async || {
                    this.sign_in(format!("person-{number}")).await;
                })
                .await
            }
        });
        println!("  {:.0} sign-ins by password a second", rate(join_all(sign_ins).await));
        let tell = |what: &str, rate: f64, of: f64| {
            println!("  {rate:.0} {what} a second: {:.2} of the bound", rate / of)
        };
        let client = self.all(async |connection, _| {
            let form = "grant_type=client_credentials";
            assert_eq!(connection.post("/token", &self.basic, form).await.status, 200);
        });
        tell("client credentials", client.await, signatures);
        let refreshed = self.all(async |connection, person| {
            let form = format!("grant_type=refresh_token&refresh_token={}", person.refresh_token);
            let answer = connection.post("/token", &self.basic, &form).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            let tokens: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
            person.refresh_token = tokens["refresh_token"].as_str().unwrap().to_owned();
        });
        tell("refreshes", refreshed.await, signatures);
        let silent = self.all(async |connection, person| {
            self.grant(connection, &person.cookies).await;
        });
        tell("silent sign-ins", silent.await, signatures / 2.0);
        let introspected = self.all(async |connection, person| {
            let form = format!("token={}", person.access_token);
            assert_eq!(connection.post("/introspect", &self.basic, &form).await.status, 200);
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
            let mut connection = Connection::open(self.port).await;
            repeat(async || act(&mut connection, &mut person).await).await
        });
        rate(join_all(counts).await)
    }

    /// By password, in a browser without cookies.
    async fn sign_in(&self, name: String) -> Person {
        let mut connection = Connection::open(self.port).await;
        let mut page = connection.ask("GET", &format!("/authorize?{}", self.query), "", "").await;
        let mut cookies = Cookies::default();
        cookies.keep(&page.head);
        while page.status == 303 {
            let to = header(&page.head, "location").unwrap();
            let path =
                to.split_once(&format!(":{}", self.port)).map_or(to.as_str(), |(_, path)| path).to_owned();
            page = connection.ask("GET", &path, &cookies.header(), "").await;
            cookies.keep(&page.head);
        }
        let input = |name: &str| {
            let element =
                page.body.split('<').find(|element| element.contains(&format!("name=\"{name}\""))).unwrap();
            element.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
        };
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("tx", input("tx")), ("csrf", input("csrf")), ("action", "login".into())])
            .extend_pairs([("username", name.as_str()), ("password", idp_tests::PASSWORD)])
            .finish();
        let own = format!("http://idp.localhost:{}", self.port);
        let headers = format!(
            "{}Origin: {own}\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\n",
            cookies.header()
        );
        let answer = connection.ask("POST", "/login", &headers, &form).await;
        assert_eq!(answer.status, 303, "{} {}", answer.head, answer.body);
        cookies.keep(&answer.head);
        let cookies = cookies.header();
        let tokens = self.redeem(&mut connection, &answer.head).await;
        let token = |name: &str| tokens[name].as_str().unwrap().to_owned();
        Person { cookies, access_token: token("access_token"), refresh_token: token("refresh_token") }
    }

    /// Another grant in the session, without a page.
    async fn grant(&self, connection: &mut Connection, cookies: &str) {
        let target = format!("/authorize?{}&prompt=none", self.query);
        let answer = connection.ask("GET", &target, cookies, "").await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        self.redeem(connection, &answer.head).await;
    }

    async fn redeem(&self, connection: &mut Connection, head: &str) -> serde_json::Value {
        let location = url::Url::parse(&header(head, "location").unwrap()).unwrap();
        let code = location.query_pairs().find(|(name, _)| name == "code");
        let code = code.unwrap_or_else(|| panic!("no code: {location}")).1;
        let redirect = self.query.split("redirect_uri=").nth(1).unwrap().split('&').next().unwrap();
        let form = format!(
            "grant_type=authorization_code&code={code}&redirect_uri={redirect}&code_verifier={}",
            pkce::VERIFIER
        );
        let answer = connection.post("/token", &self.basic, &form).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        serde_json::from_str(&answer.body).unwrap()
    }
}

/// The cookies of one browser; their paths make no difference here.
#[derive(Default)]
struct Cookies(std::collections::BTreeMap<String, String>);

impl Cookies {
    fn keep(&mut self, head: &str) {
        let set = head.lines().filter_map(|line| line.split_once(": "));
        for (_, cookie) in set.filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie")) {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.0.insert(name.to_owned(), value.to_owned());
        }
    }

    fn header(&self) -> String {
        let pairs: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if pairs.is_empty() { String::new() } else { format!("Cookie: {}\r\n", pairs.join("; ")) }
    }
}
