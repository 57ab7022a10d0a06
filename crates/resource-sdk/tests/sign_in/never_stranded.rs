//! Back, reload, bookmarks, restored tabs and any number of them: each ends where the person wanted to go, or at a
//! fresh start of the same sign-in. Never does a code go out twice, and never does a browser go round in circles.

use futures_util::future::join_all;
use reqwest::StatusCode;

use crate::{
    browser::{Answer, Browser},
    provider::SESSION,
    world::{SiteOptions, World},
};

const DAY: u64 = 24 * 3600;

impl World {
    /// A browser goes on until a page is shown; the provider knows the person.
    async fn follow(&self, browser: &Browser, first: Answer) -> (Vec<String>, Answer) {
        let (mut answer, mut way) = (first, Vec::new());
        while answer.status == StatusCode::SEE_OTHER {
            assert!(way.len() < 12, "round in circles: {way:#?}");
            let path = if self.is_sent_to_provider(&answer) {
                way.push("provider".to_owned());
                self.good_answer("/auth", &self.asked_by(&answer))
            } else {
                way.push(answer.location().to_owned());
                answer.location().to_owned()
            };
            answer = browser.go(&path).await;
        }
        (way, answer)
    }
}

#[actix_web::test]
async fn p1_back_to_the_sign_in_page_ends_at_the_page_that_was_wanted() {
    let world = World::new();
    let asked = world.visit("/members?a=b").await;
    let arrived = world.browser.go(&world.good_answer("/auth", &asked)).await;
    assert_eq!(arrived.location(), "/members?a=b");
    // Back, and the provider answers the same request once more; also hours later.
    for _ in 0..3 {
        let again = world.browser.go(&world.good_answer("/auth", &asked)).await;
        assert_eq!((again.status.as_u16(), again.location()), (303, "/members?a=b"));
        world.advance(20 * 3600);
    }
    assert_eq!(world.redemptions(), 1, "who is signed in needs no code");
}

#[actix_web::test]
async fn p1_back_after_signing_out_is_a_fresh_start_of_the_same_request() {
    let world = World::new();
    let asked = world.visit("/members?a=b").await;
    world.browser.go(&world.good_answer("/auth", &asked)).await;
    world.browser.forget("session");
    let again = world.browser.go(&world.good_answer("/auth", &asked)).await;
    assert!(world.is_sent_to_provider(&again));
    let (way, page) = world.follow(&world.browser, again).await;
    assert_eq!((way, page.status.as_u16()), (vec!["provider".to_owned(), "/members?a=b".to_owned()], 200));
}

#[actix_web::test]
async fn p1_a_bookmarked_sign_in_page_is_good_for_ever() {
    let world = World::new();
    let asked = world.visit("/members?a=b").await;
    world.advance(400 * DAY);
    // In the browser that made it, and in one that knows nothing.
    for browser in [&world.browser, &Browser::new(&world.origin)] {
        let late = browser.go(&world.good_answer("/auth", &asked)).await;
        assert!(world.is_sent_to_provider(&late));
        assert_eq!(world.redemptions(), 0);
        let (way, page) = world.follow(browser, late).await;
        assert_eq!((way, page.status.as_u16()), (vec!["provider".into(), "/members?a=b".into()], 200));
        world.provider.behave().redemptions = 0;
    }
    // Signed in by now, it leads there at once.
    let late = world.browser.go(&world.good_answer("/auth", &asked)).await;
    assert_eq!((late.location(), world.redemptions()), ("/members?a=b", 0));
}

#[actix_web::test]
async fn p1_the_address_of_the_callback_alone_leads_on() {
    let world = World::new();
    for query in ["", "?", "?state=", "?state=x", "?code=x&state=0AAAA", "?error=access_denied"] {
        let browser = Browser::new(&world.origin);
        let stranger = browser.go(&format!("/auth/callback{query}")).await;
        assert!(world.is_sent_to_provider(&stranger), "{query}");
        let (_, page) = world.follow(&browser, stranger).await;
        assert_eq!(page.body, "user-1", "{query}");
        let signed_in = browser.go(&format!("/auth/callback{query}")).await;
        assert_eq!(signed_in.location(), "/", "{query}");
    }
}

#[actix_web::test]
async fn p1_a_page_that_says_no_may_be_reloaded() {
    let world = World::new();
    let asked = world.visit("/members").await;
    let denied = [("error", "access_denied"), ("state", &asked.state), ("iss", &world.provider.issuer)];
    let denied = world.answer("/auth", &denied);
    assert_eq!(world.browser.go(&denied).await.status, 200);
    for _ in 0..4 {
        let asked = world.asked_by(&world.browser.go(&denied).await);
        assert!(asked.state.starts_with('0'), "a person may come as often as they like");
    }
}

#[actix_web::test]
async fn p1_p3_an_answer_is_taken_for_a_day_and_leads_on_after_that() {
    for (age, is_taken) in [(11 * 60, true), (23 * 3600, true), (DAY - 1, true), (DAY, false)] {
        let world = World::new();
        let asked = world.visit("/members?a=b").await;
        world.advance(age);
        let arrived = world.browser.go(&world.good_answer("/auth", &asked)).await;
        assert_eq!(arrived.location() == "/members?a=b", is_taken, "{age}");
        assert_eq!(world.redemptions(), usize::from(is_taken));
        let (way, page) = world.follow(&world.browser, arrived).await;
        assert_eq!((way.last().unwrap().as_str(), page.status.as_u16()), ("/members?a=b", 200));
    }
}

#[actix_web::test]
async fn p1_a_process_that_began_anew_takes_the_answer_that_the_old_one_asked_for() {
    let mut world = World::new();
    let asked = world.visit("/members").await;
    world.restart(SiteOptions::default()).await;
    assert_eq!(world.browser.go(&world.good_answer("/auth", &asked)).await.location(), "/members");
    assert!(world.is_member().await);
}

#[actix_web::test]
async fn p1_s33_a_state_under_the_former_key_is_answered_with_its_own_secrets() {
    let mut world = World::new();
    let asked = world.visit("/members").await;
    world.restart(SiteOptions { key: 4, former: Some(3) }).await;
    assert_eq!(world.browser.go(&world.good_answer("/auth", &asked)).await.location(), "/members");
    assert!(world.is_member().await);
    // The browser's own secret went over to the new key.
    world.restart(SiteOptions { key: 4, former: None }).await;
    assert_eq!(world.browser.go(&world.good_answer("/auth", &asked)).await.location(), "/");
    world.browser.forget("session");
    let asked = world.visit("/members").await;
    assert_eq!(world.browser.go(&world.good_answer("/auth", &asked)).await.location(), "/members");
}

#[actix_web::test]
async fn p1_under_a_key_that_is_new_one_begins_anew_and_ends_signed_in() {
    let mut world = World::new();
    let asked = world.visit("/members").await;
    world.restart(SiteOptions { key: 9, former: None }).await;
    let arrived = world.browser.go(&world.good_answer("/auth", &asked)).await;
    let (way, page) = world.follow(&world.browser, arrived).await;
    assert_eq!((way, page.body.as_str()), (vec!["provider".to_owned(), "/".to_owned()], "user-1"));
}

#[actix_web::test]
async fn s33_b3_a_reloaded_callback_sends_no_code_twice_even_after_a_restart() {
    let mut world = World::new();
    let mut answers = Vec::new();
    for _ in 0..8 {
        let asked = world.ask("/auth", "/members").await;
        let answer = world.good_answer("/auth", &asked);
        assert_eq!(world.browser.go(&answer).await.location(), "/members");
        answers.push(answer);
        world.advance(7);
    }
    // Tabs that end at one moment.
    let asked = [world.ask("/auth", "/members").await, world.ask("/auth", "/members").await];
    let at_once = asked.map(|asked| world.good_answer("/auth", &asked));
    world.provider.behave().delay = std::time::Duration::from_millis(50);
    join_all(at_once.iter().map(|answer| world.browser.go(answer))).await;
    answers.extend(at_once);
    assert_eq!(world.redemptions(), 10);
    world.restart(SiteOptions::default()).await;
    for is_signed_in in [true, false] {
        for answer in &answers {
            let again = world.browser.go(answer).await;
            assert_eq!(again.location() == "/members", is_signed_in);
            assert_eq!(world.is_sent_to_provider(&again), !is_signed_in);
        }
        world.browser.forget("session");
    }
    assert_eq!(world.redemptions(), 10);
}

#[actix_web::test]
async fn p1_a_code_that_is_good_no_more_is_a_fresh_start_and_then_a_page() {
    let world = World::new();
    let asked = world.visit("/members").await;
    let old = [("code", "long-gone"), ("state", &asked.state), ("iss", &world.provider.issuer)];
    let arrived = world.browser.go(&world.answer("/auth", &old)).await;
    let (way, page) = world.follow(&world.browser, arrived).await;
    assert_eq!((way, page.status.as_u16()), (vec!["provider".to_owned(), "/members".to_owned()], 200));

    // A provider that never takes one.
    let mut answer = world.browser.go("/auth/login?return_to=/members").await;
    let mut rounds = 0;
    while world.is_sent_to_provider(&answer) {
        rounds += 1;
        let asked = world.asked_by(&answer);
        let bad = [("code", "never"), ("state", &*asked.state), ("iss", &world.provider.issuer)];
        answer = world.browser.go(&world.answer("/auth", &bad)).await;
    }
    assert_eq!((rounds, answer.status.as_u16()), (3, 400));
    assert!(answer.body.contains("/auth/login?return_to=%2Fmembers"), "the way on");
}

#[actix_web::test]
async fn p2_thirty_tabs_end_signed_in_whichever_is_first() {
    for first in [0, 29, 13] {
        let world = World::new();
        let mut tabs = Vec::new();
        for number in 0..30 {
            tabs.push((number, world.visit(&format!("/members?{number}")).await));
            world.advance(2);
        }
        tabs.rotate_left(first);
        for (number, asked) in &tabs {
            let arrived = world.browser.go(&world.good_answer("/auth", asked)).await;
            assert_eq!(arrived.location(), format!("/members?{number}"));
            assert_eq!(world.browser.go(arrived.location()).await.status, 200);
        }
        assert_eq!(world.browser.kept("").len(), 2, "one cookie for all of them, one for the session");
    }
}

#[actix_web::test]
async fn p2_first_visits_at_one_moment_end_signed_in() {
    let world = World::new();
    // A restored session: no tab has a cookie yet, and the browser keeps what came last.
    let empty = world.browser.cookies();
    let mut tabs = Vec::new();
    for number in 0..8 {
        world.browser.restore(&empty);
        tabs.push((number, world.visit(&format!("/members?{number}")).await));
    }
    for (number, asked) in tabs {
        let arrived = world.browser.go(&world.good_answer("/auth", &asked)).await;
        let (way, page) = world.follow(&world.browser, arrived).await;
        assert_eq!((way.last().unwrap(), page.status.as_u16()), (&format!("/members?{number}"), 200));
        assert!(way.len() <= 2, "{way:?}");
    }
}

#[actix_web::test]
async fn p2_another_person_in_another_tab_takes_the_session_over() {
    let world = World::new();
    let (first, second) = (world.visit("/members").await, world.visit("/members").await);
    world.browser.go(&world.good_answer("/auth", &first)).await;
    let before = world.browser.kept("session");
    let change = |claims: &mut serde_json::Value| claims["sub"] = "user-2".into();
    world.provider.behave().change_id_token = Some(Box::new(change));
    world.provider.behave().change_access_token = Some(Box::new(change));
    world.browser.go(&world.good_answer("/auth", &second)).await;
    assert_ne!(world.browser.kept("session"), before);
    assert!(world.browser.go("/members").await.body.starts_with("user-2"));
}

#[actix_web::test]
async fn s35_p4_a_browser_that_keeps_no_cookies_is_told_after_two_rounds() {
    let world = World::new();
    let browser = Browser::without_cookies(&world.origin);
    let first = browser.go("/members?a=b").await;
    let (way, page) = world.follow(&browser, first).await;
    assert_eq!(way.iter().filter(|stop| *stop == "provider").count(), 2, "{way:?}");
    assert_eq!(page.status, 403);
    let host = world.origin.strip_prefix("http://").unwrap();
    assert!(page.body.contains(&format!("kept none for <bdi>{host}</bdi>.")), "{}", page.body);
    let login = format!("{}/auth/login?return_to=%2Fmembers%3Fa%3Db", world.origin);
    assert!(page.body.contains(&login), "the right address: {}", page.body);
    assert!(!page.body.contains("another browser"));
    assert_eq!(world.redemptions(), 0);
}

#[actix_web::test]
async fn s35_processes_that_cannot_read_each_other_are_an_error_of_the_site_after_two_rounds() {
    let world = World::new();
    let other = world.second_process(&SiteOptions { key: 8, former: None });
    let mut answer = world.browser.go("/auth/login?return_to=/members").await;
    let mut rounds = 0;
    while world.is_sent_to_provider(&answer) {
        rounds += 1;
        let back = world.good_answer("/auth", &world.asked_by(&answer));
        // The load balancer sends each request to the other one.
        answer = match rounds % 2 {
            1 => world.browser.go_at(&other, &back).await,
            _ => world.browser.go(&back).await,
        };
    }
    assert_eq!((rounds, answer.status.as_u16(), world.redemptions()), (2, 400, 0));
}

#[actix_web::test]
async fn p4_a_site_under_another_name_brings_the_person_to_the_right_one() {
    let world = World::new();
    // Another name of the same site: cookies that are kept there are not sent to the right one.
    let address = world.origin.replace("127.0.0.1", "localhost");
    let elsewhere = Browser::new(&address);
    let sent = elsewhere.go("/members?a=b").await;
    let asked = world.asked_by(&elsewhere.go(sent.location()).await);
    let arrived = world.browser.go(&world.good_answer("/auth", &asked)).await;
    let (way, page) = world.follow(&world.browser, arrived).await;
    assert_eq!((way, page.status.as_u16()), (vec!["provider".to_owned(), "/members?a=b".to_owned()], 200));
}

#[actix_web::test]
async fn s35_a_silent_round_that_comes_back_late_or_elsewhere_leads_to_its_page() {
    let world = World::new();
    let sent = world.browser.go("/?a=b").await;
    let asked = world.ask_at(sent.location()).await;
    let refused = [("error", "login_required"), ("state", &asked.state), ("iss", &world.provider.issuer)];
    let refused = world.answer("/auth", &refused);
    let stranger = Browser::new(&world.origin);
    assert_eq!(stranger.go(&refused).await.location(), "/?a=b&auth.cookieless");
    world.advance(2 * DAY);
    for _ in 0..2 {
        let late = world.browser.go(&refused).await;
        assert_eq!(late.location(), "/?a=b");
        assert_eq!(world.browser.go(late.location()).await.body, "guest");
    }
    // Where the state is lost, a person who did not want to sign in is not asked to.
    let lost = [("error", "login_required"), ("state", "0AAAA"), ("iss", &*world.provider.issuer)];
    assert_eq!(Browser::new(&world.origin).go(&world.answer("/auth", &lost)).await.location(), "/");
}

#[actix_web::test]
async fn p1_a_scripted_site_leads_on_as_well() {
    let world = World::new();
    let asked = world.ask("/app/auth", "/app").await;
    let good = world.good_answer("/app/auth", &asked);
    assert_eq!(world.browser.go(&good).await.location(), "/app");
    assert_eq!(world.browser.go(&world.good_answer("/app/auth", &asked)).await.location(), "/app");
    // Its cookie does not come along from elsewhere: the provider is asked once more.
    world.browser.forget("bound");
    let again = world.browser.go(&world.good_answer("/app/auth", &asked)).await;
    let asked = world.asked_by(&again);
    assert_eq!(world.browser.go(&world.good_answer("/app/auth", &asked)).await.location(), "/app");
    assert_eq!(world.redemptions(), 2);
}

#[actix_web::test]
async fn p1_a_session_that_the_provider_ended_is_no_reason_to_go_on() {
    let world = World::with_feed();
    let asked = world.visit("/members").await;
    world.browser.go(&world.good_answer("/auth", &asked)).await;
    world.end_session_at_provider().await;
    assert_eq!(world.provider.behave().ended_sessions, [SESSION]);
    let again = world.browser.go(&world.good_answer("/auth", &asked)).await;
    assert!(world.is_sent_to_provider(&again));
    assert!(world.browser.kept("session").is_empty(), "and it is forgotten");
}
