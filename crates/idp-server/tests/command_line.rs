//! The binary as an operator meets it: exit codes, what is printed, what lies on the disk afterwards.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod workspace;

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
    thread,
    time::Duration,
};

use serde_json::Value;
use workspace::{Workspace, code, serving::Serving, text};

const PASSWORD: &str = "kuvo rabi tenu zali mepika";

#[test]
fn config_check_says_what_is_in_force_and_what_is_wrong() {
    let workspace = Workspace::empty();
    let good = workspace.run(&["config", "check", "--set", "token.access=5m"]);
    assert_eq!(code(&good), 0);
    assert!(text(&good.stdout).contains("token.access = \"5m\"  # flag"));
    assert!(text(&good.stdout).ends_with("# ok\n"));

    let unknown = workspace.command(&["config", "check"]).env("IDP_TOKEN__ACCES", "5m").output().unwrap();
    assert_eq!(code(&unknown), 3);
    assert!(text(&unknown.stderr).contains("did you mean IDP_TOKEN__ACCESS?"), "{}", text(&unknown.stderr));

    assert_eq!(code(&workspace.run(&["config", "check", "--config", "nowhere.toml"])), 3);
    assert_eq!(code(&workspace.run(&["config", "chekc"])), 2);
    assert!(fs::read_dir(workspace.path()).unwrap().next().is_none(), "a check left something behind");
}

#[test]
fn s110_first_use_under_a_generous_umask_still_makes_private_files() {
    let workspace = Workspace::empty();
    let binary = env!("CARGO_BIN_EXE_idp-server");
    let script = format!("umask 000 && exec {binary} migrate");
    let status = Command::new("sh").arg("-c").arg(script).current_dir(workspace.path()).status().unwrap();
    assert!(status.success());
    let data = workspace.path().join("idp-data");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    for entry in fs::read_dir(&data).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[test]
fn s110_nothing_starts_on_a_master_key_that_others_can_read() {
    let workspace = Workspace::new();
    assert_eq!(code(&workspace.run(&["migrate"])), 0);
    let key = workspace.path().join("idp-data/master.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let refused = workspace.run(&["serve"]);
    assert_eq!(code(&refused), 3, "no restart mends it");
    assert!(text(&refused.stderr).contains("chmod 600"), "{}", text(&refused.stderr));
}

#[test]
fn a_person_is_added_shut_out_and_let_in_again() {
    let workspace = Workspace::new();
    let added = workspace
        .run_with_input(&["user", "add", "Alice", "--email", "alice@example.com"], &format!("{PASSWORD}\n"));
    assert_eq!(code(&added), 0, "{}", text(&added.stderr));
    assert!(!text(&added.stdout).contains(PASSWORD));
    let status = |workspace: &Workspace| workspace.json(&["user", "list", "--json"])[0]["status"].clone();
    assert_eq!(workspace.json(&["user", "list", "--json"])[0]["username"], "alice");
    assert_eq!(code(&workspace.run(&["user", "disable", "ALICE", "--yes"])), 0);
    assert_eq!(status(&workspace), "disabled");
    assert_eq!(code(&workspace.run(&["user", "enable", "alice"])), 0);
    assert_eq!(status(&workspace), "active");
}

#[test]
fn what_cannot_be_done_changes_nothing_and_exits_with_4() {
    let workspace = Workspace::new();
    assert_eq!(code(&workspace.run(&["user", "add", "alice", "--generate"])), 0);
    assert_eq!(code(&workspace.run(&["user", "add", "alice", "--generate"])), 4);
    assert_eq!(code(&workspace.run(&["user", "disable", "bob"])), 4);
    assert_eq!(code(&workspace.run_with_input(&["user", "add", "bob"], "short\n")), 4);
    assert_eq!(code(&workspace.run_with_input(&["user", "add", "bob"], "")), 4);
    assert_eq!(code(&workspace.run(&["client", "remove", "site"])), 4);
    assert_eq!(code(&workspace.run(&["client", "add", "site"])), 4, "the code flow without a redirect URI");
    assert_eq!(code(&workspace.run(&["keys", "rotate"])), 4, "the next key is a minute old");
    assert_eq!(workspace.json(&["user", "list", "--json"]).as_array().unwrap().len(), 1);
}

#[test]
fn s111_a_generated_secret_is_shown_once_and_kept_as_a_hash() {
    let workspace = Workspace::new();
    let redirect = "https://site.example/auth/callback";
    let client = workspace.json(&["client", "add", "site", "--redirect-uri", redirect, "--json"]);
    let secret = client["client_secret"].as_str().unwrap().to_owned();
    let shown = workspace.json(&["client", "show", "site", "--json"]);
    assert_eq!(shown["redirect_uris"][0], redirect);
    assert!(!shown.to_string().contains(&secret));
    let person = workspace.json(&["user", "add", "alice", "--generate", "--json"]);
    let password = person["password"].as_str().unwrap().to_owned();
    for entry in fs::read_dir(workspace.path().join("idp-data")).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        for canary in [&secret, &password] {
            let found = bytes.windows(canary.len()).any(|window| window == canary.as_bytes());
            assert!(!found, "a secret rests in the clear");
        }
    }
}

/// A command in the wrong folder says so, and the folder stays as it is.
#[test]
fn a_command_where_there_is_no_installation_makes_none_and_says_where_it_looked() {
    let workspace = Workspace::empty();
    for arguments in [
        &["user", "list"][..],
        &["user", "add", "alice", "--generate"],
        &["user", "sign-out", "--all", "--yes"],
        &["client", "list"],
        &["client", "add", "site", "--redirect-uri", "https://site.example/callback"],
        &["client", "remove", "site", "--yes"],
        &["group", "list"],
        &["role", "list"],
        &["whoami"],
        &["keys", "list"],
        &["keys", "rotate"],
        &["keys", "reset", "--yes"],
        &["mail", "list"],
    ] {
        let refused = workspace.run(arguments);
        let said = text(&refused.stderr);
        assert_eq!(code(&refused), 4, "{arguments:?}: {said}");
        let place = workspace.path().canonicalize().unwrap().join("idp-data/idp.db");
        for word in ["no installation", "storage.data_dir", place.to_str().unwrap(), "idp-server migrate"] {
            assert!(said.contains(word), "{arguments:?}: {word} is missing: {said}");
        }
        assert!(
            fs::read_dir(workspace.path()).unwrap().next().is_none(),
            "{arguments:?} left something behind"
        );
    }
    assert_eq!(code(&workspace.run(&["migrate"])), 0);
    assert_eq!(workspace.json(&["user", "list", "--json"]), Value::Array(vec![]));
}

/// An installation whose files lie elsewhere is found, and no folder is made beside it.
#[test]
fn a_command_makes_no_data_folder_where_everything_lies_elsewhere() {
    let workspace = Workspace::new();
    let folder = workspace.path().join("idp-data");
    let database = format!("storage.database_url=sqlite:{}", folder.join("idp.db").display());
    let key = format!("storage.master_key_file={}", folder.join("master.key").display());
    let settings = ["--set", &database, "--set", &key, "--set", "storage.data_dir=elsewhere"];
    assert_eq!(code(&workspace.run(&[&settings[..], &["user", "list"]].concat())), 0);
    assert!(!workspace.path().join("elsewhere").exists());
}

/// Flags of every command are not among the command's own.
#[test]
fn help_lists_the_flags_of_every_command_apart() {
    let workspace = Workspace::empty();
    for command in [&["user", "sign-out"][..], &["client", "add"], &["group", "list"], &["keys", "reset"]] {
        let help = text(&workspace.run(&[command, &["--help"]].concat()).stdout);
        let (own, general) = help.split_once("Options of every command:").unwrap();
        for flag in ["--set", "--json", "--config"] {
            assert!(
                !own.contains(&format!("{flag} ")) && general.contains(flag),
                "{command:?} {flag}: {help}"
            );
        }
    }
    let help = text(&workspace.run(&["group", "list", "--help"]).stdout);
    let elsewhere = help.split_once("On a server elsewhere:").unwrap().1;
    assert!(["--server", "--client-id", "--ca-file"].iter().all(|flag| elsewhere.contains(flag)), "{help}");
    assert!(!text(&workspace.run(&["serve", "--help"]).stdout).contains("--server"));
}

#[test]
fn s88_a_fresh_installation_knows_nobody() {
    let workspace = Workspace::new();
    assert_eq!(workspace.json(&["user", "list", "--json"]), Value::Array(vec![]));
    assert_eq!(workspace.json(&["client", "list", "--json"]), Value::Array(vec![]));
}

#[test]
fn s109_a_request_under_way_is_answered_before_the_server_stops() {
    let workspace = Workspace::new();
    let mut serving = Serving::start(&workspace, &["listen.request_timeout=1s"]);
    let mut request = serving.connect();
    let body = "grant_type=client_credentials";
    let head = format!(
        "POST /token HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    request.write_all(head.as_bytes()).unwrap();
    thread::sleep(Duration::from_millis(300));
    serving.signal("TERM");
    thread::sleep(Duration::from_millis(300));
    request.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    request.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 ") || answer.starts_with("HTTP/1.1 400 "), "{answer:?}");
    assert!(serving.child.wait().unwrap().success());
}

#[test]
fn s101_a_client_that_dawdles_over_the_head_of_a_request_is_sent_away_and_holds_up_no_other() {
    let workspace = Workspace::new();
    let serving = Serving::start(&workspace, &["listen.request_timeout=1s"]);
    let mut slow: Vec<TcpStream> = (0..50).map(|_| serving.connect()).collect();
    for stream in &mut slow {
        stream.write_all(b"GET /jwks HTTP/1.1\r\nHost: loc").unwrap();
    }
    let mut quick = serving.connect();
    quick.write_all(b"GET /jwks HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    quick.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer:?}");
    for mut stream in slow {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer:?}");
    }
}

#[test]
fn a_reload_signal_without_a_certificate_does_no_harm() {
    let workspace = Workspace::new();
    let mut serving = Serving::start(&workspace, &["listen.request_timeout=1s"]);
    serving.signal("HUP");
    thread::sleep(Duration::from_millis(200));
    let mut request = serving.connect();
    request.write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    request.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer:?}");
    serving.signal("INT");
    assert!(serving.child.wait().unwrap().success());
}

#[test]
fn an_address_in_use_is_named() {
    let workspace = Workspace::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = format!("listen.port={}", taken.local_addr().unwrap().port());
    let refused = workspace.run(&["--set", &port, "serve"]);
    assert_eq!(code(&refused), 1);
    assert!(text(&refused.stderr).contains("cannot listen on 127.0.0.1"), "{}", text(&refused.stderr));
}

#[cfg(feature = "demo")]
mod demo {
    use std::{
        io::{BufRead, BufReader},
        process::{Child, Stdio},
    };

    use super::*;

    /// The demonstration on free ports, with its temporary folder inside `workspace`.
    fn start(workspace: &Workspace) -> (Child, String) {
        let ports = ["demo", "--port", "0", "--site-a-port", "0", "--site-b-port", "0"];
        let mut command = workspace.command(&ports);
        let mut child = command.env("TMPDIR", workspace.path()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut greeting = String::new();
        while !greeting.contains("Letters it writes") {
            greeting += &lines.next().expect("the demonstration ended before it was ready");
            greeting.push('\n');
        }
        (child, greeting)
    }

    fn stop(mut child: Child) {
        let status = Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status().unwrap();
        assert!(status.success() && child.wait().unwrap().success());
    }

    fn word_after<'a>(greeting: &'a str, label: &str) -> &'a str {
        greeting.split_once(label).unwrap().1.split_whitespace().next().unwrap()
    }

    #[test]
    fn three_origins_answer_and_nothing_is_left_behind() {
        let workspace = Workspace::empty();
        let (child, greeting) = start(&workspace);
        for (label, host) in [
            ("Open site A", "a.localhost"),
            ("Open site B", "b.localhost"),
            ("The provider is", "idp.localhost"),
        ] {
            let origin = word_after(&greeting, label).strip_prefix("http://").unwrap();
            let (name, port) = origin.split_once(':').unwrap();
            assert_eq!(name, host);
            let mut stream = TcpStream::connect(("127.0.0.1", port.parse().unwrap())).unwrap();
            let request = format!("GET / HTTP/1.1\r\nHost: {origin}\r\nConnection: close\r\n\r\n");
            stream.write_all(request.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert!(answer.starts_with("HTTP/1.1 "), "{origin}: {answer:?}");
        }
        assert_eq!(fs::read_dir(workspace.path()).unwrap().count(), 1);
        stop(child);
        assert_eq!(fs::read_dir(workspace.path()).unwrap().count(), 0, "the data stayed");
    }

    #[test]
    fn s88_the_password_of_the_demonstration_is_new_at_each_start() {
        let workspace = Workspace::new();
        let (first, second) = (start(&workspace), start(&workspace));
        assert_ne!(word_after(&first.1, "with password"), word_after(&second.1, "with password"));
        stop(first.0);
        stop(second.0);
    }
}
