//! Measures how long it takes to find people among very many, and to list them (docs/measured.md): the median and the 99th
//! percentile of each kind of question, on SQLite and, with `postgres` among the arguments, on PostgreSQL.
//!
//! ```text
//! cargo run --release -p idp-tests --example search_figures -- 1000000 postgres
//! ```

#![allow(clippy::unwrap_used, clippy::panic, reason = "a program that measures may fail loudly")]

#[path = "size_figures/spread.rs"]
mod spread;

use idp_server::clock::{Clock, Stopwatch};
use idp_server::config::DatabaseUrl;
use idp_server::store::user_search::{AccountState, UserOrder, UserQuery};
use idp_tests::population::Population;
use idp_tests::postgres::PostgresServer;
use idp_tests::{ClientSpec, SignedIn, TestIdp};
use spread::Spread;

/// How often each question is asked.
const TIMES: u64 = 300;
/// Rows of a page.
const ROWS: usize = 50;

#[actix_web::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let size: u64 = arguments.iter().find_map(|argument| argument.parse().ok()).expect("a number of people");
    measure(size, None).await;
    if arguments.iter().any(|argument| argument == "postgres") {
        let server = PostgresServer::start("-c shared_buffers=512MB -c max_wal_size=4GB");
        measure(size, Some(server.create_database("search"))).await;
    }
}

async fn measure(size: u64, url: Option<String>) {
    let folder = tempfile::tempdir().unwrap();
    let idp = TestIdp::start_in(folder, Clock::System, 0, |config| {
        config.storage.database_url = url.as_deref().map(DatabaseUrl::from);
    });
    let story = SignedIn::on(idp.await, ClientSpec::confidential("site-a")).await;
    let file = || story.idp.folder.path().join("data/idp.db").display().to_string();
    let place = url.clone().unwrap_or_else(file);
    Population::open(&place).add_copies("alice", size);
    let name = if url.is_some() { "PostgreSQL" } else { "SQLite" };
    for (kind, question) in questions(size) {
        let (mut first, mut next) = (Spread::default(), Spread::default());
        for number in 0..TIMES {
            let query = question(number * 7919 % size + 1);
            let since = Stopwatch::start();
            let page = story.idp.app.store.find_users(query.clone(), None, ROWS).await.unwrap().unwrap();
            first.add(since.elapsed());
            if page.next.is_some() {
                let since = Stopwatch::start();
                story.idp.app.store.find_users(query, page.next, ROWS).await.unwrap().unwrap();
                next.add(since.elapsed());
            }
        }
        println!("| {size} | {name} | {kind} | {first} | {next} |");
    }
}

type Question = Box<dyn Fn(u64) -> UserQuery>;

fn questions(size: u64) -> Vec<(&'static str, Question)> {
    fn searching(typed: &str) -> UserQuery {
        let mut query = UserQuery::default();
        query.search(typed);
        query
    }
    let family = |number: u64| number * 7919 % 29989;
    vec![
        ("list by username", Box::new(|_| UserQuery::default())),
        ("list by creation", Box::new(|_| UserQuery { order: UserOrder::Creation, ..UserQuery::default() })),
        (
            "those who may not sign in",
            Box::new(|_| UserQuery { state: Some(AccountState::Disabled), ..UserQuery::default() }),
        ),
        ("a username", Box::new(|number| searching(&format!("person.{number}")))),
        ("an address", Box::new(|number| searching(&format!("person.{number}@example.org")))),
        ("a family name", Box::new(move |number| searching(&format!("family{}", family(number))))),
        (
            "given and family name",
            Box::new(move |number| searching(&format!("given{} family{}", number % 1000, family(number)))),
        ),
        ("a word that everybody has", Box::new(|_| searching("person"))),
        ("two words that everybody has", Box::new(|_| searching("person example"))),
        ("a letter", Box::new(|number| searching(if number % 2 == 0 { "g" } else { "f" }))),
        (
            "frequent words that no person has together",
            Box::new(move |number| {
                searching(&format!("given{} given{}", number % 1000, (number + 500) % 1000))
            }),
        ),
        (
            "everybody's word, of those who may not sign in",
            Box::new(|_| UserQuery { state: Some(AccountState::Disabled), ..searching("person") }),
        ),
        ("no person's word", Box::new(move |number| searching(&format!("zz{}", number + size)))),
    ]
}
