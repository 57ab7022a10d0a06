//! Guessing: bounded by account and by address, costly for no other person, over in time.

use futures_util::future::join_all;
use idp_server::config::{Config, PasswordConfig};
use idp_server::db::audit_events::{self, AuditEvent};
use idp_tests::{Answer, Browser, ClientSpec, HOST, PASSWORD, TestIdp, eventually};
use std::cell::{Cell, RefCell};

const KNOWN: &str = "__Host-idp_known";
/// The defaults: wrong guesses that an account and an address bear at once.
const ACCOUNT: usize = 10;
const ADDRESS: usize = 50;

/// One mailbox, in every spelling that an attacker might take for another account.
const ALIASES: [&str; 8] = [
    "alice@example.org",
    "ALICE@EXAMPLE.ORG",
    "Alice@Example.Org",
    " alice@example.org",
    "alice@example.org \t",
    "\u{ff41}lice@example.org",
    "alice\u{ff20}example.org",
    "\u{a0}alice@example.org\u{3000}",
];

fn no_limit_by_address(config: &mut Config) {
    config.throttle.exempt = vec!["127.0.0.0/8".parse().unwrap()];
}

async fn house(change: impl FnOnce(&mut Config)) -> (TestIdp, ClientSpec) {
    let (idp, site) = (TestIdp::start_with(change).await, ClientSpec::confidential("site-a"));
    idp.add_client(&site).await;
    idp.add_user("alice@example.org").await;
    (idp, site)
}

async fn door(idp: &TestIdp, site: &ClientSpec) -> (Browser, Answer) {
    let browser = idp.browser();
    let page = browser.visit(idp.authorize_url(site, &[("prompt", "login")])).await;
    assert!(page.has_form("/login"));
    (browser, page)
}

async fn count(idp: &TestIdp, event: AuditEvent) -> i64 {
    idp.db.read(move |connection| audit_events::count(connection, event)).await.unwrap()
}

fn retry_after(answer: &Answer) -> i64 {
    answer.header("retry-after").parse().unwrap_or_else(|_| panic!("no Retry-After: {answer:?}"))
}

#[tokio::test]
async fn s83_guesses_one_after_another_are_few_for_all_aliases_together() {
    let (idp, site) = house(no_limit_by_address).await;
    let (mut tried, mut turned_away) = (0, 0);
    for guess in 0..60 {
        // Each from a browser of its own, as a guesser would.
        let (browser, page) = door(&idp, &site).await;
        match browser.log_in_as(&page, ALIASES[guess % ALIASES.len()], "wrong").await.status {
            422 => tried += 1,
            429 => turned_away += 1,
            other => panic!("{other}"),
        }
    }
    assert_eq!((tried, turned_away), (ACCOUNT, 60 - ACCOUNT));
    assert_eq!(count(&idp, AuditEvent::SignInFailed).await, 10, "what was turned away was not hashed");
}

#[tokio::test]
async fn s83_a_hundred_guesses_at_once_are_as_few() {
    for round in 0..3 {
        let (idp, site) = house(no_limit_by_address).await;
        let (browser, page) = door(&idp, &site).await;
        let guesses = (0..100).map(|guess| {
            let right = guess % 10 == 9;
            let (browser, page) = (&browser, &page);
            async move {
                browser
                    .log_in_as(page, ALIASES[guess % ALIASES.len()], if right { "wrong!" } else { "wrong" })
                    .await
                    .status
            }
        });
        let statuses = join_all(guesses).await;
        let tried = statuses.iter().filter(|status| **status == 422).count();
        assert!(statuses.iter().all(|status| matches!(status, 422 | 429)), "{statuses:?}");
        assert_eq!(tried, ACCOUNT, "round {round}");
    }
}

#[tokio::test]
async fn a1_guesses_under_a_clock_that_was_ahead_lock_no_account_once_it_is_right() {
    let (idp, site) = house(no_limit_by_address).await;
    // Two hours, and five minutes more than an account takes to bear its guesses again.
    for ahead in [2 * 60 * 60, 15 * 60] {
        idp.clock.advance(ahead);
        let (browser, page) = door(&idp, &site).await;
        for _ in 0..ACCOUNT {
            assert_eq!(browser.log_in_as(&page, "alice@example.org", "wrong").await.status, 422);
        }
        assert_eq!(browser.log_in_as(&page, "alice@example.org", PASSWORD).await.status, 429);
        idp.clock.advance(-ahead);
        let (browser, page) = door(&idp, &site).await;
        let answer = browser.log_in_as(&page, "alice@example.org", PASSWORD).await;
        assert_eq!(answer.status, 303, "{ahead} s: {answer:?}");
    }
}

/// One person of an office signs in while the clock is wrong, and another one mistypes: no one there is turned away later.
#[tokio::test]
async fn a1_a_sign_in_under_a_clock_that_was_ahead_shuts_nobody_out_of_its_address() {
    for ahead in [2 * 60 * 60, 40 * 24 * 60 * 60] {
        let (idp, site) = house(|_| {}).await;
        idp.add_user("bob@example.org").await;
        idp.clock.advance(ahead);
        let (browser, page) = door(&idp, &site).await;
        assert_eq!(browser.log_in_as(&page, "alice@example.org", PASSWORD).await.status, 303);
        let (browser, page) = door(&idp, &site).await;
        assert_eq!(browser.log_in_as(&page, "bob@example.org", "wrong").await.status, 422);
        idp.clock.advance(-ahead);
        // At once, after the time in which an empty bucket refills, and after an hour.
        for later in [0, 20 * 60, 40 * 60] {
            idp.clock.advance(later);
            let (browser, page) = door(&idp, &site).await;
            let answer = browser.log_in_as(&page, "bob@example.org", PASSWORD).await;
            assert_eq!(answer.status, 303, "{ahead} s ahead, {later} s later: {answer:?}");
        }
    }
}

#[tokio::test]
async fn s83_the_right_password_during_a_lock_is_no_oracle() {
    let (idp, site) = house(no_limit_by_address).await;
    let (browser, page) = door(&idp, &site).await;
    for _ in 0..ACCOUNT {
        assert_eq!(browser.log_in_as(&page, "alice@example.org", "wrong").await.status, 422);
    }
    let bare = |answer: &Answer| answer.without_seals().replace(answer.header("x-request-id"), "");
    let wrong = browser.log_in_as(&page, "alice@example.org", "wrong").await;
    for _ in 0..5 {
        let right = browser.log_in_as(&page, "alice@example.org", PASSWORD).await;
        assert_eq!((right.status, bare(&right)), (429, bare(&wrong)));
        assert_eq!(right.header("retry-after"), wrong.header("retry-after"));
        assert!(right.headers.get("set-cookie").is_none());
    }
    // A refused try costs nothing: the wait does not grow.
    assert_eq!(retry_after(&browser.log_in_as(&page, "alice@example.org", "wrong").await), 60);
    idp.clock.advance(59);
    assert_eq!(browser.log_in_as(&page, "alice@example.org", PASSWORD).await.status, 429);
    idp.clock.advance(1);
    assert_eq!(browser.log_in_as(&page, "alice@example.org", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn s83_signing_in_rightly_uses_no_try_up() {
    let (idp, site) = house(|_| {}).await;
    for _ in 0..ADDRESS + 20 {
        let (browser, page) = door(&idp, &site).await;
        assert_eq!(browser.log_in_as(&page, "alice@example.org", PASSWORD).await.status, 303);
    }
    // Nor does it give more than there was.
    let (browser, page) = door(&idp, &site).await;
    for _ in 0..ACCOUNT {
        assert_eq!(browser.log_in_as(&page, "alice@example.org", "wrong").await.status, 422);
    }
    assert_eq!(browser.log_in_as(&page, "alice@example.org", "wrong").await.status, 429);
}

#[tokio::test]
async fn s84_a_stranger_cannot_lock_somebody_out_of_their_own_browser() {
    let (idp, site) = house(|_| {}).await;
    idp.add_user("mallory").await;
    let (own, page) = door(&idp, &site).await;
    assert_eq!(own.log_in_as(&page, "alice@example.org", PASSWORD).await.status, 303);
    // She signs out; the browser stays hers.
    let end = own.open(idp.url("/end-session")).await;
    assert_eq!(own.press(&end, "logout", &[]).await.status, 303);

    // The stranger drains her account and then the address that they share.
    let (stranger, page) = door(&idp, &site).await;
    for guess in 0..200 {
        let name = if guess < 60 { "alice@example.org".to_owned() } else { format!("user-{guess}") };
        assert!(matches!(stranger.log_in_as(&page, &name, "wrong").await.status, 422 | 429));
    }
    let (new_browser, at_new) = door(&idp, &site).await;
    let refused = new_browser.log_in_as(&at_new, "alice@example.org", PASSWORD).await;
    assert_eq!(refused.status, 429);
    for alias in ALIASES {
        let page = own.visit(idp.authorize_url(&site, &[("prompt", "login")])).await;
        let answer = own.press(&page, "login", &[("username", alias), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, 303, "in her own browser as {alias:?}");
    }
    // Neither is she locked out elsewhere for good.
    assert!(retry_after(&refused) <= 60);
    idp.clock.advance(60);
    assert_eq!(new_browser.log_in_as(&at_new, "alice@example.org", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn s84_a_known_browser_is_known_for_one_person_and_bears_few_guesses_too() {
    let (idp, site) = house(no_limit_by_address).await;
    idp.add_user("mallory").await;
    let (own, page) = door(&idp, &site).await;
    assert_eq!(own.log_in_as(&page, "alice@example.org", PASSWORD).await.status, 303);
    let genuine = own.cookie(HOST, KNOWN).unwrap();
    let (mallory, page) = door(&idp, &site).await;
    assert_eq!(mallory.log_in_as(&page, "mallory", PASSWORD).await.status, 303);
    for _ in 0..ACCOUNT {
        let _ = mallory.log_in_as(&page, "alice@example.org", "wrong").await;
    }
    // Her own cookie, a damaged one, a session in place of it: none of them is Alice's browser.
    let other = if genuine.as_bytes()[20] == b'A' { "B" } else { "A" };
    let damaged = format!("{}{other}{}", &genuine[..20], &genuine[21..]);
    let session = mallory.cookie(HOST, "__Host-idp_session").unwrap();
    for cookie in
        [mallory.cookie(HOST, KNOWN).unwrap(), damaged, genuine[1..].to_owned(), session, "x".to_owned()]
    {
        let (browser, page) = door(&idp, &site).await;
        browser.set_cookie(HOST, KNOWN, &cookie);
        assert_eq!(browser.log_in_as(&page, "alice@example.org", "wrong").await.status, 429, "{cookie}");
    }
    // A stolen one bears ten guesses, not ten more for each visit.
    let mut tried = 0;
    for _ in 0..30 {
        let (thief, page) = door(&idp, &site).await;
        thief.set_cookie(HOST, KNOWN, &genuine);
        tried += usize::from(thief.log_in_as(&page, "alice@example.org", "wrong").await.status == 422);
    }
    assert_eq!(tried, ACCOUNT);
}

#[tokio::test]
async fn s85_one_password_for_a_thousand_accounts_is_stopped_by_address() {
    let (idp, site) = house(|_| {}).await;
    let (browser, page) = door(&idp, &site).await;
    let mut tried = 0;
    for user in (0..1000).collect::<Vec<_>>().chunks(50) {
        let answers = join_all(user.iter().map(|user| {
            let name = format!("user-{user}");
            let (browser, page) = (&browser, &page);
            async move { browser.log_in_as(page, &name, "Summer2026!").await }
        }));
        for answer in answers.await {
            match answer.status {
                422 => tried += 1,
                429 => assert!(retry_after(&answer) <= 10, "no one behind this address waits for hours"),
                other => panic!("{other}"),
            }
        }
    }
    assert_eq!(tried, ADDRESS);
    idp.clock.advance(10);
    let (neighbour, page) = door(&idp, &site).await;
    assert_eq!(neighbour.log_in_as(&page, "alice@example.org", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn s85_an_exempt_network_is_not_limited_by_address() {
    let (idp, site) = house(no_limit_by_address).await;
    let (browser, page) = door(&idp, &site).await;
    for user in 0..2 * ADDRESS {
        assert_eq!(browser.log_in_as(&page, &format!("user-{user}"), "wrong").await.status, 422);
    }
}

#[tokio::test]
async fn s100_three_hundred_sign_ins_at_once_are_bounded_and_the_rest_is_served() {
    let (idp, site) = house(|config| {
        config.password = PasswordConfig { hashing_queue: 20, ..PasswordConfig::default() };
        config.throttle.enabled = false;
    })
    .await;
    let (browser, page) = door(&idp, &site).await;
    let alone = idp.browser();
    // Another person, since so many sign-ins of one person end her earlier ones.
    idp.add_user("bob").await;
    let tokens = alone.sign_in_for_tokens(&idp, &site, "bob").await;
    // Three hundred are under way for as long as the others have not been served: the storm does not pass by itself.
    let (over, answers) = (Cell::new(false), RefCell::new(Vec::new()));
    let storm = join_all((0..300).map(|_| async {
        while !over.get() {
            let answer = browser.log_in_as(&page, "alice@example.org", PASSWORD).await;
            answers.borrow_mut().push(answer);
        }
    }));
    let others = async {
        for _ in 0..5 {
            assert_eq!(idp.http.get(idp.url("/jwks")).send().await.unwrap().status(), 200);
            assert_eq!(idp.userinfo(tokens.text("access_token")).await.status, 200);
        }
        eventually("so many were answered that the queue was full", async || answers.borrow().len() >= 300)
            .await;
        over.set(true);
    };
    futures_util::future::join(storm, others).await;
    let answers = answers.into_inner();
    let through = answers.iter().filter(|answer| answer.status == 303).count();
    let busy: Vec<_> = answers.iter().filter(|answer| answer.status == 503).collect();
    assert_eq!(through + busy.len(), answers.len(), "nothing else happens");
    assert!(through >= 20, "what fits is served: {through}");
    assert!(busy.len() >= 50, "the queue is bounded: {through} got through");
    for answer in busy {
        assert!((1..=60).contains(&retry_after(answer)));
        assert!(
            answer.has_form("/login") && answer.body.contains("value=\"alice@example.org\""),
            "the form is there to try again"
        );
    }
    // Afterwards all is as before, and nothing was counted against her.
    assert_eq!(browser.log_in_as(&page, "alice@example.org", PASSWORD).await.status, 303);
}
