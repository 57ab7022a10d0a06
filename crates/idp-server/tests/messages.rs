//! What an operator reads when something is wrong: the setting or flag, the value, the mend, each said once, in words
//! that need no knowledge of Rust, and the documented exit code.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

mod workspace;

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    process::{Output, Stdio},
    thread,
};

use workspace::{Workspace, code, text};

const FAILED: i32 = 1;
const BAD_COMMAND_LINE: i32 = 2;
const BAD_CONFIGURATION: i32 = 3;
const REFUSED: i32 = 4;

/// No fragment between colons or line ends is there twice, nothing is Rust, and all of `words` are there.
fn assert_says(output: &Output, expected: i32, words: &[&str]) {
    let printed = text(&output.stderr);
    assert_eq!(code(output), expected, "{printed}");
    // Log lines come first, of the form that every log has.
    let message = printed.find("idp-server: ").map_or(printed.as_str(), |start| &printed[start..]);
    for word in words {
        assert!(message.contains(word), "{word:?} is missing: {message}");
    }
    for foreign in [
        "Os {",
        "struct ",
        "Error(",
        "Some(",
        "None",
        "expected struct",
        "invalid type",
        "u16",
        "DatabaseError",
    ] {
        assert!(!message.contains(foreign), "{foreign:?}: {message}");
    }
    assert!(!has_rust_path(message), "{message}");
    let fragments = message.split([':', '\n', ';']).map(str::trim).filter(|fragment| fragment.len() > 8);
    for fragment in fragments {
        assert_eq!(message.matches(fragment).count(), 1, "{fragment:?} is doubled: {message}");
    }
}

/// `a::b`, but not the address `::1`.
fn has_rust_path(message: &str) -> bool {
    message.match_indices("::").any(|(at, _)| {
        let before = message[..at].chars().next_back().is_some_and(char::is_alphabetic);
        before && message[at + 2..].chars().next().is_some_and(|c| c.is_alphabetic() || c == '<')
    })
}

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
    write("a.pem", include_str!("../testdata/tls/first.crt"), 0o644);
    write("a.key", include_str!("../testdata/tls/first.key"), 0o600);
    write("b.key", include_str!("../testdata/tls/second.key"), 0o600);
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

/// A server that speaks enough of PostgreSQL's protocol to turn a password down (SQLSTATE 28P01).
fn postgres_that_refuses_the_password() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut received = [0; 1024];
            let _ = stream.read(&mut received).unwrap();
            stream.write_all(b"R\0\0\0\x08\0\0\0\x03").unwrap();
            let _ = stream.read(&mut received).unwrap();
            let fields = b"SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user \"idp\"\0\0";
            let length = u32::try_from(fields.len() + 4).unwrap().to_be_bytes();
            stream.write_all(&[b"E", &length[..], fields].concat()).unwrap();
        }
    });
    port
}

#[test]
fn b10_a_database_server_that_is_away_or_turns_us_down_is_named_without_its_password() {
    let workspace = Workspace::new();
    let away = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for (port, words) in [
        (away, "Connection refused"),
        (postgres_that_refuses_the_password(), "password authentication failed"),
    ] {
        let url = format!("postgres://idp:hunter2@127.0.0.1:{port}/idp");
        let setting = format!("storage.database_url={url}");
        for command in [&["migrate"][..], &["serve"], &["config", "check"]] {
            let failed = workspace.run(&[&["--set", &setting, "--set", "listen.port=0"], command].concat());
            let shown = format!("postgres://***@127.0.0.1:{port}/idp");
            assert_says(&failed, FAILED, &["storage.database_url", &shown, words]);
            let message = text(&failed.stderr);
            assert!(!message.contains("hunter2") && !message.contains("unavailable"), "{message}");
        }
    }
}

#[test]
fn b10_a_redis_that_is_away_is_named_without_its_password() {
    let workspace = Workspace::new();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for (setting, key) in [("redis.url", "redis.url"), ("redis.cluster", "redis.cluster")] {
        let setting = format!("{setting}=redis://:hunter2@127.0.0.1:{port}");
        let failed = workspace.run(&["--set", &setting, "config", "check"]);
        assert_says(&failed, FAILED, &[key, &format!("redis://***@127.0.0.1:{port}"), "Redis"]);
        assert!(!text(&failed.stderr).contains("hunter2"));
    }
}

#[test]
fn b10_a_flag_that_cannot_be_read_is_named_with_what_belongs_there() {
    let workspace = Workspace::new();
    let redirect = ["client", "add", "site", "--redirect-uri"];
    for (arguments, words) in [
        (
            &["user", "add", "a", "--claims", "{\"address\":\"x\"}"][..],
            &["--claims", "address must be a JSON object"][..],
        ),
        (&["user", "add", "a", "--claims", "{\"locael\":\"x\"}"], &["--claims", "did you mean locale?"]),
        (&["user", "add", "a", "--claims", "{"], &["--claims", "not JSON"]),
        (&["user", "add", "a b"], &["<USERNAME>", "no spaces inside"]),
        (&["user", "sign-out", "a", "--device", "x"], &["--device"]),
        (&[&redirect[..], &["https://*.example"]].concat(), &["--redirect-uri", "register each URI exactly"]),
        (&[&redirect[..], &["http://a.example/cb"]].concat(), &["--redirect-uri", "scheme must be https"]),
        (&["client", "add", "a b"], &["<ID>", "1 to 64 characters"]),
        (
            &["client", "add", "site", "--access-token-lifetime", "30"],
            &["--access-token-lifetime <DURATION>", "90s"],
        ),
        (&["client", "add", "site", "--grant", "implicit"], &["--grant", "authorization_code"]),
        (
            &["client", "add", "site", "--backchannel-logout-uri", "x"],
            &["--backchannel-logout-uri", "absolute URI"],
        ),
    ] {
        assert_says(&workspace.run(arguments), BAD_COMMAND_LINE, words);
    }
    let base = ["client", "add", "site", "--redirect-uri", "https://a.example/cb"];
    for (arguments, words) in [
        (
            ["--id-token-encryption-key", "nowhere.pem"],
            &["--id-token-encryption-key nowhere.pem", "No such file or directory"][..],
        ),
        (
            ["--backchannel-logout-uri", "https://10.0.0.1/logout"],
            &["10.0.0.1", "backchannel.allow_networks"],
        ),
        (["--access-token-lifetime", "10d"], &["access token", "1 day"]),
    ] {
        assert_says(&workspace.run(&[&base[..], &arguments].concat()), REFUSED, words);
    }
}

/// A fresh installation is asked for what takes a day, and people for what a setting decides: the refusal says which one.
#[test]
fn o4_a_refusal_that_hangs_on_a_setting_names_it() {
    let workspace = Workspace::new();
    let keys = workspace.json(&["keys", "list", "--json"]);
    let signer = keys.as_array().unwrap().iter().find(|key| key["state"] == "active").unwrap();
    let next_day =
        ["may sign from 20", "Z, when", "key.publish_ahead", "`keys compromised` gives it up at once"];
    let signer = signer["kid"].as_str().unwrap();
    assert_says(&workspace.run(&["keys", "rotate"]), REFUSED, &next_day);
    assert_says(&workspace.run(&["keys", "retire", signer]), REFUSED, &next_day);
    assert_eq!(workspace.json(&["keys", "list", "--json"]), keys, "nothing of this changed anything");
    workspace.json(&["user", "add", "alice", "--generate", "--json"]);
    for (arguments, input, setting) in [
        (&["user", "set-password", "alice", "--yes"][..], "short\n", "password.minimum_length"),
        (&["user", "send-password-link", "alice"], "", "mail.server"),
        (&["user", "invite", "bob@example.com"], "", "account.registration"),
        (&["mail", "test", "alice@example.com"], "", "mail.server"),
        (
            &["client", "add", "site", "--redirect-uri", "https://a.example/cb", "--require-acr", "9"],
            "",
            "authentication.levels",
        ),
    ] {
        assert_says(&workspace.run_with_input(arguments, input), REFUSED, &[setting]);
    }
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

#[test]
fn a_name_that_begins_with_a_hyphen_is_a_name() {
    let workspace = Workspace::new();
    workspace.json(&["user", "add", "-uD8XaYBg", "--generate", "--json"]);
    assert_eq!(workspace.json(&["user", "show", "-uD8XaYBg", "--json"])["username"], "-ud8xaybg");
    workspace.json(&["client", "add", "-site", "--redirect-uri", "https://site.example/cb", "--json"]);
    assert_eq!(workspace.json(&["client", "show", "-site", "--json"])["client_id"], "-site");
    let unknown = workspace.run(&["keys", "compromised", "-uD8XaYBgSUMzOThyoNGbDroDKWX3fIF6v7v9Ovk5NM"]);
    let words = text(&unknown.stderr);
    assert!(words.contains("there is no signing key"), "{words}");
}
