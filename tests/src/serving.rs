//! The server as it was built, in a process of its own, for programs that measure it.

use crate::ClientSpec;
use crate::load_client::Connection;
use idp_server::clock::Stopwatch;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpStream;

/// A build may refuse the password of the stories, which was published.
pub const PASSWORD: &str = "seven grey herons on a pier";

const LONGEST_START: Duration = Duration::from_secs(60);

/// A build of the server and its data, which it prepares by its own commands, so that it may be an old one.
pub struct Build {
    /// The binary.
    pub program: PathBuf,
    /// Its data folder is in this one.
    pub folder: TempDir,
    /// `key=value`.
    pub settings: Vec<String>,
}

impl Build {
    /// Over an empty database: makes its tables.
    ///
    /// # Panics
    /// When it fails.
    #[must_use]
    pub fn prepare(program: &Path, settings: &[&str]) -> Self {
        let settings = settings.iter().map(|&setting| setting.to_owned()).collect();
        let build = Self { program: program.to_owned(), folder: tempfile::tempdir().unwrap(), settings };
        build.command(&["migrate"], "");
        build
    }

    /// Runs a command with this on its standard input; what it prints.
    ///
    /// # Panics
    /// When it fails.
    pub fn command(&self, arguments: &[&str], input: &str) -> String {
        let settings: Vec<&str> = self.settings.iter().map(String::as_str).collect();
        let mut command = idp_server_of(&self.program, self.folder.path(), &settings);
        let command = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{arguments:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Registers a client with these further options; the specification as it is then, with the secret.
    ///
    /// # Panics
    /// When it fails.
    #[must_use]
    pub fn add_client(&self, mut spec: ClientSpec, options: &[&str]) -> ClientSpec {
        let own = ["client", "add", spec.id(), "--redirect-uri", spec.redirect_uri(), "--json"];
        let said = self.command(&[&own, options].concat(), "");
        let said: serde_json::Value = serde_json::from_str(&said).unwrap();
        spec.secret = Some(said["client_secret"].as_str().unwrap().to_owned());
        spec
    }

    /// Adds a person who signs in with [`PASSWORD`].
    ///
    /// # Panics
    /// When it fails.
    pub fn add_person(&self, name: &str) {
        self.command(&["user", "add", name], PASSWORD);
    }
}

/// The real server in a process of its own.
pub struct Serving {
    child: Child,
    /// How long it took from the start of the process until it said that it is ready.
    pub ready_after: Duration,
}

/// The server or a command, as it was built beside this program, over the data of `folder`, with these settings
/// (`key=value`).
#[must_use]
pub fn idp_server(folder: &Path, settings: &[&str]) -> Command {
    idp_server_of(&program(), folder, settings)
}

/// The same of another build.
#[must_use]
pub fn idp_server_of(program: &Path, folder: &Path, settings: &[&str]) -> Command {
    let own = format!("storage.data_dir={}", folder.join("data").display());
    let settings = std::iter::once(own.as_str()).chain(settings.iter().copied());
    let mut command = Command::new(program);
    command.args(settings.flat_map(|setting| ["--set", setting])).current_dir(folder);
    command
}

/// Where the server was built beside this program.
#[must_use]
pub fn program() -> PathBuf {
    std::env::current_exe().unwrap().ancestors().nth(2).unwrap().join("idp-server")
}

impl Serving {
    /// Starts the server that was built beside this program over the data of `folder`, with these settings (`key=value`).
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start(folder: &Path, port: u16, settings: &[&str]) -> Self {
        Self::start_of(&program(), folder, port, settings).await
    }

    /// Starts a server of another build.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start_of(program: &Path, folder: &Path, port: u16, settings: &[&str]) -> Self {
        let issuer = format!("issuer.url=http://idp.localhost:{port}");
        let settings = [&[issuer.as_str(), "log.filter=warn"], settings].concat();
        Self::run(program, port, idp_server_of(program, folder, &settings)).await
    }

    /// Starts a server of any build whose log, of warnings, goes on in a file.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start_logging(
        program: &Path,
        folder: &Path,
        port: u16,
        settings: &[&str],
        log: &Path,
    ) -> Self {
        let settings = [&["log.filter=warn"], settings].concat();
        let mut command = idp_server_of(program, folder, &settings);
        let log = File::options().create(true).append(true).open(log).unwrap();
        command.stdout(Stdio::null()).stderr(log);
        Self::run(program, port, command).await
    }

    async fn run(program: &Path, port: u16, mut command: Command) -> Self {
        let since = Stopwatch::start();
        let child = command.arg("--set").arg(format!("listen.port={port}")).arg("serve").spawn();
        let child = child.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let mut serving = Self { child, ready_after: Duration::ZERO };
        while since.elapsed() < LONGEST_START {
            if is_ready(port).await {
                serving.ready_after = since.elapsed();
                return serving;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        panic!("the server does not come up");
    }

    /// Stops it as a service manager does; how long that took.
    pub async fn stop(mut self) -> Duration {
        let since = Stopwatch::start();
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        while self.child.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        since.elapsed()
    }

    /// Whether it has not ended by itself.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// How many files and connections it holds open.
    #[must_use]
    pub fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap().count()
    }

    /// Resident memory in KiB.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.status("VmRSS:")
    }

    /// How many threads it has.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.status("Threads:")
    }

    fn status(&self, name: &str) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// The same, after a few heartbeats.
    pub async fn settled_memory(&self) -> usize {
        tokio::time::sleep(Duration::from_secs(5)).await;
        self.memory()
    }

    /// Processor time so far, in hundredths of a second.
    #[must_use]
    pub fn work(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        // The name of the program, the second field, may have blanks in it. Of what is behind it, the 14th and 15th field of all are the time
        // in the program and in the system.
        let behind: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
        [behind[11], behind[12]].iter().map(|field| field.parse::<u64>().unwrap()).sum()
    }
}

/// A connection is accepted once there is a server to answer.
async fn is_ready(port: u16) -> bool {
    if TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        return false;
    }
    Connection::open(port).await.ask("GET", "/health/ready", "", "").await.status == 200
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
