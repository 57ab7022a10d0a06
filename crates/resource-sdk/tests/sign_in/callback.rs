//! The provider's answer: whose it is, once, and from where.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;

use crate::{browser::Browser, provider::SUBJECT, world::World};

#[actix_web::test]
async fn a_person_signs_in_and_nothing_of_the_attempt_stays() {
    let world = World::new();
    assert!(!world.is_member().await);
    world.sign_in("/auth").await;
    let page = world.browser.go("/members").await;
    assert!(page.body.starts_with(&format!("{SUBJECT} Ada <Example>")), "{}", page.body);
    let kept: Vec<_> = world.browser.kept("").into_iter().map(|(name, _)| name).collect();
    assert_eq!(kept, ["__Host-auth.browser", "__Host-auth.session"]);
}

#[actix_web::test]
async fn s33_state_absent_wrong_or_of_another_browser_signs_nobody_in() {
    let world = World::new();
    let issuer = world.provider.issuer.clone();
    let asked = world.ask("/auth", "/members").await;
    let code = world.provider.code_for(&asked.challenge, &asked.nonce);
    let twice = [("code", &*code), ("state", &asked.state), ("state", &asked.state), ("iss", &issuer)];
    for parameters in [
        &[("code", &*code), ("iss", &issuer)][..],
        &[("code", &*code), ("state", ""), ("iss", &issuer)],
        &[("code", &*code), ("state", "wrong"), ("iss", &issuer)],
        &twice,
    ] {
        let refused = world.browser.go(&world.answer("/auth", parameters)).await;
        assert!(world.is_sent_to_provider(&refused), "{parameters:?}");
        assert!(world.browser.kept("session").is_empty());
    }
    assert_eq!(
        world.provider.behave().redemptions,
        0,
        "a fresh start, and no code was shown to the provider"
    );

    // Another browser brings an answer that is good in ours.
    let stranger = Browser::new(&world.origin);
    let good = world.answer("/auth", &[("code", &code), ("state", &asked.state), ("iss", &issuer)]);
    assert!(world.is_sent_to_provider(&stranger.go(&good).await));
    assert!(stranger.kept("session").is_empty());
    assert_eq!(world.provider.behave().redemptions, 0);
    assert_eq!(world.browser.go(&good).await.location(), "/members");
}

#[actix_web::test]
async fn s33_an_answer_with_a_repeated_parameter_is_none() {
    let world = World::new();
    for repeated in ["&error=a&error=b", "&code=x", "&iss=x"] {
        let asked = world.ask("/auth", "/members").await;
        let answer = world.good_answer("/auth", &asked) + repeated;
        assert_eq!(world.browser.go(&answer).await.status, 400, "{repeated}");
        assert!(world.browser.kept("session").is_empty());
    }
}

#[actix_web::test]
async fn s33_an_answer_counts_once() {
    let world = World::new();
    let asked = world.ask("/auth", "/members").await;
    let good = world.good_answer("/auth", &asked);
    assert_eq!(world.browser.go(&good).await.status, 303);
    let session = world.browser.kept("session");
    // Again, and with a fresh code for the same state.
    for again in [&good, &world.good_answer("/auth", &asked)] {
        assert_eq!(world.browser.go(again).await.location(), "/members");
        assert_eq!(world.browser.kept("session"), session);
    }
    assert_eq!(world.provider.behave().redemptions, 1);
}

#[actix_web::test]
async fn b3_the_same_answer_many_times_at_once_is_one_sign_in() {
    for (mount, cookie) in [("/auth", "auth.session"), ("/app/auth", "auth.refresh")] {
        let world = World::new();
        world.provider.behave().delay = Duration::from_millis(50);
        let asked = world.ask(mount, "/members").await;
        let good = world.good_answer(mount, &asked);
        let answers = join_all((0..10).map(|_| world.browser.go(&good))).await;
        for answer in &answers {
            assert_eq!((answer.status.as_u16(), answer.location()), (303, "/members"), "{}", answer.body);
            assert_eq!(answer.set_cookies(), answers[0].set_cookies());
        }
        assert_eq!(world.provider.behave().redemptions, 1);
        assert_eq!(world.browser.kept(cookie).len(), 1);
    }
}

#[actix_web::test]
async fn b3_an_answer_that_got_lost_is_given_again_to_the_same_browser_alone() {
    let world = World::new();
    let asked = world.ask("/auth", "/members").await;
    let good = world.good_answer("/auth", &asked);
    let before = world.browser.cookies();
    let first = world.browser.go(&good).await;
    world.browser.restore(&before);
    let again = world.browser.go(&good).await;
    assert_eq!((again.status, again.set_cookies()), (first.status, first.set_cookies()));
    assert!(world.is_member().await);

    // Another answer of the provider for the same transaction, and another browser.
    world.browser.restore(&before);
    let other = world.good_answer("/auth", &asked);
    assert!(world.is_sent_to_provider(&world.browser.go(&other).await));
    assert!(world.is_sent_to_provider(&Browser::new(&world.origin).go(&good).await));
    assert_eq!(world.provider.behave().redemptions, 1);
}

#[actix_web::test]
async fn b3_a_request_that_is_given_up_spends_the_code_once() {
    let world = World::new();
    world.provider.behave().delay = Duration::from_millis(300);
    let asked = world.ask("/auth", "/members").await;
    let good = world.good_answer("/auth", &asked);
    let given_up = tokio::time::timeout(Duration::from_millis(100), world.browser.go(&good)).await;
    assert!(given_up.is_err());
    assert_eq!(world.browser.go(&good).await.status, 303);
    assert_eq!(world.provider.behave().redemptions, 1);
    assert!(world.is_member().await);
}

#[actix_web::test]
async fn b3_a_failure_is_shared_too() {
    let world = World::new();
    world.provider.behave().change_id_token = Some(Box::new(|claims| claims["nonce"] = "x".into()));
    let asked = world.ask("/auth", "/members").await;
    let forged = world.good_answer("/auth", &asked);
    let answers = join_all((0..3).map(|_| world.browser.go(&forged))).await;
    assert!(answers.iter().all(|answer| answer.status == 400 && answer.body == answers[0].body));
    assert_eq!(world.provider.behave().redemptions, 1);
    assert!(world.browser.kept("session").is_empty());
}

#[actix_web::test]
async fn s33_state_is_consumed_by_a_failure_too() {
    let world = World::new();
    let asked = world.ask("/auth", "/members").await;
    let denied = [("error", "access_denied"), ("state", &asked.state), ("iss", &world.provider.issuer)];
    assert_eq!(world.browser.go(&world.answer("/auth", &denied)).await.status, 200);
    assert!(world.is_sent_to_provider(&world.browser.go(&world.good_answer("/auth", &asked)).await));
    assert_eq!(world.provider.behave().redemptions, 0);
}

#[actix_web::test]
async fn s09_another_issuer_or_none_is_refused_beside_code_and_error() {
    let world = World::new();
    let issuer = world.provider.issuer.clone();
    let slash = format!("{issuer}/");
    for foreign in [None, Some("https://evil.example"), Some(""), Some(&*slash)] {
        for beside in [("code", "x"), ("error", "access_denied")] {
            let asked = world.ask("/auth", "/members").await;
            let code = world.provider.code_for(&asked.challenge, &asked.nonce);
            let beside = if beside.0 == "code" { ("code", &*code) } else { beside };
            let mut parameters = vec![beside, ("state", &asked.state)];
            parameters.extend(foreign.map(|foreign| ("iss", foreign)));
            let refused = world.browser.go(&world.answer("/auth", &parameters)).await;
            assert_eq!(refused.status, 400, "{foreign:?} {beside:?}");
            assert!(world.browser.kept("session").is_empty());
        }
    }
    let asked = world.ask("/auth", "/members").await;
    let twice = [("code", "x"), ("state", &asked.state), ("iss", &issuer), ("iss", "https://evil.example")];
    assert_eq!(world.browser.go(&world.answer("/auth", &twice)).await.status, 400);
}

#[actix_web::test]
async fn s17_an_injected_code_fails_by_pkce_and_by_nonce() {
    let world = World::new();
    for ignores_pkce in [false, true] {
        world.provider.behave().ignores_pkce = ignores_pkce;
        // The victim's code, for the victim's challenge and nonce, in the attacker's session.
        let victims = world.provider.code_for("victims-challenge", "victims-nonce");
        let asked = world.ask("/auth", "/members").await;
        let injected = world
            .answer("/auth", &[("code", &victims), ("state", &asked.state), ("iss", &world.provider.issuer)]);
        let refused = world.browser.go(&injected).await;
        // By PKCE at the provider, whose refusal is that of an old code; by the nonce here.
        assert!(if ignores_pkce { refused.status == 400 } else { world.is_sent_to_provider(&refused) });
        assert!(world.browser.kept("session").is_empty());
    }
}

#[actix_web::test]
async fn s64_interleaved_sign_ins_each_end_at_their_own_page() {
    let world = World::new();
    let first = world.ask("/auth", "/one").await;
    let second = world.ask("/auth", "/two").await;
    let third = world.ask("/app/auth", "/three").await;
    assert_ne!(first.state, second.state);
    for (mount, asked, page) in
        [("/auth", second, "/two"), ("/app/auth", third, "/three"), ("/auth", first, "/one")]
    {
        let arrived = world.browser.go(&world.good_answer(mount, &asked)).await;
        assert_eq!((arrived.status.as_u16(), arrived.location()), (303, page));
    }
}

#[actix_web::test]
async fn s64_a_forgotten_heap_of_tabs_leaves_one_cookie() {
    let world = World::new();
    for _ in 0..40 {
        world.ask("/auth", "/").await;
    }
    assert_eq!(world.browser.kept("").len(), 1);
    assert!(world.browser.cookies_for("/").len() < 200);
}

#[actix_web::test]
async fn s68_a_target_outside_the_site_is_none() {
    let world = World::new();
    for target in [
        "https://evil.example",
        "//evil.example",
        "/%5Cevil.example",
        "/%09/evil.example",
        "javascript:alert(1)",
        "/auth/login",
        "/auth/logged-out",
        "/.//evil.example",
    ] {
        let asked = world.ask("/auth", target).await;
        let arrived = world.browser.go(&world.good_answer("/auth", &asked)).await;
        assert_eq!(arrived.location(), "/", "{target}");
    }
}

#[actix_web::test]
async fn a_provider_that_is_away_leads_to_a_page_and_not_to_an_error_of_the_browser() {
    let world = World::new();
    let asked = world.ask("/auth", "/members").await;
    let good = world.good_answer("/auth", &asked);
    world.provider.stop().await;
    let answer = world.browser.go(&good).await;
    assert_eq!(answer.status, 503);
    assert!(answer.body.contains("/auth/login?return_to=%2Fmembers"));
    assert!(answer.headers["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
}

#[actix_web::test]
async fn sign_in_is_asked_for_as_the_standards_say() {
    let world = World::new();
    let sent = world.browser.go("/auth/login?return_to=/members").await;
    assert_eq!(sent.parameter("response_type"), "code");
    assert_eq!(sent.parameter("code_challenge_method"), "S256");
    assert_eq!(sent.parameter("scope"), "openid profile");
    assert_eq!(sent.parameter("redirect_uri"), format!("{}/auth/callback", world.origin));
    assert_eq!(sent.parameter("prompt"), "");
    assert!(sent.parameter("state").len() >= 43 && sent.parameter("nonce").len() >= 43);
    assert_eq!(sent.headers["cache-control"], "no-store");
    let embedded = world.browser.send(Method::GET, "/auth/login", &[("sec-fetch-dest", "iframe")], None);
    assert_eq!(embedded.await.status, 400);
}

#[actix_web::test]
async fn tokens_under_a_key_that_is_not_known_yet_are_the_providers_trouble() {
    let world = World::new();
    world.provider.behave().uses_new_key = true;
    let asked = world.ask("/auth", "/members").await;
    let answer = world.browser.go(&world.good_answer("/auth", &asked)).await;
    assert_eq!(answer.status, 503, "{}", answer.body);
    assert!(world.browser.kept("session").is_empty());
}

#[actix_web::test]
async fn s33_an_answer_of_another_browser_costs_it_nothing_and_gives_nothing() {
    let world = World::new();
    world.visit("/members").await;
    // The attacker signs in at the provider and keeps the answer for the victim.
    let attacker = Browser::new(&world.origin);
    let asked = world.asked_by(&attacker.go("/auth/login?return_to=/attackers-page").await);
    let answer = world.good_answer("/auth", &asked);
    let lured = world.browser.go(&answer).await;
    assert!(world.is_sent_to_provider(&lured));
    let own = world.asked_by(&lured);
    assert!(own.challenge != asked.challenge && own.nonce != asked.nonce && own.state != asked.state);
    assert_eq!(world.redemptions(), 0);
    assert!(world.browser.kept("session").is_empty());
    // A person who is signed in is led to a page of the site, by a link that a stranger could have sent.
    world.sign_in("/auth").await;
    let session = world.browser.kept("session");
    let lured = world.browser.go(&answer).await;
    assert_eq!((lured.location(), world.redemptions()), ("/attackers-page", 1));
    assert_eq!(world.browser.kept("session"), session);
    assert_eq!(attacker.go(&answer).await.location(), "/attackers-page");
}

#[actix_web::test]
async fn s33_a_secret_of_the_browser_cannot_be_moved_or_made() {
    let world = World::new();
    let asked = world.visit("/members").await;
    let (name, ours) = world.browser.kept("browser").remove(0);
    world.ask("/app/auth", "/members").await;
    let (_, of_other_mount) =
        world.browser.kept("browser").into_iter().find(|(found, _)| *found != name).unwrap();
    for planted in ["", "x", &of_other_mount, &ours[1..]] {
        world.browser.plant(&name, planted);
        let arrived = world.browser.go(&world.good_answer("/auth", &asked)).await;
        assert!(world.is_sent_to_provider(&arrived), "{planted}");
    }
    assert_eq!(world.redemptions(), 0);
    world.browser.plant(&name, &ours);
    assert_eq!(world.browser.go(&world.good_answer("/auth", &asked)).await.location(), "/members");
}

#[actix_web::test]
async fn s33_a_callback_in_a_frame_or_by_script_is_none() {
    let world = World::new();
    let asked = world.visit("/members").await;
    let good = world.good_answer("/auth", &asked);
    for headers in [[("sec-fetch-dest", "iframe")], [("sec-fetch-mode", "cors")]] {
        let refused = world.browser.send(Method::GET, &good, &headers, None).await;
        assert_eq!(refused.status, 400, "{headers:?}");
    }
    assert_eq!(world.redemptions(), 0);
    assert_eq!(world.browser.go(&good).await.location(), "/members", "nothing was spent");
}
