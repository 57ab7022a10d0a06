//! The server in a process of its own, with its real command line and its real log: this test binary starts itself
//! again and runs one "test", which is the server.

use clap::Parser as _;
use idp_server::cli::Cli;
use idp_tests::{TestIdp, backend, eventually};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

const ARGUMENTS: &str = "STORY_OF_IDP_ARGUMENTS";

#[test]
#[ignore = "not a story: the process that stories start"]
#[expect(clippy::disallowed_methods, reason = "a test that fails ends its process with a code of its own")]
fn the_server() {
    let Ok(arguments) = std::env::var(ARGUMENTS) else {
        return;
    };
    let cli = Cli::parse_from(arguments.split('\n'));
    if let Err(failure) = actix_web::rt::System::new().block_on(cli.run()) {
        // What the binary does; a panic would be told to the log, and only where it happened.
        eprintln!("idp-server: {failure}");
        std::process::exit(failure.code().into());
    }
}

/// `idp-server` with these arguments, over the data in `folder`.
pub fn idp_server(folder: &Path, arguments: &[&str]) -> Command {
    let data = format!("storage.data_dir={}", folder.join("data").display());
    let mut always = vec!["idp-server", "--set", &data];
    let settings = backend::settings(folder);
    always.extend(settings.iter().flat_map(|setting| ["--set", setting]));
    // On Linux this is the running program even when a build has put another in its place.
    let running = Path::new("/proc/self/exe");
    let program = if running.exists() { running.to_owned() } else { std::env::current_exe().unwrap() };
    let mut command = Command::new(program);
    // What the configuration reads from the environment must not come from the shell that runs the tests.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("IDP_")) {
        command.env_remove(name);
    }
    command
        .args(["own_process::the_server", "--exact", "--ignored", "--nocapture", "--test-threads=1"])
        .current_dir(folder)
        .env(ARGUMENTS, always.iter().chain(arguments).copied().collect::<Vec<_>>().join("\n"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A server that logs everything it can.
pub struct Serving {
    child: Child,
    log: Arc<Mutex<String>>,
}

impl Serving {
    /// Starts one in the place of a provider that has stopped: over its folder, on its port.
    pub async fn start(folder: &Path, issuer: &str, http: &reqwest::Client) -> Self {
        Self::start_with(folder, issuer, http, &[]).await
    }

    /// The same with further settings.
    pub async fn start_with(
        folder: &Path,
        issuer: &str,
        http: &reqwest::Client,
        settings: &[String],
    ) -> Self {
        let (port, issuer_is) = (issuer.rsplit(':').next().unwrap(), format!("issuer.url={issuer}"));
        let port = format!("listen.port={port}");
        let own = [port.as_str(), &issuer_is, "log.filter=trace", "log.format=json"];
        let all = own.into_iter().chain(settings.iter().map(String::as_str));
        let arguments: Vec<&str> = all.flat_map(|setting| ["--set", setting]).chain(["serve"]).collect();
        let mut child = idp_server(folder, &arguments).spawn().unwrap();
        let (log, stderr) = (Arc::new(Mutex::new(String::new())), child.stderr.take().unwrap());
        let collected = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                collected.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        let serving = Self { child, log };
        let live = format!("{issuer}/health/live");
        eventually("the server comes up", async || {
            http.get(&live).send().await.map(drop).map_err(|_| serving.log())
        })
        .await;
        serving
    }

    /// Tells it to stop, as a service manager does.
    pub fn tell_to_stop(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").arg(&pid).status().unwrap().success());
    }

    /// Stops it as an operator does, and waits for its end.
    pub async fn stop(mut self) {
        self.tell_to_stop();
        eventually("the server stops", async || self.child.try_wait().unwrap().is_some()).await;
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Stops a provider and starts the real command in its place; the folder goes with it.
pub async fn take_over(idp: TestIdp) -> (tempfile::TempDir, Serving) {
    let (issuer, http) = (idp.issuer.clone(), idp.http.clone());
    let folder = idp.stop().await;
    let serving = Serving::start(folder.path(), &issuer, &http).await;
    (folder, serving)
}
