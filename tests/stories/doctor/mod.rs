//! `doctor`: of each broken set-up it names the fault, what mends it, and the exit code; of a good one it names nothing. Each is a real one,
//! before a server in a process of its own. Those with a PostgreSQL or a Redis of their own are in `private_servers/doctor`.

mod here;
mod outside;

use crate::own_process::{Serving, idp_server};
use idp_server::db::Db;
use idp_tests::header_proxy::{self, Manners};
use idp_tests::ports::free_port;
use idp_tests::smtp_sink::SmtpSink;
use idp_tests::{HOST, TestIdp, backend};
use serde_json::Value;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A server that is set up well, until a story breaks something of it.
pub struct Patient {
    pub folder: TempDir,
    pub issuer: String,
    /// The port of the server itself.
    pub port: u16,
    db: Db,
    serving: Option<Serving>,
}

/// What `doctor` said.
#[derive(Debug)]
pub struct Diagnosis {
    pub code: i32,
    findings: Vec<Value>,
    /// Everything that was printed.
    pub printed: String,
}

impl Patient {
    pub async fn new() -> Self {
        Self::with(async |_| {}).await
    }

    /// The same after something was done to the provider.
    pub async fn with(prepare: impl AsyncFnOnce(&TestIdp)) -> Self {
        let idp = TestIdp::start().await;
        prepare(&idp).await;
        let (issuer, http, port, db) =
            (idp.issuer.clone(), idp.http.clone(), idp.address.port(), idp.db.clone());
        let folder = idp.stop().await;
        let serving = Serving::start(folder.path(), &issuer, &http).await;
        Self { folder, issuer, port, db, serving: Some(serving) }
    }

    /// One behind a proxy of such manners.
    async fn behind(manners: Manners, trusted: &str) -> Self {
        let idp = TestIdp::start().await;
        let (http, port, db, front) = (idp.http.clone(), idp.address.port(), idp.db.clone(), free_port());
        header_proxy::start(front, port, manners);
        let issuer = format!("http://idp.localhost:{front}");
        let folder = idp.stop().await;
        let settings = [format!("listen.port={port}"), format!("proxy.trusted={trusted}")];
        let serving = Serving::start_with(folder.path(), &issuer, &http, &settings).await;
        Self { folder, issuer, port, db, serving: Some(serving) }
    }

    /// One that speaks TLS itself, with this certificate and key.
    async fn with_certificate((certificate, key): (&str, &str)) -> (Self, Vec<String>) {
        let idp = TestIdp::start().await;
        let (port, db) = (idp.address.port(), idp.db.clone());
        let folder = idp.stop().await;
        let files = [folder.path().join("own.crt"), folder.path().join("own.key")];
        write(&files[0], certificate, 0o644);
        write(&files[1], key, 0o600);
        let settings = vec![setting("tls.certificate", &files[0]), setting("tls.key", &files[1])];
        let issuer = format!("https://{HOST}:{port}");
        // To see that it is up, whatever its certificate.
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let http = reqwest::Client::builder().tls_certs_only([]).danger_accept_invalid_certs(true);
        let http = http.resolve(HOST, here).build().unwrap();
        let serving = Serving::start_with(folder.path(), &issuer, &http, &settings).await;
        (Self { folder, issuer, port, db, serving: Some(serving) }, settings)
    }

    /// Runs it with these settings beside those of the server.
    pub async fn examined(&self, settings: &[&str], flags: &[&str]) -> Diagnosis {
        let own = [format!("issuer.url={}", self.issuer), format!("listen.port={}", self.port)];
        let all = own.iter().map(String::as_str).chain(settings.iter().copied());
        let mut arguments: Vec<&str> = vec!["--json"];
        arguments.extend(all.flat_map(|setting| ["--set", setting]));
        arguments.push("doctor");
        arguments.extend(flags);
        let mut command = idp_server(self.folder.path(), &arguments);
        let done = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let printed = String::from_utf8(done.stdout).unwrap();
        let json = printed.find('{').zip(printed.rfind('}')).map(|(from, to)| &printed[from..=to]);
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        let json = json.unwrap_or_else(|| panic!("nothing was printed: {printed} {said}"));
        let found: Value = serde_json::from_str(json).unwrap();
        let code = done.status.code().unwrap();
        let findings = found["findings"].as_array().unwrap().clone();
        Diagnosis { code, findings, printed: printed + &said }
    }

    /// The same without a sign-in.
    pub async fn looked_at(&self, settings: &[&str]) -> Diagnosis {
        self.examined(settings, &["--no-sign-in"]).await
    }

    /// What another command prints.
    async fn command(&self, arguments: &[&str]) -> String {
        let mut command = idp_server(self.folder.path(), arguments);
        let done = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    }

    async fn break_off(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.stop().await;
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for Patient {
    fn drop(&mut self) {
        drop(self.serving.take());
        backend::clear(self.folder.path());
    }
}

impl Diagnosis {
    /// The lines of a level, as `check: what; mend`.
    pub fn of(&self, level: &str) -> Vec<String> {
        let of_level = self.findings.iter().filter(|finding| finding["level"] == level);
        let line = |finding: &Value| {
            let text = |name: &str| finding[name].as_str().unwrap_or_default().to_owned();
            format!("{}: {}; {}", text("check"), text("what"), text("mend"))
        };
        of_level.map(line).collect()
    }

    /// Whether it says so of something that is well, or worth knowing.
    pub fn says(&self, words: &str) -> bool {
        [self.of("ok"), self.of("note")].concat().iter().any(|line| line.contains(words))
    }

    /// That it names a fault of this check with these words: what it is, and what mends it.
    pub fn names(&self, check: &str, words: &[&str], code: i32) {
        let faults = self.of("fault");
        let is_it = |line: &&String| line.starts_with(check) && words.iter().all(|word| line.contains(word));
        assert!(
            faults.iter().any(|line| is_it(&line)),
            "{check} {words:?} is not among {faults:#?}\n{}",
            self.printed
        );
        assert_eq!(self.code, code, "{check}: {}", self.printed);
    }

    /// That it names no fault.
    pub fn is_well(&self) {
        assert_eq!(self.of("fault"), Vec::<String>::new(), "{}", self.printed);
        assert_eq!(self.code, 0, "{}", self.printed);
    }
}

/// What `--set` takes a file for.
fn setting(key: &str, path: &Path) -> String {
    format!("{key}={}", path.display())
}

fn write(path: &Path, content: &str, mode: u32) {
    fs::write(path, content).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_good_set_up_it_names_nothing_and_leaves_nothing() {
    let sink = SmtpSink::start().await;
    let site = idp_tests::LogoutReceiver::new();
    let _listening = site.listen();
    let patient = Patient::with(async |idp| idp.add_client(&site.client("site-a")).await).await;
    let mail = sink.settings();
    let mail: Vec<&str> = mail.iter().map(String::as_str).collect();
    let found = patient.examined(&mail, &["--letter-to", "operator@house.example"]).await;
    found.is_well();
    for words in [
        "storage: files, modes, master key and tables",
        "answers under this name",
        "has the keys of this database",
        "proxy: none is in front",
        "database: every index is there",
        "a transaction is on its disk",
        "waits and may sign from",
        "mail: smtp://127.0.0.1",
        "took a letter to operator@house.example",
        "site-a, backchannel_logout_uri",
        "sign-in: a throw-away person signed in, got tokens that verify, refreshed them and signed out",
    ] {
        assert!(found.says(words), "{words}: {}", found.printed);
    }
    assert_eq!(sink.taken().len(), 1);
    // Nothing is left but what the audit log has of it.
    for list in [["user", "list"], ["client", "list"]] {
        let listed = patient.command(&list).await;
        assert!(!listed.contains("doctor-"), "{listed}");
    }
    let log = patient.command(&["audit", "list"]).await;
    for event in ["client_added", "user_added", "user_removed", "client_removed", "signed_in"] {
        assert!(log.contains(event), "{event}: {log}");
    }
    // Without a sign-in nothing at all is changed.
    patient.looked_at(&mail).await.is_well();
    assert_eq!(patient.command(&["audit", "list"]).await.lines().count(), log.lines().count());
    assert_eq!(sink.taken().len(), 1);
}
