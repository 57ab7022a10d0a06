//! Two nodes in processes of their own, over PostgreSQL and Redis, behind each of the proxies in `deploy/proxy` that the distribution has.

use crate::feed::Reader;
use crate::own_process::idp_server;
use crate::pictures::png;
use diesel::prelude::*;
use idp_server::clock::{Clock, Stopwatch};
use idp_server::config::DatabaseUrl;
use idp_server::db::Db;
use idp_server::db::schema::audit_events;
use idp_tests::ports::free_port;
use idp_tests::postgres::PostgresServer;
use idp_tests::redis::RedisServer;
use idp_tests::reverse_proxy::{CERTIFICATE, Kind, ReverseProxy};
use idp_tests::{Answer, Browser, ClientSpec, HOST, PASSWORD, TestIdp, backend, eventually, pkce};
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tempfile::TempDir;

/// Where browsers of the story come from. The proxy is at 127.0.0.1, and nodes believe that address alone.
const BROWSER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// Where they say they come from.
const FORGED: &str = "203.0.113.9";

/// A node in a process of its own.
struct Node {
    child: Child,
    port: u16,
}

impl Node {
    fn start(folder: &Path, issuer: &str, port: u16, settings: &[&str]) -> Self {
        let own = [
            format!("issuer.url={issuer}"),
            format!("listen.port={port}"),
            "proxy.trusted=127.0.0.1".to_owned(),
        ];
        let all = own.iter().map(String::as_str).chain(settings.iter().copied());
        let arguments: Vec<&str> = all.flat_map(|setting| ["--set", setting]).chain(["serve"]).collect();
        let log = std::fs::File::create(folder.join(format!("{port}.log"))).unwrap();
        let mut command = idp_server(folder, &arguments);
        let child = command.stdout(Stdio::null()).stderr(log).spawn().unwrap();
        Self { child, port }
    }

    async fn is_ready(&self, http: &reqwest::Client) {
        let url = format!("http://127.0.0.1:{}/health/ready", self.port);
        let ready = async || http.get(&url).send().await.is_ok_and(|answer| answer.status() == 200);
        eventually("the node is ready", ready).await;
    }

    /// As a service manager stops it; returns when it has ended.
    async fn terminate(&mut self) {
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().unwrap().success());
        eventually("the node ends", async || self.child.try_wait().unwrap().is_some()).await;
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Two nodes behind a proxy.
struct House {
    proxy: ReverseProxy,
    nodes: [Node; 2],
    settings: &'static [&'static str],
    issuer: String,
    http: reqwest::Client,
    site: ClientSpec,
    database: String,
    folder: TempDir,
    _redis: RedisServer,
}

/// Says of themselves what a browser says of an attacker who wants to be elsewhere.
fn http(port: u16) -> reqwest::Client {
    let names = ["x-forwarded-for", "x-real-ip", "forwarded"];
    let headers = names.into_iter().zip([FORGED, FORGED, "for=203.0.113.9"]);
    let headers: HeaderMap =
        headers.map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect();
    reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(CERTIFICATE.0.as_bytes()).unwrap()])
        .resolve(HOST, SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .local_address(IpAddr::from(BROWSER))
        .default_headers(headers)
        .redirect(reqwest::redirect::Policy::none())
        // A connection for each request, so that proxies send them to both nodes.
        .pool_max_idle_per_host(0)
        .build()
        .unwrap()
}

impl House {
    /// `None` where the proxy is not installed.
    async fn behind(kind: Kind, settings: &'static [&'static str]) -> Option<Self> {
        let program = kind.program()?;
        let (database, redis) = (PostgresServer::shared().create_migrated_database(), RedisServer::start());
        let site = ClientSpec::confidential("site-a");
        let (folder, clock) = (tempfile::tempdir().unwrap(), Clock::manual(Clock::System.now()));
        let lead = |config: &mut idp_server::config::Config| {
            config.storage.database_url = Some(DatabaseUrl::from(&*database));
        };
        let idp = TestIdp::start_nodes(1, folder, clock, 0, lead).await;
        idp.add_client(&site).await;
        idp.add_user("alice").await;
        let folder = idp.stop().await;
        backend::point_at(folder.path(), &database, &redis.url());

        let (port, ports) = (free_port(), [free_port(), free_port()]);
        let (issuer, http) = (format!("https://{HOST}:{port}"), http(port));
        let nodes = ports.map(|port| Node::start(folder.path(), &issuer, port, settings));
        let direct = reqwest::Client::builder().tls_certs_only([]).build().unwrap();
        for node in &nodes {
            node.is_ready(&direct).await;
        }
        let proxy = ReverseProxy::start(kind, &program, [port, free_port()], ports);
        let house = Self { proxy, nodes, settings, issuer, http, site, database, folder, _redis: redis };
        eventually("the proxy answers", async || {
            let answer = house.http.get(house.url("/health/ready")).send().await;
            answer.is_ok_and(|answer| answer.status() == 200).then_some(()).ok_or_else(|| house.proxy.log())
        })
        .await;
        Some(house)
    }

    fn site(&self) -> Site {
        Site { http: self.http.clone(), issuer: self.issuer.clone(), spec: self.site.clone() }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    fn browser(&self) -> Browser {
        Browser::new(self.http.clone())
    }

    async fn sign_in(&self, browser: &Browser) -> Value {
        let request = url::Url::parse_with_params(&self.url("/authorize"), self.site.authorization_request());
        let page = browser.visit(request.unwrap()).await;
        assert!(page.has_form("/login"), "{} {}", page.status, page.body);
        let answer = browser.log_in_as(&page, "alice", PASSWORD).await;
        let answer: Answer = browser.follow(answer).await;
        let code = answer.redirect_param("code").unwrap_or_else(|| panic!("no code: {answer:?}"));
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", self.site.redirect_uri()),
            ("code_verifier", pkce::VERIFIER),
        ];
        self.site().tokens(&form).await
    }

    /// The addresses in the audit log.
    async fn recorded_addresses(&self) -> Vec<String> {
        let db = Db::connect(&DatabaseUrl::from(&*self.database), 2).unwrap();
        let addresses = audit_events::table
            .filter(audit_events::address.is_not_null())
            .select(audit_events::address.assume_not_null())
            .distinct();
        db.read(move |connection| Ok(addresses.load(connection)?)).await.unwrap()
    }
}

/// The site at the provider.
struct Site {
    http: reqwest::Client,
    issuer: String,
    spec: ClientSpec,
}

impl Site {
    async fn tokens(&self, form: &[(&str, &str)]) -> Value {
        let answer = self.post("/token", form).await;
        let (status, body) = (answer.status(), answer.text().await.unwrap());
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    async fn refresh(&self, tokens: &Value) -> Value {
        let token = tokens["refresh_token"].as_str().unwrap();
        self.tokens(&[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    /// Until it is told to stop; how many went through.
    async fn refreshes(self, mut tokens: Value, stops: Arc<AtomicBool>) -> usize {
        let mut count = 0;
        while !stops.load(Ordering::SeqCst) {
            tokens = self.refresh(&tokens).await;
            count += 1;
        }
        count
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> reqwest::Response {
        let request = self.http.post(format!("{}{path}", self.issuer));
        request.basic_auth(self.spec.id(), self.spec.secret.as_ref()).form(form).send().await.unwrap()
    }
}

/// What people and sites do through a proxy.
async fn people_and_sites_come_through(kind: Kind) {
    let Some(house) = House::behind(kind, &[]).await else { return };
    let browser = house.browser();
    let mut tokens = house.sign_in(&browser).await;
    for _ in 0..4 {
        tokens = house.site().refresh(&tokens).await;
    }
    // A browser says nothing of itself that counts.
    assert_eq!(house.recorded_addresses().await, [BROWSER.to_string()]);
    pictures_pass(&house, &browser).await;
    news_come_at_once(&house, &tokens).await;
    long_heads_get_an_answer(&house).await;
}

async fn pictures_pass(house: &House, browser: &Browser) {
    let page = browser.open(house.url("/account/picture")).await;
    let answer = browser.upload(&page, "", "picture", &png(900, 600)).await;
    let shown = browser.follow(answer).await;
    assert!(shown.body.contains("This is your picture now."), "{}", shown.body);
    // As large as a file may be, and no picture.
    let page = browser.open(house.url("/account/picture")).await;
    let refused = browser.upload(&page, "", "picture", &vec![b'x'; 10_000_000]).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
}

async fn news_come_at_once(house: &House, tokens: &Value) {
    let mut reader = Reader::at(&house.http, &house.issuer, &house.site, None).await;
    let mut last = Stopwatch::start();
    for _ in 0..3 {
        reader.next().await;
        // A proxy that collected them would pass several on together.
        assert!(last.elapsed() < Duration::from_secs(2), "{:?}", last.elapsed());
        last = Stopwatch::start();
    }
    let token = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(house.site().post("/revoke", &[("token", token)]).await.status(), 200);
    let since = Stopwatch::start();
    reader.news().await;
    assert!(since.elapsed() < Duration::from_secs(1), "{:?}", since.elapsed());
}

async fn long_heads_get_an_answer(house: &House) {
    let discovery = house.url("/.well-known/openid-configuration");
    let long = |length: usize| format!("{discovery}?x={}", "x".repeat(length));
    let ask = async |address: &str, header: usize| {
        let request = house.http.get(address).header("x-filler", "x".repeat(header));
        request.send().await.unwrap().status().as_u16()
    };
    // A page of the sign-in has an address of up to 12 KB.
    assert_eq!(ask(&long(12_000), 1).await, 200);
    assert_eq!(ask(&discovery, 12_000).await, 200);
    for status in [ask(&long(17_000), 1).await, ask(&discovery, 17_000).await] {
        assert!(status < 500, "{status}");
    }
    let elsewhere = house.http.get(&discovery).header("host", "elsewhere.example").send().await;
    assert!(elsewhere.unwrap().status().as_u16() < 500);
}

/// Each node is stopped in turn and started again while a site refreshes and people sign in.
async fn no_request_is_lost_when_nodes_stop(kind: Kind) {
    // Longer than a proxy takes to find out: it asks each second.
    let Some(mut house) = House::behind(kind, &["listen.drain_delay=4s"]).await else { return };
    let stops = Arc::new(AtomicBool::new(false));
    let refreshing =
        tokio::spawn(house.site().refreshes(house.sign_in(&house.browser()).await, Arc::clone(&stops)));
    let direct = reqwest::Client::builder().tls_certs_only([]).build().unwrap();
    for number in 0..house.nodes.len() {
        let port = house.nodes[number].port;
        house.proxy.take_out(Some(port));
        house.nodes[number].terminate().await;
        house.sign_in(&house.browser()).await;
        house.nodes[number] = Node::start(house.folder.path(), &house.issuer, port, house.settings);
        house.nodes[number].is_ready(&direct).await;
        house.proxy.take_out(None);
        // The proxy has to send it something before the other one goes.
        through(&house, port).await;
    }
    stops.store(true, Ordering::SeqCst);
    let count = refreshing.await.unwrap_or_else(|error| panic!("{kind:?}: {error}"));
    assert!(count > 20, "{count} refreshes are no load");
}

/// Waits until requests reach the node on this port again.
async fn through(house: &House, port: u16) {
    let log = house.folder.path().join(format!("{port}.log"));
    let is_reached = async || {
        let _ = house.http.get(house.url("/.well-known/openid-configuration")).send().await;
        std::fs::read_to_string(&log).unwrap().contains("/.well-known/openid-configuration")
    };
    eventually("requests reach the node", is_reached).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s91_people_and_sites_come_through_nginx_as_themselves() {
    people_and_sites_come_through(Kind::Nginx).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s91_people_and_sites_come_through_haproxy_as_themselves() {
    people_and_sites_come_through(Kind::HaProxy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s91_people_and_sites_come_through_caddy_as_themselves() {
    people_and_sites_come_through(Kind::Caddy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s91_people_and_sites_come_through_traefik_as_themselves() {
    people_and_sites_come_through(Kind::Traefik).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_is_lost_behind_nginx_when_nodes_stop() {
    no_request_is_lost_when_nodes_stop(Kind::Nginx).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_is_lost_behind_haproxy_when_nodes_stop() {
    no_request_is_lost_when_nodes_stop(Kind::HaProxy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_is_lost_behind_caddy_when_nodes_stop() {
    no_request_is_lost_when_nodes_stop(Kind::Caddy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_is_lost_behind_traefik_when_nodes_stop() {
    no_request_is_lost_when_nodes_stop(Kind::Traefik).await;
}
