//! Measures reads on PostgreSQL and Redis against SQLite, by turns in one run (docs/measured.md): introspections and userinfo
//! answers a second, 16 at a time. Takes the paths of builds to measure; without any, this one's.
//!
//! ```text
//! cargo build --release -p idp-server
//! cargo run --release -p idp-tests --example read_figures
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a program that measures may fail loudly and looks at clocks"
)]

use futures_util::future::join_all;
use idp_tests::ClientSpec;
use idp_tests::load_client::{Connection, LoadClient, Person};
use idp_tests::ports::free_port;
use idp_tests::postgres::PostgresServer;
use idp_tests::redis::RedisServer;
use idp_tests::serving::{self, Build, PASSWORD, Serving};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const LASTS: Duration = Duration::from_secs(2);
const ROUNDS: usize = 5;
const AT_A_TIME: usize = 16;

#[actix_web::main]
async fn main() {
    let mut builds: Vec<PathBuf> = std::env::args().skip(1).map(PathBuf::from).collect();
    if builds.is_empty() {
        builds.push(serving::program());
    }
    let (postgres, redis) = (PostgresServer::start("-c max_connections=300"), RedisServer::start());
    let redis = format!("redis.url={}", redis.url());
    for (number, build) in builds.iter().enumerate() {
        let build = build.canonicalize().unwrap();
        println!("{}", build.display());
        let database = postgres.create_database(&format!("reads{number}"));
        let database = format!("storage.database_url={database}");
        let near = Node::start(&build, &[]).await;
        let far = Node::start(&build, &[&database, &redis]).await;
        for what in ["introspections", "userinfo answers"] {
            let (mut of_near, mut of_far) = (Vec::new(), Vec::new());
            for _ in 0..ROUNDS {
                of_near.push(near.rate(what).await);
                of_far.push(far.rate(what).await);
            }
            let (near, far) = (median(of_near), median(of_far));
            println!("  {what}: SQLite {near:.0}, PostgreSQL and Redis {far:.0} a second: {:.2}", far / near);
        }
    }
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap()
}

/// A server with people who are signed in.
struct Node {
    _serving: Serving,
    site: LoadClient,
    people: Vec<Person>,
    _build: Build,
}

impl Node {
    async fn start(program: &Path, settings: &[&str]) -> Self {
        let (build, port) = (Build::prepare(program, settings), free_port());
        let site = build.add_client(ClientSpec::confidential("site-a"), &[]);
        let names: Vec<String> = (0..AT_A_TIME).map(|number| format!("person-{number}")).collect();
        names.iter().for_each(|name| build.add_person(name));
        let issuer = format!("issuer.url=http://idp.localhost:{port}");
        let mut all = vec!["throttle.enabled=false", "log.filter=off", &issuer];
        all.extend(settings);
        let serving = Serving::start_of(program, build.folder.path(), port, &all).await;
        let site = LoadClient::registered(port, &site);
        let signed_in = join_all(names.iter().map(|name| site.sign_in_with(name, PASSWORD))).await;
        let people = signed_in.into_iter().map(Result::unwrap).collect();
        Self { _serving: serving, site, people, _build: build }
    }

    async fn rate(&self, what: &str) -> f64 {
        let counts = self.people.iter().map(|person| async move {
            let mut connection = Connection::open(self.site.port).await;
            let (started, mut count) = (Instant::now(), 0);
            while started.elapsed() < LASTS {
                let answer = if what == "introspections" {
                    let form = format!("token={}", person.access_token);
                    connection.post("/introspect", &self.site.basic, &form).await
                } else {
                    let bearer = format!("Authorization: Bearer {}\r\n", person.access_token);
                    connection.ask("GET", "/userinfo", &bearer, "").await
                };
                assert_eq!(answer.status, 200);
                count += 1;
            }
            count
        });
        join_all(counts).await.into_iter().sum::<usize>() as f64 / LASTS.as_secs_f64()
    }
}
