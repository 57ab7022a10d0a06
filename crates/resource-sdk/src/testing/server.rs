//! The test provider's endpoints, over plain HTTP/1.1 with one answer a connection: metadata, keys,
//! the feed and its acknowledgements.

use std::{
    net,
    sync::{Arc, PoisonError, RwLock},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    time::timeout,
};

use super::{CLIENT_ID, CLIENT_SECRET, HEARTBEAT, key::TestKey, log::Log};

/// The largest request that is read.
const MAX_REQUEST: usize = 64 * 1024;

pub(super) struct Server {
    url: String,
    /// The last one signs; all are published.
    keys: RwLock<Vec<TestKey>>,
    pub(super) log: Log,
    outage: watch::Sender<Outage>,
}

/// What does not work at the moment.
#[derive(Clone, Copy, Default)]
struct Outage {
    feed_is_cut: bool,
    is_stopped: bool,
    has_ended: bool,
}

impl Server {
    pub(super) fn new(url: String, key: TestKey, log: Log) -> Self {
        Self { url, keys: RwLock::new(vec![key]), log, outage: watch::Sender::default() }
    }

    pub(super) fn set_feed_cut(&self, feed_is_cut: bool) {
        self.outage.send_modify(|outage| outage.feed_is_cut = feed_is_cut);
    }

    pub(super) fn set_stopped(&self, is_stopped: bool) {
        self.outage.send_modify(|outage| outage.is_stopped = is_stopped);
    }

    pub(super) fn end(&self) {
        self.outage.send_modify(|outage| outage.has_ended = true);
    }

    pub(super) fn sign(&self, header: &str, payload: &str) -> String {
        self.with_key(|key| key.sign(header, payload))
    }

    pub(super) fn kid(&self) -> String {
        self.with_key(|key| key.kid.clone())
    }

    /// Signs with a new key from now on; answers the name of the old one.
    pub(super) fn change_key(&self) -> String {
        let old = self.kid();
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        let new = TestKey::generate(&format!("test-key-{}", keys.len() + 1));
        keys.push(new);
        old
    }

    fn with_key<T>(&self, then: impl FnOnce(&TestKey) -> T) -> T {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        then(keys.last().expect("a key"))
    }

    fn jwks(&self) -> String {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        json!({ "keys": keys.iter().map(TestKey::jwk).collect::<Vec<_>>() }).to_string()
    }

    fn metadata(&self) -> String {
        let url = &self.url;
        let (jwks, feed) = (format!("{url}/jwks"), format!("{url}/revocations"));
        let introspection = format!("{url}/introspect");
        json!({
            "issuer": url, "jwks_uri": jwks, "revocation_feed_endpoint": feed,
            "introspection_endpoint": introspection,
        })
        .to_string()
    }

    fn statement(&self, from: u64) -> (u64, String) {
        let (to, payload) = self.log.statement(from);
        let header = json!({"typ": "revocations+jwt", "alg": "RS256", "kid": self.kid()});
        (to, self.sign(&header.to_string(), &payload))
    }
}

/// Serves until the issuer is dropped.
#[tokio::main(flavor = "current_thread")]
pub(super) async fn serve(listener: net::TcpListener, server: &Arc<Server>) {
    listener.set_nonblocking(true).expect("a socket");
    let listener = TcpListener::from_std(listener).expect("a socket");
    let mut outage = server.outage.subscribe();
    let accept = async {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(converse(stream, Arc::clone(server)));
        }
    };
    tokio::select! {
        () = accept => {}
        _ended = outage.wait_for(|outage| outage.has_ended) => {}
    }
}

/// One request and its answer, unless the provider goes away meanwhile.
async fn converse(mut stream: TcpStream, server: Arc<Server>) {
    let mut outage = server.outage.subscribe();
    tokio::select! {
        biased;
        _away = outage.wait_for(|outage| outage.is_stopped || outage.has_ended) => {}
        _broken_pipe = answer(&mut stream, &server) => {}
    }
}

async fn answer(stream: &mut TcpStream, server: &Server) -> std::io::Result<()> {
    let Some(request) = Request::read(stream).await? else { return Ok(()) };
    let is_for_clients = ["/revocations", "/revocations/acknowledgements", "/introspect"];
    if is_for_clients.contains(&request.target.as_str()) && !request.is_authenticated() {
        return stream.write_all(&response("401 Unauthorized", "application/json", "{}")).await;
    }
    match (request.method.as_str(), request.target.as_str()) {
        ("GET", "/.well-known/openid-configuration") => {
            stream.write_all(&response("200 OK", "application/json", &server.metadata())).await
        }
        ("GET", "/jwks") => stream.write_all(&response("200 OK", "application/json", &server.jwks())).await,
        ("GET", "/revocations") => feed(stream, server, &request).await,
        ("POST", "/revocations/acknowledgements") => {
            server.log.acknowledge(request.field("number").parse().unwrap_or(0));
            stream.write_all(&response("204 No Content", "text/plain", "")).await
        }
        ("POST", "/introspect") => {
            let is_active = !server.log.names_something_of(&request.field("token"));
            let answer = json!({ "active": is_active }).to_string();
            stream.write_all(&response("200 OK", "application/json", &answer)).await
        }
        _ => stream.write_all(&response("404 Not Found", "text/plain", "")).await,
    }
}

async fn feed(stream: &mut TcpStream, server: &Server, request: &Request) -> std::io::Result<()> {
    let mut outage = server.outage.subscribe();
    let is_stream = request.header("accept") == Some("text/event-stream");
    let served = async {
        if is_stream {
            return listen(stream, server, request).await;
        }
        stream.write_all(&response("200 OK", "application/jwt", &server.statement(0).1)).await
    };
    tokio::select! {
        biased;
        _cut = outage.wait_for(|outage| outage.feed_is_cut) => Ok(()),
        outcome = served => outcome,
    }
}

async fn listen(stream: &mut TcpStream, server: &Server, request: &Request) -> std::io::Result<()> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-store\r\nconnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).await?;
    if let Some(nonce) = request.header("x-feed-nonce") {
        let anchor = server.log.anchor(nonce);
        stream.write_all(format!("event: anchor\ndata: {anchor}\n\n").as_bytes()).await?;
    }
    let (mut changes, mut number) = (server.log.changes(), request.last_event_id());
    loop {
        let (to, jws) = server.statement(number);
        number = to;
        stream.write_all(format!("id: {to}\nevent: revocations\ndata: {jws}\n\n").as_bytes()).await?;
        let _change_or_heartbeat = timeout(HEARTBEAT, changes.changed()).await;
    }
}

struct Request {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Request {
    async fn read(stream: &mut TcpStream) -> std::io::Result<Option<Self>> {
        let mut octets = Vec::new();
        while octets.len() < MAX_REQUEST {
            if stream.read_buf(&mut octets).await? == 0 {
                return Ok(None);
            }
            if let Some(request) = Self::parse(&String::from_utf8_lossy(&octets)) {
                return Ok(Some(request));
            }
        }
        Ok(None)
    }

    /// The request, once all of it is there.
    fn parse(text: &str) -> Option<Self> {
        let (head, body) = text.split_once("\r\n\r\n")?;
        let mut lines = head.lines();
        let mut first = lines.next()?.split(' ');
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
        let request = Self {
            method: first.next()?.to_owned(),
            target: first.next()?.to_owned(),
            headers: headers.collect(),
            body: body.to_owned(),
        };
        let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        (body.len() >= length).then_some(request)
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn is_authenticated(&self) -> bool {
        let expected = format!("Basic {}", STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}")));
        self.header("authorization") == Some(expected.as_str())
    }

    fn last_event_id(&self) -> u64 {
        self.header("last-event-id").and_then(|id| id.parse().ok()).unwrap_or(0)
    }

    /// A field of the form; empty when it is absent.
    fn field(&self, name: &str) -> String {
        let mut fields = url::form_urlencoded::parse(self.body.as_bytes());
        let field = fields.find(|(known, _)| known == name);
        field.map(|(_, value)| value.into_owned()).unwrap_or_default()
    }
}

fn response(status: &str, content_type: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n");
    format!("{head}connection: close\r\n\r\n{body}").into_bytes()
}
