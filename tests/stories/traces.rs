//! Traces of OpenTelemetry, as a collector is sent them: one sign-in across a site, the provider, its database and Redis; nothing of a
//! secret or of a person in any of it; strangers who want to decide; a collector that hangs.

use crate::own_process::{Serving, idp_server};
use idp_server::config::Config;
use idp_tests::backend::Backend;
use idp_tests::collector::{Collector, Span};
use idp_tests::ports::free_port;
use idp_tests::{
    Browser, ClientSpec, PASSWORD, TestIdp, eventually, eventually_blocking, http_client, within,
};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;

const STRANGER: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

/// `idp-server demo` in a process of its own, over the databases of this run.
struct Demo {
    child: Child,
    said: Arc<Mutex<String>>,
    _folder: TempDir,
}

impl Demo {
    async fn start(settings: &[String]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Backend::of_this_run().provision(folder.path(), &mut Config::default());
        let data = folder.path().join("demo").display().to_string();
        let ports = ["demo", "--port", "0", "--site-a-port", "0", "--site-b-port", "0", "--data-dir", &data];
        let settings = settings.iter().flat_map(|setting| ["--set", setting.as_str()]);
        let mut command = idp_server(folder.path(), &settings.chain(ports).collect::<Vec<_>>());
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        let (said, stdout) = (Arc::new(Mutex::new(String::new())), child.stdout.take().unwrap());
        let collected = Arc::clone(&said);
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                collected.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        let demo = Self { child, said, _folder: folder };
        eventually("the demonstration is there", async || {
            let said = demo.said();
            if said.contains("Letters it writes") { Ok(()) } else { Err(said) }
        })
        .await;
        let ready = format!("{}/health/ready", demo.told("The provider is "));
        eventually("it is ready", async || http_client().get(&ready).send().await.unwrap().status() == 200)
            .await;
        demo
    }

    fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// The word after these.
    fn told(&self, before: &str) -> String {
        let said = self.said();
        let rest = said.split(before).nth(1).unwrap_or_else(|| panic!("{before} is not in {said}"));
        rest.split_whitespace().next().unwrap().to_owned()
    }

    /// Stops it, which sends what is left.
    fn stop(mut self) {
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().unwrap().success());
        eventually_blocking("it stops", || self.child.try_wait().unwrap().is_some());
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The spans of one run, and how they hang together.
struct Traces(Vec<Span>);

impl Traces {
    fn all(&self, name: &str) -> Vec<&Span> {
        self.0.iter().filter(|span| span.name == name).collect()
    }

    fn one(&self, name: &str) -> &Span {
        let all = self.all(name);
        assert_eq!(all.len(), 1, "{name}: {:#?}", self.names());
        all[0]
    }

    fn names(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|span| (&span.trace[..6], span.name.as_str())).collect()
    }

    fn parent(&self, span: &Span) -> Option<&Span> {
        self.0.iter().find(|other| other.id == span.parent && other.trace == span.trace)
    }

    fn is_below(&self, span: &Span, above: &Span) -> bool {
        let mut next = self.parent(span);
        while let Some(span) = next {
            if span.id == above.id {
                return true;
            }
            next = self.parent(span);
        }
        false
    }

    fn below<'a>(&'a self, above: &'a Span) -> impl Iterator<Item = &'a Span> {
        self.0.iter().filter(move |span| self.is_below(span, above))
    }

    /// Whether something below is about this database or cache.
    fn asks(&self, above: &Span, system: &str) -> bool {
        self.below(above).any(|span| {
            span.attribute("db.system.name") == system
                && span.kind == SpanKind::Client
                && !span.attribute("db.operation.name").is_empty()
        })
    }

    fn links_to(&self, span: &Span, other: &Span) -> bool {
        span.links.contains(&(other.trace.clone(), other.id.clone()))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s111_one_trace_leads_from_a_site_to_the_provider_and_its_database_and_tells_nothing_of_the_person() {
    let collector = Collector::new();
    let _listening = collector.listen();
    let demo = Demo::start(&[format!("traces.endpoint={}", collector.endpoint)]).await;
    let (site, password) = (demo.told("Open site A "), demo.told("with password "));
    let browser = Browser::new(http_client());
    let page = browser.visit(format!("{site}/auth/login?return_to=/members")).await;
    assert!(page.has_form("/login"), "{} {}", page.status, page.body);
    let signed_in = browser.log_in_as(&page, "alice", &password).await;
    let members = browser.follow(signed_in).await;
    assert!(members.status == 200 && members.body.contains("Alice"), "{} {}", members.status, members.body);
    let secrets = secrets_of(&browser, &page.input("tx"), &password);
    tokio::task::block_in_place(|| demo.stop());

    let traces = Traces(collector.spans());
    let begun = traces.one("GET /auth/login");
    assert_eq!(
        (begun.kind, begun.parent.as_str(), begun.service.as_str()),
        (SpanKind::Server, "", "idp-server")
    );
    assert!(begun.attribute("server.address").starts_with("a.localhost"), "{begun:?}");
    let begin = traces.one("begin sign-in");
    assert_eq!(begin.parent, begun.id);

    // What follows when the browser comes back belongs to the same trace.
    let complete = traces.one("complete sign-in");
    assert_eq!((&complete.trace, &complete.parent), (&begun.trace, &begin.id), "{:#?}", traces.names());
    assert!(traces.links_to(complete, traces.one("GET /auth/callback")));
    let exchange = traces.one("exchange code");
    assert_eq!((exchange.kind, &exchange.parent), (SpanKind::Client, &complete.id));
    let token = traces.one("POST /token");
    assert_eq!((token.kind, &token.parent, &token.trace), (SpanKind::Server, &exchange.id, &begun.trace));
    assert_eq!(token.attribute("http.response.status_code"), "200");
    let signing = traces.one("sign tokens");
    assert_eq!(signing.parent, token.id);
    let database = if Backend::of_this_run() == Backend::Sqlite { "sqlite" } else { "postgresql" };
    assert!(traces.asks(token, database), "{:#?}", traces.names());
    let has_redis = Backend::of_this_run() == Backend::Cluster;
    assert_eq!(traces.asks(token, "redis"), has_redis, "{:#?}", traces.names());

    // What the browser was asked meanwhile are traces of the provider, each of which follows from the one before it.
    let posted = traces.one("POST /login");
    assert!(traces.links_to(token, posted), "{token:#?}");
    assert!(traces.links_to(posted, traces.one("GET /login")), "{posted:#?}");
    assert!(traces.links_to(traces.one("GET /login"), traces.one("GET /authorize")));
    assert_ne!(posted.trace, begun.trace);
    let hashing: Vec<&Span> = traces.below(posted).filter(|span| span.name == "verify password").collect();
    assert_eq!(hashing.len(), 1);
    let waited: f64 = hashing[0].attribute("idp.wait_ms").parse().unwrap();
    assert!(waited >= 0.0 && waited * 1e6 <= hashing[0].took as f64, "{hashing:?}");
    assert!(traces.asks(posted, database));
    assert_eq!(traces.asks(posted, "redis"), has_redis);
    let write = traces.below(posted).find(|span| span.attribute("db.operation.name") == "write");
    let write = write.unwrap_or_else(|| panic!("{:#?}", traces.names()));
    assert!(write.attribute("db.query.summary").starts_with("write store."), "{write:?}");

    nothing_is_told(&collector, &traces, &secrets);
}

/// What must be in no span: what the person typed, what travelled in addresses and cookies.
fn secrets_of(browser: &Browser, tx: &str, password: &str) -> Vec<String> {
    let mut secrets = vec![password.to_owned(), tx.to_owned()];
    for host in ["idp.localhost", "a.localhost"] {
        let cookies = browser.cookies(host);
        assert!(!cookies.is_empty(), "{host}");
        secrets.extend(cookies.into_iter().map(|(_, value, _)| value).filter(|value| value.len() > 8));
    }
    secrets
}

fn nothing_is_told(collector: &Collector, traces: &Traces, secrets: &[String]) {
    let bodies = collector.bodies();
    assert!(bodies.contains("POST /token"), "the text of the spans is read");
    for secret in secrets {
        assert!(!bodies.contains(secret.as_str()), "{secret}");
    }
    let words = traces.0.iter().flat_map(|span| {
        let names = [span.name.clone(), span.service.clone()];
        names.into_iter().chain(span.attributes.values().cloned())
    });
    for word in words.map(|word| word.to_lowercase()) {
        for hidden in ["alice", "example.com", "127.0.0.1", "eyj", "code=", "state=", "bearer", "basic "] {
            assert!(!word.contains(hidden), "{hidden}: {word}");
        }
        assert!(!word.starts_with("ac.") && !word.starts_with("rt."), "{word}");
    }
    // Each field is one that was thought of, and what is logged is no part of a trace.
    let known = [
        "db.operation.name",
        "db.query.summary",
        "db.stored_procedure.name",
        "db.system.name",
        "error.type",
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "idp.refusal.cause",
        "idp.request.id",
        "idp.wait_ms",
        "server.address",
    ];
    for span in &traces.0 {
        assert!(span.attributes.keys().all(|name| known.contains(&name.as_str())), "{span:#?}");
        assert!(span.events.is_empty(), "{span:#?}");
        assert!(!span.attribute("http.route").contains(['?', '=']), "{span:#?}");
    }
}

/// A provider in a process of its own that sends traces, over the data of one that has stopped.
async fn traced(settings: &[&str], collector: &Collector) -> (TempDir, String, Serving) {
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    idp.add_client(&ClientSpec::confidential("site-a")).await;
    let (issuer, http) = (idp.issuer.clone(), idp.http.clone());
    let folder = idp.stop().await;
    let mut all = vec![format!("traces.endpoint={}", collector.endpoint)];
    all.extend(settings.iter().map(|setting| (*setting).to_owned()));
    let serving = Serving::start_with(folder.path(), &issuer, &http, &all).await;
    (folder, issuer, serving)
}

async fn ask_as_a_part_of(issuer: &str, trace: &str) -> u16 {
    let request = http_client().get(format!("{issuer}/.well-known/openid-configuration"));
    let request = request.header("traceparent", format!("00-{trace}-{PARENT}-01"));
    request.header("tracestate", "vendor=forged").send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn s91_a_stranger_neither_has_requests_recorded_nor_writes_into_traces_of_others() {
    let collector = Collector::new();
    let _listening = collector.listen();
    let (_folder, issuer, serving) = traced(&["traces.ratio=0"], &collector).await;
    assert_eq!(ask_as_a_part_of(&issuer, STRANGER).await, 200);
    serving.stop().await;
    assert!(collector.spans().is_empty(), "{:#?}", collector.spans());

    // Where everything is recorded, it is under a trace of our own.
    let (_folder, issuer, serving) = traced(&[], &collector).await;
    assert_eq!(ask_as_a_part_of(&issuer, STRANGER).await, 200);
    serving.stop().await;
    let spans = collector.spans();
    let asked = spans.iter().find(|span| span.name == "GET /.well-known/openid-configuration");
    let asked = asked.unwrap_or_else(|| panic!("{spans:#?}"));
    assert!(asked.trace != STRANGER && asked.parent.is_empty() && asked.links.is_empty(), "{asked:#?}");
    assert!(!collector.bodies().contains("forged"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_site_decides_and_its_trace_is_in_the_line_of_the_log() {
    let collector = Collector::new();
    let _listening = collector.listen();
    let settings = ["traces.ratio=0", "traces.trusted=127.0.0.1,::1", "traces.service_name=Harbour"];
    let (_folder, issuer, serving) = traced(&settings, &collector).await;
    assert_eq!(ask_as_a_part_of(&issuer, STRANGER).await, 200);
    let line = format!("\"trace_id\":\"{STRANGER}\"");
    eventually("the line names the trace", async || {
        let log = serving.log();
        let is_there = log.lines().any(|text| text.contains("\"answered\"") && text.contains(&line));
        if is_there { Ok(()) } else { Err(log) }
    })
    .await;
    serving.stop().await;
    let spans = collector.spans();
    let asked = spans.iter().find(|span| span.kind == SpanKind::Server).unwrap();
    assert_eq!((asked.trace.as_str(), asked.parent.as_str()), (STRANGER, PARENT), "{asked:#?}");
    assert!(spans.iter().all(|span| span.service == "Harbour" && span.trace == STRANGER), "{spans:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_hangs_holds_nobody_up_and_what_it_misses_is_counted() {
    let collector = Collector::new();
    let _listening = collector.listen();
    collector.hang();
    let metrics = format!("127.0.0.1:{}", free_port());
    let listen = format!("metrics.listen={metrics}");
    let (_folder, issuer, serving) = traced(&[&listen], &collector).await;
    let http = http_client();
    let http = &http;
    let missed = async |outcome: &str| {
        let page = http.get(format!("http://{metrics}/metrics")).send().await.unwrap().text().await.unwrap();
        let line = format!("idp_trace_spans_total{{outcome=\"{outcome}\"}} ");
        let value = page.lines().find_map(|text| text.strip_prefix(&line).map(str::to_owned));
        value.unwrap_or_else(|| panic!("{page}")).parse::<u64>().unwrap()
    };
    // More than may wait.
    let ask = async |_: usize| {
        let answer = http.get(format!("{issuer}/jwks")).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    };
    within(Duration::from_secs(60), "spans are dropped", async || {
        futures_util::future::join_all((0..200).map(ask)).await;
        missed("dropped").await > 0
    })
    .await;
    assert!(collector.asked() >= 1);
    assert_eq!(missed("exported").await, 0);
    let browser = Browser::new(http.clone());
    let site = ClientSpec::confidential("site-a");
    let request = site.authorization_request();
    let request = url::Url::parse_with_params(&format!("{issuer}/authorize"), request).unwrap();
    let page = browser.visit(request.as_str()).await;
    let signed_in = browser.log_in_as(&page, "alice", PASSWORD).await;
    assert_eq!(signed_in.status, 303, "{}", signed_in.body);
    assert_eq!(missed("exported").await, 0, "it still hangs");
    eventually("a batch that was not taken is given up", async || missed("failed").await > 0).await;
    eventually("the log says so", async || serving.log().contains("the collector does not take traces"))
        .await;
    // Nor does it hold up a stop for longer than a few seconds.
    serving.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_collector_is_told_who_asks_by_a_header_from_a_private_file() {
    let collector = Collector::new();
    let _listening = collector.listen();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("headers");
    let write = |text: &str, mode: u32| {
        let _ = std::fs::remove_file(&file);
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(mode).open(&file).unwrap();
        std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
    };
    write("Authorization: Bearer s3cret\n", 0o600);
    let setting = format!("traces.headers_file={}", file.display());
    let (data, issuer, serving) = traced(&[&setting], &collector).await;
    assert_eq!(ask_as_a_part_of(&issuer, STRANGER).await, 200);
    let log = serving.log();
    serving.stop().await;
    assert!(collector.authorizations().iter().all(|header| header == "Bearer s3cret"));
    assert!(!collector.authorizations().is_empty() && !log.contains("s3cret"));

    // What serve would refuse, the check names.
    let check = |folder: &Path| {
        let endpoint = format!("traces.endpoint={}", collector.endpoint);
        let port = format!("listen.port={}", free_port());
        let arguments = ["--set", &endpoint, "--set", &setting, "--set", &port, "config", "check"];
        let output = idp_server(folder, &arguments).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let check = |folder: &Path| tokio::task::block_in_place(|| check(folder));
    assert!(check(data.path()).0);
    for (text, mode) in [("Authorization: Bearer s3cret\n", 0o644), ("s3cret\n", 0o600)] {
        write(text, mode);
        let (is_well, words) = check(data.path());
        assert!(!is_well && words.contains("traces.headers_file") && !words.contains("s3cret"), "{words}");
    }
}
