//! Machines on which commands run: that of an operator elsewhere, which has no installation, and that of the provider.

use crate::own_process::idp_server;
use idp_server::clock::Clock;
use idp_tests::{ClientSpec, TestIdp};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The machine of an operator.
pub struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = idp_server(self.path(), arguments);
        command.env("XDG_STATE_HOME", self.path().join("state"));
        command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
        command
    }

    /// Runs a command while the provider of the story goes on.
    pub async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(arguments);
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }

    /// What a command prints as JSON.
    pub async fn json(&self, arguments: &[&str]) -> Value {
        let done = self.run(&[&["--json"][..], arguments].concat()).await;
        assert!(done.status.success(), "{arguments:?}: {}", text(&done.stderr));
        printed(&text(&done.stdout))
    }

    /// What a command says that must be refused.
    pub async fn refused(&self, arguments: &[&str]) -> String {
        let done = self.run(arguments).await;
        assert!(!done.status.success(), "{arguments:?}: {}", text(&done.stdout));
        text(&done.stderr)
    }

    /// A private file with a secret in it.
    pub fn secret(&self, secret: &str) -> PathBuf {
        let path = self.path().join("secret");
        fs::write(&path, format!("{secret}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    pub fn login_file(&self) -> Option<PathBuf> {
        let folder = fs::read_dir(self.path().join("state/idp-server")).ok()?;
        let mut files = folder.map(|entry| entry.unwrap().path());
        let first = files.next();
        assert!(files.next().is_none());
        first
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The JSON among what the test binary prints around it.
pub fn printed(text: &str) -> Value {
    // The name of the test stands before it, on the same line.
    let value = text.lines().find_map(|line| line.find(['{', '[']).map(|start| &line[start..]));
    serde_json::from_str(value.unwrap_or_else(|| panic!("{text}"))).unwrap()
}

/// What a command prints that works on the database of the story.
pub async fn beside(idp: &TestIdp, arguments: &[&str]) -> Value {
    let mut command = idp_server(idp.folder.path(), &[&["--json"][..], arguments].concat());
    let done = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(done.status.success(), "{arguments:?}: {}", text(&done.stderr));
    printed(&text(&done.stdout))
}

/// Where the commands of a story run: on the database of a provider, or on its server, as a client that may do everything.
pub struct Both<'a> {
    pub idp: &'a TestIdp,
    desk: Desk,
    place: Vec<String>,
    /// What commands on the database are told of the configuration.
    settings: Vec<&'static str>,
}

impl<'a> Both<'a> {
    pub async fn of(idp: &'a TestIdp, scope: &str) -> Self {
        Self::told(idp, scope, &[]).await
    }

    /// The same with these settings for commands on the database.
    pub async fn told(idp: &'a TestIdp, scope: &str, settings: &[&'static str]) -> Self {
        Self::named(idp, "machine", scope, settings).await
    }

    /// A further client beside the one of [`Both::of`].
    pub async fn of_second(idp: &'a TestIdp, scope: &str) -> Self {
        Self::named(idp, "second", scope, &[]).await
    }

    async fn named(idp: &'a TestIdp, id: &str, scope: &str, settings: &[&'static str]) -> Self {
        let spec: ClientSpec = idp.add_api_client(id, scope).await;
        let desk = Desk::new();
        let file = desk.secret(spec.secret.as_deref().unwrap()).display().to_string();
        let place = ["--server", &idp.issuer, "--client-id", id, "--credentials", &file];
        let place = place.map(str::to_owned).to_vec();
        Self { idp, desk, place, settings: settings.to_vec() }
    }

    /// Runs a command in one of the two places, with this on standard input.
    pub async fn run(&self, is_elsewhere: bool, arguments: &[&str], input: &str) -> Output {
        let place: Vec<&str> = self.place.iter().map(String::as_str).collect();
        let mut command = match is_elsewhere {
            true => self.desk.command(&[arguments, &place].concat()),
            false => idp_server(self.idp.folder.path(), &[&self.settings[..], arguments].concat()),
        };
        let typed = self.desk.path().join("typed");
        fs::write(&typed, input).unwrap();
        command.stdin(fs::File::open(&typed).unwrap());
        let done = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        // Commands go by the clock of the machine; that of the story stood still meanwhile.
        let behind = Clock::System.now().seconds_since(self.idp.clock.now()).max(0);
        self.idp.clock.advance(behind + 1);
        done
    }

    /// What it prints as JSON.
    pub async fn json(&self, is_elsewhere: bool, arguments: &[&str]) -> Value {
        let done = self.run(is_elsewhere, &[&["--json"][..], arguments].concat(), "").await;
        assert!(done.status.success(), "{is_elsewhere} {arguments:?}: {}", text(&done.stderr));
        printed(&text(&done.stdout))
    }

    /// What it says that must be refused, with the code for that.
    pub async fn refused(&self, is_elsewhere: bool, arguments: &[&str]) -> String {
        let done = self.run(is_elsewhere, arguments, "").await;
        let said = text(&done.stderr);
        assert_eq!(done.status.code(), Some(4), "{is_elsewhere} {arguments:?}: {said}");
        said
    }

    /// A file on the machine elsewhere, which both may read.
    pub fn file(&self, name: &str, content: &str) -> String {
        let path = self.desk.path().join(name);
        fs::write(&path, content).unwrap();
        path.display().to_string()
    }
}
