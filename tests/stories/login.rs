//! The login page: when it is shown, what it answers, and what it tells a stranger (nothing).

use idp_core::mail_address::MailAddress;
use idp_core::session::EndCause;
use idp_core::user::{AddressChange, UserStatus};
use idp_core::username::Username;
use idp_server::clock::Stopwatch;
use idp_server::config::PasswordConfig;
use idp_server::db::audit_events::AuditContext;
use idp_server::db::{password_credentials, users};
use idp_server::directory::users::UserChange;
use idp_server::hash_pool::WorkOf;
use idp_server::store::revoke::Target;
use idp_tests::{Answer, Browser, ClientSpec, PASSWORD, SignedIn, TestIdp, jwt};
use uuid::Uuid;

/// Gives a user this password.
pub async fn give_password(idp: &TestIdp, user: Uuid, password: &str) {
    let hash = idp.app.hashing.hash(&WorkOf::operator(), idp_tests::typed(password)).await.unwrap();
    let now = idp.clock.now();
    idp.db
        .write(idp_server::db::Locks::installation(), move |connection| {
            password_credentials::set_password(connection, user, &hash, now)
        })
        .await
        .unwrap();
}

/// A provider with Alice and a site; the login page of that site in a new browser.
pub async fn at_the_door(idp: &TestIdp) -> (ClientSpec, Browser, Answer) {
    let site = ClientSpec::confidential("site-a");
    idp.add_client(&site).await;
    idp.add_user("alice").await;
    let browser = idp.browser();
    let page = browser.visit(idp.authorize_url(&site, &[])).await;
    assert_eq!(page.status, 200);
    (site, browser, page)
}

fn auth_time(tokens: &idp_tests::TokenAnswer) -> i64 {
    jwt::claims(tokens.text("id_token"))["auth_time"].as_i64().unwrap()
}

#[tokio::test]
async fn s07_prompt_login_asks_somebody_who_is_signed_in_again() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let before = auth_time(&alice.tokens);
    alice.idp.clock.advance(100);
    for prompt in ["login", "login consent", "consent login", "select_account", "login select_account"] {
        let page = alice.browser.visit(alice.idp.authorize_url(&alice.site, &[("prompt", prompt)])).await;
        assert!(page.status == 200 && page.has_form("/login"), "{prompt}: {}", page.body);
        // She can say that she is another person, or is asked who she is to begin with.
        assert_eq!(page.body.contains("id=\"login-switch\""), !prompt.contains("select_account"), "{prompt}");
    }
    let page = alice.browser.visit(alice.idp.authorize_url(&alice.site, &[("prompt", "login")])).await;
    // Opening the page again does not help.
    let again = alice.browser.visit(page.url.as_str()).await;
    assert!(again.has_form("/login"));
    let answer = alice.browser.log_in_as(&again, "alice", PASSWORD).await;
    let tokens = alice.idp.redeem(&alice.site, &answer.redirect_param("code").unwrap()).await;
    assert_eq!(auth_time(&tokens), before + 100);
    // The session is the same one, and so what hangs on it lives.
    let sid = |tokens: &idp_tests::TokenAnswer| jwt::claims(tokens.text("id_token"))["sid"].clone();
    assert_eq!(sid(&tokens), sid(&alice.tokens));
    assert_eq!(alice.idp.refresh(&alice.site, alice.refresh_token()).await.status, 200);
}

#[tokio::test]
async fn s07_a_cancelled_prompt_login_issues_no_code_and_the_next_login_is_its_own() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let bob = alice.idp.add_user("bob").await;
    alice.idp.clock.advance(60);
    let url = alice.idp.authorize_url(&alice.site, &[("prompt", "login")]);
    let page = alice.browser.visit(&url).await;
    let cancelled = alice.browser.press(&page, "cancel", &[]).await;
    assert_eq!(cancelled.status, 303);
    assert_eq!(cancelled.redirect_param("error").as_deref(), Some("access_denied"));
    assert_eq!(cancelled.redirect_param("state").as_deref(), Some("the-state"));
    assert_eq!(cancelled.redirect_param("iss"), Some(alice.idp.issuer.clone()));
    assert_eq!(cancelled.redirect_param("code"), None);
    // She is still who she was, since when she was.
    let tokens = alice.grant().await;
    assert_eq!(auth_time(&tokens), auth_time(&alice.tokens));

    // Bob signs in on the very same page: a session of his own, and hers is over.
    let answer = alice.browser.log_in_as(&page, "bob", PASSWORD).await;
    let tokens_of_bob = alice.idp.redeem(&alice.site, &answer.redirect_param("code").unwrap()).await;
    let (hers, his) = (jwt::claims(alice.id_token()), jwt::claims(tokens_of_bob.text("id_token")));
    assert_eq!(his["sub"], bob.to_string());
    assert_ne!(his["sid"], hers["sid"]);
    assert_eq!(alice.idp.refresh(&alice.site, alice.refresh_token()).await.refusal(), (400, "invalid_grant"));
    assert_eq!(alice.idp.userinfo(alice.access_token()).await.status, 401);
    assert_eq!(alice.idp.userinfo(tokens_of_bob.text("access_token")).await.text("sub"), bob.to_string());
}

#[tokio::test]
async fn s07_max_age_asks_again_when_the_sign_in_is_older_and_auth_time_is_honest() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let url = |max_age: &str| alice.idp.authorize_url(&alice.site, &[("max_age", max_age)]);
    alice.idp.clock.advance(1000);
    for young_enough in ["1000", "1001", "999999999999"] {
        let answer = alice.browser.open(url(young_enough)).await;
        assert!(answer.redirect_param("code").is_some(), "{young_enough}: {answer:?}");
    }
    for too_old in ["0", "1", "999"] {
        assert!(alice.browser.visit(url(too_old)).await.has_form("/login"), "{too_old}");
        let silent = alice.idp.authorize_url(&alice.site, &[("max_age", too_old), ("prompt", "none")]);
        let answer = alice.browser.open(silent).await;
        assert_eq!(answer.redirect_param("error").as_deref(), Some("login_required"), "{too_old}");
    }
    for nonsense in ["-1", "x", "1.5", "1e3", "+5", " 5", "0x10", "9999999999999", "１"] {
        let answer = alice.browser.open(url(nonsense)).await;
        assert_eq!(answer.redirect_param("error").as_deref(), Some("invalid_request"), "{nonsense}");
        assert_eq!(answer.redirect_param("code"), None);
    }
    let page = alice.browser.visit(url("0")).await;
    let answer = alice.browser.log_in_as(&page, "alice", PASSWORD).await;
    let tokens = alice.idp.redeem(&alice.site, &answer.redirect_param("code").unwrap()).await;
    assert_eq!(auth_time(&tokens), alice.idp.now());
}

#[tokio::test]
async fn s07_prompt_none_shows_no_page_ever() {
    let idp = TestIdp::start().await;
    let site = ClientSpec::confidential("site-a").with_consent();
    idp.add_client(&site).await;
    idp.add_user("alice").await;
    let browser = idp.browser();
    let error = |answer: &Answer| answer.redirect_param("error").unwrap_or_default();
    let silent = idp.authorize_url(&site, &[("prompt", "none")]);
    assert_eq!(error(&browser.open(&silent).await), "login_required");
    for contradiction in
        ["none login", "login none", "none consent", "none none", "none ", "nonsense", "NONE"]
    {
        let answer = browser.open(idp.authorize_url(&site, &[("prompt", contradiction)])).await;
        assert_eq!(error(&answer), "invalid_request", "{contradiction:?}");
    }
    let page = browser.visit(idp.authorize_url(&site, &[])).await;
    let consent = browser.log_in_as(&page, "alice", PASSWORD).await;
    assert_eq!(error(&browser.open(&silent).await), "consent_required");
    let consent = browser.follow(consent).await;
    assert!(browser.press(&consent, "allow", &[]).await.redirect_param("code").is_some());
    assert!(browser.open(&silent).await.redirect_param("code").is_some());
}

#[tokio::test]
async fn s19_every_answer_to_a_post_is_303_and_carries_nothing_of_what_was_posted() {
    let idp = TestIdp::start().await;
    let (site, browser, page) = at_the_door(&idp).await;
    let url = idp.authorize_url(&site, &[]);
    let query = url.split_once('?').unwrap().1.to_owned();
    let signed_in = browser.log_in_as(&page, "alice", PASSWORD).await;
    let wrong = idp.browser();
    let page = wrong.visit(&url).await;
    let refused = wrong.press(&page, "cancel", &[("username", "alice"), ("password", PASSWORD)]).await;
    let posted = browser.send(reqwest::Method::POST, &idp.url("/authorize"), Some(query), &[]).await;
    let ended = browser.post(idp.url("/end-session"), &[]).await;
    for answer in [signed_in, refused, posted, ended] {
        assert_eq!(answer.status, 303, "{answer:?}");
        let location = answer.location().unwrap().to_string();
        assert!(!location.contains("correct") && !answer.body.contains("correct"), "{location}");
    }
    assert_eq!(wrong.log_in_as(&page, "alice", "wrong").await.status, 422, "no redirect at all");
}

/// A page without what differs each time: tokens, ids, and the name that was typed.
fn same_again(answer: &Answer, typed: &str) -> (u16, Vec<(String, String)>, String) {
    let body = answer.without_seals().replace(typed, "TYPED").replace(answer.header("x-request-id"), "ID");
    let varying = ["date", "x-request-id", "content-length"];
    let headers = answer.headers.iter().filter(|(name, _)| !varying.contains(&name.as_str()));
    let mut headers: Vec<_> =
        headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    headers.sort();
    (answer.status, headers, body)
}

/// An address of Alice that is not verified.
async fn say_that_it_is_hers(idp: &TestIdp, address: &str) {
    let addresses = vec![AddressChange::Add(MailAddress::parse(address).unwrap())];
    let change = UserChange { addresses, ..UserChange::default() };
    let alice = Username::parse("alice").unwrap();
    idp.operator().change_user(&alice, change, idp.clock.now()).await.unwrap();
}

async fn disable(idp: &TestIdp, user: Uuid) {
    let target = Target::DisabledUser(user);
    let now = idp.clock.now();
    idp.app.store.revoke(target, EndCause::UserDisabled, AuditContext::default(), now).await.unwrap();
    let status = idp.db.read(move |connection| users::by_id(connection, user)).await.unwrap().unwrap().status;
    assert_eq!(status, UserStatus::Disabled);
}

#[tokio::test]
async fn s80_a_stranger_cannot_tell_who_has_an_account() {
    let idp = TestIdp::start().await;
    let (site, ..) = at_the_door(&idp).await;
    let disabled = idp.add_user("disabled").await;
    disable(&idp, disabled).await;
    say_that_it_is_hers(&idp, "said@example.org").await;
    let browser = idp.browser();
    let page = browser.visit(idp.authorize_url(&site, &[])).await;
    let expected = same_again(&browser.log_in_as(&page, "nobody", "wrong").await, "nobody");
    assert_eq!(expected.0, 422);
    let cases = [
        ("alice", "wrong"),
        ("alice", "CORRECT HORSE BATTERY STAPLE"),
        ("alice@example.org", "wrong"),
        ("said@example.org", PASSWORD),
        ("disabled", "wrong"),
        ("disabled", PASSWORD),
        ("root@example.org", PASSWORD),
        ("no body", PASSWORD),
        ("zero\u{200b}width", PASSWORD),
        ("no\u{7}bell", PASSWORD),
        ("%", PASSWORD),
    ];
    for (name, password) in cases {
        let page = browser.visit(idp.authorize_url(&site, &[])).await;
        let answer = browser.log_in_as(&page, name, password).await;
        let shown = if name.contains('\u{7}') || name.contains('\u{200b}') {
            answer.input("username")
        } else {
            name.to_owned()
        };
        assert_eq!(same_again(&answer, &shown), expected, "{name:?}");
    }
    // Locked: known, unknown and disabled accounts lock alike.
    let mut locked = Vec::new();
    for name in ["alice", "nobody", "disabled"] {
        for _ in 0..12 {
            let _ = browser.log_in_as(&page, name, "wrong").await;
        }
        let answer = browser.log_in_as(&page, name, PASSWORD).await;
        assert_eq!(answer.status, 429, "{name}");
        locked.push(same_again(&answer, name));
    }
    assert!(locked.windows(2).all(|pair| pair[0] == pair[1]), "{locked:?}");
}

/// The time of an attempt that nothing disturbed much: other work on the machine only ever adds to it.
fn lower_quartile(times: &[f64]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 4]
}

/// Times thirty-two more attempts at each. An attempt is slower or faster by what was tried just before it, so each comes
/// as often after each other one: the steps from one to the next change from round to round. (The number of `tries` is
/// prime, so that every step reaches all of them.)
async fn measure(browser: &Browser, page: &Answer, tries: &[(&str, &str)], times: &mut [Vec<f64>]) {
    for round in 0..32 {
        let step = 1 + round % (tries.len() - 1);
        for place in 0..tries.len() {
            let case = (round + place * step) % tries.len();
            let (name, password) = tries[case];
            let begun = Stopwatch::start();
            let answer = browser.log_in_as(page, name, password).await;
            times[case].push(begun.elapsed().as_secs_f64());
            assert_eq!(answer.status, 422, "{answer:?}");
        }
    }
}

#[tokio::test]
async fn s80_the_clock_does_not_tell_either() {
    let idp = TestIdp::start_with(|config| {
        config.password = PasswordConfig::default();
        (config.throttle.account_burst, config.throttle.address_burst) = (100_000, 100_000);
    })
    .await;
    let (site, ..) = at_the_door(&idp).await;
    let disabled = idp.add_user("disabled").await;
    disable(&idp, disabled).await;
    let tries = [
        ("alice", "wrong"),
        ("nobody", PASSWORD),
        ("disabled", PASSWORD),
        ("not a name", PASSWORD),
        ("alice@example.org", "wrong"),
        ("said@example.org", PASSWORD),
        ("alice", ""),
    ];
    say_that_it_is_hers(&idp, "said@example.org").await;
    let browser = idp.browser();
    let page = browser.visit(idp.authorize_url(&site, &[])).await;
    let (mut times, mut ratios) = (vec![Vec::new(); tries.len()], Vec::new());
    for _ in 0..10 {
        measure(&browser, &page, &tries, &mut times).await;
        ratios = times.iter().map(|case| lower_quartile(case) / lower_quartile(&times[0])).collect();
        let unhashed = ratios.pop().unwrap();
        assert!(unhashed < 0.7, "a hash is computed for each, and for an empty password none: {unhashed}");
        if ratios.iter().all(|ratio| (0.9..=1.1).contains(ratio)) {
            return;
        }
    }
    panic!("an attempt takes longer for some accounts than for others: {ratios:?}");
}

#[tokio::test]
async fn s86_every_letter_of_a_password_counts_and_the_keyboard_does_not() {
    let idp = TestIdp::start_with(|config| config.throttle.enabled = false).await;
    let (site, ..) = at_the_door(&idp).await;
    let user = idp.add_user(&"a-long-name-".repeat(16)).await;
    let name = "a-long-name-".repeat(16);
    let long = "x".repeat(1024);
    let almost = format!("{}y", "x".repeat(1023));
    // What is right, and what looks like it.
    let cases: &[(&str, &[&str])] = &[
        ("a", &["A", "a ", " a", "aa"]),
        (&long[..64], &[&long[..63], &long[..65], &long[..72]]),
        (&long[..128], &[&long[..127], &long[..72]]),
        (&long, &[&long[..1023], &almost]),
        ("  spaces  kept ", &["spaces  kept", "  spaces  kept", "  spaces kept "]),
        ("with\0nul", &["with", "with\0", "with\0nuL", "withnul"]),
        ("\0", &["\0\0", " "]),
        ("caf\u{e9}", &["cafe", "CAF\u{c9}", "caf\u{e8}"]),
        ("👩‍👩‍👧‍👦 🔑", &["👩👩👧👦 🔑", "👩‍👩‍👧‍👦", "🔑"]),
        ("%41&+=;\r\n\t\"'<>", &["A&+=;\r\n\t\"'<>", "%41&+=;\n\t\"'<>", "%41& =;\r\n\t\"'<>"]),
        ("密码很长也没关系", &["密码很长也没关"]),
        ("ｆｕｌｌ", &["full"]),
    ];
    for (right, wrong) in cases {
        give_password(&idp, user, right).await;
        for wrong in *wrong {
            let browser = idp.browser();
            let page = browser.visit(idp.authorize_url(&site, &[])).await;
            assert_eq!(browser.log_in_as(&page, &name, wrong).await.status, 422, "{wrong:?} for {right:?}");
        }
        let browser = idp.browser();
        let page = browser.visit(idp.authorize_url(&site, &[])).await;
        let answer = browser.log_in_as(&page, &name, right).await;
        assert!(answer.redirect_param("code").is_some(), "{right:?}: {answer:?}");
    }
    // The same keys on another device: composed or not, and another space (RFC 8265 4.2).
    for (set, typed) in [
        ("caf\u{e9} noir", "cafe\u{301}\u{a0}noir"),
        ("cafe\u{301} noir", "caf\u{e9} noir"),
        ("两\u{3000}词", "两 词"),
    ] {
        give_password(&idp, user, set).await;
        let browser = idp.browser();
        let page = browser.visit(idp.authorize_url(&site, &[])).await;
        let answer = browser.log_in_as(&page, &name, typed).await;
        assert!(answer.redirect_param("code").is_some(), "{typed:?} for {set:?}: {answer:?}");
    }
}

#[tokio::test]
async fn s86_a_password_that_is_too_long_is_refused_before_it_is_tried_and_never_cut() {
    let idp = TestIdp::start_with(|config| config.throttle.enabled = false).await;
    let (site, ..) = at_the_door(&idp).await;
    let name = "carol";
    let user = idp.add_user("carol").await;
    let long = "x".repeat(1024);
    let failed = |idp: &TestIdp| {
        let db = idp.db.clone();
        async move {
            db.read(|c| {
                idp_server::db::audit_events::count(c, idp_server::db::audit_events::AuditEvent::SignInFailed)
            })
            .await
            .unwrap()
        }
    };
    let before = failed(&idp).await;
    give_password(&idp, user, &long).await;
    let browser = idp.browser();
    let page = browser.visit(idp.authorize_url(&site, &[])).await;
    for length in [1025, 1026, 4096, 20_000] {
        let answer = browser.log_in_as(&page, name, &"x".repeat(length)).await;
        assert_eq!(answer.status, 400, "{length} bytes");
    }
    let emoji = "🔑".repeat(257);
    assert_eq!(browser.log_in_as(&page, name, &emoji).await.status, 400, "bytes count, not characters");
    let huge = browser.log_in_as(&page, name, &"x".repeat(1024 * 1024)).await;
    assert_eq!(huge.status, 413);
    assert_eq!(failed(&idp).await, before, "nothing was tried");
}
