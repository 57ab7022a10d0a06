//! Nobody uses up what all need: the threads that check passwords, the tries of a network, the codes of a person.

use futures_util::future::{join, join_all};
use idp_core::proof_of_work::solve;
use idp_server::config::{Config, PasswordConfig};
use idp_tests::{Answer, Authenticator, Browser, ClientSpec, HOST, PASSWORD, SignedIn, TestIdp};
use std::cell::Cell;
use std::collections::BTreeMap;

const STEP: i64 = 30;

/// Requests come from where a proxy says.
fn behind_a_proxy(config: &mut Config) {
    config.proxy.trusted = vec!["127.0.0.0/8".parse().unwrap()];
}

async fn house(change: impl FnOnce(&mut Config)) -> (TestIdp, ClientSpec) {
    let (idp, site) = (TestIdp::start_with(change).await, ClientSpec::confidential("site-a"));
    idp.add_client(&site).await;
    idp.add_user("alice").await;
    idp.add_user("mallory").await;
    (idp, site)
}

async fn door(idp: &TestIdp, site: &ClientSpec, browser: &Browser) -> Answer {
    browser.visit(idp.authorize_url(site, &[("prompt", "login")])).await
}

/// Sends the login form from an address.
async fn log_in_from(browser: &Browser, page: &Answer, from: &str, (name, password): (&str, &str)) -> Answer {
    let (tx, csrf) = (page.input("tx"), page.input("csrf"));
    let fields = [
        ("tx", tx.as_str()),
        ("csrf", &csrf),
        ("action", "login"),
        ("username", name),
        ("password", password),
    ];
    let headers = [("x-forwarded-for", from), ("sec-fetch-site", "same-origin")];
    browser.post_with(page.url.join(&page.form_address()).unwrap(), &fields, &headers).await
}

/// Browsers in which Mallory has signed in before: each bears guesses of its own, and a right password costs none.
const BROWSERS: usize = 6;
/// What each of them sends at once: more than all places of the queue.
const AT_ONCE: usize = 8;

/// One account has passwords checked without end, from the address that `from` says for each of its requests. Alice signs in
/// meanwhile, in an unknown browser, from hers.
async fn flood(from: impl Fn(usize) -> String, alice_from: &str) {
    let (idp, site) = house(|config| {
        behind_a_proxy(config);
        config.password =
            PasswordConfig { hashing_queue: 16, hashing_threads: Some(2), ..PasswordConfig::default() };
    })
    .await;
    let mut known = Vec::new();
    for _ in 0..BROWSERS {
        let browser = idp.browser();
        let page = door(&idp, &site, &browser).await;
        assert_eq!(browser.log_in_as(&page, "mallory", PASSWORD).await.status, 303);
        let page = door(&idp, &site, &browser).await;
        known.push((browser, page));
    }
    let (alice, over) = (idp.browser(), Cell::new(false));
    let at_door = door(&idp, &site, &alice).await;
    let storm = async {
        let mut statuses = BTreeMap::new();
        for round in 0..5 {
            let tries = (0..BROWSERS * AT_ONCE).map(|number| {
                let ((browser, page), from) = (&known[number % BROWSERS], from(round * 100 + number));
                async move { log_in_from(browser, page, &from, ("mallory", PASSWORD)).await.status }
            });
            for status in join_all(tries).await {
                *statuses.entry(status).or_insert(0) += 1;
            }
        }
        over.set(true);
        statuses
    };
    let victim = async {
        let mut statuses = Vec::new();
        while !over.get() {
            statuses.push(log_in_from(&alice, &at_door, alice_from, ("alice", PASSWORD)).await.status);
        }
        statuses
    };
    let (storm, alice) = join(storm, victim).await;
    println!("mallory {storm:?}, alice {alice:?}");
    assert!(storm.get(&503).is_some_and(|busy| *busy >= 20), "the queue was full: {storm:?}");
    assert!(alice.len() >= 5, "she waited for the storm to pass: {alice:?}");
    assert!(alice.iter().all(|status| *status == 303), "{alice:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s100_s83_one_account_at_one_address_keeps_nobody_from_signing_in() {
    flood(|_| "203.0.113.7".to_owned(), "198.51.100.9").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s100_s83_one_account_at_many_addresses_keeps_nobody_from_signing_in() {
    flood(|number| format!("203.0.{}.{}", number / 250, number % 250), "198.51.100.9").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s100_s85_one_account_keeps_its_neighbours_behind_one_address_from_nothing() {
    flood(|_| "203.0.113.7".to_owned(), "203.0.113.7").await;
}

/// What the address of these stories makes at once, and the network around it.
const ADDRESS: u32 = 4;
const NETWORK: u32 = 10 * ADDRESS;

#[tokio::test]
async fn s85_who_has_an_ipv6_network_has_its_guesses_and_not_those_of_each_of_its_parts() {
    let (idp, site) = house(|config| {
        behind_a_proxy(config);
        config.throttle.address_burst = ADDRESS;
        (config.throttle.proof_bits, config.throttle.proof_bits_most) = (8, 12);
    })
    .await;
    let own = idp.browser();
    let page = door(&idp, &site, &own).await;
    assert_eq!(own.log_in_as(&page, "alice", PASSWORD).await.status, 303);

    let guesser = idp.browser();
    let page = door(&idp, &site, &guesser).await;
    let guess = async |number: u32, from: &str| {
        log_in_from(&guesser, &page, from, (&format!("nobody-{number}"), "wrong")).await
    };
    let (mut tried, mut refused) = (0, None);
    for number in 0..2 * NETWORK {
        // Each from a /64 of its own.
        let answer = guess(number, &format!("2001:db8:7:{number:x}::1")).await;
        match answer.status {
            422 => tried += 1,
            429 => refused = Some(answer),
            other => panic!("{other}"),
        }
    }
    // The clock stands still, so nothing has grown back.
    assert_eq!(tried, NETWORK);
    assert_eq!(guess(1000, "2001:db8:8::1").await.status, 422, "another network");
    for from in ["198.51.100.9", "198.51.100.10"] {
        assert_eq!(guess(1000, from).await.status, 422, "neighbours in IPv4 are other people");
    }
    // No one is shut out for it: their own browser bears its own, and work stands for the wait as it does at one address.
    let page = door(&idp, &site, &own).await;
    let inside = log_in_from(&own, &page, "2001:db8:7:ffff::1", ("alice", PASSWORD)).await;
    assert_eq!(inside.status, 303, "{inside:?}");
    let refused = refused.unwrap();
    let attribute = |name: &str| refused.body.split(&format!("{name}=\"")).nth(1)?.split('"').next();
    let bits = attribute("data-bits").unwrap().parse().unwrap();
    let proof = solve(attribute("data-puzzle").unwrap(), bits);
    let (work, tx, csrf) = (refused.input("work"), refused.input("tx"), refused.input("csrf"));
    let fields = [
        ("tx", tx.as_str()),
        ("csrf", &csrf),
        ("work", &work),
        ("proof", &proof),
        ("username", "mallory"),
        ("password", PASSWORD),
    ];
    let from = format!("2001:db8:7:{:x}::1", 2 * NETWORK - 1);
    let headers = [("x-forwarded-for", from.as_str()), ("sec-fetch-site", "same-origin")];
    let address = refused.url.join(&refused.form_address()).unwrap();
    assert_eq!(guesser.post_with(address, &fields, &headers).await.status, 303);
}

#[tokio::test]
async fn s85_letters_that_an_ipv6_network_asks_for_are_few_too() {
    let (idp, site) = house(|config| {
        behind_a_proxy(config);
        crate::everything::letters_are_on(config);
    })
    .await;
    let browser = idp.browser();
    let login = browser.visit(idp.authorize_url(&site, &[])).await;
    let page = browser.open(idp.url(&crate::password_reset::link_to(&login, "login-forgot"))).await;
    let (tx, csrf) = (page.input("tx"), page.input("csrf"));
    let ask = async |number: u32, from: &str| {
        let name = format!("nobody-{number}");
        let fields = [("tx", tx.as_str()), ("csrf", &csrf), ("username", &name)];
        let headers = [("x-forwarded-for", from), ("sec-fetch-site", "same-origin")];
        browser.post_with(page.url.join(&page.form_address()).unwrap(), &fields, &headers).await.status
    };
    for number in 0..100 {
        assert_eq!(ask(number, &format!("2001:db8:7:{number:x}::1")).await, 200, "{number}");
    }
    assert_eq!(ask(100, "2001:db8:7:ffff::1").await, 429);
    assert_eq!(ask(101, "2001:db8:8::1").await, 200);
    assert_eq!(ask(102, "198.51.100.9").await, 200);
}

/// The cookie of a session proves no password: codes that are tried with it are none that the owner is short of.
#[tokio::test]
async fn s84_who_holds_a_session_uses_up_no_code_of_its_owner() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site, thief) = (&story.idp, &story.site, &story.browser);
    let app = Authenticator::of(idp, story.alice, "Pixel").await;
    let owner = idp.browser();
    idp.clock.advance(STEP);
    let sign_in = async |browser: &Browser| {
        let page = browser.visit(idp.authorize_url(site, &[("prompt", "login")])).await;
        let page = browser.log_in_as(&page, "alice", PASSWORD).await;
        browser.press(&page, "code", &[("code", &app.code(idp))]).await
    };
    assert!(sign_in(&owner).await.redirect_param("code").is_some());
    idp.clock.advance(STEP);

    // The session from before there was an app is asked for a code on its own device, and for no password.
    let second = idp.browser();
    for (name, value, _) in owner.cookies(HOST) {
        second.set_cookie(HOST, &name, &value);
    }
    let session = thief.cookie(HOST, "__Host-idp_session").unwrap();
    second.set_cookie(HOST, "__Host-idp_session", &session);
    let asked =
        async |browser: &Browser| browser.visit(idp.authorize_url(site, &[("acr_values", "2")])).await;
    let mut page = asked(thief).await;
    assert!(page.has_form("/login") && page.body.contains("id=\"code-submit\""), "{}", page.body);
    for _ in 0..10 {
        page = thief.press(&page, "code", &[("code", &app.wrong_code(idp))]).await;
        assert_eq!(page.status, 422, "{}", page.body);
    }
    assert_eq!(thief.press(&page, "code", &[("code", &app.wrong_code(idp))]).await.status, 429);
    // Beside the device cookie of the owner's own browser it is on another device than its own, and the password comes first.
    let page = asked(&second).await;
    assert!(page.has_form("/login") && !page.body.contains("id=\"code-submit\""), "{}", page.body);
    for browser in [&owner, &idp.browser()] {
        let inside = sign_in(browser).await;
        assert!(inside.redirect_param("code").is_some(), "{} {}", inside.status, inside.body);
        idp.clock.advance(STEP);
    }
}
