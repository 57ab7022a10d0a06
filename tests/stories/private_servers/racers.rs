//! Five hundred signed-in browsers act in the same moment, on two nodes over PostgreSQL and Redis: they refresh, sign out and
//! kick each other. Every reader of the revocation log sees each number once and in order, and what ended stays ended.

use crate::feed::{Reader, newest, take_back};
use futures_util::future::join_all;
use idp_core::session::EndCause;
use idp_server::clock::Clock;
use idp_server::config::{Config, DatabaseUrl, RedisUrl};
use idp_server::db::revocations;
use idp_server::store::revoke::Target;
use idp_tests::postgres::PostgresServer;
use idp_tests::redis::RedisServer;
use idp_tests::{Answer, Browser, ClientSpec, TestIdp, TokenAnswer, eventually, jwt};
use tokio::sync::watch::{self, Receiver};

/// Each has two browsers.
const PEOPLE: usize = 250;
/// How many sign in at a time, before the race.
const ARRIVE: usize = 16;
/// Readers on each node.
const READERS: usize = 2;

/// What a person's browsers do in the race.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    /// Both refresh.
    Refresh,
    /// One signs out, while the other refreshes.
    SignOut,
    /// One ends the other, which refreshes in that moment.
    Kick,
    /// Each ends the other.
    KickEachOther,
}

impl Act {
    const fn of(number: usize) -> Self {
        match number % 4 {
            0 => Self::Refresh,
            1 => Self::SignOut,
            2 => Self::Kick,
            _ => Self::KickEachOther,
        }
    }

    /// What the first browser must have open, and the button that it presses there.
    const fn page(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Refresh => None,
            Self::SignOut => Some(("/end-session", "logout")),
            Self::Kick | Self::KickEachOther => Some(("/account/devices", "others")),
        }
    }
}

/// A browser at the start.
struct Racer {
    browser: Browser,
    tokens: TokenAnswer,
    presses: Option<(Answer, &'static str)>,
}

impl Racer {
    async fn arrive(
        idp: &TestIdp,
        site: &ClientSpec,
        name: &str,
        page: Option<(&str, &'static str)>,
    ) -> Self {
        let browser = idp.browser();
        let tokens = browser.sign_in_for_tokens(idp, site, name).await;
        Self { browser, tokens, presses: None }.with(idp, page).await
    }

    async fn with(mut self, idp: &TestIdp, page: Option<(&str, &'static str)>) -> Self {
        if let Some((path, button)) = page {
            self.presses = Some((self.browser.open(idp.url(path)).await, button));
        }
        self
    }

    /// Tries again while the provider says that it is busy, as it may to so many at once.
    async fn act(&self, idp: &TestIdp, site: &ClientSpec) {
        eventually("the act is answered", async || match &self.presses {
            Some((page, button)) => match self.browser.press(page, button, &[]).await {
                answer if answer.status == 503 => None,
                answer if [200, 303].contains(&answer.status) => Some(()),
                answer => panic!("{button}: {answer:?}"),
            },
            None => match self.refresh(idp, site).await {
                answer if answer.status == 503 => None,
                answer if answer.status == 200 || answer.refusal() == (400, "invalid_grant") => Some(()),
                answer => panic!("{answer:?}"),
            },
        })
        .await;
    }

    async fn refresh(&self, idp: &TestIdp, site: &ClientSpec) -> TokenAnswer {
        idp.refresh(site, self.tokens.text("refresh_token")).await
    }

    fn sid(&self) -> String {
        jwt::claims(self.tokens.text("access_token"))["sid"].as_str().unwrap().to_owned()
    }
}

async fn two_nodes(redis: &RedisServer) -> TestIdp {
    let database = PostgresServer::shared().create_migrated_database();
    let settings = |config: &mut Config| {
        config.storage.database_url = Some(DatabaseUrl::from(&*database));
        config.storage.connections = 16;
        config.redis.url = Some(RedisUrl::from(&*redis.url()));
    };
    let clock = Clock::manual(Clock::System.now());
    TestIdp::start_nodes(2, tempfile::tempdir().unwrap(), clock, 0, settings).await
}

async fn arrive(idp: &TestIdp, site: &ClientSpec) -> Vec<(Act, Racer, Racer)> {
    let mut people = Vec::new();
    for first in (0..PEOPLE).step_by(ARRIVE) {
        let group = (first..PEOPLE.min(first + ARRIVE)).map(|number| async move {
            let (name, act) = (format!("person-{number}"), Act::of(number));
            idp.add_user(&name).await;
            let one = Racer::arrive(idp, site, &name, None).await;
            let page = act.page().filter(|_| act == Act::KickEachOther);
            let other = Racer::arrive(idp, site, &name, page).await;
            (act, one.with(idp, act.page()).await, other)
        });
        people.extend(join_all(group).await);
    }
    people
}

/// Readers of the feed, so many on each node.
async fn readers(idp: &TestIdp, site: &ClientSpec, from: i64) -> Vec<Reader> {
    let mut readers = Vec::new();
    eventually("each node has its readers", async || {
        readers.push(Reader::open(idp, site, Some(from)).await);
        idp.nodes().all(|node| node.feed.listeners.count() >= READERS)
    })
    .await;
    readers
}

/// Numbers and names that a reader is told up to `last`, which is known when the race is over.
async fn told(mut reader: Reader, from: i64, last: &Receiver<Option<i64>>) -> Vec<(i64, String)> {
    let (mut known, mut told) = (from, Vec::new());
    while last.borrow().is_none_or(|last| known < last) {
        let statement = reader.next().await;
        // A node that has not heard of the first entry yet.
        if statement["to"].as_i64().unwrap() < from {
            continue;
        }
        assert!(statement["from"].as_i64().unwrap() <= known, "a gap after {known}: {statement}");
        for entry in statement["entries"].as_array().unwrap() {
            let number = entry["n"].as_i64().unwrap();
            // What was told before may be told again.
            if number > known {
                assert!(number == known + 1, "{number} after {known}");
                known = number;
                told.push((number, entry["name"].as_str().unwrap().to_owned()));
            }
        }
        assert_eq!(statement["to"].as_i64().unwrap(), known, "all that is said to be told is there");
    }
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_racers_on_two_nodes_leave_each_reader_of_the_log_every_number_in_order() {
    let redis = RedisServer::start();
    let (idp, site) = (two_nodes(&redis).await, ClientSpec::confidential("site-a"));
    idp.add_client(&site).await;
    let people = arrive(&idp, &site).await;
    // Numbers begin with the time of the first, and go on by one.
    take_back(
        &idp,
        Target::AccessToken { jti: "first".into(), until: idp.clock.now().plus(60) },
        EndCause::RevokedByClient,
    )
    .await;
    let before = newest(&idp).await;
    let readers = readers(&idp, &site, before).await;
    let (over, last) = watch::channel(None);
    let race = async {
        let acts = people.iter().flat_map(|(_, one, other)| [one.act(&idp, &site), other.act(&idp, &site)]);
        join_all(acts).await;
        over.send(Some(newest(&idp).await)).unwrap();
    };
    let reading = join_all(readers.into_iter().map(|reader| told(reader, before, &last)));
    let ((), told) = futures_util::future::join(race, reading).await;

    let log = idp.db.read(move |connection| revocations::after(connection, before)).await.unwrap();
    let numbers: Vec<i64> = log.iter().map(|entry| entry.number).collect();
    let whole: Vec<i64> = (before + 1..).take(numbers.len()).collect();
    assert_eq!(numbers, whole, "no number is missing in the log");
    assert!(told.len() >= 2 * READERS);
    for entries in &told {
        assert_eq!(entries.iter().map(|(number, _)| *number).collect::<Vec<_>>(), numbers);
        assert_eq!(*entries, told[0], "every reader is told the same");
    }
    for (act, one, other) in &people {
        let ended = |racer: &Racer| log.iter().filter(|entry| entry.revoked.value == racer.sid()).count();
        let alive =
            [one.refresh(&idp, &site).await.status == 200, other.refresh(&idp, &site).await.status == 200];
        match act {
            Act::Refresh => assert_eq!((alive, ended(one), ended(other)), ([true; 2], 0, 0)),
            Act::SignOut => assert_eq!((alive, ended(one), ended(other)), ([false, true], 1, 0)),
            Act::Kick => assert_eq!((alive, ended(one), ended(other)), ([true, false], 0, 1)),
            // The one that was ended first does nothing more.
            Act::KickEachOther => {
                assert!(alive[0] != alive[1], "one of two is left");
                assert_eq!(ended(one) + ended(other), 1, "and the other ended once");
            }
        }
    }
    println!("{} racers, {} entries, {} readers", 2 * people.len(), log.len(), told.len());
}
