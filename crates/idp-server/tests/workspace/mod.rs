//! A folder of its own for the binary, and ways to run it there.

#![allow(dead_code, reason = "each test program uses a part of it")]

pub mod serving;

use std::{
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

use diesel::prelude::*;
use idp_server::db::{Db, schema::audit_events};
use serde_json::Value;
use tempfile::TempDir;

pub struct Workspace(TempDir);

impl Workspace {
    /// A folder with nothing in it.
    pub fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder with a fresh installation.
    pub fn new() -> Self {
        let workspace = Self::empty();
        let made = workspace.run(&["migrate"]);
        assert!(made.status.success(), "{}", text(&made.stderr));
        workspace
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// The binary with this folder as its workspace, and no variable of ours around.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_idp-server"));
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("IDP_")) {
            command.env_remove(name);
        }
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = self.command(arguments);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

/// What the audit log says beside the events of this kind, sorted: ids of one second have no order.
pub async fn recorded_details(workspace: &Workspace, event: &str) -> Vec<String> {
    let db = Db::open(&workspace.path().join("idp-data/idp.db")).unwrap();
    let of_kind = audit_events::table.filter(audit_events::event.eq(event.to_owned()));
    let details = of_kind.order(audit_events::detail).select(audit_events::detail);
    let details: Vec<Option<String>> =
        db.read(move |connection| Ok(details.load(connection)?)).await.unwrap();
    details.into_iter().map(Option::unwrap_or_default).collect()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}
