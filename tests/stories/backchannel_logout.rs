//! The sites in a session are told when it ends: for any cause, through any outage, once; no other site is told.

use idp_core::session::EndCause;
use idp_server::app::App;
use idp_server::db::audit_events::AuditContext;
use idp_server::db::logout_deliveries::{self, Delivery, State};
use idp_server::db::{Connection, feed_acknowledgements};
use idp_server::installation::Installation;
use idp_server::outgoing::{NoAnswer, Outgoing};
use idp_server::store::revoke::Target;
use idp_server::task;
use idp_tests::sites::{TestSite, advance_all};
use idp_tests::{Browser, ClientSpec, LogoutReceiver, PASSWORD, TestIdp, eventually, jwt};
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

async fn end(idp: &TestIdp, target: Target) {
    idp.app
        .store
        .revoke(target, EndCause::Administrator, AuditContext::default(), idp.clock.now())
        .await
        .unwrap();
}

/// Everything there is about telling `client`.
async fn deliveries(idp: &TestIdp, client: &ClientSpec) -> Vec<Delivery> {
    let id = client.client.id.clone();
    idp.db.read(move |connection| logout_deliveries::latest_of(connection, &id, 1000)).await.unwrap()
}

/// Waits until each of the deliveries to `client` is as it should be.
async fn wait_until(idp: &TestIdp, client: &ClientSpec, is_so: impl Fn(&Delivery) -> bool) -> Vec<Delivery> {
    eventually("the deliveries are as they should be", async || {
        let found = deliveries(idp, client).await;
        if !found.is_empty() && found.iter().all(&is_so) { Ok(found) } else { Err(found) }
    })
    .await
}

fn is_delivered(delivery: &Delivery) -> bool {
    delivery.state == State::Delivered
}

/// Another node over the same data.
async fn another_node(idp: &TestIdp) -> Arc<App> {
    let Installation { db, master, .. } = Installation::open(&idp.app.config.storage).unwrap();
    App::build(idp.app.config.clone(), db, &master, idp.clock.clone()).await.unwrap()
}

/// A session of a new user, in which `sites` have a grant.
async fn session(idp: &TestIdp, name: &str, sites: &[&ClientSpec]) -> (Uuid, Browser) {
    let user = idp.add_user(name).await;
    let browser = idp.browser();
    for (number, site) in sites.iter().enumerate() {
        if number == 0 {
            browser.sign_in_for_tokens(idp, site, name).await;
        } else {
            let answer = browser.open(idp.authorize_url(site, &[])).await;
            idp.redeem(site, &answer.redirect_param("code").unwrap()).await;
        }
    }
    (user, browser)
}

/// Signs in at a site, and says whether its pages know the person.
async fn enter(browser: &Browser, site: &TestSite) {
    let page = browser.visit(site.url("/auth/login?return_to=/")).await;
    if page.has_form("/login") {
        let answer = browser.log_in_as(&page, "alice", PASSWORD).await;
        browser.follow(answer).await;
    }
    assert!(is_known(browser, site).await);
}

async fn is_known(browser: &Browser, site: &TestSite) -> bool {
    browser.open(site.url("/")).await.body.contains("The alice")
}

#[tokio::test(flavor = "multi_thread")]
async fn m09_a_sign_out_at_one_site_is_known_at_the_other_although_its_token_is_good() {
    let idp = TestIdp::start().await;
    let user = idp.add_user("alice").await;
    let (a, b) = (TestSite::start(&idp, "a", "Site A").await, TestSite::start(&idp, "b", "Site B").await);
    let _sender = task::tell_clients(&idp.app);
    let browser = idp.browser();
    enter(&browser, &a).await;
    enter(&browser, &b).await;

    end(&idp, Target::User(user)).await;
    for site in [&a, &b] {
        wait_until(&idp, &site.spec, is_delivered).await;
        assert!(!is_known(&browser, site).await, "{}", site.base_url);
    }
    // A person who signs in again is let in again.
    advance_all(&idp, &[&a, &b], 1);
    enter(&browser, &b).await;
    assert!(is_known(&browser, &b).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn s72_the_token_says_who_was_signed_out_and_is_good_for_nothing_else() {
    let (idp, receiver) = (TestIdp::start().await, LogoutReceiver::new());
    let _listening = receiver.listen();
    let _sender = task::tell_clients(&idp.app);
    let site = receiver.client("site-a");
    idp.add_client(&site).await;
    let user = idp.add_user("alice").await;
    let browser = idp.browser();
    let tokens = browser.sign_in_for_tokens(&idp, &site, "alice").await;
    end(&idp, Target::User(user)).await;

    let token = receiver.wait_for(1).await.remove(0);
    let header = jwt::header(&token);
    assert_eq!((&header["typ"], &header["alg"]), (&"logout+jwt".into(), &"RS256".into()));
    assert_eq!(header.as_object().unwrap().len(), 3, "and kid: {header}");
    let claims = jwt::claims(&token);
    assert_eq!(claims["iss"], idp.issuer);
    assert_eq!((&claims["aud"], &claims["sub"]), (&"site-a".into(), &user.to_string().into()));
    assert_eq!(claims["sid"], jwt::claims(tokens.text("id_token"))["sid"]);
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 120);
    assert_eq!(claims["events"], serde_json::json!({ EVENT: {} }));
    assert!(claims.get("nonce").is_none() && claims["jti"].is_string());

    // J35: signed by the real key, and no access token, no hint, no refresh token.
    assert_eq!(idp.userinfo(&token).await.status, 401);
    assert!(!idp.is_active(&site, &token).await);
    assert_eq!(idp.refresh(&site, &token).await.refusal(), (400, "invalid_grant"));
    let hinted = format!("{}?id_token_hint={token}", idp.url("/end-session"));
    let asked = idp.browser().open(hinted).await.location();
    assert_eq!(asked.unwrap().as_str(), idp.url("/logged-out"), "as without any hint");
}

#[tokio::test(flavor = "multi_thread")]
async fn s72_whatever_ends_a_session_is_told_once_to_every_site_in_it_and_to_no_other() {
    let (idp, receiver, other) = (TestIdp::start().await, LogoutReceiver::new(), LogoutReceiver::new());
    let _listening = (receiver.listen(), other.listen());
    let _sender = task::tell_clients(&idp.app);
    let (a, b) = (receiver.client("site-a"), receiver.client("site-b"));
    let (stranger, deaf) = (other.client("stranger"), ClientSpec::confidential("deaf"));
    for site in [&a, &b, &stranger, &deaf] {
        idp.add_client(site).await;
    }
    let mut told = BTreeSet::new();
    for (number, name) in ["session", "user", "disabled", "password", "everybody"].into_iter().enumerate() {
        let (user, _) = session(&idp, name, &[&a, &b, &deaf]).await;
        end(
            &idp,
            match name {
                "session" => Target::Session(session_of(&idp, user).await),
                "user" => Target::User(user),
                "disabled" => Target::DisabledUser(user),
                "password" => Target::Password { user, hash: "$argon2id$x".to_owned() },
                _ => Target::Everybody,
            },
        )
        .await;
        let heard = receiver.wait_for(2 * (number + 1)).await;
        for token in &heard[2 * number..] {
            let claims = jwt::claims(token);
            assert_eq!(claims["sub"], user.to_string(), "{name}");
            told.insert((claims["sid"].to_string(), claims["aud"].to_string()));
        }
    }
    assert_eq!(told.len(), 10, "five sessions at two sites");
    for site in [&a, &b] {
        wait_until(&idp, site, is_delivered).await;
    }
    assert_eq!(receiver.received().len(), 10);
    assert_eq!(other.received(), Vec::<String>::new());
    assert_eq!(deliveries(&idp, &deaf).await, []);
}

async fn session_of(idp: &TestIdp, user: Uuid) -> Uuid {
    let open = idp.db.read(move |connection| idp_server::db::sessions::open_of(connection, user)).await;
    open.unwrap().remove(0).0.sid
}

#[tokio::test(flavor = "multi_thread")]
async fn s72_a_site_that_was_down_is_told_when_it_is_back_also_after_a_restart() {
    let (idp, receiver) = (TestIdp::start().await, LogoutReceiver::new());
    let site = receiver.client("site-a");
    idp.add_client(&site).await;
    let (user, _) = session(&idp, "alice", &[&site]).await;
    {
        let _sender = task::tell_clients(&idp.app);
        end(&idp, Target::User(user)).await;
        let failed = wait_until(&idp, &site, |delivery| delivery.last_error.is_some()).await;
        assert_eq!(failed[0].state, State::Pending);
        assert_eq!(failed[0].last_error.as_deref(), Some("the connection failed"));
    }
    let (clock, port) = (idp.clock.clone(), idp.address.port());
    let idp = TestIdp::start_in(idp.stop().await, clock, port, |_| {}).await;
    let _listening = receiver.listen();
    let _sender = task::tell_clients(&idp.app);
    idp.clock.advance(60);
    let delivered = wait_until(&idp, &site, is_delivered).await;
    assert!(delivered[0].attempts >= 2 && delivered[0].delivered_ms.is_some(), "{delivered:?}");
    assert_eq!(receiver.received().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn s106_what_a_node_had_claimed_when_it_died_is_sent_by_another() {
    let (idp, receiver, other) = (TestIdp::start().await, LogoutReceiver::new(), LogoutReceiver::new());
    let _listening = (receiver.listen(), other.listen());
    let (site, other_site) = (receiver.client("site-a"), other.client("site-b"));
    idp.add_client(&site).await;
    idp.add_client(&other_site).await;
    let (user, _) = session(&idp, "alice", &[&site]).await;
    end(&idp, Target::User(user)).await;
    // A node claims it and is gone.
    let (id, now_ms) = (site.client.id.clone(), idp.clock.now_ms());
    let claim = idp.db.write(idp_server::db::Locks::installation(), move |connection| {
        logout_deliveries::claim(connection, &id, 9, now_ms, now_ms + 10_000)
    });
    assert_eq!(claim.await.unwrap().len(), 1);

    let _sender = task::tell_clients(&idp.app);
    idp.clock.advance(9);
    // Twice round: the sender has looked at everything that is due.
    for name in ["bob", "carol"] {
        let (user, _) = session(&idp, name, &[&other_site]).await;
        end(&idp, Target::User(user)).await;
        wait_until(&idp, &other_site, is_delivered).await;
    }
    assert_eq!(receiver.received().len(), 0, "it may be sending still");
    idp.clock.advance(2);
    wait_until(&idp, &site, is_delivered).await;
    assert_eq!(receiver.received().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn s72_a_site_that_does_not_answer_holds_up_nobody_else() {
    let (idp, slow, quick) = (TestIdp::start().await, LogoutReceiver::new(), LogoutReceiver::new());
    let _listening = (slow.listen(), quick.listen());
    slow.never_answer();
    let (slow_site, quick_site) = (slow.client("slow"), quick.client("quick"));
    idp.add_client(&slow_site).await;
    idp.add_client(&quick_site).await;
    for number in 0..8 {
        session(&idp, &format!("person-{number}"), &[&slow_site, &quick_site]).await;
    }
    let _sender = task::tell_clients(&idp.app);
    end(&idp, Target::Everybody).await;
    let told = wait_until(&idp, &quick_site, is_delivered).await;
    assert_eq!((told.len(), quick.received().len()), (8, 8));
    let waiting = slow.received().len();
    assert!(waiting <= 4, "two at a time, however many there are: {waiting}");
    // Its own go on when the first are given up for now.
    slow.wait_for(waiting + 1).await;
    let failed: Vec<Delivery> =
        deliveries(&idp, &slow_site).await.into_iter().filter(|one| one.last_error.is_some()).collect();
    assert!(!failed.is_empty());
    for delivery in failed {
        assert_eq!(delivery.last_error.as_deref(), Some("no answer in time"));
        assert_eq!(delivery.state, State::Pending);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s72_of_two_nodes_one_sends() {
    let (idp, receiver) = (TestIdp::start().await, LogoutReceiver::new());
    let _listening = receiver.listen();
    let site = receiver.client("site-a");
    idp.add_client(&site).await;
    let node = another_node(&idp).await;
    let _senders = (task::tell_clients(&idp.app), task::tell_clients(&node));
    for number in 0..20 {
        session(&idp, &format!("person-{number}"), &[&site]).await;
    }
    end(&idp, Target::Everybody).await;
    let told = wait_until(&idp, &site, is_delivered).await;
    assert_eq!(told.len(), 20);
    assert!(told.iter().all(|delivery| delivery.attempts == 1), "{told:?}");
    let sessions: BTreeSet<String> =
        receiver.received().iter().map(|token| jwt::claims(token)["sid"].to_string()).collect();
    assert_eq!((receiver.received().len(), sessions.len()), (20, 20));
}

#[tokio::test(flavor = "multi_thread")]
async fn s72_a_no_is_final_and_a_redirect_leads_nowhere() {
    let (idp, receiver, trap) = (TestIdp::start().await, LogoutReceiver::new(), LogoutReceiver::new());
    let _listening = (receiver.listen(), trap.listen());
    let site = receiver.client("site-a");
    idp.add_client(&site).await;
    let _sender = task::tell_clients(&idp.app);
    receiver.answer_with(400, None);
    let (user, _) = session(&idp, "alice", &[&site]).await;
    end(&idp, Target::User(user)).await;
    let given_up = wait_until(&idp, &site, |delivery| delivery.state == State::GivenUp).await;
    assert_eq!(given_up[0].attempts, 1);

    receiver.answer_with(307, Some(&trap.uri));
    let (user, _) = session(&idp, "bob", &[&site]).await;
    end(&idp, Target::User(user)).await;
    let is_redirected = |delivery: &Delivery| {
        delivery.state == State::GivenUp || delivery.last_error.as_deref() == Some("answered with status 307")
    };
    wait_until(&idp, &site, is_redirected).await;
    assert_eq!(trap.received(), Vec::<String>::new());
}

#[tokio::test]
async fn s93_the_provider_connects_to_public_addresses_only() {
    let outgoing = Outgoing::new(&Default::default()).unwrap();
    for uri in [
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/logout",
        "https://192.168.1.1:8443/logout",
        "https://172.16.0.1/logout",
        "https://100.64.0.1/logout",
        "https://0.0.0.0/logout",
        "https://[fd00::1]/logout",
        "https://[fe80::1]/logout",
        "https://[::]/logout",
        "https://[::ffff:127.0.0.1]/logout",
        "https://[::ffff:169.254.169.254]/logout",
        "https://[64:ff9b::a9fe:a9fe]/logout",
        "https://0xa9fea9fe/logout",
        "https://2852039166/logout",
        "https://0xa.0.0.1/logout",
    ] {
        let uri = idp_core::backchannel::BackchannelLogoutUri::parse(uri).unwrap();
        assert_eq!(outgoing.post_form(&uri, &[]).await, Err(NoAnswer::AddressNotAllowed), "{uri:?}");
    }
}

/// A site that follows no feed confirms at the back channel: it is reached, and the person is told so.
#[tokio::test]
async fn b7_a_site_that_confirmed_at_the_back_channel_is_shown_as_reached() {
    let idp = TestIdp::start().await;
    let _tasks = task::tell_clients(&idp.app);
    let receivers = [LogoutReceiver::new(), LogoutReceiver::new(), LogoutReceiver::new()];
    let _listening: Vec<_> = receivers.iter().map(LogoutReceiver::listen).collect();
    receivers[2].answer_with(503, None);
    let [one, two, failing] = &receivers;
    let sites = [one.client("site-a"), two.client("site-b"), failing.client("site-c")];
    let plain = ClientSpec::confidential("site-d");
    for site in sites.iter().chain([&plain]) {
        idp.add_client(site).await;
    }
    for (used, words) in [
        (vec![&sites[0]], "Signed out at 1 of 1 site"),
        (vec![&sites[0], &sites[1]], "Signed out at 2 of 2 sites"),
        (vec![&sites[0], &sites[2]], "Signed out at 1 of 2 sites"),
        (vec![&sites[1], &plain], "Signed out at 1 of 2 sites"),
    ] {
        let name = format!("person-{}", used.iter().map(|site| site.id()).collect::<Vec<_>>().join("-"));
        let (_, browser) = session(&idp, &name, &used).await;
        let other = idp.browser();
        other.sign_in(&idp, &plain, &name).await;
        let page = other.open(idp.url("/account/devices")).await;
        let done = other.press(&page, "others", &[]).await;
        let shown = other.follow(done).await;
        assert!(shown.body.contains(words), "{words}: {}", shown.body);
        drop(browser);
    }
}

/// One site confirms by the feed and another at the back channel: both count, in one receipt.
#[tokio::test(flavor = "multi_thread")]
async fn b7_confirmations_of_either_way_count_in_one_receipt() {
    let idp = TestIdp::start().await;
    let _sender = task::tell_clients(&idp.app);
    let receiver = LogoutReceiver::new();
    let _listening = receiver.listen();
    let by_token = receiver.client("site-b");
    idp.add_client(&by_token).await;
    let by_feed = TestSite::start_with(&idp, "a", "Site A", |spec, config| {
        spec.client.metadata.backchannel_logout_uri = None;
        spec.client.metadata.backchannel_logout_session_required = false;
        config.follows_feed = true;
    })
    .await;
    let id = by_feed.spec.client.id.clone();
    eventually("the site listens", async || {
        let (id, now) = (id.clone(), idp.now());
        let listens =
            move |connection: &mut Connection| feed_acknowledgements::connected(connection, &[id], now);
        !idp.db.read(listens).await.unwrap().is_empty()
    })
    .await;
    idp.add_user("alice").await;
    let (phone, computer) = (idp.browser(), idp.browser());
    enter(&phone, &by_feed).await;
    let code = phone.open(idp.authorize_url(&by_token, &[])).await.redirect_param("code").unwrap();
    assert_eq!(idp.redeem(&by_token, &code).await.status, 200);
    computer.sign_in(&idp, &by_token, "alice").await;
    let page = computer.open(idp.url("/account/devices")).await;
    let done = computer.press(&page, "others", &[]).await;
    let shown = computer.follow(done).await;
    assert!(shown.body.contains("Signed out at 2 of 2 sites"), "{}", shown.body);
}
