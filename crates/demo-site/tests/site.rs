//! The site as a stranger finds it while its provider is away: every page answers, nothing is given.
#![allow(missing_docs, clippy::unwrap_used, reason = "a failed expectation is the message")]

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
};

use demo_site::SiteConfig;

async fn start() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let base = format!("http://a.localhost:{}", address.port());
    let config = SiteConfig::new("Site A", base, "http://127.0.0.1:9", "site-a", address).with_secret("s");
    assert!(!format!("{config:?}").contains("\"s\""));
    actix_web::rt::spawn(demo_site::run_on(config, listener).unwrap());
    address
}

/// One request over a bare socket, so that nothing is added or followed.
async fn ask(address: SocketAddr, request: &'static str) -> String {
    let answer = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "{request}\r\nHost: a.localhost\r\nAccept: text/html\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    });
    answer.await.unwrap()
}

#[actix_web::test]
async fn s35_s65_every_page_answers_with_its_guards_while_the_provider_is_away() {
    let address = start().await;
    for (request, status) in [
        ("GET / HTTP/1.1", "200"),
        ("GET /app HTTP/1.1", "200"),
        ("GET /members HTTP/1.1", "303"),
        ("GET /nowhere HTTP/1.1", "404"),
        ("GET /auth/login HTTP/1.1", "503"),
        ("GET /assets/site.css HTTP/1.1", "200"),
        ("GET /app/auth/client.js HTTP/1.1", "200"),
        ("GET /api/profile HTTP/1.1", "401"),
    ] {
        let answer = ask(address, request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{request}: {answer}");
        let head = answer.split("\r\n\r\n").next().unwrap().to_ascii_lowercase();
        assert!(head.contains("x-content-type-options: nosniff"), "{request}");
        assert!(head.contains("frame-ancestors 'none'") && !head.contains("unsafe"), "{request}: {head}");
    }
}

#[actix_web::test]
async fn pages_hold_nothing_inline() {
    let address = start().await;
    for request in ["GET / HTTP/1.1", "GET /app HTTP/1.1", "GET /nowhere HTTP/1.1"] {
        let page = ask(address, request).await;
        for inline in ["<style", " style=", " onclick=", "<script>", "javascript:"] {
            assert!(!page.contains(inline), "{request}: {inline}");
        }
        assert!(page.contains("id=\"site-name\""), "{request}");
    }
}
