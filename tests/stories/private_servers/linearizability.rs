//! [`crate::linearizability`] while Redis or PostgreSQL is paused and its connections break.

use crate::linearizability::{Recorded, SeededRng, check_each, people, play, seeds};
use idp_server::clock::Clock;
use idp_server::config::{Config, DatabaseUrl, RedisUrl};
use idp_tests::linearizability::{Answered, Operation};
use idp_tests::postgres::PostgresServer;
use idp_tests::redis::RedisServer;
use idp_tests::tcp_proxy::TcpProxy;
use idp_tests::{ClientSpec, TestIdp, eventually};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Who is paused.
enum Server {
    Redis(RedisServer),
    Postgres(PostgresServer),
}

impl Server {
    fn port(&self) -> u16 {
        match self {
            Self::Redis(redis) => redis.port(),
            Self::Postgres(postgres) => postgres.port(),
        }
    }

    fn pause(&self) {
        match self {
            Self::Redis(redis) => redis.pause(),
            Self::Postgres(postgres) => postgres.pause(),
        }
    }

    fn resume(&self) {
        match self {
            Self::Redis(redis) => redis.resume(),
            Self::Postgres(postgres) => postgres.resume(),
        }
    }
}

/// The server is paused or its connections break, again and again, until `over`. Nothing is lost by that: every history must
/// still fit. How long a fault lasts is the subject here, so these sleeps wait for time.
async fn inject_faults(server: &Server, proxy: &TcpProxy, mut rng: SeededRng, over: &AtomicBool) {
    while !over.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(rng.below(300) as u64)).await;
        if rng.below(2) == 0 {
            server.pause();
            // Seldom for longer than a request waits.
            let long = if rng.below(12) == 0 { 3000 } else { 50 };
            tokio::time::sleep(Duration::from_millis(long + rng.below(700) as u64)).await;
            server.resume();
        } else {
            proxy.cut_after(rng.below(600) as i64);
            tokio::time::sleep(Duration::from_millis(rng.below(200) as u64)).await;
            proxy.restore();
        }
    }
}

async fn random_histories_fit(idp: &TestIdp, server: &Server, proxy: &TcpProxy, usual: u64) {
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    let mut counted = [0; 3];
    for seed in seeds(usual) {
        let people = people(idp, &site, seed).await;
        let over = AtomicBool::new(false);
        let playing = async {
            play(idp, &site, &people, seed).await;
            over.store(true, Ordering::SeqCst);
        };
        let faults = inject_faults(server, proxy, SeededRng::seeded(seed ^ 0xfa), &over);
        futures_util::future::join(playing, faults).await;
        check_each(&people, seed);
        for (sum, answered) in counted.iter_mut().zip([is_successor, is_refusal, is_unknown]) {
            *sum += count(&people, answered);
        }
        recovered(idp, &site, &format!("person-{seed}-after")).await;
    }
    println!("{counted:?} successors, refusals, answers that say nothing");
    assert!(counted.iter().all(|count| *count > 0), "{counted:?}: nothing was tried");
}

#[tokio::test]
async fn s46_s48_s102_random_histories_fit_while_redis_stands_still_and_its_lines_break() {
    let redis = RedisServer::start();
    let proxy = TcpProxy::to(redis.port());
    let url = format!("redis://127.0.0.1:{}", proxy.port());
    let idp = TestIdp::start_with(|config| config.redis.url = Some(RedisUrl::from(&*url))).await;
    random_histories_fit(&idp, &Server::Redis(redis), &proxy, 8).await;
}

/// Two nodes whose connections to the database break.
async fn two_nodes(
    server: &Server,
    proxy: &TcpProxy,
    database: &str,
    redis: Option<&RedisServer>,
) -> TestIdp {
    let url = database.replace(&format!(":{}/", server.port()), &format!(":{}/", proxy.port()));
    let settings = |config: &mut Config| {
        config.storage.database_url = Some(DatabaseUrl::from(&*url));
        config.redis.url = redis.map(|redis| RedisUrl::from(&*redis.url()));
    };
    let clock = Clock::manual(Clock::System.now());
    TestIdp::start_nodes(2, tempfile::tempdir().unwrap(), clock, 0, settings).await
}

#[tokio::test]
async fn s46_s48_s105_random_histories_fit_while_postgresql_stands_still_and_its_lines_break() {
    for redis in [None, Some(RedisServer::start())] {
        let postgres = PostgresServer::start("-c fsync=off");
        let database = postgres.create_database("histories");
        let server = Server::Postgres(postgres);
        let proxy = TcpProxy::to(server.port());
        let idp = two_nodes(&server, &proxy, &database, redis.as_ref()).await;
        random_histories_fit(&idp, &server, &proxy, 3).await;
    }
}

fn is_successor(operation: &Operation) -> bool {
    matches!(operation.answered, Answered::Successor(_))
}

fn is_refusal(operation: &Operation) -> bool {
    operation.answered == Answered::Refused
}

fn is_unknown(operation: &Operation) -> bool {
    operation.answered == Answered::Unknown
}

fn count(people: &[Recorded], which: fn(&Operation) -> bool) -> usize {
    let count = |person: &Recorded| {
        let operations = person.operations.lock().unwrap();
        operations.iter().filter(|operation| which(operation)).count()
    };
    people.iter().map(count).sum()
}

/// The next seed begins when all is well again: on every node, one after the other.
async fn recovered(idp: &TestIdp, site: &ClientSpec, name: &str) {
    let added = async || {
        let ready = idp.send(idp.http.get(idp.url("/health/ready"))).await.status;
        (ready == 200).then_some(())
    };
    eventually("the provider is ready", added).await;
    idp.add_user(name).await;
    let browser = idp.browser();
    let mut in_a_row = 0;
    eventually("people sign in, and their codes are redeemed", async || {
        let page = browser.visit(idp.authorize_url(site, &[])).await;
        let answer = match page.redirect_param("code") {
            Some(_) => page,
            None if page.has_form("/login") => browser.log_in_as(&page, name, idp_tests::PASSWORD).await,
            None => return None,
        };
        let redeemed = match answer.redirect_param("code") {
            Some(code) => idp.redeem(site, &code).await.status == 200,
            None => false,
        };
        in_a_row = if redeemed { in_a_row + 1 } else { 0 };
        (in_a_row == 8).then_some(())
    })
    .await;
}
