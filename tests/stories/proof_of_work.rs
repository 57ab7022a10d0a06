//! Proof of work: behind an address that has guessed too often a browser may compute instead of waiting. It is a price for
//! spraying passwords, buys no guess at one account, and changes nothing for a browser without script.

use futures_util::future::join_all;
use idp_core::proof_of_work::solve;
use idp_server::config::Config;
use idp_server::db::audit_events::{self, AuditEvent};
use idp_tests::{Answer, Browser, ClientSpec, PASSWORD, TestIdp};

/// Wrong guesses that the address of these stories makes at once, and an account bears.
const ADDRESS: usize = 4;
const ACCOUNT: usize = 10;

/// Puzzles that take a program no time.
fn cheap(config: &mut Config) {
    config.throttle.address_burst = u32::try_from(ADDRESS).unwrap();
    (config.throttle.proof_bits, config.throttle.proof_bits_most) = (8, 12);
}

async fn house(change: impl FnOnce(&mut Config)) -> (TestIdp, ClientSpec) {
    let (idp, site) = (TestIdp::start_with(change).await, ClientSpec::confidential("site-a"));
    idp.add_client(&site).await;
    idp.add_user("alice").await;
    (idp, site)
}

async fn door(idp: &TestIdp, site: &ClientSpec) -> (Browser, Answer) {
    let browser = idp.browser();
    let page = browser.visit(idp.authorize_url(site, &[("prompt", "login")])).await;
    (browser, page)
}

/// An attacker behind the same address guesses at unknown names, until no try is left.
async fn drain(idp: &TestIdp, site: &ClientSpec) {
    let (browser, page) = door(idp, site).await;
    for guess in 0..ADDRESS {
        assert_eq!(browser.log_in_as(&page, &format!("nobody-{guess}"), "wrong").await.status, 422);
    }
}

fn attribute(page: &Answer, name: &str) -> Option<String> {
    let rest = page.body.split(&format!("{name}=\"")).nth(1)?;
    rest.split('"').next().map(str::to_owned)
}

fn bits(page: &Answer) -> Option<u8> {
    attribute(page, "data-bits").map(|bits| bits.parse().unwrap())
}

/// The fields of the form with the puzzle solved, as the script of the page does it.
fn solved(page: &Answer) -> [(&'static str, String); 2] {
    let puzzle = attribute(page, "data-puzzle").unwrap_or_else(|| panic!("no puzzle: {}", page.body));
    [("work", page.input("work")), ("proof", solve(&puzzle, bits(page).unwrap()))]
}

async fn press_solved(browser: &Browser, page: &Answer, name: &str, password: &str) -> Answer {
    press_with(browser, page, &solved(page), name, password).await
}

async fn press_with(
    browser: &Browser,
    page: &Answer,
    proof: &[(&'static str, String)],
    name: &str,
    password: &str,
) -> Answer {
    let proof = proof.iter().map(|(field, value)| (*field, value.as_str()));
    let fields: Vec<_> = [("username", name), ("password", password)].into_iter().chain(proof).collect();
    browser.press(page, "login", &fields).await
}

async fn failures(idp: &TestIdp) -> usize {
    let counted = idp.db.read(|connection| audit_events::count(connection, AuditEvent::SignInFailed));
    usize::try_from(counted.await.unwrap()).unwrap()
}

#[tokio::test]
async fn s85_a_neighbour_of_a_sprayer_computes_and_is_let_in_at_once() {
    let (idp, site) = house(cheap).await;
    let (browser, page) = door(&idp, &site).await;
    assert!(!page.body.contains("data-puzzle"), "no browser computes before it is needed");
    drain(&idp, &site).await;
    let refused = browser.log_in_as(&page, "alice", PASSWORD).await;
    assert_eq!((refused.status, bits(&refused)), (429, Some(8)));
    assert!(refused.header("retry-after").parse::<i64>().unwrap() <= 10);
    assert!(refused.body.contains("value=\"alice\"") && !refused.body.contains(PASSWORD));
    let answer = press_solved(&browser, &refused, "alice", PASSWORD).await;
    assert!(answer.redirect_param("code").is_some(), "{answer:?}");
    // From then on the browser is known, and asked for nothing.
    let page = browser.visit(idp.authorize_url(&site, &[("prompt", "login")])).await;
    let own = browser.press(&page, "login", &[("username", "alice"), ("password", PASSWORD)]).await;
    assert!(own.redirect_param("code").is_some(), "{own:?}");
}

#[tokio::test]
async fn s84_without_script_and_in_a_known_browser_all_is_as_without_puzzles() {
    let (idp, site) = house(cheap).await;
    let (known, page) = door(&idp, &site).await;
    assert_eq!(known.log_in_as(&page, "alice", PASSWORD).await.status, 303);
    drain(&idp, &site).await;
    let (plain, page) = door(&idp, &site).await;
    let refused = plain.log_in_as(&page, "alice", PASSWORD).await;
    assert!(refused.body.contains("There were too many attempts."), "{}", refused.body);
    // What the script says is hidden until it says it.
    assert!(refused.body.contains("id=\"work-status\" role=\"status\" hidden"));
    idp.clock.advance(refused.header("retry-after").parse().unwrap());
    assert!(plain.log_in_as(&refused, "alice", PASSWORD).await.redirect_param("code").is_some());

    // Ten wrong ones in her own browser: it waits, and no puzzle buys another.
    let page = known.visit(idp.authorize_url(&site, &[("prompt", "login")])).await;
    for _ in 0..ACCOUNT {
        let wrong = known.press(&page, "login", &[("username", "alice"), ("password", "wrong")]).await;
        assert_eq!(wrong.status, 422);
    }
    let refused = known.press(&page, "login", &[("username", "alice"), ("password", "wrong")]).await;
    assert_eq!((refused.status, bits(&refused)), (429, None));
}

#[tokio::test]
async fn s83_a_puzzle_is_worth_one_attempt_however_often_it_is_sent() {
    let (idp, site) = house(cheap).await;
    drain(&idp, &site).await;
    let (browser, page) = door(&idp, &site).await;
    let refused = browser.log_in_as(&page, "nobody", "wrong").await;
    let (proof, before) = (solved(&refused), failures(&idp).await);
    let names: Vec<String> = (0..20).map(|guess| format!("other-{guess}")).collect();
    let at_once = names.iter().map(|name| press_with(&browser, &refused, &proof, name, "wrong"));
    let statuses: Vec<u16> = join_all(at_once).await.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 422).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 422 | 429)), "{statuses:?}");
    assert_eq!(failures(&idp).await, before + 1);
    // Nor after a right password has given its tries back.
    let refused = browser.log_in_as(&page, "alice", PASSWORD).await;
    let proof = solved(&refused);
    assert_eq!(press_with(&browser, &refused, &proof, "alice", PASSWORD).await.status, 303);
    let stranger = idp.browser();
    for (name, value, _) in browser.cookies("idp.localhost") {
        if !name.contains("known") && !name.contains("session") {
            stranger.set_cookie("idp.localhost", &name, &value);
        }
    }
    assert_eq!(press_with(&stranger, &refused, &proof, "nobody", "wrong").await.status, 429);
}

#[tokio::test]
async fn s83_work_buys_no_guess_more_at_one_account() {
    let (idp, site) = house(cheap).await;
    let (browser, mut page) = door(&idp, &site).await;
    let (mut tried, mut waits) = (0, 0);
    for guess in 0..40 {
        // Both of her names count as one.
        let name = if guess % 2 == 0 { "alice" } else { "alice@example.org" };
        let is_puzzled = bits(&page).is_some();
        let answer = match is_puzzled {
            true => press_solved(&browser, &page, name, "wrong").await,
            false => browser.log_in_as(&page, name, "wrong").await,
        };
        tried += usize::from(answer.status == 422);
        waits += usize::from(answer.status == 429 && bits(&answer).is_none());
        page = answer;
    }
    assert_eq!((tried, failures(&idp).await), (ACCOUNT, ACCOUNT));
    assert!(waits > 10, "in the end it is a matter of waiting: {waits}");
}

#[tokio::test]
async fn s85_each_further_guess_costs_more_and_in_the_end_there_is_none() {
    let (idp, site) = house(cheap).await;
    drain(&idp, &site).await;
    let (browser, page) = door(&idp, &site).await;
    let mut page = browser.log_in_as(&page, "nobody", "wrong").await;
    let (mut costs, mut tried) = (Vec::new(), 0);
    for guess in 0..40 {
        let Some(cost) = bits(&page) else { break };
        costs.push(cost);
        let answer = press_solved(&browser, &page, &format!("other-{guess}"), "wrong").await;
        tried += usize::from(answer.status == 422);
        page = browser.log_in_as(&page, &format!("another-{guess}"), "wrong").await;
    }
    assert_eq!(tried, 2 * ADDRESS, "as many again and once more");
    assert!(costs.is_sorted() && costs.first() == Some(&8) && costs.last() > Some(&10), "{costs:?}");
    assert_eq!((page.status, bits(&page)), (429, None));
    idp.clock.advance(60 * 60);
    assert_eq!(browser.log_in_as(&page, "nobody", "wrong").await.status, 422, "over in time");
}

#[tokio::test]
async fn s80_the_page_is_the_same_for_names_that_somebody_has_and_for_others() {
    let (idp, site) = house(cheap).await;
    drain(&idp, &site).await;
    let mut pages = Vec::new();
    for name in ["alice", "alicf", "alice@example.org", "alicf@example.org"] {
        let (browser, page) = door(&idp, &site).await;
        let refused = browser.log_in_as(&page, name, PASSWORD).await;
        let puzzle = attribute(&refused, "data-puzzle").unwrap();
        let (work, body) = (refused.input("work"), refused.without_seals());
        let body = body.replace(&work, "WORK").replace(&puzzle, "PUZZLE").replace(name, "NAME");
        pages.push((refused.status, work.len(), without_reference(&body)));
    }
    assert!(pages.windows(2).all(|pair| pair[0] == pair[1]), "{pages:#?}");
}

/// The id of a request is another each time.
fn without_reference(body: &str) -> String {
    let (before, rest) = body.split_once("<code>").unwrap_or((body, ""));
    format!("{before}{}", rest.split_once("</code>").map_or("", |(_, after)| after))
}

#[tokio::test]
async fn s60_a_puzzle_counts_in_its_form_at_its_address_in_its_time_and_unchanged() {
    let behind = |config: &mut Config| {
        cheap(config);
        config.throttle.account_burst = 100;
        config.proxy.trusted = vec!["127.0.0.0/8".parse().unwrap()];
    };
    let (idp, site) = house(behind).await;
    let (browser, page) = door(&idp, &site).await;
    let send = async |page: &Answer, proof: &[(&str, String)], from: &str| {
        let (tx, csrf) = (page.input("tx"), page.input("csrf"));
        let own = [("tx", tx.as_str()), ("csrf", &csrf), ("username", "nobody"), ("password", "wrong")];
        let proof = proof.iter().map(|(name, value)| (*name, value.as_str()));
        let fields: Vec<_> = own.into_iter().chain(proof).collect();
        let headers = [("x-forwarded-for", from), ("sec-fetch-site", "same-origin")];
        browser.post_with(page.url.join(&page.form_address()).unwrap(), &fields, &headers).await
    };
    let addresses = ["203.0.113.7", "198.51.100.9"];
    let mut refused = Vec::new();
    for address in addresses {
        for _ in 0..ADDRESS {
            assert_eq!(send(&page, &[], address).await.status, 422);
        }
        refused.push(send(&page, &[], address).await);
    }
    let (here, there) = (&refused[0], &refused[1]);
    let [work, proof] = solved(here);
    let (work, proof) = (work.1, proof.1);
    let with = |work: &str, proof: &str| [("work", work.to_owned()), ("proof", proof.to_owned())];
    let other = if work.as_bytes()[40] == b'A' { "B" } else { "A" };
    let damaged = format!("{}{other}{}", &work[..40], &work[41..]);
    for (what, form, fields, from) in [
        ("another form", there, with(&work, &proof), addresses[0]),
        ("another address", here, with(&work, &proof), addresses[1]),
        ("another puzzle", here, with(&there.input("work"), &proof), addresses[0]),
        ("damaged", here, with(&damaged, &proof), addresses[0]),
        ("no seal", here, with("", &proof), addresses[0]),
        ("nothing computed", here, with(&work, "0.0.0.0.0.0.0.0"), addresses[0]),
        ("no proof", here, with(&work, ""), addresses[0]),
        ("a huge proof", here, with(&work, &"1.".repeat(3000)), addresses[0]),
    ] {
        assert_eq!(send(form, &fields, from).await.status, 429, "{what}");
    }
    assert_eq!(send(here, &with(&work, &proof), addresses[0]).await.status, 422, "and as it was meant");

    let late = send(&page, &[], addresses[0]).await;
    let fields = solved(&late);
    idp.clock.advance(10 * 60 + 1);
    for _ in 0..ADDRESS {
        let _ = send(&page, &[], addresses[0]).await;
    }
    while send(&page, &[], addresses[0]).await.status == 422 {}
    assert_eq!(send(&late, &fields, addresses[0]).await.status, 429, "too late");
}

#[tokio::test]
async fn puzzles_can_be_switched_off_and_an_exempt_network_sees_none() {
    let off = |config: &mut Config| {
        cheap(config);
        config.throttle.proof_of_work = false;
    };
    let (idp, site) = house(off).await;
    drain(&idp, &site).await;
    let (browser, page) = door(&idp, &site).await;
    let refused = browser.log_in_as(&page, "alice", PASSWORD).await;
    assert_eq!((refused.status, bits(&refused)), (429, None));

    let exempt = |config: &mut Config| {
        cheap(config);
        config.throttle.exempt = vec!["127.0.0.0/8".parse().unwrap()];
    };
    let (idp, site) = house(exempt).await;
    let (browser, page) = door(&idp, &site).await;
    for _ in 0..ACCOUNT {
        assert_eq!(browser.log_in_as(&page, "alice", "wrong").await.status, 422);
    }
    let refused = browser.log_in_as(&page, "alice", "wrong").await;
    assert_eq!((refused.status, bits(&refused)), (429, None), "the account alone");
}
