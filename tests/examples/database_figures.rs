//! Measures what requests cost on PostgreSQL (docs/measured.md): silent sign-ins and refreshes a second, so many at a time,
//! with and without a delay between the nodes and the database, with one node and two, with and without Redis, and
//! `pgbench -N` on the same server over the same delay.
//!
//! ```text
//! cargo run --release -p idp-tests --example database_figures
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a program that measures may fail loudly and looks at clocks"
)]

use futures_util::future::join_all;
use idp_server::clock::Clock;
use idp_server::config::{Config, DatabaseUrl, RedisUrl};
use idp_tests::delaying_proxy::through_delay;
use idp_tests::postgres::PostgresServer;
use idp_tests::redis::RedisServer;
use idp_tests::{Browser, ClientSpec, TestIdp};
use std::process::Command;
use std::time::{Duration, Instant};

const LASTS: Duration = Duration::from_secs(4);
const AT_A_TIME: [usize; 3] = [8, 32, 128];

#[tokio::main]
async fn main() {
    // A server that flushes its commits, as one in earnest does.
    let postgres = PostgresServer::start("-c max_connections=300");
    for delay_ms in [0, 1] {
        for (nodes, with_redis) in [(1, false), (1, true), (2, false), (2, true)] {
            let name = format!("figures_{delay_ms}_{nodes}_{with_redis}");
            let url = through_delay(&postgres.create_database(&name), delay_ms);
            let redis = RedisServer::start();
            let set = |config: &mut Config| {
                config.storage.database_url = Some(DatabaseUrl::from(url.as_str()));
                config.storage.connections = Config::default().storage.connections;
                config.redis = Config::default().redis;
                if with_redis {
                    config.redis.url = Some(RedisUrl::from(&*redis.url()));
                }
            };
            let idp = TestIdp::start_nodes(
                nodes,
                tempfile::tempdir().unwrap(),
                Clock::manual(Clock::System.now()),
                0,
                set,
            )
            .await;
            let redis = if with_redis { "with Redis" } else { "without Redis" };
            println!("\n{delay_ms} ms each way, {nodes} node(s), {redis}");
            figures(&idp).await;
        }
        pgbench(&postgres, delay_ms);
    }
}

/// A person, signed in, with what a refresh needs.
struct Person {
    browser: Browser,
    refresh_token: String,
}

async fn figures(idp: &TestIdp) {
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    let mut people = Vec::new();
    for number in 0..AT_A_TIME[2] {
        let name = format!("person-{number}");
        idp.add_user(&name).await;
        let browser = idp.browser();
        let tokens = browser.sign_in_for_tokens(idp, &site, &name).await;
        people.push(Person { browser, refresh_token: tokens.text("refresh_token").to_owned() });
    }
    for count in AT_A_TIME {
        let (idp, site) = (&idp, &site);
        let silent = people[..count].iter().map(|person| async move {
            repeat(async || {
                let answer = person.browser.open(idp.authorize_url(site, &[("prompt", "none")])).await;
                let tokens = idp.redeem(site, &answer.redirect_param("code").unwrap()).await;
                assert_eq!(tokens.status, 200, "{tokens:?}");
            })
            .await
        });
        report(count, "silent sign-ins", join_all(silent).await.concat());
        let refreshes = people[..count].iter_mut().map(|person| async move {
            let mut token = std::mem::take(&mut person.refresh_token);
            let started = Instant::now();
            let mut took = Vec::new();
            while started.elapsed() < LASTS {
                let asked = Instant::now();
                let next = idp.refresh(site, &token).await;
                assert_eq!(next.status, 200, "{next:?}");
                token = next.text("refresh_token").to_owned();
                took.push(asked.elapsed());
            }
            person.refresh_token = token;
            took
        });
        report(count, "refreshes", join_all(refreshes).await.concat());
    }
}

async fn repeat(act: impl AsyncFn()) -> Vec<Duration> {
    let started = Instant::now();
    let mut took = Vec::new();
    while started.elapsed() < LASTS {
        let asked = Instant::now();
        act().await;
        took.push(asked.elapsed());
    }
    took
}

fn report(count: usize, what: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    let rate = took.len() as f64 / LASTS.as_secs_f64();
    let (half, most) = (took[took.len() / 2], took[took.len() * 99 / 100]);
    println!(
        "  {count} at a time: {rate:.0} {what} a second, half within {half:.1?}, 99 % within {most:.1?}"
    );
}

/// What the server itself does over the same network, by the program that comes with it.
fn pgbench(postgres: &PostgresServer, delay_ms: u64) {
    let Some(program) = PostgresServer::program("pgbench") else {
        return println!("\npgbench is not installed");
    };
    let name = format!("pgbench_{delay_ms}");
    let direct = postgres.create_database(&name);
    let run = |arguments: &[&str]| {
        let output = Command::new(&program).args(arguments).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    run(&["-q", "-i", "-s", "10", &direct]);
    let url = through_delay(&direct, delay_ms);
    println!("\n{delay_ms} ms each way, pgbench -N");
    for count in AT_A_TIME {
        let said = run(&["-N", "-T", "4", "-j", "2", "-c", &count.to_string(), &url]);
        let tps = said.lines().find(|line| line.starts_with("tps")).unwrap_or("no figure");
        println!("  {count} at a time: {tps}");
    }
}
