//! A mail server that others wrote (aiosmtpd), with STARTTLS or TLS from the first byte, and a password. It ends with this
//! process. Its certificate is the one of the stories of PostgreSQL, for `localhost`.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use idp_server::config::Config;
use serde_json::Value;
use tempfile::TempDir;

use crate::ports::free_port;
use crate::smtp_sink::{FROM, TakenLetter};
use crate::{eventually, eventually_blocking};

/// The interpreter of the distribution, which has the distribution's packages.
const PYTHON: &str = "/usr/bin/python3";
/// What the server asks for.
pub const PASSWORD: &str = "canary-of-a-mail-password-3d";

/// The server; it ends when it is dropped.
pub struct MailServer {
    folder: TempDir,
    port: u16,
    at_once: bool,
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
}

/// A letter that it took, and how that came about.
#[derive(Debug)]
pub struct TakenOverTls {
    /// Whether the connection was encrypted, as the server saw it.
    pub tls: bool,
    /// Who had signed in.
    pub user: String,
    /// The letter.
    pub letter: TakenLetter,
}

impl MailServer {
    /// Starts one that begins TLS by STARTTLS.
    ///
    /// # Panics
    /// When aiosmtpd is not installed.
    #[must_use]
    pub fn with_starttls() -> Self {
        Self::start(false)
    }

    /// Starts one that speaks TLS from the first byte.
    ///
    /// # Panics
    /// When aiosmtpd is not installed.
    #[must_use]
    pub fn with_tls_at_once() -> Self {
        Self::start(true)
    }

    fn start(at_once: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        std::fs::write(folder.path().join("behaviour"), "take").unwrap();
        let secret = folder.path().join("password");
        std::fs::write(&secret, format!("{PASSWORD}\n")).unwrap();
        std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
        let mut command = Command::new(PYTHON);
        command.arg(testdata("mail/server.py")).arg("--port").arg(port.to_string());
        command.arg("--certificate").arg(testdata("postgres/server.crt"));
        command.arg("--key").arg(testdata("postgres/server.key"));
        command.args(["--user", "idp", "--password", PASSWORD]);
        command.arg("--behaviour").arg(folder.path().join("behaviour"));
        if at_once {
            command.arg("--at-once");
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.spawn().unwrap();
        let (lines, stdout) = (Arc::new(Mutex::new(Vec::new())), child.stdout.take().unwrap());
        let collected = Arc::clone(&lines);
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                collected.lock().unwrap().push(line);
            }
        });
        let server = Self { folder, port, at_once, child, lines };
        eventually_blocking("the mail server is up (python3-aiosmtpd)", || server.has_said_so());
        server
    }

    /// Has a provider send its letters here, by everything that this asks for.
    pub fn serve(&self, config: &mut Config) {
        config.mail.server = self.named("localhost").parse().ok();
        config.mail.from = FROM.parse().ok();
        config.mail.user = Some("idp".to_owned());
        config.mail.password_file = Some(self.folder.path().join("password"));
        config.mail.ca_file = Some(testdata("postgres/ca.crt"));
    }

    /// The same for a command, as settings.
    #[must_use]
    pub fn settings(&self) -> Vec<String> {
        let mut config = Config::default();
        self.serve(&mut config);
        let file = |path: Option<PathBuf>| path.unwrap_or_default().display().to_string();
        vec![
            format!("mail.server={}", self.named("localhost")),
            format!("mail.from={FROM}"),
            "mail.user=idp".to_owned(),
            format!("mail.password_file={}", file(config.mail.password_file)),
            format!("mail.ca_file={}", file(config.mail.ca_file)),
        ]
    }

    /// Its address under a name of the story's.
    #[must_use]
    pub fn named(&self, host: &str) -> String {
        format!("{}://{host}:{}", if self.at_once { "smtps" } else { "smtp" }, self.port)
    }

    /// Its port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Gives the provider another password than the server's.
    pub fn change_password(&self, password: &str) {
        std::fs::write(self.folder.path().join("password"), password).unwrap();
    }

    /// Takes letters so from now on: `take`, `slow`, `later`, `full`, `unknown`, `cut`.
    pub fn behave(&self, word: &str) {
        std::fs::write(self.folder.path().join("behaviour"), word).unwrap();
    }

    /// The letters that it took.
    #[must_use]
    pub fn taken(&self) -> Vec<TakenOverTls> {
        let lines = self.lines.lock().unwrap().clone();
        lines.iter().filter_map(|line| serde_json::from_str(line).ok()).map(read).collect()
    }

    /// Waits until it has taken so many.
    pub async fn takes(&self, count: usize) -> Vec<TakenOverTls> {
        eventually("the letters arrive", async || {
            let taken = self.taken();
            if taken.len() == count { Ok(taken) } else { Err(taken) }
        })
        .await
    }

    fn has_said_so(&self) -> bool {
        self.lines.lock().unwrap().iter().any(|line| line == "ready")
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(value: Value) -> TakenOverTls {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let to = value["to"].as_array().unwrap().iter().map(text).collect();
    TakenOverTls {
        tls: value["tls"] == true,
        user: text(&value["user"]),
        letter: TakenLetter { from: text(&value["from"]), to, raw: text(&value["raw"]) },
    }
}

fn testdata(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name)
}
