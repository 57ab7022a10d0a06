//! Transitions on PostgreSQL run side by side when they are about different persons, one after the other when they are about
//! the same, and never in a circle. On a database of the story's own, without a provider.

use idp_core::revocation::Revoked;
use idp_core::session::EndCause;
use idp_core::time::UnixTime;
use idp_server::config::DatabaseUrl;
use idp_server::db::revocations::{self, NewEntries};
use idp_server::db::{Connection, Db, DbError, Locks};
use idp_server::random;
use idp_tests::eventually;
use idp_tests::postgres::PostgresServer;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use uuid::Uuid;

const NOW: UnixTime = UnixTime(1_800_000_000);

/// Two nodes on one database.
fn two_nodes() -> ([Db; 2], String) {
    let url = PostgresServer::shared().create_migrated_database();
    let node = || Db::connect(&DatabaseUrl::from(url.as_str()), 8).unwrap();
    ([node(), node()], url)
}

/// A transition that has begun, and that ends when it is let go.
struct Held {
    let_go: Sender<()>,
    outcome: tokio::task::JoinHandle<Result<(), DbError>>,
}

async fn hold(db: &Db, locks: Locks) -> Held {
    let (let_go, wait): (_, Receiver<()>) = channel();
    let (started, has_started) = tokio::sync::oneshot::channel();
    let db = db.clone();
    let change = move |_: &mut Connection| {
        let _ = started.send(());
        let _ = wait.recv();
        Ok(())
    };
    let outcome = tokio::spawn(async move { db.write(locks, change).await });
    has_started.await.unwrap();
    Held { let_go, outcome }
}

impl Held {
    async fn end(self) {
        drop(self.let_go);
        self.outcome.await.unwrap().unwrap();
    }
}

/// Begins a transition, which may have to wait. Says whether it has ended.
fn begin(db: &Db, locks: Locks) -> Arc<AtomicBool> {
    let (db, has_ended) = (db.clone(), Arc::new(AtomicBool::new(false)));
    let ended = Arc::clone(&has_ended);
    tokio::spawn(async move {
        db.write(locks, |_| Ok(())).await.unwrap();
        ended.store(true, Ordering::SeqCst);
    });
    has_ended
}

fn has_ended(transition: &AtomicBool) -> bool {
    transition.load(Ordering::SeqCst)
}

/// How many transactions wait for a lock.
pub async fn waiting(db: &Db) -> i64 {
    count(
        db,
        "SELECT count(*) AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' \
        AND datname = current_database()",
    )
    .await
}

async fn count(db: &Db, query: &'static str) -> i64 {
    #[derive(diesel::QueryableByName)]
    struct Count {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        n: i64,
    }
    let ask = move |connection: &mut Connection| {
        use diesel::RunQueryDsl as _;
        let Connection::Postgres(server) = connection else { unreachable!("a story about PostgreSQL") };
        let count: Count = diesel::sql_query(query).get_result(server)?;
        Ok(count.n)
    };
    db.read(ask).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_persons_are_written_side_by_side_and_one_person_in_order() {
    let ([first, second], _) = two_nodes();
    let (alice, bob) = (random::new_id(NOW), random::new_id(NOW));
    let held = hold(&first, Locks::person(alice)).await;
    second.write(Locks::person(bob), |_| Ok(())).await.unwrap();
    second.write(Locks::none(), |_| Ok(())).await.unwrap();
    let (again, both) = (begin(&second, Locks::person(alice)), begin(&first, Locks::persons([bob, alice])));
    eventually("both wait for Alice", async || waiting(&first).await == 2).await;
    assert!(!has_ended(&again) && !has_ended(&both));
    held.end().await;
    eventually("both went on", async || has_ended(&again) && has_ended(&both)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_concerns_the_installation_is_written_alone() {
    let ([first, second], _) = two_nodes();
    let held = hold(&first, Locks::person(random::new_id(NOW))).await;
    let all = begin(&second, Locks::installation());
    eventually("it waits for those under way", async || waiting(&first).await == 1).await;
    let other = begin(&first, Locks::person(random::new_id(NOW)));
    eventually("what comes later waits for it", async || waiting(&first).await == 2).await;
    assert!(!has_ended(&all) && !has_ended(&other));
    held.end().await;
    eventually("both went on", async || has_ended(&all) && has_ended(&other)).await;
}

/// One of many transitions, about some of five persons or about all; most of them end something.
async fn transition(db: Db, persons: [Uuid; 5], number: usize) {
    let chosen: Vec<Uuid> = (0..number % 4).map(|step| persons[(number * 7 + step * 3) % 5]).collect();
    let locks = match number % 40 {
        0 => Locks::installation(),
        _ if number.is_multiple_of(3) => Locks::persons(chosen.iter().rev().copied()),
        _ => Locks::persons(chosen.iter().copied()),
    };
    let change = move |connection: &mut Connection| {
        let mut log = NewEntries::default();
        for person in &chosen {
            log.add(connection, vec![Revoked::user(*person, NOW)], EndCause::Kicked, NOW)?;
        }
        revocations::append(connection, log).map(drop)
    };
    db.write(locks, change).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_order_in_which_persons_are_named_makes_a_deadlock_or_reorders_the_log() {
    let (nodes, url) = two_nodes();
    let persons = [(); 5].map(|()| random::new_id(NOW));
    let reader = Db::connect(&DatabaseUrl::from(url.as_str()), 2).unwrap();
    let done = Arc::new(AtomicBool::new(false));
    // A reader that keeps its place, as a node does: what it has not seen by a number, it must not see later.
    let followed = tokio::spawn({
        let (reader, done) = (reader.clone(), Arc::clone(&done));
        async move {
            let (mut known, mut seen) = (0, Vec::new());
            loop {
                let is_last = done.load(Ordering::SeqCst);
                let news =
                    reader.read(move |connection| revocations::after(connection, known)).await.unwrap();
                known = news.last().map_or(known, |entry| entry.number);
                seen.extend(news.into_iter().map(|entry| entry.number));
                if is_last {
                    return seen;
                }
            }
        }
    });
    let mut waves = Vec::new();
    for number in 0..600 {
        waves.push(tokio::spawn(transition(nodes[number % 2].clone(), persons, number)));
        if waves.len() == 60 {
            for transition in waves.drain(..) {
                transition.await.unwrap();
            }
        }
    }
    done.store(true, Ordering::SeqCst);
    let seen = followed.await.unwrap();
    let all = reader.read(|connection| revocations::after(connection, 0)).await.unwrap();
    assert_eq!(seen, all.iter().map(|entry| entry.number).collect::<Vec<_>>(), "none is skipped");
    assert!(all.len() > 600, "{} entries", all.len());
    assert!(all.windows(2).all(|pair| pair[0].number + 1 == pair[1].number), "no number is missing");
    let deadlocks = "SELECT deadlocks AS n FROM pg_stat_database WHERE datname = current_database()";
    assert_eq!(count(&reader, deadlocks).await, 0);
}

/// What one silent sign-in and one refresh ask the database, for those who count round trips.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "figures, not a story: --ignored --nocapture, alone"]
async fn statements_of_a_silent_sign_in_and_a_refresh() {
    let server = PostgresServer::start("-c log_min_duration_statement=0 -c log_duration=off");
    let url = server.create_database("counted");
    let idp = idp_tests::TestIdp::start_with(|config| {
        config.storage.database_url = Some(DatabaseUrl::from(url.as_str()));
        config.storage.connections = 2;
    })
    .await;
    let story = idp_tests::SignedIn::on(idp, idp_tests::ClientSpec::confidential("site-a")).await;
    for _ in 0..5 {
        story.grant().await;
    }
    let before = server.log().len();
    story.grant().await;
    let between = server.log().len();
    story.idp.refresh(&story.site, story.refresh_token()).await;
    let log = server.log();
    for (what, part) in [("silent sign-in", &log[before..between]), ("refresh", &log[between..])] {
        println!("== {what}");
        for line in part.lines().filter_map(|line| line.split_once("ms  ")) {
            println!("{}", line.1.chars().take(150).collect::<String>());
        }
    }
}
