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
async fn ask(address: SocketAddr, request: &str) -> String {
    let end = "Host: a.localhost\r\nAccept: text/html\r\nConnection: close\r\n\r\n";
    send(address, format!("{request}\r\n{end}")).await
}

async fn send(address: SocketAddr, request: String) -> String {
    let answer = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
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
        ("GET /assets/mark.svg HTTP/1.1", "200"),
        ("GET /assets/happenings.js HTTP/1.1", "200"),
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

/// What a page says of its own language, in the head and in the body.
#[track_caller]
fn is_in(page: &str, tag: &str) {
    assert!(page.contains(&format!("<html lang=\"{tag}\" dir=\"ltr\"")), "{page}");
    assert!(page.contains(&format!("content-language: {tag}\r\n")), "{page}");
    let vary = page.lines().find_map(|line| line.strip_prefix("vary: ")).unwrap_or_default();
    assert!(vary.contains("Accept-Language"), "{page}");
}

const CHINESE: &str = "Accept-Language: zh-CN,zh;q=0.9,en;q=0.8";
const CHOSEN: &str = "Accept-Language: en\r\nCookie: __Host-site_language=zh-CN";

#[actix_web::test]
async fn each_page_is_in_the_language_that_was_chosen_or_is_asked_for() {
    let address = start().await;
    for (page, english, chinese) in [
        ("/", "Welcome to <bdi>Site A</bdi>", "欢迎来到“<bdi>Site A</bdi>”"),
        ("/app", "The app of <bdi>Site A</bdi>", "“<bdi>Site A</bdi>”的应用"),
        ("/nowhere", "There is no such page", "没有这个页面"),
        ("/auth/login", "Signing in is not possible now", "暂时无法登录"),
        ("/app/auth/login", "Signing in is not possible now", "暂时无法登录"),
    ] {
        let ask = async |headers: &str| ask(address, &format!("GET {page} HTTP/1.1\r\n{headers}")).await;
        for (headers, tag) in [
            (CHINESE, "zh-CN"),
            (CHOSEN, "zh-CN"),
            ("Accept-Language: fr", "en"),
            ("Accept-Language: zh\r\nCookie: __Host-site_language=en", "en"),
            ("Accept-Language: en\r\nCookie: __Host-site_language=../zh-CN", "en"),
        ] {
            let answer = ask(headers).await;
            is_in(&answer, tag);
            let (said, other) = if tag == "en" { (english, chinese) } else { (chinese, english) };
            assert!(answer.contains(said) && !answer.contains(other), "{page} {headers}: {answer}");
        }
    }
}

#[actix_web::test]
async fn a_choice_is_kept_and_leads_back_to_its_page() {
    let address = start().await;
    let choose = async |headers: &str, form: &str| {
        let length = form.len();
        let request = format!(
            "POST /language HTTP/1.1\r\nHost: a.localhost\r\nConnection: close\r\n{headers}\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}"
        );
        send(address, request).await
    };
    let same = "Sec-Fetch-Site: same-origin\r\n";
    let answer = choose(same, "back=%2Fapp%3Fa%3Db&to=zh-CN").await;
    assert!(answer.starts_with("HTTP/1.1 303") && answer.contains("location: /app?a=b\r\n"), "{answer}");
    let cookie = answer.lines().find(|line| line.starts_with("set-cookie: ")).unwrap();
    for part in
        ["__Host-site_language=zh-CN", "Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=34560000"]
    {
        assert!(cookie.contains(part), "{cookie}");
    }
    for (headers, form) in [
        (same, "back=%2F%2Fevil.example&to=xx"),
        (same, "back=https%3A%2F%2Fevil.example&to=../en"),
        (same, "nonsense"),
        ("Sec-Fetch-Site: cross-site\r\n", "back=%2F&to=zh-CN"),
    ] {
        let answer = choose(headers, form).await;
        assert!(answer.contains("location: /\r\n") && !answer.contains("set-cookie"), "{form}: {answer}");
    }
    let page = ask(address, "GET /nowhere?q=1%22 HTTP/1.1").await;
    assert!(page.contains("name=\"back\" value=\"/nowhere?q=1%22\""), "{page}");
    assert!(page.contains("value=\"zh-CN\" lang=\"zh-CN\">简体中文</button>"), "{page}");
}
