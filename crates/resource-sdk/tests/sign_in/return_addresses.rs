//! Addresses that are come back to: of any length that a browser sends, in any script, byte for byte; and what a
//! site's developer sees of one that is not taken.

use reqwest::Method;

use crate::{
    browser::{Answer, Browser},
    world::{SiteOptions, World},
};

/// As long as a request target gets.
const LONGEST: usize = 65_534;

/// Text that does not compress.
fn noise(length: usize) -> String {
    (0..length / 22 + 1).map(crate::provider::opaque).collect::<String>()[..length].to_owned()
}

fn addresses() -> Vec<String> {
    // 400 characters, not two of them the same.
    let chinese: String = ('\u{4e00}'..'\u{4f90}').collect();
    let chinese: String = url::form_urlencoded::byte_serialize(chinese.as_bytes()).collect();
    vec![
        r"/members?q=\d+\\x".to_owned(),
        "/members?".to_owned(),
        "/members?&&a=b&=&%&%zz&%FF&a=b".to_owned(),
        "/members?a=b?c=d/../e//f:@!$()*,;|^`{}[]~".to_owned(),
        format!("/members?q={}", noise(700)),
        format!("/members?q={}", noise(1_010)),
        format!("/members?q={}", noise(1_100)),
        format!("/members?q={chinese}"),
        format!("/members?q={}", "x".repeat(30_000)),
        // The client here counts the origin too.
        format!("/members?q={}", noise(LONGEST - 60)),
    ]
}

/// Up to the page that is come back to.
async fn come_back(world: &World, browser: &Browser, page: &str) -> Answer {
    let sent = browser.go(page).await;
    assert!(sent.location().len() < 2_000, "proxies read a head into one buffer");
    let asked = world.asked_by(&browser.go(sent.location()).await);
    assert!(asked.state.len() < 1_200, "{}", asked.state.len());
    browser.go(&world.good_answer("/auth", &asked)).await
}

#[actix_web::test]
async fn p5_every_address_comes_back_byte_for_byte() {
    for page in addresses() {
        let world = World::new();
        let arrived = come_back(&world, &world.browser, &page).await;
        assert_eq!(arrived.leads_to(), page);
        assert!(arrived.location().len() <= 1_024);
        assert_eq!(world.browser.go(&page).await.status, 200, "signed in by now");
    }
}

#[actix_web::test]
async fn p5_a_link_takes_every_address_too() {
    let world = World::new();
    for page in addresses() {
        let link = world.browser.send(Method::POST, "/link", &[], Some(&[])).await;
        assert_eq!(link.status, 400, "no address at all");
        let login = post(&world, &page).await;
        assert_eq!(login.status, 200, "{}", login.body);
        let asked = world.ask_at(&login.body).await;
        let arrived = world.browser.go(&world.good_answer("/auth", &asked)).await;
        assert_eq!(arrived.leads_to(), page);
    }
}

async fn post(world: &World, address: &str) -> Answer {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let sent = http.post(format!("{}/link", world.origin)).header("content-type", "text/plain");
    let answer = sent.body(address.to_owned()).send().await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    Answer { status, headers, body: answer.text().await.unwrap() }
}

#[actix_web::test]
async fn p5_a_long_address_leads_on_after_failures_and_sign_outs_too() {
    let world = World::new();
    let page = format!("/members?q={}", noise(5_000));
    let sent = world.browser.go(&page).await;
    let asked = world.ask_at(sent.location()).await;
    let denied = [("error", "access_denied"), ("state", &asked.state), ("iss", &world.provider.issuer)];
    let denied = world.browser.go(&world.answer("/auth", &denied)).await;
    let again = denied.body.split_once("href=\"/auth/login").unwrap().1.split_once('"').unwrap().0;
    let asked = world.ask_at(&format!("/auth/login{again}")).await;
    assert_eq!(world.browser.go(&world.good_answer("/auth", &asked)).await.leads_to(), page);
    // Back, signed in.
    assert_eq!(world.browser.go(&world.good_answer("/auth", &asked)).await.leads_to(), page);

    let csrf = world.browser.go("/form").await.body;
    let fields = [("csrf_token", csrf.as_str()), ("return_to", page.as_str())];
    let left = world.browser.post_form("/auth/logout", &fields).await;
    let back = format!("/auth/logged-out?state={}", left.parameter("state"));
    assert_eq!(world.browser.go(&back).await.leads_to(), page);
}

#[actix_web::test]
async fn p5_an_address_that_was_forgotten_leads_to_the_site_and_is_said() {
    let mut world = World::new();
    let short = format!("/members?q={}", "x".repeat(900));
    let long = format!("/members?q={}", noise(5_000));
    for (page, is_kept) in [(short, true), (long, false)] {
        world.browser.forget("");
        let sent = world.browser.go(&page).await;
        let asked = world.ask_at(sent.location()).await;
        world.restart(SiteOptions::default()).await;
        let arrived = world.browser.go(&world.good_answer("/auth", &asked)).await;
        assert_eq!(arrived.leads_to(), if is_kept { page } else { "/".to_owned() });
        if !is_kept {
            let login = world.browser.go(sent.location()).await;
            assert_eq!(login.headers["x-return-to-refused"], "forgotten");
        }
    }
}

#[actix_web::test]
async fn p5_s68_a_refusal_is_seen_by_the_developer() {
    let world = World::new();
    for (target, reason) in [
        ("https://evil.example", "foreign"),
        ("//evil.example", "foreign"),
        ("/%5Cevil.example", "foreign"),
        ("~AAAAAAAAAAAAAAAAAAAAAA", "forgotten"),
        ("/%09/evil.example", "control_character"),
        ("/auth/login", "within_mount"),
    ] {
        let sent = world.browser.go(&format!("/auth/login?return_to={target}")).await;
        assert_eq!(sent.headers["x-return-to-refused"], reason, "{target}");
        let asked = world.asked_by(&sent);
        assert_eq!(world.browser.go(&world.good_answer("/auth", &asked)).await.location(), "/", "{target}");
    }
    let fine = world.browser.go("/auth/login?return_to=/members").await;
    assert!(!fine.headers.contains_key("x-return-to-refused"));

    let refused = post(&world, "//evil.example").await;
    assert_eq!(refused.status, 400);
    let (reason, login) = refused.body.split_once('\n').unwrap();
    assert!(reason.contains("not a path of this site"), "{reason}");
    assert_eq!(world.browser.go(login).await.headers["x-return-to-refused"], "foreign");
    let too_long = post(&world, &format!("/{}", "x".repeat(LONGEST))).await;
    let (reason, login) = too_long.body.split_once('\n').unwrap();
    assert!(reason.contains("65535 bytes") && login == "/auth/login", "{reason} {login}");
}

#[actix_web::test]
async fn s66_an_address_in_a_page_is_inert() {
    let world = World::new();
    let page = format!("/members?q=%22%3E%3Cscript%3E'&amp;\u{3c}b\u{3e}{}", noise(2_000));
    let sent = world.browser.go(&page).await;
    let asked = world.ask_at(sent.location()).await;
    let arrived = world.browser.go(&world.good_answer("/auth", &asked)).await;
    assert_eq!(arrived.status, 200);
    assert!(!arrived.body.contains("<script") && !arrived.body.contains("<b>"), "{}", arrived.body);
    assert!(arrived.body.contains("&amp;amp;"));
    assert!(arrived.headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
}
