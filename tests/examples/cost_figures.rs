//! Measures what a setting costs, or what another build does, on SQLite (docs/measured.md): two servers stand side by side, and the same is
//! asked of the one and of the other by turns of a second, so that what else the machine does meets both alike.
//!
//! ```text
//! cargo build --release -p idp-server
//! cargo run --release -p idp-tests --example cost_figures -- metrics.listen=127.0.0.1:9464
//! cargo run --release -p idp-tests --example cost_figures -- traces.ratio=0.01
//! cargo run --release -p idp-tests --example cost_figures -- ../before/target/release/idp-server
//! ```
//!
//! What is behind `--` are settings of the second server, or the path of its build. With a setting that begins with `traces.`, spans go to a
//! collector in this process. Ratios are those of the second server to the first: of the processor time of its process for each, over all turns,
//! and of how many a second, the middle one of all turns, and those that a quarter of the turns are below and above. Where metrics are on, they are fetched once a second, more often than by a Prometheus.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a program that measures may fail loudly and looks at clocks"
)]

use futures_util::future::join_all;
use idp_tests::ClientSpec;
use idp_tests::collector::Collector;
use idp_tests::load_client::{Connection, LoadClient, Person};
use idp_tests::ports::free_port;
use idp_tests::serving::{self, Build, PASSWORD, Serving};
use std::path::PathBuf;
use std::time::{Duration, Instant};

const AT_A_TIME: usize = 16;
const TURN: Duration = Duration::from_secs(1);
const TURNS: usize = 15;

#[actix_web::main]
async fn main() {
    let (settings, paths): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|argument| argument.contains('='));
    let program =
        paths.first().map_or_else(serving::program, |path| PathBuf::from(path).canonicalize().unwrap());
    let collector = Collector::new();
    let _listening = collector.listen();
    let mut more = settings.clone();
    if more.iter().any(|setting| setting.starts_with("traces.")) {
        more.push(format!("traces.endpoint={}", collector.endpoint));
    }
    let scraped = settings.iter().find_map(|setting| setting.strip_prefix("metrics.listen="));
    let _scraping = scraped.map(|address| actix_web::rt::spawn(scrape(address.to_owned())));
    let mut sides = [Side::prepare(serving::program(), &[]).await, Side::prepare(program, &more).await];
    println!(
        "| what | µs of processor, without | with | ratio | a second, without | with | ratio: a quarter, the middle, three quarters |\n\
         |-|-|-|-|-|-|-|"
    );
    for kind in ["client credentials", "refreshes", "silent sign-ins", "introspections", "userinfo answers"] {
        let (mut turns, before) = (Vec::new(), [0, 1].map(|side| sides[side].spent()));
        for turn in 0..TURNS {
            let mut rates = [0.0, 0.0];
            for first in 0..2 {
                let side = (turn + first) % 2;
                rates[side] = sides[side].rate(kind).await;
            }
            turns.push(rates);
        }
        let middle = |side: usize| quarters(turns.iter().map(|rates| rates[side]).collect())[1];
        let ratios = quarters(turns.iter().map(|rates| rates[1] / rates[0]).collect());
        let costs = [0, 1].map(|side| {
            let (spent, count) = sides[side].spent();
            (spent - before[side].0) * 1e6 / f64::from(count - before[side].1)
        });
        println!(
            "| {kind} | {:.1} | {:.1} | {:.3} | {:.0} | {:.0} | {:.3}, {:.3}, {:.3} |",
            costs[0],
            costs[1],
            costs[1] / costs[0],
            middle(0),
            middle(1),
            ratios[0],
            ratios[1],
            ratios[2]
        );
    }
    println!("{} spans were collected", collector.take_spans().len());
}

fn quarters(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [values.len() / 4, values.len() / 2, values.len() * 3 / 4].map(|index| values[index])
}

async fn scrape(address: String) {
    let client = reqwest::Client::new();
    loop {
        actix_web::rt::time::sleep(Duration::from_secs(1)).await;
        if let Ok(answer) = client.get(format!("http://{address}/metrics")).send().await {
            answer.bytes().await.unwrap();
        }
    }
}

/// A server with people who are signed in.
struct Side {
    site: LoadClient,
    people: Vec<Person>,
    /// What was done so far.
    count: u32,
    serving: Serving,
    _build: Build,
}

impl Side {
    async fn prepare(program: PathBuf, settings: &[String]) -> Self {
        let port = free_port();
        let issuer = format!("issuer.url=http://idp.localhost:{port}");
        let mut all = vec![issuer.as_str(), "throttle.enabled=false", "log.filter=off"];
        all.extend(settings.iter().map(String::as_str));
        let build = Build::prepare(&program, &all[..1]);
        let grants = ["authorization_code", "refresh_token", "client_credentials"];
        let grants = grants.map(|grant| ["--grant", grant]).concat();
        let spec = build.add_client(ClientSpec::confidential("site-a"), &grants);
        for number in 0..AT_A_TIME {
            build.add_person(&format!("person-{number}"));
        }
        let serving = Serving::start_of(&program, build.folder.path(), port, &all).await;
        let site = LoadClient::registered(port, &spec);
        let mut people = Vec::new();
        for number in 0..AT_A_TIME {
            people.push(site.sign_in_with(&format!("person-{number}"), PASSWORD).await.unwrap());
        }
        Self { site, people, count: 0, serving, _build: build }
    }

    /// Processor time of the server in seconds, and for how much.
    fn spent(&self) -> (f64, u32) {
        (self.serving.work() as f64 / 100.0, self.count)
    }

    /// How often a second the people of this server do it, each on a connection of their own.
    async fn rate(&mut self, kind: &str) -> f64 {
        let (site, started) = (&self.site, Instant::now());
        let counts = self.people.iter_mut().map(|person| async move {
            let (mut connection, mut count) = (Connection::open(site.port).await, 0);
            while started.elapsed() < TURN {
                act(site, kind, &mut connection, person).await;
                count += 1;
            }
            count
        });
        let count: u32 = join_all(counts).await.into_iter().sum();
        self.count += count;
        f64::from(count) / started.elapsed().as_secs_f64()
    }
}

async fn act(site: &LoadClient, kind: &str, connection: &mut Connection, person: &mut Person) {
    let done = match kind {
        "client credentials" => {
            let answer = connection.post("/token", &site.basic, "grant_type=client_credentials").await;
            return assert_eq!(answer.status, 200);
        }
        "refreshes" => site.refresh(connection, person).await,
        "silent sign-ins" => site.grant(connection, &person.cookies).await.map(drop),
        "introspections" => site.introspect(connection, person).await,
        _ => site.userinfo(connection, person).await,
    };
    done.unwrap();
}
