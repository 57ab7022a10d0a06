//! HTTP as no browser speaks it: ambiguous, oversized, unfinished. One request gets one answer, and no other request
//! waits for it.

use idp_server::clock::Stopwatch;
use idp_tests::{ClientSpec, TestIdp, socket};
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

fn statuses(idp: &TestIdp, request: impl AsRef<[u8]>) -> Vec<u16> {
    socket::statuses(&socket::exchange(idp.address, request))
}

#[tokio::test]
async fn s92_a_request_of_two_lengths_is_refused_and_nothing_is_smuggled_in() {
    let idp = TestIdp::start().await;
    let smuggled = "GET /jwks HTTP/1.1\r\nHost: x\r\n\r\n";
    let headers = [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5, 6",
        "Content-Length: +5",
        "Content-Length: -1",
        "Content-Length: 0x5",
        "Content-Length: 5 5",
        "Content-Length: 99999999999999999999999",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: identity, chunked, identity",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Content-Length : 5",
        "Content-Length: 5\r\n Content-Length: 6",
        "X: y\r\n folded: z",
        "No-colon",
        ": no-name",
        "Na me: x",
        "Nul: a\0b",
    ];
    for header in headers {
        let request = format!(
            "POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n{header}\r\n\r\n0\r\n\r\n{smuggled}"
        );
        let found = statuses(&idp, request);
        assert!(found.iter().all(|status| *status == 400), "{header:?}: {found:?}");
        assert!(found.len() <= 1, "{header:?}: {found:?}");
    }
}

#[tokio::test]
async fn s92_chunks_that_lie_are_refused() {
    let idp = TestIdp::start().await;
    for chunks in [
        "zz\r\n",
        "-1\r\nx",
        "5\nhello",
        "5\r\nhello!!0\r\n\r\n",
        "ffffffffffffffffff\r\n",
        "5 ;\0\r\n",
        "\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
    ] {
        let request = format!(
            "POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}GET /jwks HTTP/1.1\r\nHost: x\r\n\r\n"
        );
        let found = statuses(&idp, request);
        assert!(!found.contains(&200), "{chunks:?} let something through: {found:?}");
    }
    let honest = "POST /token HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n5\r\na=b&c\r\n0\r\n\r\n";
    assert_eq!(statuses(&idp, honest), [401], "an honest one reaches the endpoint");
}

/// RFC 9112 2.2 lets a server take a bare LF for a line end. It must then be one everywhere: no second request.
#[tokio::test]
async fn s92_bare_line_feeds_never_make_a_second_request() {
    let idp = TestIdp::start().await;
    for request in [
        "GET /nowhere HTTP/1.1\nHost: x\nConnection: close\n\n",
        "GET /nowhere HTTP/1.1\r\nHost: x\nX-Y: z\r\nConnection: close\r\n\r\n",
        "GET /nowhere HTTP/1.1\r\nHost: x\r\nX: a\rGET /jwks HTTP/1.1\r\nConnection: close\r\n\r\n",
        "GET /nowhere HTTP/1.1\r\nHost: x\r\nX: a\n\rGET /jwks HTTP/1.1\r\nConnection: close\r\n\r\n",
    ] {
        let found = statuses(&idp, request);
        assert!(found.len() == 1 && matches!(found[0], 400 | 404), "{request:?}: {found:?}");
    }
}

#[tokio::test]
async fn s92_a_thousand_headers_or_a_megabyte_of_them_is_too_much() {
    let idp = TestIdp::start().await;
    let many: String = (0..1000).map(|n| format!("X-{n}: y\r\n")).collect();
    let large = format!("X-Large: {}\r\n", "x".repeat(1024 * 1024));
    let endless = "X".repeat(1024 * 1024);
    for headers in [many, large, endless] {
        let found = statuses(&idp, format!("GET /jwks HTTP/1.1\r\nHost: x\r\n{headers}\r\n"));
        assert!(
            found.len() <= 1 && found.iter().all(|status| matches!(status, 400 | 413 | 431)),
            "{found:?}"
        );
    }
    let long = format!("GET /jwks?{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(1024 * 1024));
    let found = statuses(&idp, long);
    assert!(found.iter().all(|status| matches!(status, 400 | 413 | 414 | 431)), "{found:?}");
    assert_eq!(statuses(&idp, "GET /jwks HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), [200]);
}

#[tokio::test]
async fn s92_an_endpoint_has_one_spelling() {
    let idp = TestIdp::start().await;
    for (path, method) in [
        ("token", "POST"),
        ("jwks", "GET"),
        ("userinfo", "GET"),
        ("authorize", "GET"),
        ("introspect", "POST"),
        ("logout", "POST"),
        ("health/live", "GET"),
    ] {
        let (first, rest) = path.split_at(1);
        let aliases = [
            format!("//{path}"),
            format!("///{path}"),
            format!("/{path}/"),
            format!("/{path};x"),
            format!("/{path};x=y"),
            format!("/{path}%20"),
            format!("/{path}%00"),
            format!("/{path}%2f"),
            format!("/%2F{path}"),
            format!("/%2f{path}"),
            format!("/./{path}"),
            format!("/x/../{path}"),
            format!("/%2e/{path}"),
            format!("/x/%2e%2e/{path}"),
            format!("/x/..;/{path}"),
            format!("/{}", path.to_uppercase()),
            format!("/{path}."),
            format!("/{path}.json"),
            format!("/{path}%3Fx"),
            format!("/%{:02x}{rest}", first.as_bytes()[0]),
            format!("/%25{:02x}{rest}", first.as_bytes()[0]),
            format!("\\{path}"),
            format!("/\\{path}"),
            format!("/assets/../{path}"),
            format!("/assets/..%2f{path}"),
            format!("*/{path}"),
            path.to_owned(),
        ];
        for alias in aliases {
            let found = statuses(
                &idp,
                format!(
                    "{method} {alias} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
                ),
            );
            // 405 is what the assets say, which are only read.
            assert!(found.len() == 1 && matches!(found[0], 400 | 404 | 405), "{method} {alias}: {found:?}");
        }
        let found = statuses(
            &idp,
            format!("{method} /{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
        );
        assert_ne!(found, [404], "{path} itself is there");
    }
}

#[tokio::test]
async fn s92_methods_and_versions_that_make_no_sense_do_no_harm() {
    let idp = TestIdp::start().await;
    for line in [
        "GET",
        "GET /jwks",
        "GET /jwks HTTP/9.9",
        "GET /jwks HTTP/1.1 x",
        "GE\0T /jwks HTTP/1.1",
        "CONNECT evil.example:443 HTTP/1.1",
        "PRI * HTTP/2.0",
        " GET /jwks HTTP/1.1",
        "GET  /jwks HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "\u{16}\u{3}\u{1}",
    ] {
        let found = statuses(&idp, format!("{line}\r\nHost: x\r\nConnection: close\r\n\r\n"));
        assert!(found.len() <= 1 && !found.contains(&200), "{line:?}: {found:?}");
    }
    assert_eq!(idp.http.get(idp.url("/jwks")).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn no_asset_leads_out_of_the_assets() {
    let idp = TestIdp::start().await;
    for name in [
        "..%2f..%2fkey.pem",
        "../../key.pem",
        "..%5c..%5ckey.pem",
        "%2e%2e/%2e%2e/master.key",
        "....//....//master.key",
        "..;/master.key",
        "%2e%2e%2fCargo.toml",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "..%252f..%252fmaster.key",
        "..%c0%af..%c0%afmaster.key",
        "app.css%00.png",
        "",
        ".",
        "..",
        "app.css",
        "master.key",
        "idp.db",
        "%",
        "%zz",
        "C:%5cwindows",
        "app.js/",
        "\\..\\master.key",
    ] {
        for method in ["GET", "HEAD"] {
            let found = statuses(
                &idp,
                format!("{method} /assets/{name} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
            );
            assert!(found == [404] || found == [400], "{name}: {found:?}");
        }
    }
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    let page = idp.browser().visit(idp.authorize_url(&site, &[])).await;
    let stylesheet = page.body.split("href=\"/assets/").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(idp.browser().open(idp.url(&format!("/assets/{stylesheet}"))).await.status, 200);
    for method in [reqwest::Method::POST, reqwest::Method::PUT, reqwest::Method::DELETE] {
        assert_eq!(
            idp.browser().send(method, &idp.url(&format!("/assets/{stylesheet}")), None, &[]).await.status,
            405
        );
    }
}

fn dawdlers(idp: &TestIdp, count: usize, beginning: &str) -> Vec<TcpStream> {
    let open = |_| {
        let mut stream = socket::connect(idp.address);
        stream.write_all(beginning.as_bytes()).unwrap();
        stream
    };
    (0..count).map(open).collect()
}

#[tokio::test]
async fn s101_a_client_that_dawdles_is_sent_away_and_holds_up_no_other() {
    let idp = TestIdp::start_with(|config| config.listen.request_timeout = "1s".parse().unwrap()).await;
    let form = "Host: x\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    let beginnings = [
        "GET /jwks HTTP/1.1\r\nHost: x\r\nX-Slow".to_owned(),
        format!("POST /token HTTP/1.1\r\n{form}Content-Length: 100\r\n\r\ngrant_type="),
        format!("POST /login HTTP/1.1\r\n{form}Content-Length: 100\r\n\r\n"),
        format!("POST /authorize HTTP/1.1\r\n{form}Transfer-Encoding: chunked\r\n\r\n5\r\nab"),
        format!("POST /userinfo HTTP/1.1\r\n{form}Content-Length: 100\r\n\r\na"),
        format!("POST /end-session HTTP/1.1\r\n{form}Content-Length: 60000\r\n\r\na=b&"),
        // Answered without waiting for it.
        format!("POST /nowhere HTTP/1.1\r\n{form}Content-Length: 100\r\n\r\na"),
        format!("POST /nowhere HTTP/1.1\r\n{form}Transfer-Encoding: chunked\r\n\r\n5\r\nab"),
        format!("GET /jwks HTTP/1.1\r\n{form}Transfer-Encoding: chunked\r\n\r\n5\r\nab"),
        format!("DELETE /token HTTP/1.1\r\n{form}Transfer-Encoding: chunked\r\n\r\n"),
    ];
    let begun = Stopwatch::start();
    let slow: Vec<TcpStream> =
        beginnings.iter().flat_map(|beginning| dawdlers(&idp, 15, beginning)).collect();
    let idle: Vec<TcpStream> = (0..100).map(|_| socket::connect(idp.address)).collect();
    // Meanwhile others are served, one after another on new connections.
    let (mut served, since) = (0, Stopwatch::start());
    while since.elapsed() < Duration::from_millis(800) {
        assert_eq!(
            statuses(&idp, "GET /health/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
            [200]
        );
        served += 1;
    }
    assert!(served >= 5, "{served} in 0.8 s");
    for stream in slow {
        let answer = socket::read_all(stream);
        let found = socket::statuses(&answer);
        assert!(
            found.len() <= 1 && found.iter().all(|status| matches!(status, 200 | 400 | 404 | 405 | 408)),
            "{answer}"
        );
    }
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    drop(idle);
}
