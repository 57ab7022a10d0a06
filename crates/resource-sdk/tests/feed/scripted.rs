//! A provider whose feed says exactly what a test writes, octet by octet.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{Ed25519KeyPair, KeyPair as _},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use resource_sdk::{
    Clock, FeedOptions, Freshness, KeyOptions, ManualClock, RemoteKeys, ResourceServer, RevocationFeed,
    Verifier,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::support::*;

/// What the next listener gets instead of the stream.
pub type Head = Vec<u8>;

#[derive(Clone)]
pub struct Scripted {
    pub issuer: String,
    run: Arc<Run>,
    shared: Arc<Mutex<Shared>>,
}

/// The run of its feed.
struct Run {
    pair: Ed25519KeyPair,
    started: Instant,
}

#[derive(Default)]
struct Shared {
    /// What is still to be written to the listener, a TCP segment each.
    pieces: VecDeque<Vec<u8>>,
    /// Answers every listener with this.
    head: Option<Head>,
    hang_up: bool,
    snapshot: String,
    snapshots: usize,
    /// When each listener came, and behind which number.
    listeners: Vec<(Instant, Option<String>)>,
    /// Changes what an anchor says before it is signed.
    change_anchor: Option<fn(&mut Value)>,
}

impl Scripted {
    pub fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let run = Run { pair: Ed25519KeyPair::generate().unwrap(), started: Instant::now() };
        let scripted = Self { issuer, run: Arc::new(run), shared: Arc::default() };
        let serving = scripted.clone();
        thread::spawn(move || serve(listener, serving));
        scripted
    }

    /// A site that follows it, and does not mind silence.
    pub async fn patient_site(&self) -> (RevocationFeed, ResourceServer) {
        self.site(FeedOptions::default().heartbeat(Duration::from_secs(60))).await
    }

    pub async fn site(&self, options: FeedOptions) -> (RevocationFeed, ResourceServer) {
        let keys = RemoteKeys::start(&self.issuer, KeyOptions::default()).unwrap();
        keys.ready().await.unwrap();
        let options = options.clock(Clock::Manual(ManualClock::new(now())));
        let feed = RevocationFeed::start(keys.clone(), "site", "secret", options).unwrap();
        let verifier = Verifier::builder(&self.issuer, AUDIENCE).feed(feed.clone());
        let verifier = verifier.freshness(Freshness::Offline).build(keys).unwrap();
        let server = ResourceServer::new(verifier).with_clock(Clock::Manual(ManualClock::new(now())));
        (feed, server)
    }

    pub fn write(&self, piece: impl AsRef<[u8]>) {
        self.shared.lock().unwrap().pieces.push_back(piece.as_ref().to_vec());
    }

    pub fn event(&self, jws: &str) {
        self.write(format!("id: 1\nevent: revocations\ndata: {jws}\n\n"));
    }

    pub fn hang_up(&self) {
        self.shared.lock().unwrap().hang_up = true;
    }

    pub fn answer_with(&self, head: &str) {
        self.shared.lock().unwrap().head = Some(head.as_bytes().to_vec());
    }

    pub fn set_snapshot(&self, jws: String) {
        self.shared.lock().unwrap().snapshot = jws;
    }

    pub fn snapshots(&self) -> usize {
        self.shared.lock().unwrap().snapshots
    }

    pub fn listeners(&self) -> Vec<(Instant, Option<String>)> {
        self.shared.lock().unwrap().listeners.clone()
    }

    pub fn change_anchor(&self, change: fn(&mut Value)) {
        self.shared.lock().unwrap().change_anchor = Some(change);
    }

    /// Statements are made when they are written down here.
    pub fn statement(&self, at_ms: i64, from: u64, to: u64, entries: &[Value]) -> String {
        let header = json!({"typ": "revocations+jwt", "alg": "RS256", "kid": KEY.kid});
        KEY.token(header.to_string(), self.payload(at_ms, from, to, entries).to_string())
    }

    pub fn payload(&self, at_ms: i64, from: u64, to: u64, entries: &[Value]) -> Value {
        json!({
            "iss": self.issuer, "run": self.run.id(), "uptime": self.run.uptime_ms(), "at": NOW * 1_000 + at_ms,
            "from": from, "to": to, "entries": entries,
        })
    }

    fn anchor(&self, nonce: &str) -> String {
        let header = json!({"typ": "revocations-anchor+jwt", "alg": "EdDSA", "kid": self.run.id()});
        let mut payload = json!({"iss": self.issuer, "nonce": nonce, "uptime": self.run.uptime_ms() + 1});
        if let Some(change) = self.shared.lock().unwrap().change_anchor {
            change(&mut payload);
        }
        let part = |part: Value| BASE64URL.encode(part.to_string());
        let input = format!("{}.{}", part(header), part(payload));
        format!("{input}.{}", BASE64URL.encode(self.run.pair.sign(input.as_bytes())))
    }

    /// An entry about this value.
    pub fn entry(&self, number: u64, kind: &str, value: &str) -> Value {
        let input = format!("revocation-feed name\0{}\0{kind}\0{value}", self.issuer);
        let hashed = digest(&SHA256, input.as_bytes());
        entry(number, kind, &BASE64URL.encode(&hashed.as_ref()[..16]))
    }

    /// A token of the person whose session is `session-1`.
    pub fn token(&self) -> String {
        token_claiming("iss", self.issuer.clone())
    }
}

/// An entry with this name.
pub fn entry(number: u64, kind: &str, name: &str) -> Value {
    json!({"n": number, "kind": kind, "name": name, "at": NOW * 1_000, "exp": NOW + 9_000})
}

impl Run {
    fn id(&self) -> String {
        BASE64URL.encode(self.pair.public_key())
    }

    /// It began long before the test.
    fn uptime_ms(&self) -> u64 {
        1_000_000 + u64::try_from(self.started.elapsed().as_millis()).unwrap()
    }
}

#[tokio::main(flavor = "current_thread")]
async fn serve(listener: std::net::TcpListener, scripted: Scripted) {
    listener.set_nonblocking(true).unwrap();
    let listener = TcpListener::from_std(listener).unwrap();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        tokio::spawn(converse(stream, scripted.clone()));
    }
}

async fn converse(mut stream: TcpStream, scripted: Scripted) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.windows(4).any(|octets| octets == b"\r\n\r\n") {
        if stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let issuer = &scripted.issuer;
    match request.split(' ').nth(1).unwrap_or_default() {
        "/.well-known/openid-configuration" => {
            let metadata = json!({"issuer": issuer, "jwks_uri": format!("{issuer}/jwks")}).to_string();
            stream.write_all(&document("application/json", &metadata)).await
        }
        "/jwks" => {
            let jwks = String::from_utf8(jwks(&[KEY.jwk()])).unwrap();
            stream.write_all(&document("application/json", &jwks)).await
        }
        "/revocations" if request.contains("text/event-stream") => listen(stream, scripted, &request).await,
        "/revocations" => {
            scripted.shared.lock().unwrap().snapshots += 1;
            let snapshot = scripted.shared.lock().unwrap().snapshot.clone();
            stream.write_all(&document("application/jwt", &snapshot)).await
        }
        _ => stream.write_all(b"HTTP/1.1 404 -\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await,
    }
}

async fn listen(mut stream: TcpStream, scripted: Scripted, request: &str) -> std::io::Result<()> {
    let header = |name: &str| request.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
    let after = header("last-event-id: ");
    scripted.shared.lock().unwrap().listeners.push((Instant::now(), after));
    let head = scripted.shared.lock().unwrap().head.clone();
    if let Some(head) = head {
        return stream.write_all(&head).await;
    }
    stream.set_nodelay(true)?;
    stream
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
        .await?;
    let anchor = scripted.anchor(&header("x-feed-nonce: ").unwrap());
    stream.write_all(format!("event: anchor\ndata: {anchor}\n\n").as_bytes()).await?;
    loop {
        let (piece, hang_up) = {
            let mut shared = scripted.shared.lock().unwrap();
            let piece = shared.pieces.pop_front();
            let hang_up = piece.is_none() && std::mem::take(&mut shared.hang_up);
            (piece, hang_up)
        };
        match piece {
            _ if hang_up => return Ok(()),
            Some(piece) => stream.write_all(&piece).await?,
            None => tokio::time::sleep(Duration::from_millis(2)).await,
        }
    }
}

fn document(content_type: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n");
    format!("{head}connection: close\r\n\r\n{body}").into_bytes()
}
