//! Measures a kick (docs/measured.md): from the button on the devices page to the refusal at two sites that verify offline and
//! follow the feed: alone; beside 200 people who refresh a few times a second each; and beside 200 who refresh or sign in silently
//! again as soon as there is an answer, which takes all of the processors. On SQLite, and on two nodes over PostgreSQL and Redis.
//!
//! ```text
//! cargo run --release -p idp-tests --example kick_figures
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
use idp_tests::offline_site::{OfflineSite, kick};
use idp_tests::postgres::PostgresServer;
use idp_tests::redis::RedisServer;
use idp_tests::{Browser, ClientSpec, TestIdp};
use resource_sdk::Freshness;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// People with as many second devices, each of which is ended.
const KICKERS: usize = 10;
const DEVICES: usize = 15;
const WRITERS: usize = 200;
/// Between two acts of a writer that leaves the processors some room.
const PACE: Duration = Duration::from_millis(300);
const TWO_SECONDS: Freshness = Freshness::Feed { within: Duration::from_secs(2) };

fn main() {
    // A server that flushes its commits, as one in earnest does.
    let (postgres, redis) = (PostgresServer::start("-c max_connections=100"), RedisServer::start());
    let url = postgres.create_database("kicks");
    let cluster = |config: &mut Config| {
        config.storage.database_url = Some(DatabaseUrl::from(url.as_str()));
        config.redis.url = Some(RedisUrl::from(&*redis.url()));
    };
    // Those who kick and the sites have threads of their own: they do not wait behind two hundred other clients.
    let runtimes = Runtimes { writing: Runtime::new().unwrap(), kicking: Runtime::new().unwrap() };
    println!("SQLite");
    figures(&runtimes, 1, |_| {});
    println!("\ntwo nodes over PostgreSQL and Redis");
    figures(&runtimes, 2, cluster);
}

struct Runtimes {
    writing: Runtime,
    kicking: Runtime,
}

/// A person, signed in, with what a refresh needs.
struct Person {
    name: String,
    browser: Browser,
    refresh_token: String,
}

impl Person {
    async fn sign_in(idp: &TestIdp, site: &ClientSpec, name: String, browser: Browser) -> Self {
        idp.add_user(&name).await;
        let tokens = browser.sign_in_for_tokens(idp, site, &name).await;
        Self { name, browser, refresh_token: tokens.text("refresh_token").to_owned() }
    }

    /// Whether it was done, or refused because there is too much to do.
    async fn refresh(&mut self, idp: &TestIdp, site: &ClientSpec) -> bool {
        let next = idp.refresh(site, &self.refresh_token).await;
        if next.status == 200 {
            next.text("refresh_token").clone_into(&mut self.refresh_token);
        }
        next.status == 200
    }

    async fn sign_in_silently(&self, idp: &TestIdp, site: &ClientSpec) -> bool {
        let answer = self.browser.open(idp.authorize_url(site, &[("prompt", "none")])).await;
        match answer.redirect_param("code") {
            Some(code) => idp.redeem(site, &code).await.status == 200,
            None => false,
        }
    }
}

fn figures(runtimes: &Runtimes, nodes: usize, settings: impl FnOnce(&mut Config)) {
    let Runtimes { writing, kicking } = runtimes;
    let site = &ClientSpec::confidential("site-a");
    let (folder, clock) = (tempfile::tempdir().unwrap(), Clock::manual(Clock::System.now()));
    let idp = &writing.block_on(TestIdp::start_nodes(nodes, folder, clock, 0, settings));
    writing.block_on(idp.add_client(site));
    let mut writers = writing.block_on(people(idp, site, "writer", WRITERS, TestIdp::browser));
    let kickers = &kicking.block_on(people(idp, site, "kicker", KICKERS, TestIdp::browser_apart));
    let follow = || kicking.block_on(OfflineSite::of(idp, site, TWO_SECONDS));
    let sites = &[follow(), follow()];
    let prepare = || Prepared { idp, sites, devices: kicking.block_on(devices(idp, site, kickers)) };

    report("alone", kicking.block_on(prepare().run()));
    for (pace, what) in
        [(PACE, "refreshes, a few each,"), (Duration::ZERO, "refreshes, as many as they can,")]
    {
        let (prepared, over) = (prepare(), AtomicBool::new(false));
        let refreshing = writers.iter_mut().zip(0..).map(async |(writer, number)| {
            // Not all of them in the same moment.
            tokio::time::sleep(pace * number / WRITERS as u32).await;
            repeat(&over, pace, async || writer.refresh(idp, site).await).await
        });
        beside(runtimes, what, prepared, &over, join_all(refreshing));
    }
    let (prepared, over) = (prepare(), AtomicBool::new(false));
    let signing_in = writers
        .iter()
        .map(|writer| repeat(&over, Duration::ZERO, async || writer.sign_in_silently(idp, site).await));
    beside(runtimes, "silent sign-ins, as many as they can,", prepared, &over, join_all(signing_in));
}

async fn people(
    idp: &TestIdp,
    site: &ClientSpec,
    name: &str,
    count: usize,
    browser: fn(&TestIdp) -> Browser,
) -> Vec<Person> {
    let mut people = Vec::new();
    for number in 0..count {
        people.push(Person::sign_in(idp, site, format!("{name}-{number}"), browser(idp)).await);
    }
    people
}

/// Second devices, signed in: whose each is, and its access token.
async fn devices<'a>(idp: &TestIdp, site: &ClientSpec, people: &'a [Person]) -> Vec<(&'a Person, String)> {
    let browser = idp.browser_apart();
    let mut devices = Vec::new();
    for person in people.iter().cycle().take(DEVICES * people.len()) {
        browser.clear();
        let tokens = browser.sign_in_for_tokens(idp, site, &person.name).await;
        devices.push((person, tokens.text("access_token").to_owned()));
    }
    devices
}

/// Devices that are about to be ended.
struct Prepared<'a> {
    idp: &'a TestIdp,
    sites: &'a [OfflineSite; 2],
    devices: Vec<(&'a Person, String)>,
}

impl Prepared<'_> {
    async fn run(self) -> Vec<Duration> {
        let mut took = Vec::new();
        for (person, token) in self.devices {
            let sites = [&self.sites[0], &self.sites[1]];
            took.push(kick(self.idp, &person.browser, &token, &sites).await);
        }
        took
    }
}

fn beside(
    runtimes: &Runtimes,
    what: &str,
    prepared: Prepared<'_>,
    over: &AtomicBool,
    writing: impl Future<Output = Vec<(usize, usize)>>,
) {
    let started = Instant::now();
    let (took, counts) = std::thread::scope(|scope| {
        let kicking = scope.spawn(|| {
            // Until all writers are at it.
            std::thread::sleep(Duration::from_secs(1));
            let took = runtimes.kicking.block_on(prepared.run());
            over.store(true, Ordering::SeqCst);
            took
        });
        let counts = runtimes.writing.block_on(writing);
        (kicking.join().unwrap(), counts)
    });
    let (done, refused) = counts.into_iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let rate = done as f64 / started.elapsed().as_secs_f64();
    report(&format!("beside {WRITERS} who make {rate:.0} {what} a second ({refused} refused)"), took);
}

/// Acts until it is over, with a pause after each act: how often it was done, and how often refused.
async fn repeat(over: &AtomicBool, pace: Duration, mut act: impl AsyncFnMut() -> bool) -> (usize, usize) {
    let (mut done, mut refused) = (0, 0);
    while !over.load(Ordering::SeqCst) {
        if act().await {
            done += 1
        } else {
            refused += 1
        }
        tokio::time::sleep(pace).await;
    }
    (done, refused)
}

fn report(what: &str, mut took: Vec<Duration>) {
    took.sort();
    let at = |percent: usize| took[(took.len() - 1) * percent / 100];
    println!("kick to refusal, {what}: p50 {:.1?}, p99 {:.1?}, max {:.1?}", at(50), at(99), at(100));
}
