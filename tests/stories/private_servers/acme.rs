//! Certificates that servers order by themselves, at a certificate authority that others wrote (Pebble), with servers in processes of
//! their own.

use crate::own_process::idp_server;
use crate::schema::execute;
use idp_server::clock::Clock;
use idp_server::config::DatabaseUrl;
use idp_server::db::Db;
use idp_tests::load_balancer::LoadBalancer;
use idp_tests::pebble::{EXTERNAL_ACCOUNT, Pebble, Ports, Visitor};
use idp_tests::ports::free_port;
use idp_tests::postgres::PostgresServer;
use idp_tests::redis::RedisServer;
use idp_tests::{HOST, TestIdp, backend, eventually, within};
use reqwest::tls::TlsInfo;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How long an order may take on a machine that is busy.
const ORDER: Duration = Duration::from_secs(40);
const NEW_ORDER: &str = "a certificate is ordered";

/// A node in a process of its own.
struct Node {
    child: Child,
    log: std::path::PathBuf,
}

impl Node {
    fn start(folder: &Path, (issuer, port): (&str, u16), settings: &[String]) -> Self {
        let own =
            [format!("issuer.url={issuer}"), format!("listen.port={port}"), "log.filter=info".to_owned()];
        let all = own.iter().chain(settings);
        let arguments: Vec<&str> =
            all.flat_map(|setting| ["--set", setting.as_str()]).chain(["serve"]).collect();
        let log = folder.join(format!("{port}.log"));
        let file = std::fs::File::options().append(true).create(true).open(&log).unwrap();
        let child = idp_server(folder, &arguments).stdout(Stdio::null()).stderr(file).spawn().unwrap();
        Self { child, log }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    async fn says(&self, words: &str, times: usize) {
        within(ORDER, words, async || {
            let log = self.log();
            if log.matches(words).count() >= times { Ok(()) } else { Err(log) }
        })
        .await;
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    async fn stop(mut self) {
        self.signal("-TERM");
        eventually("the node ends", async || self.child.try_wait().unwrap().is_some()).await;
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An installation whose server is not running, and the way into its database.
async fn installed() -> (tempfile::TempDir, Db) {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Clock::manual(Clock::System.now()));
    let idp = TestIdp::start_nodes(1, folder, clock, 0, |_| {}).await;
    let db = idp.db.clone();
    (idp.stop().await, db)
}

/// The certificate that is shown to a client that looks at it closely.
async fn shown(http: &Visitor, issuer: &str) -> Result<Vec<u8>, String> {
    let answer = http.get(&format!("{issuer}/health/live")).send().await;
    let answer = answer.map_err(|error| format!("{error:?}"))?;
    let info = answer.extensions().get::<TlsInfo>().and_then(TlsInfo::peer_certificate);
    info.map(<[u8]>::to_vec).ok_or_else(|| "no certificate".to_owned())
}

async fn is_shown(http: &Visitor, issuer: &str, node: &Node) -> Vec<u8> {
    within(ORDER, "a certificate that is trusted", async || {
        shown(http, issuer).await.map_err(|error| format!("{error}\n{}", node.log()))
    })
    .await
}

/// Another one than this.
async fn is_renewed(http: &Visitor, issuer: &str, before: &[u8], node: &Node) -> Vec<u8> {
    within(ORDER, "another certificate", async || match shown(http, issuer).await {
        Ok(found) if found != before => Ok(found),
        other => Err(format!("{other:?}\n{}", node.log())),
    })
    .await
}

/// As if two thirds of its life were over. The authority was asked before, which sets when that is.
async fn is_due(db: &Db) {
    within(ORDER, "when to renew is asked", async || {
        let ask_at = column(db, "ask_at").await;
        ask_at
            .parse::<i64>()
            .is_ok_and(|ask_at| ask_at > Clock::System.now().as_secs())
            .then_some(())
            .ok_or(ask_at)
    })
    .await;
    execute(db, "UPDATE acme_certificates SET renew_at = 0, try_at = 0").await.unwrap();
}

async fn column(db: &Db, column: &str) -> String {
    let query = format!("SELECT COALESCE(CAST({column} AS TEXT), '') AS word FROM acme_certificates");
    crate::schema::ask(db, &query).await.concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn s111_a_certificate_is_ordered_with_its_key_sealed_and_survives_an_authority_that_is_away() {
    if !Pebble::is_installed() {
        return;
    }
    let (folder, db) = installed().await;
    let (ports, port) = (Ports::free(), free_port());
    let pebble = Pebble::start(ports, false).await;
    let (issuer, settings) = (format!("https://{HOST}:{port}"), ports.settings(HOST, ports.http));
    let node = Node::start(folder.path(), (&issuer, port), &settings);
    let http = pebble.trusting(HOST).await;
    let first = is_shown(&http, &issuer, &node).await;
    over_http(&issuer, ports.http).await;

    // Private keys rest sealed.
    for (name, contents) in backend::at_rest(folder.path()) {
        let text = String::from_utf8_lossy(&contents);
        assert!(!text.contains("PRIVATE KEY") && !text.contains("key_pkcs8"), "{name}");
    }
    let log = node.log();
    assert!(!log.contains("PRIVATE KEY") && log.contains("a certificate was issued"), "{log}");

    is_due(&db).await;
    let second = is_renewed(&http, &issuer, &first, &node).await;
    assert_eq!(node.log().matches("an account at the certificate authority was made").count(), 1);

    // The authority goes away for good. What it issued stays, and so it does after a restart.
    drop(pebble);
    is_due(&db).await;
    node.says("no certificate was issued; the one in use stays", 1).await;
    assert_eq!(shown(&http, &issuer).await, Ok(second.clone()));
    doctor_tells(folder.path(), &issuer, port, &settings).await;
    node.stop().await;
    let node = Node::start(folder.path(), (&issuer, port), &settings);
    assert_eq!(is_shown(&http, &issuer, &node).await, second);

    // Another one that knows nothing of the account: a new account is made, and SIGHUP waits for nothing.
    let pebble = Pebble::start(ports, false).await;
    node.signal("-HUP");
    is_renewed(&pebble.trusting(HOST).await, &issuer, &second, &node).await;
    assert_eq!(column(&db, "failures").await, "0");
}

/// What browsers and authorities find on the port for http.
async fn over_http(issuer: &str, port: u16) {
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]);
    let http = http.redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let at = |path: &str| format!("http://127.0.0.1:{port}{path}");
    for path in
        ["/", "/authorize?client_id=a&x=%0d%0ay", "//elsewhere.example/", "/.well-known/openid-configuration"]
    {
        let answer = http.get(at(path)).header("host", "elsewhere.example").send().await.unwrap();
        assert_eq!(answer.status(), 301, "{path}");
        assert_eq!(answer.headers()["location"], format!("{issuer}{path}"));
    }
    assert_eq!(http.get(at("/health/live")).send().await.unwrap().status(), 200);
    // A password that came in the clear is not sent on.
    let posted = http.post(at("/login")).body("password=x").send().await.unwrap();
    assert_eq!((posted.status().as_u16(), posted.headers().contains_key("location")), (405, false));
    let token = "/.well-known/acme-challenge/";
    for unknown in ["LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0", "a.b", "%00", &"a".repeat(5000)] {
        let answer = http.get(at(&format!("{token}{unknown}"))).send().await.unwrap();
        assert!([301, 404].contains(&answer.status().as_u16()), "{unknown}: {}", answer.status());
        assert!(!answer.text().await.unwrap().contains('.'), "{unknown}");
    }
}

async fn doctor_tells(folder: &Path, issuer: &str, port: u16, settings: &[String]) {
    let own = [format!("issuer.url={issuer}"), format!("listen.port={port}")];
    let mut arguments = vec!["--json"];
    arguments.extend(own.iter().chain(settings).flat_map(|setting| ["--set", setting.as_str()]));
    arguments.extend(["doctor", "--no-sign-in"]);
    let mut command = idp_server(folder, &arguments);
    let done = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let printed = String::from_utf8_lossy(&done.stdout).into_owned();
    for words in ["certificate order", "there is a certificate until", "fail since", "SIGHUP"] {
        assert!(printed.contains(words), "{words}: {printed}{}", String::from_utf8_lossy(&done.stderr));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_start_without_the_authority_shows_no_certificate_until_there_is_one() {
    if !Pebble::is_installed() {
        return;
    }
    let (folder, db) = installed().await;
    let (ports, port, metrics) = (Ports::free(), free_port(), free_port());
    let key = folder.path().join("eab");
    std::fs::write(&key, format!("{}\n", EXTERNAL_ACCOUNT.1)).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let mut settings = ports.settings(HOST, ports.http);
    settings.extend([
        format!("metrics.listen=127.0.0.1:{metrics}"),
        format!("tls.acme.eab_kid={}", EXTERNAL_ACCOUNT.0),
        format!("tls.acme.eab_hmac_key_file={}", key.display()),
    ]);
    let issuer = format!("https://{HOST}:{port}");
    let node = Node::start(folder.path(), (&issuer, port), &settings);
    node.says("no certificate was issued", 1).await;

    // It takes any certificate.
    let careless = Visitor::careless(HOST);
    assert!(shown(&careless, &issuer).await.is_err(), "nothing that people would learn to accept");
    let ready = format!("http://127.0.0.1:{metrics}/health/ready");
    let answer = careless.get(&ready).send().await.unwrap();
    assert_eq!(answer.status(), 503);
    assert!(answer.text().await.unwrap().contains("\"part\":\"certificate\""));

    let pebble = Pebble::start(ports, true).await;
    node.signal("-HUP");
    let issued = is_shown(&pebble.trusting(HOST).await, &issuer, &node).await;
    assert_eq!(shown(&careless, &issuer).await, Ok(issued));
    assert_eq!(careless.get(&ready).send().await.unwrap().status(), 200);
    assert_eq!(column(&db, "failures").await, "0");
    let page =
        careless.get(&format!("http://127.0.0.1:{metrics}/metrics")).send().await.unwrap().text().await;
    let page = page.unwrap();
    for (outcome, least) in [("issued", 1), ("failed", 1)] {
        let name = format!("idp_acme_orders_total{{outcome=\"{outcome}\"}} ");
        let count = page.lines().find_map(|line| line.strip_prefix(&name)?.parse::<u32>().ok());
        assert!(count.is_some_and(|count| count >= least), "{page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_not_found_is_looked_for_again_after_a_pause() {
    if !Pebble::is_installed() {
        return;
    }
    let (folder, db) = installed().await;
    let (ports, port) = (Ports::free(), free_port());
    let _pebble = Pebble::start(ports, false).await;
    let issuer = format!("https://{HOST}:{port}");
    // The authority looks elsewhere, where nothing listens.
    let node = Node::start(folder.path(), (&issuer, port), &ports.settings(HOST, free_port()));
    node.says("no certificate was issued", 1).await;
    eventually("it is noted", async || {
        let error = column(&db, "last_error").await;
        if error.contains("the certificate authority says") { Ok(()) } else { Err(error) }
    })
    .await;
    assert_eq!(column(&db, "failures").await, "1");
    // Before that no node claims it (`stories/acme_orders`).
    assert_eq!(column(&db, "try_at - failing_since").await, "60");
    assert_eq!(node.log().matches(NEW_ORDER).count(), 1, "{}", node.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_order_once_answer_alike_and_show_the_same_certificate() {
    if !Pebble::is_installed() {
        return;
    }
    let (database, redis) = (PostgresServer::shared().create_migrated_database(), RedisServer::start());
    let (folder, clock) = (tempfile::tempdir().unwrap(), Clock::manual(Clock::System.now()));
    let lead = |config: &mut idp_server::config::Config| {
        config.storage.database_url = Some(DatabaseUrl::from(&*database));
    };
    let folder = TestIdp::start_nodes(1, folder, clock, 0, lead).await.stop().await;
    backend::point_at(folder.path(), &database, &redis.url());
    let db = Db::connect(&DatabaseUrl::from(&*database), 2).unwrap();

    let (ports, tls, plain) = (Ports::free(), [free_port(), free_port()], [free_port(), free_port()]);
    let listener = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    let port = free_port();
    // Pebble looks three times at once, so that each node is asked.
    let _http = LoadBalancer::new(listener(ports.http), plain.to_vec());
    let _https = LoadBalancer::new(listener(port), tls.to_vec());
    let issuer = format!("https://{HOST}:{port}");
    let nodes = [0, 1].map(|number| {
        Node::start(folder.path(), (&issuer, tls[number]), &ports.settings(HOST, plain[number]))
    });
    // The authority is there once both nodes answer: an answer that it does not find counts.
    eventually("both nodes answer over http", async || {
        plain.iter().all(|port| std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, *port)).is_ok())
    })
    .await;
    within(ORDER, "a node has tried", async || {
        nodes.iter().any(|node| node.log().contains("no certificate was issued"))
    })
    .await;
    let pebble = Pebble::start(ports, false).await;
    nodes[0].signal("-HUP");
    let http = pebble.trusting(HOST).await;
    let each = async |before: Option<&[u8]>| {
        let mut found = Vec::new();
        for (port, node) in tls.iter().zip(&nodes) {
            let address = format!("https://{HOST}:{port}");
            found.push(match before {
                Some(before) => is_renewed(&http, &address, before, node).await,
                None => is_shown(&http, &address, node).await,
            });
        }
        assert_eq!(found[0], found[1]);
        found.swap_remove(0)
    };
    let first = each(None).await;
    assert_eq!(shown(&http, &issuer).await, Ok(first.clone()));
    is_due(&db).await;
    each(Some(&first)).await;
    let orders: usize = nodes.iter().map(|node| node.log().matches(NEW_ORDER).count()).sum();
    assert_eq!(orders, 2, "{}\n{}", nodes[0].log(), nodes[1].log());
}
