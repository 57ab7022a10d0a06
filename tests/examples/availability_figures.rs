//! Measures what people and sites notice when parts of an installation go away (docs/measured.md): two nodes behind HAProxy, with
//! the file of `deploy/proxy`, over PostgreSQL with a synchronous replica (`synchronous_commit = remote_apply`, so that nothing that was
//! confirmed is lost with the primary) and a Redis with a replica and a Sentinel. Traffic is steady; meanwhile nodes are upgraded from
//! another build one after the other, restarted one after the other, one is killed, the primary is killed and its replica promoted, and
//! the same with Redis. Nodes find the primary by both addresses in `storage.database_url` and `target_session_attrs=read-write`.
//!
//! ```text
//! cargo build --release -p idp-server
//! cargo run --release -p idp-tests --example availability_figures
//! cargo run --release -p idp-tests --example availability_figures -- target/release/idp-server ../before/target/release/idp-server
//! ```
//!
//! The first path is the build to look at, without one that which was built beside this program; the second one is the build before, over
//! whose tables it must be able to run. Without it the upgrade is left out. Needs PostgreSQL, Redis and HAProxy (`tests/run` brings them),
//! and takes about five minutes.
//!
//! One row of a table for each. "n / f / r" is how often something was begun, how often the first try failed, and how often one retry
//! a second later failed as well; of a refresh that is the same token again. After that each is repeated until it is answered, for a minute.
//! Then each family is refreshed and each session used once more (lost: was refused), and everything that was ended is tried once more
//! (resurrected: was accepted). The gap is the longest time in which nothing of a kind went well. A program that stops with 1 says on standard
//! error what it found: that a restart or an upgrade lost something, or that anything was resurrected at all.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a program that measures may fail loudly"
)]

use idp_tests::house::House;
use idp_tests::ports::free_port;
use idp_tests::postgres::PostgresServer;
use idp_tests::redis::RedisSentinel;
use idp_tests::serving::{self, Build};
use idp_tests::traffic::{Kind, Plan, Report, Traffic};
use idp_tests::{ClientSpec, eventually};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const PEOPLE: usize = 25;
const SESSIONS: usize = 40;
/// Before something goes away, and after everything went well again.
const QUIET: Duration = Duration::from_secs(5);
/// A node that was killed stays away for so long.
const AWAY: Duration = Duration::from_secs(5);
/// The time between two acts, in milliseconds: about twenty in a second.
const PACES_MS: [(Kind, u64); 6] = [
    (Kind::SignIn, 500),
    (Kind::Refresh, 150),
    (Kind::Userinfo, 250),
    (Kind::Introspection, 250),
    (Kind::SignOut, 600),
    (Kind::Kick, 3000),
];
const HEADING: &str = "\
| what happens | for, s | everything: n / f / r | sign-ins | refreshes | families lost | sessions lost | resurrected | no answer for a minute | longest gap, s: sign-in; refresh; userinfo; introspection |
|---|---|---|---|---|---|---|---|---|---|";

#[derive(Copy, Clone, Eq, PartialEq)]
enum Fault {
    Upgrade,
    Restart,
    Killed,
    Postgres,
    Redis,
}

impl Fault {
    const fn name(self) -> &'static str {
        match self {
            Self::Upgrade => "rolling upgrade from the build before",
            Self::Restart => "rolling restart",
            Self::Killed => "a node is killed, and comes back",
            Self::Postgres => "the primary of PostgreSQL is killed, its replica promoted",
            Self::Redis => "the master of Redis is killed, its replica promoted by a Sentinel",
        }
    }

    /// Whether people and sites must notice nothing.
    const fn is_planned(self) -> bool {
        matches!(self, Self::Upgrade | Self::Restart)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let mut paths = std::env::args().skip(1).map(|path| PathBuf::from(path).canonicalize().unwrap());
    let program = paths.next().unwrap_or_else(serving::program);
    let before = paths.next();
    let mut experiment = Experiment::prepare(&program, before.as_deref()).await;
    println!("{HEADING}");
    let upgrade = before.is_some().then_some(Fault::Upgrade);
    let others = [Fault::Restart, Fault::Killed, Fault::Postgres, Fault::Redis];
    let mut is_well = true;
    for fault in upgrade.into_iter().chain(others) {
        is_well &= experiment.measure(fault).await;
    }
    if is_well {
        return ExitCode::SUCCESS;
    }
    eprintln!("logs of the nodes: {}", experiment.house.keep_logs().display());
    ExitCode::FAILURE
}

struct Experiment {
    house: House,
    site: ClientSpec,
    primary: PostgresServer,
    replica: PostgresServer,
    redis: RedisSentinel,
    /// The build that nodes are upgraded to.
    program: PathBuf,
}

impl Experiment {
    /// The build before prepares everything, where there is one.
    async fn prepare(program: &Path, before: Option<&Path>) -> Self {
        let (primary, redis) = (PostgresServer::start(""), RedisSentinel::start());
        primary.create_database("idp");
        let replica = primary.synchronous_replica();
        let build = Build::prepare(
            before.unwrap_or(program),
            &[
                &format!("storage.database_url={}", primary.url_of_either(&replica, "idp")),
                "redis.url=redis://story",
                &format!("redis.sentinels={}", redis.sentinel.url()),
                // All of them come from one address.
                "throttle.exempt=127.0.0.0/8",
            ],
        );
        let site = ClientSpec::confidential("site-a");
        let audience = site.client.metadata.audience.clone();
        let site = build.add_client(site, &["--feed", "--audience", &audience]);
        (0..PEOPLE).for_each(|number| build.add_person(&person(number)));
        let port = free_port();
        let house = House::start(build, port, port).await;
        Self { house, site, primary, replica, redis, program: program.to_owned() }
    }

    /// Prints a row; whether nothing was found that must not be.
    async fn measure(&mut self, fault: Fault) -> bool {
        let traffic = Traffic::start(Plan {
            issuer: self.house.issuer().to_owned(),
            sites: vec![self.site.clone()],
            people: (0..PEOPLE).map(person).collect(),
            sessions: SESSIONS,
            paces: PACES_MS.map(|(kind, pace)| (kind, Duration::from_millis(pace))).to_vec(),
            look_back: Duration::from_millis(500),
            freshness: Duration::from_secs(3),
        });
        sleep(QUIET).await;
        let begun = Instant::now();
        self.strike(fault).await;
        let lasted = begun.elapsed();
        traffic.wait_until_well().await;
        sleep(QUIET).await;
        let report = traffic.finish().await;
        println!("{}", row(fault, lasted, &report));
        let (sign_ins, refreshes) = (report.journal.count(Kind::SignIn), report.journal.count(Kind::Refresh));
        let findings = &report.findings;
        let is_nothing_lost = (sign_ins.failed, refreshes.failed, findings.undecided) == (0, 0, 0)
            && findings.losses.is_empty()
            && findings.lost_sessions == 0;
        let ended = self.house.ended();
        let is_well =
            findings.resurrected == 0 && ended.is_empty() && (is_nothing_lost || !fault.is_planned());
        for note in &findings.notes {
            eprintln!("{}: {note}", fault.name());
        }
        for node in ended {
            eprintln!("{}: node {node} has ended by itself", fault.name());
        }
        is_well
    }

    async fn strike(&mut self, fault: Fault) {
        match fault {
            Fault::Upgrade | Fault::Restart => {
                self.house.replace_binary(&self.program);
                for node in 0..2 {
                    self.house.restart(node).await;
                }
            }
            Fault::Killed => {
                self.house.kill(1);
                sleep(AWAY).await;
                self.house.begin(1).await;
            }
            Fault::Postgres => {
                self.primary.kill();
                self.replica.promote();
            }
            Fault::Redis => {
                let RedisSentinel { master, replica, .. } = &self.redis;
                replica.wait_for_master();
                master.kill();
                let is_promoted = async || replica.cli(&["ROLE"]).starts_with("master");
                eventually("the replica is promoted", is_promoted).await;
            }
        }
    }
}

fn person(number: usize) -> String {
    format!("person-{number}")
}

fn row(fault: Fault, lasted: Duration, report: &Report) -> String {
    let Report { journal, findings, since, until, .. } = report;
    let (all, sign_ins, refreshes) =
        (journal.count_all(), journal.count(Kind::SignIn), journal.count(Kind::Refresh));
    let gaps = Kind::WITHOUT_END
        .map(|kind| format!("{:.1}", journal.longest_gap(kind, *since, *until).as_secs_f64()));
    let gaps = gaps.join("; ");
    let late = findings.losses.iter().filter(|loss| loss.is_beyond_the_grace()).count();
    let late = if late > 0 { format!(" ({late} of which came back too late)") } else { String::new() };
    format!(
        "| {} | {:.1} | {all} | {sign_ins} | {refreshes} | {}{late} | {} | {} | {} | {gaps} |",
        fault.name(),
        lasted.as_secs_f64(),
        findings.lost_families(),
        findings.lost_sessions,
        findings.resurrected,
        findings.undecided,
    )
}
