//! Measures a kick (docs/measured.md): from the button on the devices page to the refusal at two sites that verify offline and
//! follow the feed, alone and beside 200 people who refresh or sign in silently, each again as soon as there is an answer. On SQLite,
//! and on two nodes over PostgreSQL and Redis.
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

use futures_util::future::{join, join_all};
use idp_server::clock::Clock;
use idp_server::config::{Config, DatabaseUrl, RedisUrl};
use idp_tests::offline_site::{OfflineSite, kick};
use idp_tests::postgres::PostgresServer;
use idp_tests::redis::RedisServer;
use idp_tests::{Browser, ClientSpec, SignedIn, TestIdp};
use resource_sdk::Freshness;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// People with as many second devices, each of which is ended.
const KICKERS: usize = 10;
const DEVICES: usize = 30;
const WRITERS: usize = 200;
const TWO_SECONDS: Freshness = Freshness::Feed { within: Duration::from_secs(2) };

#[tokio::main]
async fn main() {
    // A server that flushes its commits, as one in earnest does.
    let (postgres, redis) = (PostgresServer::start("-c max_connections=100"), RedisServer::start());
    let url = postgres.create_database("kicks");
    let cluster = |config: &mut Config| {
        config.storage.database_url = Some(DatabaseUrl::from(url.as_str()));
        config.redis.url = Some(RedisUrl::from(&*redis.url()));
    };
    println!("SQLite");
    figures(start(1, |_| {}).await).await;
    println!("\ntwo nodes over PostgreSQL and Redis");
    figures(start(2, cluster).await).await;
}

async fn start(nodes: usize, settings: impl FnOnce(&mut Config)) -> SignedIn {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Clock::manual(Clock::System.now()));
    let idp = TestIdp::start_nodes(nodes, folder, clock, 0, settings).await;
    SignedIn::on(idp, ClientSpec::confidential("site-a")).await
}

/// A person, signed in, with what a refresh needs.
struct Person {
    name: String,
    browser: Browser,
    refresh_token: String,
}

impl Person {
    async fn sign_in(idp: &TestIdp, site: &ClientSpec, name: String) -> Self {
        idp.add_user(&name).await;
        let browser = idp.browser();
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

async fn figures(story: SignedIn) {
    let (idp, site) = (&story.idp, &story.site);
    let sites =
        [OfflineSite::of(idp, site, TWO_SECONDS).await, OfflineSite::of(idp, site, TWO_SECONDS).await];
    let mut writers = people(idp, site, "writer", WRITERS).await;
    let kickers = people(idp, site, "kicker", KICKERS).await;
    let kicking = Kicking { idp, site, sites: &sites, kickers: &kickers };

    report("alone", kicking.prepare().await.run().await);
    let (prepared, over) = (kicking.prepare().await, AtomicBool::new(false));
    let refreshing = writers.iter_mut().map(|writer| repeat(&over, async || writer.refresh(idp, site).await));
    beside("refreshes", prepared, &over, join_all(refreshing)).await;
    let (prepared, over) = (kicking.prepare().await, AtomicBool::new(false));
    let signing_in =
        writers.iter().map(|writer| repeat(&over, async || writer.sign_in_silently(idp, site).await));
    beside("silent sign-ins", prepared, &over, join_all(signing_in)).await;
}

async fn people(idp: &TestIdp, site: &ClientSpec, name: &str, count: usize) -> Vec<Person> {
    let mut people = Vec::new();
    for number in 0..count {
        people.push(Person::sign_in(idp, site, format!("{name}-{number}")).await);
    }
    people
}

/// Who ends whose devices.
#[derive(Clone, Copy)]
struct Kicking<'a> {
    idp: &'a TestIdp,
    site: &'a ClientSpec,
    sites: &'a [OfflineSite; 2],
    kickers: &'a [Person],
}

/// Devices that are signed in, to be ended: whose, and an access token.
struct Prepared<'a> {
    kicking: Kicking<'a>,
    devices: Vec<(&'a Person, String)>,
}

impl<'a> Kicking<'a> {
    async fn prepare(self) -> Prepared<'a> {
        let mut devices = Vec::new();
        for _ in 0..DEVICES {
            for person in self.kickers {
                let tokens = self.idp.browser().sign_in_for_tokens(self.idp, self.site, &person.name).await;
                devices.push((person, tokens.text("access_token").to_owned()));
            }
        }
        Prepared { kicking: self, devices }
    }
}

impl Prepared<'_> {
    async fn run(self) -> Vec<Duration> {
        let Kicking { idp, sites: [one, other], .. } = self.kicking;
        let mut took = Vec::new();
        for (person, token) in self.devices {
            took.push(kick(idp, &person.browser, &token, &[one, other]).await);
        }
        took
    }
}

async fn beside(
    what: &str,
    prepared: Prepared<'_>,
    over: &AtomicBool,
    writing: impl Future<Output = Vec<(usize, usize)>>,
) {
    let started = Instant::now();
    let kicking = async {
        // Until all of them are at it.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let took = prepared.run().await;
        over.store(true, Ordering::SeqCst);
        took
    };
    let (took, counts) = join(kicking, writing).await;
    let (done, refused) = counts.into_iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let rate = done as f64 / started.elapsed().as_secs_f64();
    report(&format!("beside {WRITERS} who make {rate:.0} {what} a second ({refused} refused)"), took);
}

/// Acts until it is over: how often it was done, and how often refused.
async fn repeat(over: &AtomicBool, mut act: impl AsyncFnMut() -> bool) -> (usize, usize) {
    let (mut done, mut refused) = (0, 0);
    while !over.load(Ordering::SeqCst) {
        if act().await { done += 1 } else { refused += 1 }
    }
    (done, refused)
}

fn report(what: &str, mut took: Vec<Duration>) {
    took.sort();
    let at = |percent: usize| took[(took.len() - 1) * percent / 100];
    println!("kick to refusal, {what}: p50 {:.1?}, p99 {:.1?}, max {:.1?}", at(50), at(99), at(100));
}
