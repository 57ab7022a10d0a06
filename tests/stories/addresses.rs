//! Where a request claims to come from and to go to: the configuration decides, not the request.

use diesel::prelude::*;
use idp_server::config::Config;
use idp_server::db::schema::audit_events;
use idp_tests::{Answer, Browser, ClientSpec, PASSWORD, TestIdp, socket};

/// Headers that proxies, frameworks and attackers use to say where a request was meant to go.
const ELSEWHERE: &[(&str, &str)] = &[
    ("host", "evil.example"),
    ("host", "idp.localhost.evil.example"),
    ("host", "evil.example:80@idp.localhost"),
    ("x-forwarded-host", "evil.example"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-proto", "javascript"),
    ("x-forwarded-port", "1"),
    ("x-forwarded-server", "evil.example"),
    ("x-forwarded-prefix", "/evil"),
    ("x-forwarded-uri", "/token"),
    ("x-forwarded-scheme", "https"),
    ("forwarded", "for=1.2.3.4;host=evil.example;proto=https;by=evil.example"),
    ("x-host", "evil.example"),
    ("x-original-host", "evil.example"),
    ("x-original-url", "/logged-out"),
    ("x-rewrite-url", "/logged-out"),
    ("x-http-method-override", "DELETE"),
    ("x-method-override", "POST"),
    ("x-forwarded-ssl", "on"),
    ("front-end-https", "on"),
    ("x-url-scheme", "https"),
    ("referer", "https://evil.example/"),
    ("via", "1.1 evil.example"),
];

fn everybody_is_a_proxy(config: &mut Config) {
    config.proxy.trusted = vec!["127.0.0.0/8".parse().unwrap()];
}

async fn house(change: impl FnOnce(&mut Config)) -> (TestIdp, ClientSpec) {
    let (idp, site) = (TestIdp::start_with(change).await, ClientSpec::confidential("site-a"));
    idp.add_client(&site).await;
    idp.add_user("alice").await;
    (idp, site)
}

/// What of an answer may not depend on such a header.
fn essence(answer: &Answer) -> (u16, Option<String>, Vec<String>, usize) {
    let location = answer
        .headers
        .get("location")
        .map(|value| value.to_str().unwrap().split("tx=").next().unwrap().to_owned());
    let location = location.map(|to| to.split("code=").next().unwrap().to_owned());
    let cookies = answer
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|line| line.to_str().unwrap().split_once(';').unwrap().1.to_owned())
        .collect();
    (answer.status, location, cookies, answer.body.len())
}

#[tokio::test]
async fn s90_issuer_links_and_cookies_come_from_the_configuration_only() {
    for change in [everybody_is_a_proxy as fn(&mut Config), |_| {}] {
        let (idp, site) = house(change).await;
        let get = async |browser: &Browser, url: &str, header: &[(&str, &str)]| {
            browser.send(reqwest::Method::GET, url, None, header).await
        };
        let signed_in = idp.browser();
        let _ = signed_in.sign_in(&idp, &site, "alice").await;
        let urls = [
            idp.url("/.well-known/openid-configuration"),
            idp.url("/.well-known/oauth-authorization-server"),
            idp.authorize_url(&site, &[]),
            idp.authorize_url(&site, &[("client_id", "nobody")]),
            idp.url("/end-session"),
            idp.url("/nowhere"),
        ];
        for url in &urls {
            let (plain, plain_in) = (get(&idp.browser(), url, &[]).await, get(&signed_in, url, &[]).await);
            for header in ELSEWHERE {
                let (answer, answer_in) =
                    (get(&idp.browser(), url, &[*header]).await, get(&signed_in, url, &[*header]).await);
                for (answer, plain) in [(&answer, &plain), (&answer_in, &plain_in)] {
                    assert_eq!(essence(answer), essence(plain), "{url} with {header:?}");
                    assert!(
                        !answer.body.contains("evil") && !format!("{:?}", answer.headers).contains("evil"),
                        "{url} with {header:?}"
                    );
                }
            }
        }
        let answer = get(&signed_in, &urls[2], &[("host", "evil.example")]).await;
        assert_eq!(answer.redirect_param("iss").as_deref(), Some(idp.issuer.as_str()));
    }
}

#[tokio::test]
async fn s90_the_form_is_judged_by_the_configured_origin() {
    let (idp, site) = house(|_| {}).await;
    let browser = idp.browser();
    let page = browser.visit(idp.authorize_url(&site, &[])).await;
    let fields = [
        ("tx", page.input("tx")),
        ("csrf", page.input("csrf")),
        ("username", "alice".to_owned()),
        ("password", PASSWORD.to_owned()),
    ];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for host in
        [("host", "evil.example"), ("x-forwarded-host", "evil.example"), ("forwarded", "host=evil.example")]
    {
        let answer =
            browser.post_with(idp.url("/login"), &fields, &[host, ("origin", "http://evil.example")]).await;
        assert_eq!(answer.status, 403, "{host:?}");
    }
}

#[tokio::test]
async fn s90_an_absolute_form_target_changes_nothing() {
    let (idp, _) = house(|_| {}).await;
    for target in [
        "http://evil.example/.well-known/openid-configuration",
        "https://evil.example:1/.well-known/openid-configuration",
    ] {
        for host in ["evil.example", "idp.localhost"] {
            let answer = socket::exchange(
                idp.address,
                format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"),
            );
            assert_eq!(socket::statuses(&answer), [200], "{answer}");
            assert!(
                answer.contains(&format!("\"issuer\":\"{}\"", idp.issuer)) && !answer.contains("evil"),
                "{answer}"
            );
        }
    }
    let answer = socket::exchange(
        idp.address,
        "GET http://evil.example//token HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    );
    assert_eq!(socket::statuses(&answer), [404]);
}

/// Statuses of wrong guesses at ever new names, each with the header that `forwarded` makes.
async fn guesses(
    idp: &TestIdp,
    site: &ClientSpec,
    forwarded: impl Fn(usize) -> Vec<(&'static str, Vec<u8>)>,
) -> Vec<u16> {
    let browser = idp.browser();
    let page = browser.visit(idp.authorize_url(site, &[])).await;
    let cookies = browser
        .cookies("idp.localhost")
        .into_iter()
        .map(|(name, value, _)| format!("{name}={value}"))
        .collect::<Vec<_>>();
    let mut statuses = Vec::new();
    for guess in 0..8 {
        let name = format!("user-{guess}");
        let fields = [
            ("tx", page.input("tx")),
            ("csrf", page.input("csrf")),
            ("username", name),
            ("password", "wrong".to_owned()),
        ];
        let mut request = idp.http.post(idp.url("/login")).form(&fields).header("cookie", cookies.join("; "));
        for (name, value) in forwarded(guess) {
            request = request.header(name, reqwest::header::HeaderValue::from_bytes(&value).unwrap());
        }
        statuses.push(request.send().await.unwrap().status().as_u16());
    }
    statuses
}

fn few_by_address(config: &mut Config) {
    config.throttle.address_burst = 3;
}

const STOPPED: [u16; 8] = [422, 422, 422, 429, 429, 429, 429, 429];

/// Sorted: in which order they were written is not asked.
async fn addresses(idp: &TestIdp) -> Vec<String> {
    let found = idp
        .db
        .read(|connection| {
            let all = audit_events::table.filter(audit_events::event.eq("sign_in_failed"));
            Ok(all.select(audit_events::address).load::<Option<String>>(connection)?)
        })
        .await
        .unwrap();
    let mut addresses: Vec<String> = found.into_iter().map(Option::unwrap).collect();
    addresses.sort();
    addresses
}

#[tokio::test]
async fn s91_an_untrusted_peer_is_counted_by_its_own_address_whatever_it_says() {
    for name in [
        "x-forwarded-for",
        "forwarded",
        "x-real-ip",
        "true-client-ip",
        "cf-connecting-ip",
        "x-client-ip",
        "x-cluster-client-ip",
        "x_forwarded_for",
        "client-ip",
        "fastly-client-ip",
    ] {
        let (idp, site) = house(few_by_address).await;
        let statuses =
            guesses(&idp, &site, |guess| vec![(name, format!("203.0.113.{guess}").into_bytes())]).await;
        assert_eq!(statuses, STOPPED, "{name}");
        assert!(addresses(&idp).await.iter().all(|address| address == "127.0.0.1"));
    }
}

#[tokio::test]
async fn s91_a_trusted_proxy_speaks_for_its_clients_and_only_by_one_header() {
    let trusting = |config: &mut Config| {
        few_by_address(config);
        everybody_is_a_proxy(config);
    };
    let (idp, site) = house(trusting).await;
    let statuses =
        guesses(&idp, &site, |guess| vec![("x-forwarded-for", format!("203.0.113.{guess}").into_bytes())])
            .await;
    assert_eq!(statuses, [422; 8], "each client by itself");
    assert_eq!(addresses(&idp).await, (0..8).map(|guess| format!("203.0.113.{guess}")).collect::<Vec<_>>());
    // What a client wrote itself stands before what the proxy added.
    let (idp, site) = house(trusting).await;
    let statuses = guesses(&idp, &site, |guess| {
        vec![("x-forwarded-for", format!("10.9.8.{guess}, 203.0.113.9").into_bytes())]
    })
    .await;
    assert_eq!(statuses, STOPPED);
    let (idp, site) = house(trusting).await;
    let statuses =
        guesses(&idp, &site, |guess| vec![("x-forwarded-for", format!("2001:db8::{guess}").into_bytes())])
            .await;
    assert_eq!(statuses, STOPPED, "a whole /64 is one subscriber");
    for name in ["forwarded", "x-real-ip", "true-client-ip", "x-client-ip"] {
        let (idp, site) = house(trusting).await;
        let statuses =
            guesses(&idp, &site, |guess| vec![(name, format!("203.0.113.{guess}").into_bytes())]).await;
        assert_eq!(statuses, STOPPED, "{name}");
    }
}

#[tokio::test]
async fn s91_what_cannot_be_read_skips_no_check() {
    let garbage: &[&[u8]] = &[
        b"",
        b" ",
        b",",
        b",,,",
        b"unknown",
        b"_hidden",
        b"\"203.0.113.1\"",
        b"203.0.113",
        b"203.0.113.999",
        b"0x7f.0.0.1",
        b"2130706433",
        b"\xff\xfe",
        b"[::1",
        b"::1]",
        b"1.2.3.4:99999",
        b"fe80::1%eth0",
        b"203.0.113.1;",
        b"for=203.0.113.1",
        b"localhost",
        b"-1",
        b"203.0.113.1 203.0.113.2",
    ];
    for value in garbage {
        let (idp, site) = house(|config| {
            few_by_address(config);
            everybody_is_a_proxy(config);
        })
        .await;
        let statuses = guesses(&idp, &site, |_| vec![("x-forwarded-for", value.to_vec())]).await;
        assert_eq!(statuses, STOPPED, "{:?}", String::from_utf8_lossy(value));
        assert!(addresses(&idp).await.iter().all(|address| address == "127.0.0.1"));
        // And a wrong password still opens nothing.
        let browser = idp.browser();
        let page = browser.visit(idp.authorize_url(&site, &[])).await;
        assert!(matches!(browser.log_in_as(&page, "alice", "wrong").await.status, 422 | 429));
    }
}
