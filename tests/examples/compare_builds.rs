//! Measures two builds of the server against each other on PostgreSQL, in one run (docs/measured.md): silent sign-ins and
//! refreshes a second, so many at a time, with and without a delay between the nodes and the database, with one node and
//! two, with and without Redis. Each build prepares its own database by its own commands, so the other one may be old.
//!
//! ```text
//! git worktree add ../before <commit>
//! (cd ../before && cargo build --release -p idp-server)
//! cargo build --release -p idp-server
//! cargo run --release -p idp-tests --example compare_builds -- ../before/target/release/idp-server
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a program that measures may fail loudly and looks at clocks"
)]

use futures_util::future::join_all;
use idp_tests::ClientSpec;
use idp_tests::delaying_proxy::through_delay;
use idp_tests::load_client::{Connection, LoadClient};
use idp_tests::ports::free_port;
use idp_tests::postgres::PostgresServer;
use idp_tests::redis::RedisServer;
use idp_tests::serving::{self, Build, PASSWORD, Serving};
use std::fmt::{Display, Formatter};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const LASTS: Duration = Duration::from_secs(3);
const AT_A_TIME: [usize; 3] = [8, 32, 128];

#[actix_web::main]
async fn main() {
    let before = std::env::args().nth(1).map(PathBuf::from).expect("the path of another build of idp-server");
    // A server that flushes its commits, as one in earnest does.
    let postgres = PostgresServer::start("-c max_connections=300");
    let builds = [("before", before.canonicalize().unwrap()), ("after", serving::program())];
    let builds = builds.map(|(name, program)| Filled::prepare(name, &program, &postgres));
    println!(
        "| delay each way | nodes | Redis | at a time | what | before, a second | after, a second | times |\n|-|-|-|-|-|-|-|-|"
    );
    for delay_ms in [0, 1] {
        for nodes in [1, 2] {
            for with_redis in [false, true] {
                let mut rates = Vec::new();
                for build in &builds {
                    rates.push(build.rates(nodes, delay_ms, with_redis).await);
                }
                let redis = if with_redis { "yes" } else { "no" };
                for ((count, what, before), (_, _, after)) in rates.remove(0).into_iter().zip(rates.remove(0))
                {
                    let times = after.well / before.well;
                    println!(
                        "| {delay_ms} ms | {nodes} | {redis} | {count} | {what} | {before} | {after} | {times:.1} |"
                    );
                }
            }
        }
    }
}

/// A build of the server, with people in a database of its own.
struct Filled {
    build: Build,
    url: String,
    site: ClientSpec,
}

impl Filled {
    fn prepare(name: &str, program: &Path, postgres: &PostgresServer) -> Self {
        let url = postgres.create_database(name);
        let build = Build::prepare(program, &[&format!("storage.database_url={url}")]);
        let site = build.add_client(ClientSpec::confidential("site-a"), &[]);
        for number in 0..AT_A_TIME[2] {
            build.add_person(&person(number));
        }
        Self { build, url, site }
    }

    /// So many at a time, what they did, and how often a second.
    async fn rates(&self, nodes: usize, delay_ms: u64, with_redis: bool) -> Vec<(usize, &'static str, Rate)> {
        let redis = RedisServer::start();
        let ports: Vec<u16> = (0..nodes).map(|_| free_port()).collect();
        let mut settings = vec![
            format!("storage.database_url={}", through_delay(&self.url, delay_ms)),
            format!("issuer.url=http://idp.localhost:{}", ports[0]),
            "throttle.enabled=false".to_owned(),
            "log.filter=off".to_owned(),
        ];
        settings.extend(with_redis.then(|| format!("redis.url={}", redis.url())));
        let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
        let mut serving = Vec::new();
        for port in &ports {
            serving.push(
                Serving::start_of(&self.build.program, self.build.folder.path(), *port, &settings).await,
            );
        }
        let at = |number: usize| LoadClient::registered(ports[number % nodes], &self.site);
        let first = LoadClient::registered(ports[0], &self.site);
        let mut people = Vec::new();
        for number in 0..AT_A_TIME[2] {
            let signed_in = first.sign_in_with(&person(number), PASSWORD).await.unwrap();
            people.push((at(number), signed_in));
        }
        let mut rates = Vec::new();
        for count in AT_A_TIME {
            let some = people.iter_mut().take(count);
            let silent = some.map(async |(site, person)| {
                let mut connection = Connection::open(site.port).await;
                repeat(async || site.grant(&mut connection, &person.cookies).await.is_ok()).await
            });
            rates.push((count, "silent sign-ins", Rate::of(&join_all(silent).await)));
            let some = people.iter_mut().take(count);
            let refreshed = some.map(async |(site, person)| {
                let mut connection = Connection::open(site.port).await;
                repeat(async || site.refresh(&mut connection, person).await.is_ok()).await
            });
            rates.push((count, "refreshes", Rate::of(&join_all(refreshed).await)));
        }
        rates
    }
}

fn person(number: usize) -> String {
    format!("person-{number}")
}

/// How often it went well, and how often the person was told to come back.
async fn repeat(mut act: impl AsyncFnMut() -> bool) -> (usize, usize) {
    let (started, mut well, mut refused) = (Instant::now(), 0, 0);
    while started.elapsed() < LASTS {
        match act().await {
            true => well += 1,
            false => refused += 1,
        }
    }
    (well, refused)
}

/// A second.
struct Rate {
    well: f64,
    refused: f64,
}

impl Rate {
    fn of(counts: &[(usize, usize)]) -> Self {
        let rate = |count: usize| count as f64 / LASTS.as_secs_f64();
        let (well, refused) = counts.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        Self { well: rate(well), refused: rate(refused) }
    }
}

impl Display for Rate {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.0}", self.well)?;
        match self.refused > 0.0 {
            true => write!(f, " ({:.1} refused)", self.refused),
            false => Ok(()),
        }
    }
}
