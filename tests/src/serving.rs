//! The server as it was built, in a process of its own, for programs that measure it.

use idp_server::clock::Stopwatch;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;
use tokio::net::TcpStream;

/// The real server in a process of its own.
pub struct Serving(Child);

impl Serving {
    /// Starts the server that was built beside this program over the data of `folder`, with these settings (`key=value`).
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start(folder: &Path, port: u16, settings: &[&str]) -> Self {
        let program = std::env::current_exe().unwrap().ancestors().nth(2).unwrap().join("idp-server");
        let own = [
            format!("storage.data_dir={}", folder.join("data").display()),
            format!("listen.port={port}"),
            format!("issuer.url=http://idp.localhost:{port}"),
            "log.filter=warn".to_owned(),
        ];
        let settings = own.iter().map(String::as_str).chain(settings.iter().copied());
        let flags = settings.flat_map(|setting| ["--set", setting]);
        let child = Command::new(&program).args(flags).arg("serve").current_dir(folder).spawn();
        let serving = Self(child.unwrap_or_else(|error| panic!("{}: {error}", program.display())));
        for _ in 0..200 {
            if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return serving;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the server does not come up");
    }

    /// Stops it as a service manager does; how long that took.
    pub async fn stop(mut self) -> Duration {
        let since = Stopwatch::start();
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        while self.0.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        since.elapsed()
    }

    /// Resident memory in KiB.
    #[must_use]
    pub fn memory(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
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
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id())).unwrap();
        let fields: Vec<u64> =
            stat.rsplit(')').next().unwrap().split(' ').filter_map(|field| field.parse().ok()).collect();
        // utime and stime are the 14th and 15th of all; the first that is a number here is the 4th.
        fields[10] + fields[11]
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
