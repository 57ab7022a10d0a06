//! Measures the revocation feed (docs/measured.md): how long a revocation takes to a listener, how many signatures a burst
//! costs, and what listeners cost a server.
//!
//! ```text
//! cargo build --release -p idp-server
//! ulimit -n 65536; cargo run --release -p idp-tests --example feed_figures -- 10000
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a program that measures may fail loudly and looks at clocks"
)]

use futures_util::StreamExt as _;
use idp_core::key::SigningKey;
use idp_core::revocation::{Batch, Entry, Moment, Nonce, Run};
use idp_core::session::EndCause;
use idp_server::db::audit_events::AuditContext;
use idp_server::db::clients;
use idp_server::store::revoke::Target;
use idp_tests::serving::Serving;
use idp_tests::{ClientSpec, TestIdp, jwt};
use reqwest::Response;
use rsa::rand_core::OsRng;
use serde_json::Value;
use std::ops::Range;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const REVOCATIONS: usize = 500;
const BURST: usize = 1000;
const MANY_LISTENERS: [&str; 3] = [
    "feed.max_listeners=20000",
    "feed.max_listeners_per_client=20000",
    "listen.connections_per_worker=20000",
];

#[tokio::main]
async fn main() {
    let listeners = std::env::args().nth(1).map_or(1000, |count| count.parse().unwrap());
    what_an_anchor_costs();
    delays_and_bursts().await;
    what_listeners_cost(listeners).await;
}

/// Signing the nonce of one listener, beside the RSA signature of a statement.
fn what_an_anchor_costs() {
    const TIMES: u32 = 2_000;
    let run = Run::generate(&mut OsRng).unwrap();
    let nonce = Nonce::parse("AAAAAAAAAAAAAAAAAAAAAA").unwrap();
    let since = Instant::now();
    let bytes =
        (0..TIMES).map(|ms| run.anchor("https://idp.example", &nonce, ms.into()).unwrap().len()).max();
    println!("an anchor: {:?} and {} bytes", since.elapsed() / TIMES, bytes.unwrap());
    let key = SigningKey::generate(2048).unwrap();
    let moment = Moment { uptime_ms: 1_000_000, at_ms: 1_700_000_000_000 };
    let batch = Batch::<Entry> { run: run.id(), moment, from: 7, to: 7, entries: &[] };
    let since = Instant::now();
    let bytes = (0..TIMES / 10).map(|_| batch.sign(&key, "https://idp.example").unwrap().len()).max();
    println!("a heartbeat: {:?} and {} bytes", since.elapsed() / (TIMES / 10), bytes.unwrap());
}

/// One listener.
struct Reader {
    answer: Response,
    text: String,
}

impl Reader {
    async fn open(idp: &TestIdp, site: &ClientSpec) -> Self {
        let request = idp.http.get(idp.url("/revocations")).header("accept", "text/event-stream");
        let answer = request.basic_auth(site.id(), site.secret.as_ref()).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        Self { answer, text: String::new() }
    }

    /// The entries of the next event.
    async fn next(&mut self) -> Vec<Value> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let jws = event.lines().find_map(|line| line.strip_prefix("data: ")).map(str::to_owned);
                self.text = rest.to_owned();
                if let Some(jws) = jws {
                    return jwt::claims(&jws)["entries"].as_array().unwrap().clone();
                }
                continue;
            }
            let piece = self.answer.chunk().await.unwrap().expect("the stream goes on");
            self.text.push_str(std::str::from_utf8(&piece).unwrap());
        }
    }
}

fn token(number: usize, idp: &TestIdp) -> Target {
    Target::AccessToken { jti: format!("token-{number}"), until: idp.clock.now().plus(1800) }
}

async fn take_back(target: Target, idp: &TestIdp) {
    idp.app
        .store
        .revoke(target, EndCause::RevokedByClient, AuditContext::default(), idp.clock.now())
        .await
        .unwrap();
}

async fn delays_and_bursts() {
    let idp = TestIdp::start().await;
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    let mut reader = Reader::open(&idp, &site).await;
    let (mut asked, mut committed) = (Vec::new(), Vec::new());
    for number in 0..REVOCATIONS {
        let since = Instant::now();
        take_back(token(number, &idp), &idp).await;
        let since_commit = Instant::now();
        while reader.next().await.is_empty() {}
        asked.push(since.elapsed());
        committed.push(since_commit.elapsed());
    }
    println!(
        "{REVOCATIONS} revocations, one after the other, from the call to the event: {}",
        quantiles(asked)
    );
    println!("  from the commit to the event: {}", quantiles(committed));

    let since = Instant::now();
    let burst = async {
        let all = (0..BURST).map(|number| take_back(token(REVOCATIONS + number, &idp), &idp));
        futures_util::future::join_all(all).await;
        since.elapsed()
    };
    let reading = async {
        let (mut entries, mut batches) = (0, 0);
        while entries < BURST {
            let news = reader.next().await;
            entries += news.len();
            batches += usize::from(!news.is_empty());
        }
        (batches, since.elapsed())
    };
    let (wrote, (batches, read)) = tokio::join!(burst, reading);
    println!(
        "a burst of {BURST}: {batches} batches, that is signatures; committed after {wrote:?}, all told after {read:?}"
    );
}

fn quantiles(mut delays: Vec<Duration>) -> String {
    delays.sort();
    let at = |share: f64| delays[((delays.len() - 1) as f64 * share) as usize];
    format!("p50 {:?}, p90 {:?}, p99 {:?}, most {:?}", at(0.5), at(0.9), at(0.99), at(1.0))
}

async fn what_listeners_cost(count: usize) {
    let idp = TestIdp::start().await;
    let site = ClientSpec::confidential("site-a");
    let client = site.client.clone().checked().unwrap();
    idp.db
        .write(idp_server::db::Locks::installation(), move |connection| clients::insert(connection, &client))
        .await
        .unwrap();
    let port: u16 = idp.issuer.rsplit(':').next().unwrap().parse().unwrap();
    let folder = idp.stop().await;
    let serving = Serving::start(folder.path(), port, &MANY_LISTENERS).await;
    // What the first ones cost once and for all (threads, connections to the database) is not theirs.
    let idle = serving.work();
    let mut open = open_streams(&site, port, 0..count / 2, false).await;
    let unanchored = serving.work() - idle;
    let before = serving.settled_memory().await;
    let idle = serving.work();
    open.extend(open_streams(&site, port, count / 2..count, true).await);
    let anchored = serving.work() - idle;
    let each_ms = |work: u64| work as f64 * 10.0 / (count / 2).max(1) as f64;
    println!(
        "  processor time to connect, each: {:.2} ms without an anchor, {:.2} ms with one",
        each_ms(unanchored),
        each_ms(anchored)
    );
    let after = serving.settled_memory().await;
    let each = after.saturating_sub(before) * 1024 / (count - count / 2).max(1);
    println!("  memory with half of them {before} KiB, with all {after} KiB: {each} bytes each");
    let streams = tokio::spawn(read_for(open, Duration::from_secs(20)));
    tokio::time::sleep(Duration::from_secs(5)).await;
    let work = serving.work();
    tokio::time::sleep(Duration::from_secs(10)).await;
    println!(
        "  processor time for a heartbeat a second to all: {:.1} % of a core",
        (serving.work() - work) as f64 / 10.0
    );
    answers_in_time(port).await;
    let bytes = streams.await.unwrap();
    println!("  {} bytes read for each in 20 s", bytes / count.max(1));
    println!("  stopped by SIGTERM after {:?}", serving.stop().await);
    drop::<PathBuf>(folder.keep());
}

async fn open_streams(site: &ClientSpec, port: u16, numbers: Range<usize>, anchored: bool) -> Vec<TcpStream> {
    let (since, count) = (Instant::now(), numbers.len());
    // As many at once as the queue of the socket bears.
    let streams =
        futures_util::stream::iter(numbers).map(|number| listen(port, request(site, port, number, anchored)));
    let open: Vec<TcpStream> = streams.buffer_unordered(200).collect().await;
    println!("{count} listeners came in {:?}", since.elapsed());
    open
}

/// A person who signs in or refreshes finds the server as ever.
async fn answers_in_time(port: u16) {
    let mut delays = Vec::new();
    for _ in 0..200 {
        let since = Instant::now();
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let ask = format!("GET /jwks HTTP/1.1\r\nhost: idp.localhost:{port}\r\nconnection: close\r\n\r\n");
        stream.write_all(ask.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 200"));
        delays.push(since.elapsed());
    }
    println!("  other requests meanwhile, a connection each: {}", quantiles(delays));
}

fn request(site: &ClientSpec, port: u16, number: usize, anchored: bool) -> String {
    use base64::Engine as _;
    let pair = format!("{}:{}", site.id(), site.secret.as_ref().unwrap());
    let nonce = if anchored { format!("x-feed-nonce: {number:022}\r\n") } else { String::new() };
    let proof = base64::engine::general_purpose::STANDARD.encode(pair);
    format!(
        "GET /revocations HTTP/1.1\r\nhost: idp.localhost:{port}\r\nauthorization: Basic {proof}\r\n\
         accept: text/event-stream\r\nx-feed-instance: web-{number}\r\n{nonce}\r\n"
    )
}

/// Connects and waits for the first octets.
async fn listen(port: u16, request: String) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = [0; 4096];
    let read = stream.read(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer[..read]));
    stream
}

/// Reads all that comes; answers how many octets.
async fn read_for(streams: Vec<TcpStream>, time: Duration) -> usize {
    let mut readers = JoinSet::new();
    let until = tokio::time::Instant::now() + time;
    for mut stream in streams {
        readers.spawn(async move {
            let (mut total, mut piece) = (0, [0; 2048]);
            while let Ok(read) = tokio::time::timeout_at(until, stream.read(&mut piece)).await {
                match read.unwrap() {
                    0 => break,
                    read => total += read,
                }
            }
            total
        });
    }
    readers.join_all().await.into_iter().sum()
}
