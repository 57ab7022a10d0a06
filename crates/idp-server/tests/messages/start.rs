//! What a start needs of this machine: files, certificates, ports.

use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt as _, thread};

use crate::{
    BAD_CONFIGURATION, FAILED, assert_says,
    workspace::{Workspace, code, text},
};

#[test]
fn b10_files_of_the_installation_are_named_with_their_setting() {
    let workspace = Workspace::empty();
    let nowhere = workspace.run(&["--set", "storage.data_dir=nowhere/data", "migrate"]);
    assert_says(&nowhere, BAD_CONFIGURATION, &["storage.data_dir", "nowhere/data", "make it first"]);
    let missing = workspace.run(&["--set", "storage.master_key_file=nowhere/master.key", "migrate"]);
    assert_says(
        &missing,
        BAD_CONFIGURATION,
        &["storage.master_key_file", "nowhere/", "No such file or directory"],
    );
    let nowhere = workspace.run(&["--set", "storage.database_url=sqlite:nowhere/idp.db", "migrate"]);
    assert_says(
        &nowhere,
        BAD_CONFIGURATION,
        &["storage.database_url", "nowhere/idp.db", "No such file or directory"],
    );

    fs::write(workspace.path().join("short.key"), "AAAA\n").unwrap();
    fs::set_permissions(workspace.path().join("short.key"), fs::Permissions::from_mode(0o644)).unwrap();
    let with_key = ["--set", "storage.master_key_file=short.key", "migrate"];
    assert_says(
        &workspace.run(&with_key),
        BAD_CONFIGURATION,
        &["storage.master_key_file", "chmod 600 short.key"],
    );
    fs::set_permissions(workspace.path().join("short.key"), fs::Permissions::from_mode(0o600)).unwrap();
    assert_says(
        &workspace.run(&with_key),
        BAD_CONFIGURATION,
        &["storage.master_key_file", "32 bytes in base64"],
    );

    let garbage = workspace.path().join("garbage.db");
    fs::write(&garbage, "this is no database, whatever its name says. ".repeat(100)).unwrap();
    fs::set_permissions(&garbage, fs::Permissions::from_mode(0o600)).unwrap();
    let other = Workspace::new();
    fs::rename(&garbage, other.path().join("garbage.db")).unwrap();
    assert_eq!(code(&other.run(&["migrate"])), 0);
    let refused = other.run(&["--set", "storage.database_url=sqlite:garbage.db", "migrate"]);
    assert_says(&refused, BAD_CONFIGURATION, &["storage.database_url", "garbage.db", "not a database"]);
    assert!(!text(&refused.stderr).contains("ERROR"), "{}", text(&refused.stderr));
}

#[test]
fn b10_certificates_are_named_with_their_setting() {
    let workspace = Workspace::new();
    let write = |name: &str, contents: &str| {
        fs::write(workspace.path().join(name), contents).unwrap();
        fs::set_permissions(workspace.path().join(name), fs::Permissions::from_mode(0o600)).unwrap();
    };
    write("empty.pem", "");
    write("broken.pem", "-----BEGIN CERTIFICATE-----\n!!!\n");
    let serve = |certificate: &str, key: &str| {
        let (certificate, key) = (format!("tls.certificate={certificate}"), format!("tls.key={key}"));
        let tls = ["--set", &certificate, "--set", &key];
        let issuer = ["--set", "issuer.url=https://id.example.com", "--set", "listen.port=0", "serve"];
        workspace.run(&[&tls[..], &issuer].concat())
    };
    let missing = serve("nowhere.pem", "nowhere.key");
    assert_says(
        &missing,
        BAD_CONFIGURATION,
        &["tls.certificate", "nowhere.pem", "No such file or directory"],
    );
    for certificate in ["empty.pem", "broken.pem"] {
        let refused = serve(certificate, "nowhere.key");
        assert_says(&refused, BAD_CONFIGURATION, &["tls.certificate", certificate, "no certificate in PEM"]);
    }
    for (file, words) in
        [("nowhere.pem", "No such file or directory"), ("empty.pem", "no certificate in PEM")]
    {
        let setting = format!("backchannel.ca_file={file}");
        let refused = workspace.run(&["--set", &setting, "--set", "listen.port=0", "serve"]);
        assert_says(&refused, BAD_CONFIGURATION, &["backchannel.ca_file", file, words]);
    }
    let alone = workspace.run(&["--set", "tls.key=a.key", "config", "check"]);
    assert_says(&alone, BAD_CONFIGURATION, &["tls.certificate and tls.key", "set both or neither"]);
}

#[test]
fn b10_an_address_that_cannot_be_bound_is_named_with_the_setting_and_the_mend() {
    let workspace = Workspace::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = format!("listen.port={}", taken.local_addr().unwrap().port());
    let in_use = workspace.run(&["--set", &port, "serve"]);
    assert_says(&in_use, FAILED, &["listen.port", "cannot listen on 127.0.0.1", "choose another port"]);
    let foreign = workspace.run(&["--set", "listen.addresses=192.0.2.1", "--set", "listen.port=0", "serve"]);
    assert_says(&foreign, FAILED, &["listen.addresses", "192.0.2.1", "no interface of this machine"]);
}

/// What `serve` would not start with, `config check` names, with the same exit code and before anything is made.
#[test]
fn o1_a_check_finds_what_a_start_would_and_all_of_it_at_once() {
    let workspace = Workspace::empty();
    let write = |name: &str, contents: &str, mode: u32| {
        fs::write(workspace.path().join(name), contents).unwrap();
        fs::set_permissions(workspace.path().join(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = format!("listen.port={}", taken.local_addr().unwrap().port());
    write("open.key", "AAAA\n", 0o644);
    write("short.key", "AAAA\n", 0o600);
    write("a.pem", include_str!("../../testdata/tls/first.crt"), 0o644);
    write("a.key", include_str!("../../testdata/tls/first.key"), 0o600);
    write("b.key", include_str!("../../testdata/tls/second.key"), 0o600);
    let tls = |certificate: &str, key: &str| {
        vec![
            "issuer.url=https://idp.localhost".to_owned(),
            format!("tls.certificate={certificate}"),
            format!("tls.key={key}"),
        ]
    };
    let one = |setting: &str| vec![setting.to_owned()];
    let free = "listen.port=0";
    for (settings, exit, words) in [
        (one("storage.data_dir=nowhere/data"), BAD_CONFIGURATION, "make it first"),
        (one("storage.data_dir=a.pem"), BAD_CONFIGURATION, "must be a regular folder"),
        (one("storage.master_key_file=open.key"), BAD_CONFIGURATION, "chmod 600"),
        (one("storage.master_key_file=short.key"), BAD_CONFIGURATION, "32 bytes in base64"),
        (one("storage.database_url=sqlite:nowhere/idp.db"), BAD_CONFIGURATION, "nowhere/idp.db"),
        (one("backchannel.ca_file=nowhere.pem"), BAD_CONFIGURATION, "backchannel.ca_file"),
        (one("listen.addresses=192.0.2.1"), FAILED, "no interface of this machine"),
        (one(&port), FAILED, "choose another port"),
        (tls("nowhere.pem", "a.key"), BAD_CONFIGURATION, "tls.certificate"),
        (tls("a.pem", "nowhere.key"), BAD_CONFIGURATION, "tls.key"),
        (tls("a.pem", "open.key"), BAD_CONFIGURATION, "chmod 600"),
        (tls("a.pem", "b.key"), BAD_CONFIGURATION, "do not belong together"),
        (tls("a.key", "a.key"), BAD_CONFIGURATION, "no certificate in PEM"),
    ] {
        let mut flags = vec!["--set", free];
        flags.extend(settings.iter().flat_map(|setting| ["--set", setting.as_str()]));
        let before = fs::read_dir(workspace.path()).unwrap().count();
        assert_says(&workspace.run(&[&flags[..], &["config", "check"]].concat()), exit, &[words]);
        assert_eq!(
            fs::read_dir(workspace.path()).unwrap().count(),
            before,
            "{settings:?}: something was made"
        );
        assert_says(&workspace.run(&[&flags[..], &["serve"]].concat()), exit, &[words]);
        let _ = fs::remove_dir_all(workspace.path().join("idp-data"));
    }
    let many = [
        "--set",
        &port,
        "--set",
        "storage.master_key_file=short.key",
        "--set",
        "backchannel.ca_file=nowhere.pem",
        "config",
        "check",
    ];
    let all = ["choose another port", "32 bytes in base64", "backchannel.ca_file"];
    assert_says(&workspace.run(&many), BAD_CONFIGURATION, &all);
    // Of another host, and good otherwise.
    let other = [
        "--set",
        "issuer.url=https://id.example.com",
        "--set",
        "tls.certificate=a.pem",
        "--set",
        "tls.key=a.key",
    ];
    let checked = workspace.run(&[&other[..], &["--set", free, "config", "check"]].concat());
    assert_says(&checked, BAD_CONFIGURATION, &["it is not for id.example.com"]);
}

#[test]
fn o1_a_check_before_a_restart_takes_the_port_of_the_provider_for_free() {
    let workspace = Workspace::new();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let set = format!("listen.port={port}");
    let mut server = workspace.command(&["--set", &set, "serve"]).spawn().unwrap();
    let checked = (0..200).find_map(|_| {
        thread::sleep(std::time::Duration::from_millis(50));
        let checked = workspace.run(&["--set", &set, "config", "check"]);
        text(&checked.stdout).contains("a provider answers on").then_some(checked)
    });
    server.kill().unwrap();
    server.wait().unwrap();
    let checked = checked.expect("the provider was found");
    assert_eq!(code(&checked), 0, "{}", text(&checked.stderr));
    // Another master key than that of the database.
    let key = workspace.path().join("idp-data/master.key");
    fs::write(&key, format!("{}=\n", "A".repeat(43))).unwrap();
    let other = workspace.run(&["--set", &set, "config", "check"]);
    assert_says(&other, BAD_CONFIGURATION, &["storage.master_key_file", "is not the key"]);
}

#[cfg(feature = "demo")]
#[test]
fn b10_a_port_of_the_demonstration_in_use_is_named_with_its_flag() {
    let workspace = Workspace::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for flag in ["--port", "--site-a-port", "--site-b-port"] {
        let ports = [("--port", "0"), ("--site-a-port", "0"), ("--site-b-port", "0")];
        let ports = ports.map(|(name, free)| [name, if name == flag { &port } else { free }]);
        let failed = workspace.run(&[&["demo"], &ports.concat()[..]].concat());
        assert_says(&failed, FAILED, &[flag, "cannot listen on 127.0.0.1", "choose another port"]);
    }
}
