//! `healthcheck`, as a container runtime runs it: one line, and 0 or 1.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    process::Output,
    thread,
    time::Duration,
};

use idp_server::clock::Stopwatch;
use serde_json::Value;

use crate::workspace::{Workspace, code, serving::Serving, text};

/// Asks at this port, with these settings besides.
fn ask(workspace: &Workspace, port: u16, settings: &[&str], flags: &[&str]) -> Output {
    let port = format!("listen.port={port}");
    let settings = settings.iter().copied().chain([port.as_str()]).flat_map(|setting| ["--set", setting]);
    let arguments: Vec<&str> = settings.chain(["healthcheck"]).chain(flags.iter().copied()).collect();
    workspace.run(&arguments)
}

/// Ends with 1, and says on one line what is wrong, with these words in it.
fn assert_unhealthy(output: &Output, words: &[&str]) {
    let said = text(&output.stderr);
    assert_eq!((code(output), said.lines().count(), text(&output.stdout).as_str()), (1, 1, ""), "{said}");
    for word in words {
        assert!(said.contains(word), "{word:?} is missing: {said}");
    }
}

#[test]
fn a_node_that_serves_is_live_and_ready() {
    let workspace = Workspace::new();
    let serving = Serving::start(&workspace, &[]);
    for (flags, word) in [(&[][..], "live\n"), (&["--ready"], "ready\n")] {
        let answer = ask(&workspace, serving.port, &[], flags);
        assert_eq!((code(&answer), text(&answer.stdout).as_str()), (0, word), "{}", text(&answer.stderr));
    }
    let answer = ask(&workspace, serving.port, &[], &["--ready", "--json"]);
    let answer: Value = serde_json::from_slice(&answer.stdout).unwrap();
    let address = format!("http://127.0.0.1:{}/health/ready", serving.port);
    assert_eq!(
        (answer["status"].as_str(), answer["address"].as_str()),
        (Some("ready"), Some(address.as_str()))
    );
}

/// The certificate is for the name of the issuer, and not for the address that is asked.
#[test]
fn a_node_with_tls_of_its_own_is_asked_with_tls() {
    let workspace = Workspace::new();
    for (name, content) in [
        ("tls.crt", include_str!("../../testdata/tls/first.crt")),
        ("tls.key", include_str!("../../testdata/tls/first.key")),
    ] {
        fs::write(workspace.path().join(name), content).unwrap();
        fs::set_permissions(workspace.path().join(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
    let tls = ["issuer.url=https://idp.localhost", "tls.certificate=tls.crt", "tls.key=tls.key"];
    let serving = Serving::start(&workspace, &tls);
    let answer = ask(&workspace, serving.port, &tls, &["--ready"]);
    assert_eq!((code(&answer), text(&answer.stdout).as_str()), (0, "ready\n"), "{}", text(&answer.stderr));
    assert_unhealthy(&ask(&workspace, serving.port, &[], &[]), &["http://127.0.0.1:"]);
}

/// It is not to be killed, and not to get requests.
#[test]
fn a_node_that_was_told_to_stop_is_live_and_not_ready() {
    let workspace = Workspace::new();
    let metrics = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let metrics = format!("metrics.listen={metrics}");
    let serving = Serving::start(&workspace, &["listen.drain_delay=1m", &metrics]);
    serving.signal("TERM");
    let begun = Stopwatch::start();
    let stopping = loop {
        let answer = ask(&workspace, serving.port, &[], &["--ready"]);
        if code(&answer) != 0 {
            break answer;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "it is ready still");
    };
    assert_unhealthy(&stopping, &["/health/ready: it answers 503", "not_ready"]);
    let told = ask(&workspace, serving.port, &[&metrics], &["--ready"]);
    assert_unhealthy(&told, &["/health/ready: stopping since 20"]);
    let answer = ask(&workspace, serving.port, &[], &[]);
    assert_eq!((code(&answer), text(&answer.stdout).as_str()), (0, "live\n"), "{}", text(&answer.stderr));
}

#[test]
fn what_is_wrong_is_one_line() {
    let workspace = Workspace::empty();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // Something else listens there.
    let other = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 1024]).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}").unwrap();
    });
    assert_unhealthy(
        &ask(&workspace, port, &[], &[]),
        &["/health/live: it answers 200", "not as a provider"],
    );
    other.join().unwrap();
    // Nothing does any more.
    assert_unhealthy(&ask(&workspace, port, &[], &[]), &["/health/live: ", "Connection refused"]);
    assert_unhealthy(&ask(&workspace, 0, &[], &[]), &["listen.port is 0"]);
    let wrong = ["token.access=3d", "session.idle=300d"];
    assert_unhealthy(&ask(&workspace, port, &wrong, &[]), &["token.access is 3d", "session.idle is 300d"]);
    assert!(fs::read_dir(workspace.path()).unwrap().next().is_none(), "a look left something behind");
}

/// The image has no other program, and the check that a file names is tried nowhere but in a container.
#[test]
fn the_checks_of_the_image_and_of_the_compose_file_are_commands_of_the_binary() {
    let workspace = Workspace::empty();
    for file in [
        include_str!("../../../../deploy/container/Containerfile"),
        include_str!("../../../../deploy/compose/compose.yaml"),
    ] {
        let (_, check) = file
            .split_once("[\"CMD\", \"/usr/bin/idp-server\", ")
            .or_else(|| file.split_once("CMD [\"/usr/bin/idp-server\", "))
            .unwrap();
        let words = check.split(']').next().unwrap().split(", ").map(|word| word.trim_matches('"'));
        let words: Vec<&str> = words.chain(["--help"]).collect();
        assert_eq!(words[0], "healthcheck");
        let help = workspace.run(&words);
        assert_eq!(code(&help), 0, "{words:?}: {}", text(&help.stderr));
    }
}
