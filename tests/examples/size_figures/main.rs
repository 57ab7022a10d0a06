//! Measures what a million people make of a node (docs/measured.md): for each size and database how long it takes to start,
//! what it holds in memory, what requests and commands take, and what signing everybody out does to those who sign in
//! beside it. One row of a table for each.
//!
//! ```text
//! cargo build --release -p idp-server
//! cargo run --release -p idp-tests --example size_figures -- 10000 100000 1000000
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a program that measures may fail loudly"
)]

mod beside;
mod spread;

use beside::{Beside, sign_everybody_out};
use idp_server::clock::{Clock, Stopwatch};
use idp_server::config::{DatabaseUrl, PasswordConfig};
use idp_tests::load_client::{Connection, LoadClient, Person};
use idp_tests::population::Population;
use idp_tests::ports::free_port;
use idp_tests::postgres::PostgresServer;
use idp_tests::serving::{Serving, idp_server};
use idp_tests::{ClientSpec, TestIdp};
use spread::Spread;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

/// People who sign in; all others are copies of the first.
const REAL: usize = 200;
/// How often each of the quick questions is asked.
const QUESTIONS: usize = 2000;
const FIRST_STARTS: usize = 5;

#[actix_web::main]
async fn main() {
    let sizes: Vec<u64> =
        std::env::args().skip(1).map(|size| size.parse().expect("sizes, as numbers of people")).collect();
    let postgres = PostgresServer::start("-c shared_buffers=512MB -c max_wal_size=4GB");
    let (sqlite, server) = (first_starts(None).await, first_starts(Some(&postgres)).await);
    println!(
        "First start over an empty database, which makes two keys: SQLite {sqlite}, PostgreSQL {server}\n"
    );
    println!("{HEADING}");
    for size in sizes {
        for server in [None, Some(&postgres)] {
            measure(size, server).await;
        }
    }
}

const HEADING: &str = "\
| people | database | start | idle memory | refresh | sign-in | introspection | devices page | `user list`: first page; end of `\\| head` | a person; a session; an audit event | all in all | `sign-out --all`: by password, silent beside it against without | sessions ended |
|---|---|---|---|---|---|---|---|---|---|---|---|---|";

async fn first_starts(postgres: Option<&PostgresServer>) -> Spread {
    let mut all = Spread::default();
    for number in 0..FIRST_STARTS {
        let folder = tempfile::tempdir().unwrap();
        let url = postgres.map(|server| server.create_database(&format!("empty_{number}")));
        let database = url.map(|url| format!("storage.database_url={url}"));
        let settings: Vec<&str> = database.iter().map(String::as_str).collect();
        let serving = Serving::start(folder.path(), free_port(), &settings).await;
        all.add(serving.ready_after);
    }
    all
}

/// One row. The database is gone afterwards.
async fn measure(size: u64, postgres: Option<&PostgresServer>) {
    let url = postgres.map(|server| server.create_database(&format!("of_{size}")));
    let (site, folder) = prepare(url.as_deref()).await;
    let place = url.clone().unwrap_or_else(|| folder.path().join("data/idp.db").display().to_string());
    let mut population = Population::open(&place);
    let without = population.size();
    population.add_copies("real-0", size);
    let setting = url.as_ref().map(|url| format!("storage.database_url={url}"));
    let mut settings = vec!["throttle.enabled=false"];
    settings.extend(setting.as_deref());

    let serving = Serving::start(folder.path(), site.port, &settings).await;
    let idle = serving.settled_memory().await / 1024;
    let name = if url.is_some() { "PostgreSQL" } else { "SQLite" };
    print!("| {size} | {name} | {} ms | {idle} MiB ", serving.ready_after.as_millis());
    latencies(&site).await;
    let (first, end) = user_list(folder.path(), &settings);
    print!("| {} ms; {} ms ", first.as_millis(), end.as_millis());
    let of = |tables: &[&str], sizes: &std::collections::BTreeMap<String, i64>| -> i64 {
        tables.iter().map(|table| sizes[*table]).sum::<i64>() / i64::try_from(size).unwrap()
    };
    let sizes = population.sizes();
    let all = population.size();
    print!(
        "| {}; {}; {} bytes | {} MiB, {} bytes each ",
        of(&["users", "password_credentials"], &sizes),
        of(&["devices", "sessions", "grants"], &sizes),
        of(&["audit_events"], &sizes),
        all >> 20,
        (all - without) / i64::try_from(size).unwrap()
    );
    let beside = Beside::new(&site, REAL);
    println!("{}", sign_everybody_out(&beside, folder.path(), &settings, &mut population).await);
    drop((serving, population));
    if let (Some(server), Some(url)) = (postgres, url) {
        server.drop_database(&url);
    }
}

/// A database with the people who sign in. Their passwords cost what passwords cost.
async fn prepare(url: Option<&str>) -> (LoadClient, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let idp = TestIdp::start_in(folder, Clock::System, 0, |config| {
        config.password = PasswordConfig::default();
        config.storage.database_url = url.map(DatabaseUrl::from);
    });
    let idp = idp.await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    for number in 0..REAL {
        idp.add_user(&format!("real-{number}")).await;
    }
    let site = LoadClient::of(&idp, &site);
    site.sign_in("real-0").await.unwrap();
    (site, idp.stop().await)
}

/// One request after the other.
async fn latencies(site: &LoadClient) {
    let mut people = Vec::new();
    let mut signing_in = Spread::default();
    for number in 0..REAL {
        let since = Stopwatch::start();
        people.push(site.sign_in(&format!("real-{number}")).await.unwrap());
        signing_in.add(since.elapsed());
    }
    let refresh = each(site, &mut people, async |connection, person| {
        site.refresh(connection, person).await.unwrap();
    });
    print!("| {} | {signing_in} ", refresh.await);
    let introspection = each(site, &mut people, async |connection, person| {
        let form = format!("token={}", person.access_token);
        let answer = connection.post("/introspect", &site.basic, &form).await;
        assert!(answer.body.contains("\"active\":true"), "{answer:?}");
    });
    print!("| {} ", introspection.await);
    let devices = each(site, &mut people, async |connection, person| {
        let answer = connection.ask("GET", "/account/devices", &person.cookies, "").await;
        assert_eq!(answer.status, 200, "{answer:?}");
    });
    print!("| {} ", devices.await);
}

async fn each(
    site: &LoadClient,
    people: &mut [Person],
    act: impl AsyncFn(&mut Connection, &mut Person),
) -> Spread {
    let mut connection = Connection::open(site.port).await;
    let mut spread = Spread::default();
    for number in 0..QUESTIONS {
        let person = &mut people[number % REAL];
        let since = Stopwatch::start();
        act(&mut connection, person).await;
        spread.add(since.elapsed());
    }
    spread
}

/// From the start of the command to its first lines, and to its end when its reader goes then.
fn user_list(folder: &Path, settings: &[&str]) -> (Duration, Duration) {
    let since = Stopwatch::start();
    let mut command = idp_server(folder, settings);
    let mut list = command.args(["user", "list"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(list.stdout.take().unwrap()).lines();
    for _ in 0..10 {
        lines.next().unwrap().unwrap();
    }
    let first = since.elapsed();
    drop(lines);
    assert!(list.wait().unwrap().success());
    (first, since.elapsed())
}
