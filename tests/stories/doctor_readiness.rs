//! What the server of a machine says of itself to operators, `doctor` tells with what it found.

use crate::doctor::Patient;
use idp_tests::ports::free_port;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::thread;

/// A server that lives, and has lost its Redis.
fn without_redis(port: u16) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    let problem = r#"{"part":"redis","reason":"Redis unavailable","since":"2026-11-30T02:14:09Z"}"#;
    thread::spawn(move || {
        for mut connection in listener.incoming().map_while(Result::ok) {
            let head: Vec<String> = BufReader::new(&connection)
                .lines()
                .map_while(Result::ok)
                .take_while(|line| !line.is_empty())
                .collect();
            let is_live = head.first().is_some_and(|line| line.contains("/health/live"));
            let (status, body) = match is_live {
                true => ("200 OK", r#"{"status":"live"}"#.to_owned()),
                false => {
                    ("503 Service Unavailable", format!(r#"{{"status":"not_ready","problems":[{problem}]}}"#))
                }
            };
            let length = body.len();
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
            // A check may have gone.
            let _ = connection.write_all((head + &body).as_bytes());
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_part_that_keeps_a_server_from_serving_is_told_with_its_reason_and_time() {
    let patient = Patient::new().await;
    let port = free_port();
    let metrics = format!("metrics.listen=127.0.0.1:{port}");
    let silent = patient.looked_at(&[&metrics]).await;
    silent.is_well();
    assert!(silent.says("does not say whether the server is ready"), "{}", silent.printed);
    without_redis(port);
    let found = patient.looked_at(&[&metrics]).await;
    found.names("readiness", &["(redis)", "Redis unavailable", "since 2026-11-30T02:14:09Z", "runbook"], 1);
}
