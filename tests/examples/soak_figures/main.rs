//! Shows that an installation stays as it is (docs/measured.md): hours of mixed traffic on two nodes behind HAProxy, over PostgreSQL and
//! Redis, while something goes wrong every few minutes ([`faults`]). Each minute it looks at the memory, the descriptors and the threads of each
//! node, the rows of every table, and Redis ([`samples`]); at the end it compares the last quarter with the first. All the time it looks
//! whether what was acknowledged stays good, and whether what was ended stays so, at the provider and at sites that verify offline.
//!
//! ```text
//! cargo build --release -p idp-server
//! cargo run --release -p idp-tests --example soak_figures
//! cargo run --release -p idp-tests --example soak_figures -- 20 target/release/idp-server
//! ```
//!
//! The number is how many minutes it lasts (120), the path which build is looked at (the one built beside this program). The rate is
//! bounded, about six acts a second, and everything is on this machine. Needs PostgreSQL, Redis and HAProxy (`tests/run` brings them).
//!
//! Node one is never stopped, so that what it gathers is seen; node two is restarted and killed. Lifetimes are short, so that things expire
//! meanwhile. It stops with 1 when something grew more than is allowed there, when anything was lost that is not stated to be, or anything
//! resurrected. Stated is: when Redis loses its data, sites sign people in again without a form (docs/operate.md), and a spent refresh
//! token that comes back after ten seconds ends its family (docs/explanations/refresh.md).

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a program that measures may fail loudly"
)]

mod explained;
mod faults;
mod samples;

use explained::Explained;
use faults::{Fault, Installation};
use idp_tests::traffic::{Kind, Plan, Report, Traffic};
use samples::Samples;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The time between two acts, in milliseconds.
const PACES_MS: [(Kind, u64); 6] = [
    (Kind::SignIn, 3000),
    (Kind::Refresh, 500),
    (Kind::Userinfo, 700),
    (Kind::Introspection, 700),
    (Kind::SignOut, 3000),
    (Kind::Kick, 15_000),
];
const SESSIONS: usize = 60;
/// A site learns of the end of a session from the feed within so long, or accepts nothing.
const FRESHNESS: Duration = Duration::from_secs(3);
/// Nodes notice within this that Redis has lost its data.
const NOTICED: Duration = Duration::from_secs(3);

#[tokio::main]
async fn main() -> ExitCode {
    let minutes: u32 = std::env::args().nth(1).map_or(120, |minutes| minutes.parse().expect("minutes"));
    let program = std::env::args().nth(2).map(|path| PathBuf::from(path).canonicalize().unwrap());
    let lasts = Duration::from_secs(60) * minutes;
    let mut installation = Installation::prepare(program.as_deref()).await;
    let traffic = Traffic::start(Plan {
        issuer: installation.house.issuer().to_owned(),
        sites: installation.sites.clone(),
        people: faults::people(),
        sessions: SESSIONS,
        paces: PACES_MS.map(|(kind, pace)| (kind, Duration::from_millis(pace))).to_vec(),
        look_back: Duration::from_secs(1),
        freshness: FRESHNESS,
    });
    let (since, mut samples, mut count) = (Instant::now(), Samples::default(), 0);
    let each_fault = (lasts / 24).clamp(Duration::from_secs(40), Duration::from_secs(300));
    let each_sample = Duration::from_secs(60).min(lasts / 24);
    let (mut next_fault, mut next_sample) = (since + each_fault, since);
    for fault in Fault::ALL.into_iter().cycle() {
        while since.elapsed() < lasts && Instant::now() < next_fault {
            if Instant::now() >= next_sample {
                samples.take(&installation);
                next_sample += each_sample;
            }
            sleep(Duration::from_millis(200)).await;
        }
        if since.elapsed() >= lasts {
            break;
        }
        let begun = Instant::now();
        installation.strike(fault).await;
        traffic.wait_until_well().await;
        eprintln!("{}: well again after {:.1?}", fault.name(), begun.elapsed());
        count += 1;
        next_fault += each_fault;
    }
    samples.take(&installation);
    let report = traffic.finish().await;
    println!("{minutes} minutes, {count} faults, {} acts\n", report.journal.0.len());
    let mut wrongs = samples.print_and_compare(lasts, &Explained::by(&report, count, lasts));
    wrongs.extend(lost_or_resurrected(&report, &installation));
    let not_told = installation.wait_for_logout_tokens(&report.ended).await;
    wrongs
        .extend((not_told > 0).then(|| format!("{not_told} ended sessions of which the site was not told")));
    wrongs.extend(installation.house.ended().iter().map(|node| format!("node {node} has ended by itself")));
    for wrong in report.findings.notes.iter().chain(&wrongs) {
        eprintln!("{wrong}");
    }
    if wrongs.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!("logs of the nodes: {}", installation.house.keep_logs().display());
    ExitCode::FAILURE
}

/// Prints how each kind went, and what was lost; says what must not be.
fn lost_or_resurrected(report: &Report, installation: &Installation) -> Vec<String> {
    println!("\n| act | begun / first try failed / one retry failed as well |\n|---|---|");
    for kind in Kind::ALL {
        println!("| {} | {} |", kind.name(), report.journal.count(kind));
    }
    let findings = &report.findings;
    let with_redis = |loss: &&idp_tests::traffic::Loss| {
        let is_in = |data_loss: &&(Instant, Instant)| {
            loss.since < data_loss.1 + NOTICED && loss.at > data_loss.0 && loss.kind == Kind::Refresh
        };
        installation.redis_losses.iter().any(|data_loss| is_in(&data_loss))
    };
    let of_redis = findings.losses.iter().filter(with_redis).count();
    let others = findings.losses.iter().filter(|loss| !with_redis(loss));
    let late = others.clone().filter(|loss| loss.is_beyond_the_grace()).count();
    let lost = others.count() - late;
    let table = [
        ("tokens renewed without a form after Redis lost its data", of_redis),
        ("families ended by a token that came back too late", late),
        ("tokens lost", lost),
        ("sessions lost", findings.lost_sessions),
        ("sessions ended", report.ended.len()),
        ("ended sessions tried again meanwhile", report.looked_back),
        ("resurrected", findings.resurrected),
        ("no answer for a minute", findings.undecided),
        ("good tokens refused by a site whose feed was behind", findings.behind),
    ];
    println!("\n| what | how many |\n|---|---|");
    for (what, number) in table {
        println!("| {what} | {number} |");
    }
    let must_not_be = ["tokens lost", "sessions lost", "resurrected", "no answer for a minute"];
    let wrongs = table.iter().filter(|(what, number)| must_not_be.contains(what) && *number > 0);
    wrongs.map(|(what, number)| format!("{what}: {number}")).collect()
}
