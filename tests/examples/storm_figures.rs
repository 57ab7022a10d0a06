//! Measures a storm (docs/measured.md): how long a refresh and a look at the JWKS take while hundreds of people sign in at
//! once, and while thousands of token requests come without authentication; how many of these are turned away; and the
//! memory and the threads of the server before, meanwhile and ten seconds later.
//!
//! ```text
//! cargo build --release -p idp-server
//! cargo run --release -p idp-tests --example storm_figures
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a program that measures may fail loudly and looks at clocks"
)]

use futures_util::future::join_all;
use idp_tests::load_client::{Connection, LoadClient, Person};
use idp_tests::serving::Serving;
use idp_tests::{ClientSpec, TestIdp};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// People who sign in at once.
const SIGN_INS: usize = 300;
/// Requests of the other storm, and how many of them are under way at once.
const STRANGERS: usize = 50_000;
const STRANGERS_AT_ONCE: usize = 1_000;
/// Between two requests of those who are not part of the storm.
const PACE: Duration = Duration::from_millis(10);
const QUIET: Duration = Duration::from_secs(5);

#[actix_web::main]
async fn main() {
    let storm = Storm::prepare().await;
    println!("idle: {}", storm.state());
    storm.beside("nothing", tokio::time::sleep(QUIET)).await;
    storm.beside(&format!("{SIGN_INS} sign-ins at once"), storm.sign_ins()).await;
    println!("ten seconds later: {}", storm.later().await);
    let strangers = format!("{STRANGERS} token requests of strangers, {STRANGERS_AT_ONCE} at once");
    storm.beside(&strangers, storm.strangers()).await;
    println!("ten seconds later: {}", storm.later().await);
}

struct Storm {
    serving: Serving,
    site: LoadClient,
    /// Who is signed in already, and goes on.
    regular: Mutex<Person>,
    _folder: tempfile::TempDir,
}

impl Storm {
    async fn prepare() -> Self {
        let idp = TestIdp::start().await;
        let site = ClientSpec::confidential("site-a");
        idp.add_client(&site).await;
        for number in 0..=SIGN_INS {
            idp.add_user(&format!("person-{number}")).await;
        }
        let site = LoadClient::of(&idp, &site);
        let folder = idp.stop().await;
        let serving = Serving::start(folder.path(), site.port, &["throttle.enabled=false"]).await;
        let regular = Mutex::new(site.sign_in(&format!("person-{SIGN_INS}")).await.unwrap());
        serving.settled_memory().await;
        Self { serving, site, regular, _folder: folder }
    }

    fn state(&self) -> String {
        format!("{} MiB, {} threads", self.serving.memory() / 1024, self.serving.threads())
    }

    async fn later(&self) -> String {
        tokio::time::sleep(Duration::from_secs(10)).await;
        self.state()
    }

    /// Runs `storm`, and beside it one person who refreshes and one site that looks at the keys, at a steady pace.
    async fn beside(&self, what: &str, storm: impl Future<Output = ()>) {
        let (is_over, most) = (AtomicBool::new(false), AtomicUsize::new(0));
        let during = async {
            let began = Instant::now();
            storm.await;
            is_over.store(true, Ordering::Relaxed);
            began.elapsed()
        };
        let watch = async {
            while !is_over.load(Ordering::Relaxed) {
                most.fetch_max(self.serving.memory() / 1024, Ordering::Relaxed);
                tokio::time::sleep(PACE).await;
            }
        };
        let mut person = self.regular.lock().await;
        let refreshing = paced(&is_over, self.site.port, async |connection| {
            self.site.refresh(connection, &mut person).await.unwrap();
        });
        let looking = paced(&is_over, self.site.port, async |connection| {
            assert_eq!(connection.ask("GET", "/jwks", "", "").await.status, 200);
        });
        let (lasted, (), refreshes, looks) = tokio::join!(during, watch, refreshing, looking);
        let most = most.into_inner();
        println!("\nbeside {what} ({:.1} s): at most {most} MiB", lasted.as_secs_f64());
        for (what, times) in [("refresh", refreshes), ("JWKS", looks)] {
            let (median, p99, count) = (quantile(&times, 0.5), quantile(&times, 0.99), times.len());
            println!("  {what}: median {median:.1} ms, p99 {p99:.1} ms ({count} times)");
        }
    }

    async fn sign_ins(&self) {
        let names: Vec<String> = (0..SIGN_INS).map(|number| format!("person-{number}")).collect();
        let signed_in = join_all(names.iter().map(|name| self.site.sign_in(name))).await;
        count(
            signed_in
                .into_iter()
                .map(|outcome| outcome.map_or_else(|failure| failure.status().unwrap(), |_| 200)),
        );
    }

    async fn strangers(&self) {
        let asked = join_all((0..STRANGERS_AT_ONCE).map(|_| async {
            let mut connection = Connection::open(self.site.port).await;
            let mut answers = Vec::new();
            for _ in 0..STRANGERS / STRANGERS_AT_ONCE {
                let form = "grant_type=client_credentials";
                answers.push(connection.post("/token", "Basic bm9ib2R5Ondyb25n", form).await.status);
            }
            answers
        }));
        count(asked.await.into_iter().flatten());
    }
}

/// How long each took, in milliseconds.
async fn paced(is_over: &AtomicBool, port: u16, mut act: impl AsyncFnMut(&mut Connection)) -> Vec<f64> {
    let mut connection = Connection::open(port).await;
    let mut times = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        let began = Instant::now();
        act(&mut connection).await;
        times.push(began.elapsed().as_secs_f64() * 1000.0);
        tokio::time::sleep(PACE).await;
    }
    times
}

fn quantile(times: &[f64], of: f64) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[((sorted.len() - 1) as f64 * of).round() as usize]
}

/// Prints how many answers had each status.
fn count(statuses: impl Iterator<Item = u16>) {
    let mut counts = BTreeMap::new();
    for status in statuses {
        *counts.entry(status).or_insert(0) += 1;
    }
    println!("\nanswers: {counts:?}");
}
