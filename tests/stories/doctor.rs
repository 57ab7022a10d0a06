//! `doctor`: of each broken set-up it names the fault, what mends it, and the exit code; of a good one it names nothing. Each is a real one,
//! before a server in a process of its own. Those with a PostgreSQL or a Redis of their own are in `private_servers/doctor`.

use crate::own_process::{Serving, idp_server};
use crate::schema::execute;
use idp_core::backchannel::BackchannelLogoutUri;
use idp_core::time::UnixTime;
use idp_server::clock::Stopwatch;
use idp_server::db::Db;
use idp_tests::header_proxy::{self, Manners};
use idp_tests::ports::free_port;
use idp_tests::smtp_sink::{Behaviour, SmtpSink};
use idp_tests::{ClientSpec, HOST, TestIdp, backend};
use serde_json::Value;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
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

/// What is wrong with the configuration, or with a file that it names.
#[tokio::test(flavor = "multi_thread")]
async fn it_names_what_is_wrong_with_settings_and_files() {
    let patient = Patient::new().await;
    let nowhere = patient.file("nowhere");
    for (settings, check, words, code) in [
        (vec!["no.such=1".to_owned()], "configuration", vec!["no.such", "set it right"], 3),
        (vec![setting("theme.logo", &nowhere)], "files", vec!["theme.logo", "put there"], 3),
        (
            vec![setting("password.breach_file", &nowhere)],
            "files",
            vec!["password.breach_file", "put there"],
            3,
        ),
        (
            vec![setting("backchannel.ca_file", &nowhere)],
            "files",
            vec!["backchannel.ca_file", "put there"],
            3,
        ),
        (
            vec![setting("storage.data_dir", &nowhere.join("deep"))],
            "storage",
            vec!["does not exist", "make it first"],
            3,
        ),
    ] {
        let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
        patient.looked_at(&settings).await.names(check, &words, code);
    }
    // A port that another program has.
    let held = TcpListener::bind((Ipv4Addr::LOCALHOST, free_port())).unwrap();
    let port = format!("listen.port={}", held.local_addr().unwrap().port());
    patient.looked_at(&[&port]).await.names("listen", &["another process does", "choose another port"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_names_what_is_wrong_with_the_master_key() {
    let patient = Patient::new().await;
    let key = patient.file("data/master.key");
    let right = fs::read_to_string(&key).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    patient.looked_at(&[]).await.names("storage", &["mode 0644", "chmod"], 3);
    write(&key, "no key at all\n", 0o600);
    patient.looked_at(&[]).await.names("storage", &["does not hold a master key", "restore"], 3);
    write(&key, &format!("{}\n", "A".repeat(43) + "="), 0o600);
    patient.looked_at(&[]).await.names("storage", &["not the key", "restore that one from the backup"], 3);
    fs::remove_file(&key).unwrap();
    patient.looked_at(&[]).await.names("storage", &["is missing", "keys reset"], 3);
    assert!(!key.exists(), "it makes none");
    write(&key, &right, 0o600);
    patient.looked_at(&[]).await.is_well();
}

#[tokio::test(flavor = "multi_thread")]
async fn it_names_what_is_wrong_with_keys_tables_and_indexes() {
    let mut patient = Patient::new().await;
    // A running server would put a missing key in its place.
    patient.break_off().await;
    let found = patient.looked_at(&[]).await;
    found.names("provider", &["does not answer", "start the server"], 1);
    execute(&patient.db, "DROP INDEX grants_by_session").await.unwrap();
    let found = patient.looked_at(&[]).await;
    found.names("database", &["grants_by_session", "CREATE INDEX grants_by_session ON grants (sid)"], 1);
    found.names("database", &["the grants of a session", "looks at a whole table"], 1);
    execute(&patient.db, "CREATE INDEX grants_by_session ON grants (sid)").await.unwrap();
    execute(&patient.db, "DELETE FROM signing_keys WHERE state = 'next'").await.unwrap();
    patient.looked_at(&[]).await.names("keys", &["no next key waits", "idp-server keys list"], 1);
    execute(&patient.db, "UPDATE signing_keys SET state_since = state_since - 3456000").await.unwrap();
    patient.looked_at(&[]).await.names("keys", &["should have been replaced", "keys rotate"], 1);
    // A later version, which says that this one may not run on its tables.
    for statement in [
        "INSERT INTO __diesel_schema_migrations (version) VALUES ('20990101000000')",
        "UPDATE installation_facts SET value = '20990101000000' WHERE name = 'compatible_since'",
    ] {
        execute(&patient.db, statement).await.unwrap();
    }
    patient.looked_at(&[]).await.names("storage", &["20990101000000", "version of idp-server"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_names_what_is_wrong_at_the_issuer() {
    let patient = Patient::new().await;
    // Providers of the stories begin with the same keys.
    let elsewhere = TestIdp::start().await;
    elsewhere.operator().reset_keys(UnixTime(elsewhere.now())).await.unwrap();
    let sink = idp_tests::LogoutReceiver::new();
    let _listening = sink.listen();
    let at = |url: &str| format!("issuer.url={url}");
    let closed = at(&format!("http://idp.localhost:{}", free_port()));
    patient.looked_at(&[&closed]).await.names("provider", &["does not answer", "start the server"], 1);
    let other = at(&elsewhere.issuer);
    let words = ["another provider answers under this name", "storage.database_url"];
    patient.looked_at(&[&other]).await.names("provider", &words, 3);
    let no_provider = sink.uri.trim_end_matches("/logout").replace("receiver.", "idp.");
    let words = ["not as a provider does", "set issuer.url"];
    patient.looked_at(&[&at(&no_provider)]).await.names("provider", &words, 3);
    // The same provider under another name than the one that it goes by.
    let alias = at(&patient.issuer.replace("idp.localhost", "id.localhost"));
    patient.looked_at(&[&alias]).await.names("provider", &["leads to another provider", &patient.issuer], 3);
    // Where this provider is not reached nobody signs in.
    let found = patient.examined(&[&other], &[]).await;
    assert!(found.says("not tried"), "{}", found.printed);
}

/// What stands in front: a forged address must not be believed, and the proxy must be.
#[tokio::test(flavor = "multi_thread")]
async fn s91_it_names_what_is_wrong_with_a_proxy() {
    let good = Patient::behind(Manners::Appends, "127.0.0.1").await;
    let found = good.examined(&["proxy.trusted=127.0.0.1"], &[]).await;
    found.is_well();
    assert!(found.says("says whom it speaks for"), "{}", found.printed);
    for (manners, trusted, words) in [
        (Manners::Appends, "10.0.0.1", ["is in front and not trusted", "add 127.0.0.1 to proxy.trusted"]),
        (Manners::HandsOn, "127.0.0.1", ["hands on what a client writes", "deploy/proxy"]),
        (Manners::Strips, "127.0.0.1", ["does not say whom it speaks for", "have the proxy set"]),
    ] {
        let patient = Patient::behind(manners, trusted).await;
        patient.looked_at(&[&format!("proxy.trusted={trusted}")]).await.names("proxy", &words, 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_names_a_clock_that_is_off_and_waits_for_nothing_for_ever() {
    let patient = Patient::behind(Manners::LivesInThePast, "127.0.0.1").await;
    let found = patient.looked_at(&["proxy.trusted=127.0.0.1"]).await;
    found.names("clock", &["ahead of that of", "NTP"], 1);
    let silent = free_port();
    header_proxy::start(silent, patient.port, Manners::IsSilent);
    let url = format!("issuer.url=http://idp.localhost:{silent}");
    let since = Stopwatch::start();
    patient.looked_at(&[&url]).await.names("provider", &["does not answer"], 1);
    assert!(since.elapsed() < Duration::from_secs(60), "{:?}", since.elapsed());
}

/// What the sign-in was made of goes, however far it came.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_fails_half_way_leaves_nothing() {
    for (refused, words) in
        [("/token", "the code is not redeemed"), ("/userinfo", "userinfo"), ("/end-session", "the sign-out")]
    {
        let patient = Patient::behind(Manners::Refuses(refused), "127.0.0.1").await;
        let found = patient.examined(&["proxy.trusted=127.0.0.1"], &[]).await;
        found.names("sign-in", &[words, "log of the server"], 1);
        for list in [["user", "list"], ["client", "list"]] {
            let listed = patient.command(&list).await;
            assert!(!listed.contains("doctor-"), "{refused}: {listed}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_run_left_behind_that_was_killed_goes_with_the_next() {
    let name = "doctor-0123456789ab";
    let patient = Patient::with(async |idp| {
        idp.add_client(&ClientSpec::public(name)).await;
        idp.add_client(&ClientSpec::public("doctor-of-the-house")).await;
        idp.add_user(name).await;
    })
    .await;
    let found = patient.examined(&[], &[]).await;
    found.is_well();
    assert!(found.says("left behind"), "{}", found.printed);
    assert!(!patient.command(&["user", "list"]).await.contains(name));
    let clients = patient.command(&["client", "list"]).await;
    assert!(!clients.contains(name) && clients.contains("doctor-of-the-house"), "{clients}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_names_what_is_wrong_with_mail() {
    let patient = Patient::new().await;
    let sink = SmtpSink::start().await;
    let password = patient.file("password");
    write(&password, "hush-hush-hush\n", 0o600);
    let (file, server) = (setting("mail.password_file", &password), sink.settings());
    let base: Vec<&str> = server.iter().map(String::as_str).collect();
    let signed_in = [&base[..], &["mail.user=me", &file]].concat();
    let looked_at = async |settings: &[&str]| {
        let found = patient.looked_at(settings).await;
        assert!(!found.printed.contains("hush-hush"), "{}", found.printed);
        found
    };
    looked_at(&signed_in).await.names("mail", &["no way to sign in", "mail.user"], 1);
    sink.behave(Behaviour::Answers("AUTH", 535));
    looked_at(&signed_in).await.names(
        "mail",
        &["would not let us sign in (smtp 535)", "mail.password_file"],
        1,
    );
    sink.behave(Behaviour::Takes);
    let with_tls = [&base[..], &["mail.tls=required"]].concat();
    looked_at(&with_tls).await.names("mail", &["no TLS with the mail server", "mail.ca_file"], 1);
    sink.behave(Behaviour::IsSilent);
    let hurried = [&base[..], &["mail.time_limit=1s"]].concat();
    looked_at(&hurried).await.names("mail", &["no answer of the mail server in time", "mail.server"], 1);
    let down = format!("mail.server=smtp://127.0.0.1:{}", free_port());
    let down = [&base[..], &[down.as_str()]].concat();
    looked_at(&down).await.names("mail", &["the connection to the mail server failed", "mail.server"], 1);
    fs::set_permissions(&password, fs::Permissions::from_mode(0o644)).unwrap();
    looked_at(&signed_in).await.names("files", &["mail.password_file", "mode 0644"], 3);
    assert_eq!(sink.taken().len(), 0, "no letter goes out unasked");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_names_sites_that_cannot_be_told() {
    let site = |id: &str, uri: &str| {
        let mut spec = ClientSpec::confidential(id);
        spec.client.metadata.backchannel_logout_uri = Some(BackchannelLogoutUri::parse(uri).unwrap());
        spec
    };
    let port = free_port();
    let patient = Patient::with(async |idp| {
        idp.add_client(&site("nameless", "https://site.invalid/logout")).await;
        idp.add_client(&site("private", "https://10.0.0.1/logout")).await;
        idp.add_client(&site("down", &format!("http://site.localhost:{port}/logout"))).await;
        idp.add_client(&site("moved", &format!("{}/no-such-page", idp.issuer))).await;
    })
    .await;
    let found = patient.looked_at(&[]).await;
    for (id, words) in [
        ("nameless", ["its name does not resolve", "set the name right in DNS"]),
        ("private", ["the address is not public", "backchannel.allow_networks"]),
        ("down", ["the connection failed", "see that the site runs"]),
        ("moved", ["nothing at this address", "client set moved --backchannel-logout-uri"]),
    ] {
        found.names(&format!("sites: {id},"), &words, 1);
    }
}

/// Certificates of the server itself. They are not served by it: the settings are looked at before a start.
#[tokio::test(flavor = "multi_thread")]
async fn it_names_what_is_wrong_with_the_certificate() {
    let patient = Patient::new().await;
    let (expired, expired_key) =
        (include_str!("../testdata/tls/expired.crt"), include_str!("../testdata/tls/expired.key"));
    let (good, good_key) = idp_tests::reverse_proxy::CERTIFICATE;
    let (certificate, key) = (patient.file("tls.crt"), patient.file("tls.key"));
    // The server that runs speaks no TLS: the port is that of one that would.
    let port = free_port();
    let (issuer, port) = (format!("issuer.url=https://{HOST}:{port}"), format!("listen.port={port}"));
    let settings = [setting("tls.certificate", &certificate), setting("tls.key", &key), issuer, port];
    let looked_at = async |(certificate_pem, key_pem): (&str, &str), mode, more: &[&str]| {
        write(&certificate, certificate_pem, 0o644);
        write(&key, key_pem, mode);
        let settings: Vec<&str> = settings.iter().map(String::as_str).chain(more.iter().copied()).collect();
        patient.looked_at(&settings).await
    };
    let has_fault = |found: &Diagnosis| found.of("fault").iter().any(|line| line.starts_with("certificate"));
    let found = looked_at((good, good_key), 0o600, &[]).await;
    assert!(!has_fault(&found) && found.says("it is for idp.localhost"), "{}", found.printed);
    let over = looked_at((expired, expired_key), 0o600, &[]).await;
    over.names("certificate", &["it ended on 2020-02-01", "renew the certificate"], 3);
    let mixed = looked_at((good, expired_key), 0o600, &[]).await;
    mixed.names("certificate", &["do not belong together", "one and the same renewal"], 3);
    let exposed = looked_at((good, good_key), 0o644, &[]).await;
    exposed.names("certificate", &["mode 0644", "chmod"], 3);
    let none = looked_at((good, "no key"), 0o600, &[]).await;
    none.names("certificate", &["no unencrypted private key", "put there"], 3);
    let alias = "issuer.url=https://id.localhost";
    let other = looked_at((good, good_key), 0o600, &[alias]).await;
    other.names("certificate", &["not for id.localhost", "get a certificate"], 3);
    let soon = self_signed(&patient, 5);
    let found = looked_at((&soon.0, &soon.1), 0o600, &[]).await;
    assert!(!has_fault(&found), "{}", found.printed);
    assert!(found.says("it ends in ") && found.says("renew it"), "{}", found.printed);
}

/// What browsers are shown at the issuer, whoever shows it.
#[tokio::test(flavor = "multi_thread")]
async fn it_names_what_is_wrong_with_the_certificate_that_the_world_sees() {
    let good = idp_tests::reverse_proxy::CERTIFICATE;
    let (patient, settings) = Patient::with_certificate(good).await;
    let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    let authority = patient.file("own.crt");
    let found = patient.examined(&settings, &["--ca-file", authority.to_str().unwrap()]).await;
    found.is_well();
    assert!(
        found.says("certificate seen") && found.says("a throw-away person signed in"),
        "{}",
        found.printed
    );
    // No authority that this machine knows has signed it.
    patient.looked_at(&settings).await.names("provider", &["does not answer", "--ca-file"], 1);
    let expired = (include_str!("../testdata/tls/expired.crt"), include_str!("../testdata/tls/expired.key"));
    let (patient, settings) = Patient::with_certificate(expired).await;
    let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    let found = patient.looked_at(&settings).await;
    found.names("certificate seen", &["it ended on 2020-02-01", "renew the certificate"], 3);
}

/// A certificate for the host of the stories that ends in so many days, by the program that operators have.
fn self_signed(patient: &Patient, days: u32) -> (String, String) {
    let (certificate, key) = (patient.file("made.crt"), patient.file("made.key"));
    let done = std::process::Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=idp.localhost"])
        .args(["-addext", "subjectAltName=DNS:idp.localhost", "-days", &days.to_string()])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .expect("openssl is not installed");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    (fs::read_to_string(certificate).unwrap(), fs::read_to_string(key).unwrap())
}
