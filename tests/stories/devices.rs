//! Devices: what a browser is known by, the list of a person's sign-ins, ending one from another, and why one ended.

use idp_core::authentication::Authentication;
use idp_core::device::Described;
use idp_core::secret::{Secret, SecretKind};
use idp_core::session::EndCause;
use idp_server::db::audit_events::{self, AuditEvent};
use idp_server::db::sessions::{self, OnDevice};
use idp_server::db::{password_credentials, users};
use idp_server::random;
use idp_server::store::sign_in::{NewSignIn, PresentDevice, SignInOutcome};
use idp_tests::{Answer, Browser, ClientSpec, HOST, PASSWORD, SESSION, SignedIn, TestIdp};
use std::collections::BTreeSet;
use uuid::Uuid;

const DEVICE: &str = "__Host-device";
pub const PAGE: &str = "/account/devices";

async fn open_sessions(idp: &TestIdp, user: Uuid) -> Vec<OnDevice> {
    idp.db.read(move |connection| sessions::open_of(connection, user)).await.unwrap()
}

pub async fn cause_of(idp: &TestIdp, sid: Uuid) -> Option<EndCause> {
    let found = idp.db.read(move |connection| sessions::by_sid(connection, sid)).await.unwrap();
    found.unwrap().ended.map(|ended| ended.cause)
}

/// The session that this browser has not named yet.
async fn newest(idp: &TestIdp, user: Uuid, known: &[Uuid]) -> Uuid {
    let open = open_sessions(idp, user).await;
    open.iter().map(|(session, _)| session.sid).find(|sid| !known.contains(sid)).unwrap()
}

/// Alice, signed in at one site on two devices: here, and there on her phone.
pub struct TwoDevices {
    pub alice: SignedIn,
    pub phone: Browser,
    pub here: Uuid,
    pub there: Uuid,
}

impl TwoDevices {
    pub async fn new() -> Self {
        let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
        let here = newest(&alice.idp, alice.alice, &[]).await;
        let phone = alice.idp.browser();
        phone.sign_in_for_tokens(&alice.idp, &alice.site, "alice").await;
        let there = newest(&alice.idp, alice.alice, &[here]).await;
        Self { alice, phone, here, there }
    }

    pub async fn page(&self) -> Answer {
        let page = self.alice.browser.open(self.alice.idp.url(PAGE)).await;
        assert_eq!(page.status, 200, "{page:?}");
        page
    }

    pub async fn press(&self, page: &Answer, button: &str, sid: &str) -> Answer {
        self.alice.browser.press(page, button, &[("sid", sid)]).await
    }
}

#[tokio::test]
async fn m07_every_sign_in_is_listed_with_its_device_and_can_be_ended_from_another() {
    let devices = TwoDevices::new().await;
    let (idp, site) = (&devices.alice.idp, &devices.alice.site);
    let page = devices.page().await;
    let ends = |sid: Uuid| page.body.contains(&format!("name=\"sid\" value=\"{sid}\">\n<button"));
    assert!(ends(devices.there) && !ends(devices.here), "{}", page.body);
    assert!(
        page.body.contains("An unknown device") && page.body.contains("In use at <bdi>"),
        "{}",
        page.body
    );
    // Of the machine that the provider runs on nothing is said: it may stand for any client.
    assert!(!page.body.contains("This computer"), "{}", page.body);

    let answer = devices.press(&page, "one", &devices.there.to_string()).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    let shown = devices.alice.browser.follow(answer).await;
    assert!(shown.body.contains("1 device is signed out."), "{}", shown.body);
    assert!(shown.body.contains("1 site will notice when its tokens expire, within 30 minutes."));
    assert!(shown.body.contains("You ended it from another device"));
    assert_eq!(cause_of(idp, devices.there).await, Some(EndCause::Kicked));
    assert_eq!(cause_of(idp, devices.here).await, None);

    // There: the very next visit finds out, and is told why.
    let silent = devices.phone.open(idp.authorize_url(site, &[("prompt", "none")])).await;
    assert_eq!(silent.redirect_param("error").as_deref(), Some("login_required"));
    let login = devices.phone.visit(idp.authorize_url(site, &[])).await;
    assert!(login.has_form("/login") && login.body.contains("you ended this sign-in from another device"));
    // Here: nothing changed.
    assert!(!devices.alice.code().await.is_empty());
}

#[tokio::test]
async fn s71_a_kicked_session_takes_its_tokens_along_and_no_others() {
    let devices = TwoDevices::new().await;
    let (idp, site) = (&devices.alice.idp, &devices.alice.site);
    let theirs = devices.phone.open(idp.authorize_url(site, &[])).await.redirect_param("code").unwrap();
    let tokens = idp.redeem(site, &theirs).await;
    let pending = devices.phone.open(idp.authorize_url(site, &[])).await.redirect_param("code").unwrap();
    devices.press(&devices.page().await, "others", "").await;
    assert_eq!(idp.refresh(site, tokens.text("refresh_token")).await.refusal(), (400, "invalid_grant"));
    assert_eq!(idp.userinfo(tokens.text("access_token")).await.status, 401);
    assert!(!idp.is_active(site, tokens.text("access_token")).await);
    assert_eq!(idp.redeem(site, &pending).await.refusal(), (400, "invalid_grant"), "a code under way");
    assert_eq!(idp.userinfo(devices.alice.access_token()).await.status, 200);
    assert_eq!(idp.refresh(site, devices.alice.refresh_token()).await.status, 200);
}

#[tokio::test]
async fn m07_everywhere_means_here_as_well() {
    let devices = TwoDevices::new().await;
    let answer = devices.press(&devices.page().await, "all", "").await;
    assert_eq!(devices.alice.browser.cookie(HOST, SESSION), None);
    let shown = devices.alice.browser.follow(answer).await;
    assert!(shown.body.contains("You are signed out") && shown.body.contains("2 devices are signed out."));
    assert!(open_sessions(&devices.alice.idp, devices.alice.alice).await.is_empty());
    assert_eq!(cause_of(&devices.alice.idp, devices.here).await, Some(EndCause::LoggedOut));
    assert_eq!(cause_of(&devices.alice.idp, devices.there).await, Some(EndCause::Kicked));
    // The receipt is the browser's own and tells a made-up one nothing.
    let planted = devices.phone.open(devices.alice.idp.url("/logged-out?done=AAAA")).await;
    assert!(planted.status == 200 && !planted.body.contains("devices are signed out"));
}

#[tokio::test]
async fn z02_only_an_own_session_by_its_exact_name_is_ended() {
    let devices = TwoDevices::new().await;
    let idp = &devices.alice.idp;
    idp.add_user("bob").await;
    let bob = idp.browser();
    bob.sign_in_for_tokens(idp, &devices.alice.site, "bob").await;
    let bob_id = idp.db.read(|connection| users::page(connection, None, 9)).await.unwrap();
    let bob_id = bob_id.iter().find(|user| user.username.as_str() == "bob").unwrap().id;
    let bobs = newest(idp, bob_id, &[]).await;
    let page = devices.page().await;
    let there = devices.there.to_string();
    let names = [
        bobs.to_string(),
        Uuid::nil().to_string(),
        "*".to_owned(),
        "?".repeat(36),
        format!("{}*", &there[..8]),
        "[0-9a-f-]*".to_owned(),
        "%".to_owned(),
        "_".repeat(36),
        there.to_uppercase(),
        format!("{{{there}}}"),
        format!("urn:uuid:{there}"),
        there.replace('-', ""),
        format!("{there} "),
        format!("{there}\0"),
        format!("{there},{bobs}"),
        format!("{there}' OR '1'='1"),
        "x".repeat(10_000),
        String::new(),
    ];
    for name in names {
        let answer = devices.press(&page, "one", &name).await;
        assert_eq!((answer.status, answer.location()), (404, None), "{name}");
    }
    for action in ["", "everybody", "ONE", "*"] {
        assert_eq!(devices.press(&page, action, &there).await.status, 404, "{action}");
    }
    assert_eq!(open_sessions(idp, devices.alice.alice).await.len(), 2);
    assert_eq!(open_sessions(idp, bob_id).await.len(), 1);
}

#[tokio::test]
async fn s60_the_kick_form_holds_for_its_own_session_only() {
    let devices = TwoDevices::new().await;
    let idp = &devices.alice.idp;
    idp.add_user("mallory").await;
    let mallory = idp.browser();
    mallory.sign_in_for_tokens(idp, &devices.alice.site, "mallory").await;
    let foreign = mallory.open(idp.url(PAGE)).await.input("csrf");
    let other_device = devices.phone.open(idp.url(PAGE)).await.input("csrf");
    let page = devices.page().await;
    let (own, url) = (page.input("csrf"), idp.url(PAGE));
    let browser = &devices.alice.browser;
    for token in ["", "x", &own[1..], &own.to_lowercase(), &foreign, &other_device] {
        for action in ["one", "others", "all"] {
            let fields =
                [("csrf", token), ("tx", ""), ("action", action), ("sid", &devices.there.to_string())];
            assert_eq!(browser.post(&url, &fields).await.status, 403, "{action} with {token:?}");
        }
    }
    let good = [("csrf", own.as_str()), ("tx", ""), ("action", "all")];
    for headers in [
        &[("origin", "https://evil.example")][..],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site"), ("origin", "null")],
    ] {
        assert_eq!(browser.post_with(&url, &good, headers).await.status, 403, "{headers:?}");
    }
    let with_tx = [("csrf", own.as_str()), ("tx", "x"), ("action", "all")];
    assert_eq!(browser.post(&url, &with_tx).await.status, 403);
    assert_eq!(open_sessions(idp, devices.alice.alice).await.len(), 2);
    let count = idp.db.read(|c| audit_events::count(c, AuditEvent::SignedOut)).await.unwrap();
    assert_eq!(count, 0, "nothing ended");
    assert_eq!(browser.post(&url, &good).await.status, 303, "the genuine form still works");
}

#[tokio::test]
async fn s68_the_page_asks_for_a_sign_in_and_the_way_back_is_its_own() {
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    let browser = idp.browser();
    for tail in ["", "?next=https://evil.example/", "?return_to=//evil.example", "?tx=x"] {
        let page = browser.visit(idp.url(&format!("{PAGE}{tail}"))).await;
        assert!(page.has_form("/login") && !page.body.contains("evil.example"), "{}", page.body);
        let answer = browser.log_in_as(&page, "alice", PASSWORD).await;
        assert_eq!(answer.header("location"), PAGE, "{tail}");
        let page = browser.follow(answer).await;
        assert!(page.status == 200 && page.body.contains("Your devices"));
        browser.press(&page, "all", &[]).await;
    }
    // The way back of one browser is worth in another what a link to the page is.
    let sealed = idp.browser().open(idp.url(PAGE)).await.location().unwrap();
    let page = browser.open(sealed).await;
    assert!(page.has_form("/login"), "{}", page.body);
    assert_eq!(browser.log_in_as(&page, "alice", PASSWORD).await.header("location"), PAGE);
}

#[tokio::test]
async fn s49_a_device_is_named_by_the_server_and_by_nobody_else() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&alice.idp, &alice.site);
    let own = alice.browser.cookie(HOST, DEVICE).unwrap();
    let device =
        |sessions: Vec<OnDevice>| sessions.into_iter().map(|(_, on)| on.unwrap().id).collect::<Vec<_>>();
    let first = device(open_sessions(idp, alice.alice).await);
    let well_formed = format!("dv.{}", "A".repeat(43));
    let long = "x".repeat(10_000);
    let planted = [
        well_formed.as_str(),
        "1",
        "*",
        "../../x",
        "admin",
        "dv.",
        &long,
        "%00",
        "a%0d%0ab",
        "\"q\"",
        &own[1..],
    ];
    let mut seen: BTreeSet<Uuid> = first.iter().copied().collect();
    for value in planted {
        let browser = idp.browser();
        browser.set_cookie(HOST, DEVICE, value);
        browser.sign_in_for_tokens(idp, site, "alice").await;
        let minted = browser.cookie(HOST, DEVICE).unwrap();
        assert_ne!(minted, value, "adopted");
        let now: BTreeSet<Uuid> = device(open_sessions(idp, alice.alice).await).into_iter().collect();
        assert_eq!(now.len(), seen.len() + 1, "{value}: a device of its own");
        seen = now;
    }
    let kept: Vec<String> = idp
        .db
        .read(|connection| {
            use diesel::prelude::*;
            use idp_server::db::schema::devices;
            Ok(devices::table.select(devices::secret_hash).load(connection)?)
        })
        .await
        .unwrap();
    assert!(kept.iter().all(|hash| !own.contains(hash.as_str()) && hash.len() == 43), "hashes only");
}

#[tokio::test]
async fn s49_a_hostile_user_agent_is_stored_and_shown_nowhere() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let idp = &alice.idp;
    let hostile =
        ["\"><script>alert(1)</script> Firefox/1", "*?[a-z] Windows NT", "{{7*7}}", &"Android ".repeat(3000)];
    for user_agent in hostile {
        let browser = idp.browser();
        let page = browser.visit(idp.authorize_url(&alice.site, &[])).await;
        let (tx, csrf) = (page.input("tx"), page.input("csrf"));
        let fields = [("tx", tx.as_str()), ("csrf", &csrf), ("username", "alice"), ("password", PASSWORD)];
        let headers =
            [("user-agent", user_agent), ("sec-ch-ua", user_agent), ("sec-fetch-site", "same-origin")];
        assert_eq!(browser.post_with(idp.url("/login"), &fields, &headers).await.status, 303);
    }
    let labels: BTreeSet<String> =
        open_sessions(idp, alice.alice).await.into_iter().map(|(_, on)| on.unwrap().label()).collect();
    let known = ["Firefox", "A browser on Windows", "An unknown device", "A browser on Android"];
    assert_eq!(labels, known.map(str::to_owned).into());
    let page = alice.browser.open(idp.url(PAGE)).await;
    assert!(!page.body.contains("alert") && !page.body.contains("7*7") && !page.body.contains(">49<"));
}

#[tokio::test]
async fn m07_one_browser_is_one_device_however_often_somebody_signs_in() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&alice.idp, &alice.site);
    let (own, sid) = (alice.browser.cookie(HOST, DEVICE), newest(idp, alice.alice, &[]).await);
    // Her session cookie is gone (cleared, or lost by the browser); the device is the same, and so is the session.
    alice.browser.set_cookie(HOST, SESSION, "gone");
    let page = alice.browser.visit(idp.authorize_url(site, &[])).await;
    assert!(alice.browser.log_in_as(&page, "alice", PASSWORD).await.redirect_param("code").is_some());
    assert_eq!(alice.browser.cookie(HOST, DEVICE), own);
    let open = open_sessions(idp, alice.alice).await;
    assert_eq!(open.iter().map(|(session, _)| session.sid).collect::<Vec<_>>(), [sid]);
    // Another person in the same browser: the same device, and hers ends.
    let bob = idp.add_user("bob").await;
    let page = alice.browser.visit(idp.authorize_url(site, &[("prompt", "select_account")])).await;
    assert!(alice.browser.log_in_as(&page, "bob", PASSWORD).await.redirect_param("code").is_some());
    assert_eq!(open_sessions(idp, alice.alice).await.len(), 0);
    assert_eq!(cause_of(idp, sid).await, Some(EndCause::SignedInAgain));
    assert_eq!(open_sessions(idp, bob).await[0].1.as_ref().unwrap().id, open[0].1.as_ref().unwrap().id);
}

#[tokio::test]
async fn s45_a_person_has_fifty_sessions_at_most_and_the_oldest_goes() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, first) = (&alice.idp, newest(&alice.idp, alice.alice, &[]).await);
    for _ in 0..55 {
        idp.clock.advance(1);
        idp.browser().sign_in_for_tokens(idp, &alice.site, "alice").await;
    }
    assert_eq!(open_sessions(idp, alice.alice).await.len(), 50);
    assert_eq!(cause_of(idp, first).await, Some(EndCause::TooManySessions));
    assert_eq!(idp.userinfo(alice.access_token()).await.status, 401, "its tokens went with it");
    let login = alice.browser.visit(idp.authorize_url(&alice.site, &[])).await;
    assert!(login.body.contains("you signed in on too many devices"), "{}", login.body);
}

#[tokio::test]
async fn s45_what_ended_is_kept_for_a_while_and_not_without_end() {
    let alice = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let (idp, user) = (&alice.idp, alice.alice);
    let hash = idp.db.read(move |c| password_credentials::by_user(c, user)).await.unwrap().unwrap();
    for _ in 0..300 {
        let now = idp.clock.now();
        let secret = |kind| Secret::generate(kind, &mut random::rng()).hash();
        let sign_in = NewSignIn {
            authentication: Authentication::by_password(user, &hash, now),
            former: None,
            secret: secret(SecretKind::Session),
            sid: random::new_id(now),
            address: "203.0.113.7".to_owned(),
            device: PresentDevice {
                cookie: None,
                new_id: random::new_id(now),
                new_cookie: secret(SecretKind::Device),
                described: Described::read("", ""),
            },
            agreed: None,
            keeps_account: false,
            chosen: None,
            continues: None,
        };
        let outcome = idp.app.store.sign_in(sign_in, now).await.unwrap();
        assert!(matches!(outcome, SignInOutcome::SignedIn { .. }));
    }
    let rows = idp.db.read(|connection| {
        use diesel::prelude::*;
        use idp_server::db::schema::{devices, sessions};
        let sessions: i64 = sessions::table.count().get_result(connection)?;
        let devices: i64 = devices::table.count().get_result(connection)?;
        Ok((sessions, devices))
    });
    assert_eq!(rows.await.unwrap(), (250, 250), "50 open and the last 200");
}
