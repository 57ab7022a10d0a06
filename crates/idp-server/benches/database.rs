//! What reading and writing cost on either database, in one run. SQLite in a temporary folder; PostgreSQL when
//! `BENCH_POSTGRES` names an empty database (`postgres://...`), which is to flush its commits as it would in earnest.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use diesel::prelude::*;
use diesel::{Connection as _, SqliteConnection};
use idp_core::throttle::Bucket;
use idp_core::time::UnixTime;
use idp_server::clock::Stopwatch;
use idp_server::config::DatabaseUrl;
use idp_server::db::{Connection, Db, Locks, schema, throttles};

const LASTS: Duration = Duration::from_secs(3);
/// Rows that are written again and again.
const ROWS: u64 = 1000;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("idp.db");
    std::fs::write(&file, "").unwrap();
    runtime.block_on(figures("SQLite", &Db::open(&file).unwrap()));
    overhead(file.to_str().unwrap());
    if let Ok(url) = std::env::var("BENCH_POSTGRES") {
        let db = Db::connect(&DatabaseUrl::from(url.as_str()), 10).unwrap();
        runtime.block_on(figures("PostgreSQL", &db));
    }
}

async fn figures(name: &str, db: &Db) {
    for tasks in [1, 16] {
        let writing = db.clone();
        let writes = rate(tasks, move |number| {
            let db = writing.clone();
            async move {
                // Always another value: SQLite does not write what is there already.
                let bucket = Bucket { full_at: UnixTime(i64::try_from(number).unwrap()) };
                let put = move |connection: &mut Connection| {
                    throttles::put(connection, &format!("bucket {}", number % ROWS), bucket)
                };
                db.write(Locks::named("bucket", [(number % ROWS).to_string().as_str()]), put).await.unwrap();
            }
        });
        println!("{name}, {tasks} at a time: {:.0} write transactions a second", writes.await);
        let reading = db.clone();
        let reads = rate(tasks, move |number| {
            let db = reading.clone();
            async move {
                let get = move |connection: &mut Connection| {
                    throttles::get(connection, &format!("bucket {}", number % ROWS))
                };
                db.read(get).await.unwrap();
            }
        });
        println!("{name}, {tasks} at a time: {:.0} reads a second", reads.await);
    }
}

/// How often a second `tasks` at a time get through with `once`.
async fn rate<F: Future<Output = ()> + Send + 'static>(
    tasks: usize,
    once: impl Fn(u64) -> F + Clone + Send + Sync + 'static,
) -> f64 {
    let (done, started) = (Arc::new(AtomicU64::new(0)), Stopwatch::start());
    let running = (0..tasks).map(|_| {
        let (done, once) = (Arc::clone(&done), once.clone());
        tokio::spawn(async move {
            while started.elapsed() < LASTS {
                once(done.fetch_add(1, Ordering::Relaxed)).await;
            }
        })
    });
    futures_util::future::join_all(running).await;
    done.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64()
}

/// What the common type of both databases adds to diesel's own connection, on one thread.
fn overhead(file: &str) {
    let mut plain = SqliteConnection::establish(file).unwrap();
    let mut common = Connection::Sqlite(SqliteConnection::establish(file).unwrap());
    let question = || schema::throttles::table.find("bucket 1").select(schema::throttles::full_at);
    let by_diesel = each(|| question().get_result(&mut plain).unwrap());
    let by_ours = each(|| question().get_result(&mut common).unwrap());
    println!("SQLite, one select by key: {by_diesel:.1} µs on diesel's connection, {by_ours:.1} µs on ours");
}

/// Microseconds.
fn each(mut once: impl FnMut() -> i64) -> f64 {
    const TIMES: u32 = 50_000;
    let started = Stopwatch::start();
    for _ in 0..TIMES {
        std::hint::black_box(once());
    }
    started.elapsed().as_secs_f64() * 1e6 / f64::from(TIMES)
}
