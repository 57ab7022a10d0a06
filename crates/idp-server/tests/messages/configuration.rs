//! What is wrong with a setting, or with the file of them.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    os::unix::fs::PermissionsExt as _,
    process::Stdio,
};

use crate::{
    BAD_COMMAND_LINE, BAD_CONFIGURATION, assert_says,
    workspace::{Workspace, code, text},
};

fn check_with_file(contents: &str, words: &[&str]) {
    let workspace = Workspace::new();
    fs::write(workspace.path().join("idp.toml"), contents).unwrap();
    fs::set_permissions(workspace.path().join("idp.toml"), fs::Permissions::from_mode(0o600)).unwrap();
    for command in [&["config", "check"][..], &["serve"], &["user", "list"]] {
        assert_says(&workspace.run(command), BAD_CONFIGURATION, words);
    }
}

#[test]
fn b10_a_wrong_value_in_the_file_names_key_value_file_and_mend() {
    check_with_file("[token]\naccess = 30\n", &["token.access = 30 (idp.toml)", "90s, 30m, 12h or 3d"]);
    check_with_file("[listen]\nport = \"many\"\n", &["listen.port = \"many\" (idp.toml)", "a whole number"]);
    check_with_file("[listen]\nport = []\n", &["listen.port = a list (idp.toml)", "a whole number"]);
    check_with_file("[tls]\nkey = {}\n", &["tls.key = a table (idp.toml)", "must be text in quotes"]);
    check_with_file(
        "[token]\nacces = \"1m\"\n",
        &["\"token.acces\" (idp.toml)", "did you mean \"token.access\"?"],
    );
    check_with_file("[token\n", &["idp.toml is not TOML", "line 1, column 7"]);
    check_with_file("listen = 5\n", &["\"listen\" (idp.toml) must be a table"]);
}

#[test]
fn b10_a_wrong_value_in_a_flag_or_a_variable_names_key_and_value() {
    let workspace = Workspace::new();
    for (setting, words) in [
        ("token.access=soon", &["token.access = \"soon\" (flag)", "90s"][..]),
        ("issuer.url=login", &["issuer.url = \"login\" (flag)", "https://login.example.com"]),
        ("issuer.url=http://example.com", &["issuer.url = \"http://example.com\"", "must be https"]),
        ("proxy.trusted=10.0.0.1/8", &["proxy.trusted[0] = \"10.0.0.1/8\"", "write 10.0.0.0/8"]),
        ("proxy.trusted=proxy.internal", &["proxy.trusted[0]", "such as 10.0.0.0/8"]),
        ("listen.addresses=localhost", &["listen.addresses[0] = \"localhost\"", "an IP address"]),
        ("session.devices=two", &["session.devices = \"two\"", "\"one_per_kind\""]),
        ("log.format=xml", &["log.format = \"xml\"", "\"json\""]),
        ("log.filter=idp_server=loud", &["log.filter = \"idp_server=loud\"", "info,idp_server=debug"]),
        ("throttle.enabled=maybe", &["throttle.enabled = \"maybe\"", "true or false"]),
        ("key.bits=1024", &["key.bits is 1024", "2048, 3072 or 4096"]),
        ("session.idle=300d", &["session.idle is 300d", "session.absolute, which is 30d"]),
        ("storage.database_url=mysql://idp:hunter2@db/idp", &["storage.database_url must be"]),
        ("redis.url=http://:hunter2@redis", &["redis.url must be"]),
        ("listen.prot=1", &["\"listen.prot\" (flag)", "did you mean \"listen.port\"?"]),
    ] {
        let refused = workspace.run(&["--set", setting, "config", "check"]);
        assert_says(&refused, BAD_CONFIGURATION, words);
        assert!(!text(&refused.stderr).contains("hunter2"));
    }
    let mut misspelt = workspace.command(&["config", "check"]);
    let misspelt = misspelt.env("IDP_ISSUER_URL", "https://id.example.com").output().unwrap();
    assert_says(&misspelt, BAD_CONFIGURATION, &["IDP_ISSUER_URL", "did you mean IDP_ISSUER__URL?"]);
    assert_says(
        &workspace.run(&["--set", "port", "config", "check"]),
        BAD_COMMAND_LINE,
        &["--set", "KEY=VALUE"],
    );
}

#[test]
fn b10_a_configuration_file_that_cannot_be_used_is_named_with_the_flag() {
    let workspace = Workspace::new();
    let missing = workspace.run(&["--config", "nowhere.toml", "config", "check"]);
    assert_says(&missing, BAD_CONFIGURATION, &["--config", "nowhere.toml", "No such file or directory"]);
    let folder = workspace.run(&["--config", ".", "config", "check"]);
    assert_says(&folder, BAD_CONFIGURATION, &["--config", "must be a regular file"]);
    let path = workspace.path().join("open.toml");
    fs::write(&path, "").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    let open = workspace.run(&["--config", "open.toml", "config", "check"]);
    assert_says(&open, BAD_CONFIGURATION, &["--config", "chmod go-w open.toml"]);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&path, [0xff, 0xfe]).unwrap();
    let binary = workspace.run(&["--config", "open.toml", "config", "check"]);
    assert_says(&binary, BAD_CONFIGURATION, &["--config", "open.toml", "not text in UTF-8"]);
}

const OF_A_SERVICE: &[(&str, &str)] = &[
    ("IDP_SERVICE_HOST", "10.96.0.7"),
    ("IDP_SERVICE_PORT", "8080"),
    ("IDP_SERVICE_PORT_HTTP", "8080"),
    ("IDP_PORT", "tcp://10.96.0.7:8080"),
    ("IDP_PORT_8080_TCP", "tcp://10.96.0.7:8080"),
    ("IDP_PORT_8080_TCP_PROTO", "tcp"),
    ("IDP_PORT_8080_TCP_PORT", "8080"),
    ("IDP_PORT_8080_TCP_ADDR", "10.96.0.7"),
];

#[test]
fn b6_a_service_named_idp_stops_neither_the_check_nor_a_command_nor_the_start() {
    let workspace = Workspace::new();
    let in_a_pod = |arguments: &[&str]| {
        let mut command = workspace.command(arguments);
        command.envs(OF_A_SERVICE.iter().copied());
        command
    };
    let checked = in_a_pod(&["config", "check"]).output().unwrap();
    assert_eq!(code(&checked), 0, "{}", text(&checked.stderr));
    let shown = text(&checked.stdout);
    assert!(shown.contains("listen.port = 8080  # default"), "{shown}");
    for (name, _) in OF_A_SERVICE {
        assert!(shown.contains(name), "{name} is not mentioned: {shown}");
    }
    let listed = in_a_pod(&["user", "list"]).output().unwrap();
    assert_eq!((code(&listed), text(&listed.stderr).as_str()), (0, ""));

    let mut serving = in_a_pod(&["--set", "listen.port=0", "serve"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut log = String::new();
    for line in BufReader::new(serving.stderr.take().unwrap()).lines() {
        log.push_str(&line.unwrap());
        log.push('\n');
        if log.contains(" ready ") {
            break;
        }
    }
    serving.kill().unwrap();
    serving.wait().unwrap();
    assert!(log.contains(" ready "), "{log}");
    assert_eq!(log.matches("IDP_PORT_8080_TCP_ADDR").count(), 1, "{log}");
}
