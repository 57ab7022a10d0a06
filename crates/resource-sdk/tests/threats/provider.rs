//! A provider on this machine that answers as a test tells it to, well or badly, and counts.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use resource_sdk::{Freshness, KeyOptions, RemoteKeys, ResourceServer, Verifier};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::support::*;

/// How a request is answered.
#[derive(Clone)]
pub enum Answer {
    /// 200 with this body.
    Document(Vec<u8>),
    /// These octets, as they are.
    Raw(Vec<u8>),
    /// These octets, then one more now and then.
    Drip(Vec<u8>),
    /// These octets, then zeros without end.
    Flood(Vec<u8>),
    /// Nothing, for ever.
    Silence,
    /// The connection is closed.
    Close,
}

pub struct Provider {
    pub issuer: String,
    answers: Arc<Mutex<HashMap<String, Answer>>>,
    hits: Arc<Mutex<HashMap<String, usize>>>,
}

pub const METADATA: &str = "/.well-known/openid-configuration";
pub const JWKS: &str = "/jwks";
/// How a client begins that expects TLS.
const TLS_HANDSHAKE: &[u8] = &[0x16];

impl Provider {
    /// A healthy provider with our key.
    pub fn start() -> Self {
        Self::start_named("127.0.0.1")
    }

    /// The same under another name for this machine.
    pub fn start_named(host: &str) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let provider =
            Self { issuer: format!("http://{host}:{port}"), answers: Arc::default(), hits: Arc::default() };
        provider.publish(&[KEY.jwk()]);
        provider.describe(json!({}));
        let (answers, hits) = (Arc::clone(&provider.answers), Arc::clone(&provider.hits));
        thread::spawn(move || serve(listener, answers, hits));
        provider
    }

    pub fn answer(&self, path: &str, answer: Answer) {
        self.answers.lock().unwrap().insert(path.to_owned(), answer);
    }

    pub fn publish(&self, keys: &[Value]) {
        self.answer(JWKS, Answer::Document(jwks(keys)));
    }

    /// Publishes metadata with these members changed.
    pub fn describe(&self, changes: Value) {
        let mut metadata = json!({"issuer": self.issuer, "jwks_uri": format!("{}{JWKS}", self.issuer)});
        for (name, value) in changes.as_object().unwrap() {
            metadata[name] = value.clone();
        }
        self.answer(METADATA, Answer::Document(metadata.to_string().into_bytes()));
    }

    pub fn hits(&self, path: &str) -> usize {
        self.hits.lock().unwrap().get(path).copied().unwrap_or(0)
    }

    /// Waits until a path was asked for so many times, and a moment for the answer to be used.
    pub async fn wait_for_hits(&self, path: &str, count: usize) {
        for _ in 0..1_000 {
            if self.hits(path) >= count {
                tokio::time::sleep(Duration::from_millis(200)).await;
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{path} was asked for {} times, not {count}", self.hits(path));
    }

    pub fn keys(&self) -> RemoteKeys {
        RemoteKeys::start(&self.issuer, KeyOptions::default()).unwrap()
    }

    /// Keys that are refreshed every second or so.
    pub fn restless_keys(&self) -> RemoteKeys {
        let options = KeyOptions::default().time_to_live(Duration::from_secs(1));
        RemoteKeys::start(&self.issuer, options).unwrap()
    }

    pub fn verifier(&self, keys: &RemoteKeys) -> Verifier {
        Verifier::builder(&self.issuer, AUDIENCE).freshness(Freshness::Offline).build(keys.clone()).unwrap()
    }

    pub fn resource_server(&self, keys: &RemoteKeys) -> ResourceServer {
        use resource_sdk::{Clock, ManualClock};
        ResourceServer::new(self.verifier(keys)).with_clock(Clock::Manual(ManualClock::new(now())))
    }

    /// A token of this provider under a key.
    pub fn token(&self, key: &TestKey) -> String {
        let mut claims = claims();
        claims["iss"] = self.issuer.clone().into();
        let header = json!({"typ": "at+jwt", "alg": "RS256", "kid": key.kid});
        key.token(header.to_string(), claims.to_string())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn serve(
    listener: std::net::TcpListener,
    answers: Arc<Mutex<HashMap<String, Answer>>>,
    hits: Arc<Mutex<HashMap<String, usize>>>,
) {
    listener.set_nonblocking(true).unwrap();
    let listener = TcpListener::from_std(listener).unwrap();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        tokio::spawn(converse(stream, Arc::clone(&answers), Arc::clone(&hits)));
    }
}

async fn converse(
    mut stream: TcpStream,
    answers: Arc<Mutex<HashMap<String, Answer>>>,
    hits: Arc<Mutex<HashMap<String, usize>>>,
) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut octets = [0; 1024];
        match stream.read(&mut octets).await {
            Ok(0) | Err(_) => return,
            Ok(read) => request.extend_from_slice(&octets[..read]),
        }
        if request.starts_with(TLS_HANDSHAKE) {
            let _broken_pipe = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            return;
        }
    }
    let request = String::from_utf8_lossy(&request);
    let path = request.split(' ').nth(1).unwrap_or("").to_owned();
    *hits.lock().unwrap().entry(path.clone()).or_default() += 1;
    let answer = answers.lock().unwrap().get(&path).cloned();
    let _broken_pipe = send(&mut stream, answer.unwrap_or_else(|| status(404))).await;
}

async fn send(stream: &mut TcpStream, answer: Answer) -> std::io::Result<()> {
    match answer {
        Answer::Document(body) => stream.write_all(&response("200 OK", "", &body)).await,
        Answer::Raw(octets) => stream.write_all(&octets).await,
        Answer::Drip(octets) => {
            stream.write_all(&octets).await?;
            loop {
                tokio::time::sleep(Duration::from_millis(100)).await;
                stream.write_all(b" ").await?;
            }
        }
        Answer::Flood(octets) => {
            stream.write_all(&octets).await?;
            loop {
                stream.write_all(&[b' '; 16_384]).await?;
            }
        }
        Answer::Silence => std::future::pending().await,
        Answer::Close => Ok(()),
    }
}

/// A complete answer that ends its connection.
pub fn response(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n");
    [head.as_bytes(), body].concat()
}

/// An answer of this status without a body.
pub fn status(code: u16) -> Answer {
    Answer::Raw(response(&format!("{code} -"), "", b""))
}
