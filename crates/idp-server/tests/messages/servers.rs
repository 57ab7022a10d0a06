//! Servers that the provider needs, and that are away or turn it down.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    thread,
};

use crate::{
    FAILED, assert_says,
    workspace::{Workspace, text},
};

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
