//! What reading and writing cost on either database, in one run: figures for docs/measured.md, no story.

use diesel::Connection as _;
use diesel::SqliteConnection;
use diesel::prelude::*;
use idp_core::client::ClientId;
use idp_core::throttle::Bucket;
use idp_server::clock::Stopwatch;
use idp_server::config::DatabaseUrl;
use idp_server::db::{Connection, Db, clients, schema, throttles};
use idp_tests::ClientSpec;
use idp_tests::postgres::PostgresServer;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const LASTS: Duration = Duration::from_secs(3);

/// How often a second `tasks` at a time get through with `once`.
async fn rate<F: Future<Output = ()> + Send>(
    tasks: usize,
    once: impl Fn(u64) -> F + Clone + Send + Sync + 'static,
) -> f64 {
    let (done, started) = (Arc::new(AtomicU64::new(0)), Stopwatch::start());
    let running = (0..tasks).map(|_| {
        let (done, once) = (Arc::clone(&done), once.clone());
        async move {
            while started.elapsed() < LASTS {
                once(done.fetch_add(1, Ordering::Relaxed)).await;
            }
        }
    });
    futures_util::future::join_all(running).await;
    done.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64()
}

async fn figures(name: &str, db: &Db) {
    let client = ClientSpec::confidential("site-a").client.checked().unwrap();
    db.write(move |connection| clients::insert(connection, &client)).await.unwrap();
    for tasks in [1, 16] {
        let (for_writes, for_reads) = (db.clone(), db.clone());
        let writes = rate(tasks, move |number| {
            let db = for_writes.clone();
            async move {
                let put = move |connection: &mut Connection| {
                    throttles::put(connection, &format!("bucket {}", number % 1000), Bucket::default())
                };
                db.write(put).await.unwrap();
            }
        });
        println!("{name}, {tasks} at a time: {:.0} write transactions a second", writes.await);
        let reads = rate(tasks, move |_| {
            let db = for_reads.clone();
            async move {
                let id = ClientId::parse("site-a").unwrap();
                db.read(move |connection| clients::by_id(connection, &id)).await.unwrap();
            }
        });
        println!("{name}, {tasks} at a time: {:.0} reads a second", reads.await);
    }
}

/// What our common type adds to diesel's own connection, on one thread.
fn overhead(file: &str) {
    let mut plain = SqliteConnection::establish(file).unwrap();
    let mut common = Connection::Sqlite(SqliteConnection::establish(file).unwrap());
    let many = |mut once: Box<dyn FnMut() -> Option<i64> + '_>| {
        let started = Stopwatch::start();
        for _ in 0..50_000 {
            let _ = once();
        }
        started.elapsed().as_secs_f64() * 1e6 / 50_000.0
    };
    let question = || schema::throttles::table.find("bucket 1").select(schema::throttles::full_at);
    let plain = many(Box::new(|| question().first(&mut plain).optional().unwrap()));
    let common = many(Box::new(|| question().first(&mut common).optional().unwrap()));
    println!("SQLite, one select by key: {plain:.1} µs by diesel's connection, {common:.1} µs by ours");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "prints figures: cargo test -p idp-tests --release --test stories figures -- --ignored --nocapture"]
async fn figures_of_both_databases() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("idp.db");
    std::fs::write(&file, "").unwrap();
    let sqlite = Db::open(&file).unwrap();
    figures("SQLite", &sqlite).await;
    overhead(file.to_str().unwrap());
    let server = PostgresServer::start("-c max_connections=50");
    let url = DatabaseUrl::from(server.create_database("figures").as_str());
    figures("PostgreSQL", &Db::connect(&url, 10).unwrap()).await;
}
