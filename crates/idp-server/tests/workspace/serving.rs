//! The server in a process of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::{
    io::{BufRead, BufReader},
    net::TcpStream,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use serde_json::Value;

use super::Workspace;

/// A server of our own on a free port.
pub struct Serving {
    pub child: Child,
    pub port: u16,
}

impl Serving {
    /// With these settings.
    pub fn start(workspace: &Workspace, settings: &[&str]) -> Self {
        let settings = ["listen.port=0", "log.format=json"].iter().chain(settings);
        let settings: Vec<&str> = settings.flat_map(|setting| ["--set", setting]).chain(["serve"]).collect();
        let mut child = workspace.command(&settings).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut lines = lines.map(Result::unwrap);
        let ready =
            lines.find(|line| line.contains("\"ready\"")).expect("the server ended before it was ready");
        let ready: Value = serde_json::from_str(&ready).unwrap();
        let address = ready["addresses"].as_str().unwrap().trim_matches(['[', ']']).to_owned();
        // The test has to read on, or the server would wait for room in the pipe.
        thread::spawn(move || lines.for_each(drop));
        Self { child, port: address.rsplit(':').next().unwrap().parse().unwrap() }
    }

    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
