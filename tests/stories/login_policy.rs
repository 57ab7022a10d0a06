//! Login policies: one device at a time, one of each kind, at most so many. What would end is shown first, and what
//! ends is what was shown.

use idp_core::device::DevicePolicy;
use idp_core::session::EndCause;
use idp_server::db::audit_events::AuditContext;
use idp_server::db::sessions;
use idp_server::hash_pool::WorkOf;
use idp_server::store::revoke::Target;
use idp_tests::{Answer, Browser, HOST, PASSWORD, SESSION, SignedOut};
use std::ops::Deref;
use std::sync::Arc;
use uuid::Uuid;

const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile Safari/604.1";
const COMPUTER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

struct House(SignedOut);

impl Deref for House {
    type Target = SignedOut;

    fn deref(&self) -> &SignedOut {
        &self.0
    }
}

impl House {
    async fn with(devices: DevicePolicy, max_devices: u32) -> Self {
        let story = SignedOut::with(|config| {
            config.session.devices = devices;
            config.session.max_devices = max_devices;
        });
        Self(story.await)
    }

    /// What the right password is answered with, on a device that says it is this.
    async fn prove(&self, browser: &Browser, user_agent: &str) -> Answer {
        let page = browser.visit(self.idp.authorize_url(&self.site, &[])).await;
        let fields = [("action", "login"), ("username", "alice"), ("password", PASSWORD)];
        self.post(browser, &page, &fields, user_agent).await
    }

    async fn press(&self, browser: &Browser, page: &Answer, button: &str, user_agent: &str) -> Answer {
        self.post(browser, page, &[("action", button)], user_agent).await
    }

    async fn post(
        &self,
        browser: &Browser,
        page: &Answer,
        fields: &[(&str, &str)],
        user_agent: &str,
    ) -> Answer {
        let (tx, csrf) = (page.input("tx"), page.input("csrf"));
        let fields = [&[("tx", tx.as_str()), ("csrf", csrf.as_str())], fields].concat();
        let headers = [("user-agent", user_agent), ("sec-fetch-site", "same-origin")];
        browser.post_with(self.idp.url("/login"), &fields, &headers).await
    }

    async fn open(&self) -> Vec<Uuid> {
        let alice = self.alice;
        let found = self.idp.db.read(move |connection| sessions::open_of(connection, alice)).await.unwrap();
        found.into_iter().map(|(session, _)| session.sid).collect()
    }

    async fn cause(&self, sid: Uuid) -> Option<EndCause> {
        let found = self.idp.db.read(move |connection| sessions::by_sid(connection, sid)).await.unwrap();
        found.unwrap().ended.map(|ended| ended.cause)
    }
}

fn is_question(answer: &Answer) -> bool {
    answer.status == 200 && answer.body.contains("id=\"elsewhere-continue\"")
}

fn is_in(answer: &Answer) -> bool {
    answer.redirect_param("code").is_some()
}

#[tokio::test]
async fn m08_one_device_at_a_time_the_person_is_shown_which_one_and_asked() {
    let house = House::with(DevicePolicy::One, 50).await;
    let (first, second) = (house.idp.browser(), house.idp.browser());
    assert!(is_in(&house.prove(&first, PHONE).await), "nothing to ask about");
    let before = house.open().await;

    let page = house.prove(&second, COMPUTER).await;
    assert!(is_question(&page), "{page:?}");
    assert!(page.body.contains("You are signed in on <bdi>Safari on iPhone</bdi>"), "{}", page.body);
    assert!(page.body.contains("just now"), "{}", page.body);
    assert!(!page.body.contains(PASSWORD), "no password is kept");
    assert_eq!(second.cookie(HOST, SESSION), None);
    assert_eq!(house.open().await, before, "asking changes nothing");

    assert_eq!(
        house.press(&second, &page, "cancel", COMPUTER).await.redirect_param("error").as_deref(),
        Some("access_denied")
    );
    assert_eq!(house.open().await, before);

    assert!(is_in(&house.press(&second, &page, "continue", COMPUTER).await));
    assert_eq!(house.cause(before[0]).await, Some(EndCause::DevicePolicy));
    assert_eq!(house.open().await.len(), 1);
    let told = first.visit(house.idp.authorize_url(&house.site, &[])).await;
    assert!(told.body.contains("you signed in on another device"), "{}", told.body);
    // Silent sign-in and a new proof on the same device ask nothing.
    assert!(is_in(&second.open(house.idp.authorize_url(&house.site, &[("prompt", "none")])).await));
    let again = second.visit(house.idp.authorize_url(&house.site, &[("prompt", "login")])).await;
    let fields = [("action", "login"), ("username", "alice"), ("password", PASSWORD)];
    assert!(is_in(&house.post(&second, &again, &fields, COMPUTER).await));
}

#[tokio::test]
async fn m08_one_of_each_kind_leaves_a_phone_beside_a_computer() {
    let house = House::with(DevicePolicy::OnePerKind, 50).await;
    assert!(is_in(&house.prove(&house.idp.browser(), PHONE).await));
    assert!(is_in(&house.prove(&house.idp.browser(), COMPUTER).await));
    let before = house.open().await;
    let third = house.idp.browser();
    let page = house.prove(&third, PHONE).await;
    assert!(is_question(&page) && page.body.contains("Safari on iPhone"), "{page:?}");
    assert!(!page.body.contains("Firefox on Linux"));
    assert!(is_in(&house.press(&third, &page, "continue", PHONE).await));
    let now = house.open().await;
    assert_eq!((now.len(), now.iter().filter(|sid| before.contains(sid)).count()), (2, 1));
}

#[tokio::test]
async fn m08_at_most_two_devices_the_one_used_the_longest_time_ago_goes() {
    let house = House::with(DevicePolicy::Any, 2).await;
    for user_agent in [PHONE, COMPUTER] {
        assert!(is_in(&house.prove(&house.idp.browser(), user_agent).await));
        house.idp.clock.advance(60);
    }
    let third = house.idp.browser();
    let page = house.prove(&third, COMPUTER).await;
    assert!(is_question(&page) && page.body.contains("Safari on iPhone"));
    assert!(!page.body.contains("Firefox on Linux"));
    assert!(is_in(&house.press(&third, &page, "continue", COMPUTER).await));
    assert_eq!(house.open().await.len(), 2);
}

#[tokio::test]
async fn m08_a_yes_holds_for_what_was_shown_and_is_asked_again_for_more() {
    let house = House::with(DevicePolicy::One, 50).await;
    assert!(is_in(&house.prove(&house.idp.browser(), PHONE).await));
    let (second, third) = (house.idp.browser(), house.idp.browser());
    let (asked_second, asked_third) =
        (house.prove(&second, COMPUTER).await, house.prove(&third, PHONE).await);
    assert!(is_in(&house.press(&second, &asked_second, "continue", COMPUTER).await));
    // What the third was shown is gone; what it would end now it was not shown.
    let again = house.press(&third, &asked_third, "continue", PHONE).await;
    assert!(is_question(&again) && again.body.contains("Firefox on Linux"), "{again:?}");
    assert_eq!(house.open().await.len(), 1);
    assert!(is_in(&house.press(&third, &again, "continue", PHONE).await));
    assert_eq!(house.open().await.len(), 1);
}

#[tokio::test]
async fn m08_a_yes_is_good_once_in_one_browser_for_minutes_and_for_one_password() {
    let house = House::with(DevicePolicy::One, 50).await;
    let first = house.idp.browser();
    assert!(is_in(&house.prove(&first, PHONE).await));
    let before = house.open().await;
    let second = house.idp.browser();

    let late = house.prove(&second, COMPUTER).await;
    house.idp.clock.advance(601);
    assert_eq!(house.press(&second, &late, "continue", COMPUTER).await.status, 400, "too late");

    let page = house.prove(&second, COMPUTER).await;
    let thief = house.idp.browser();
    let stolen = house.press(&thief, &page, "continue", COMPUTER).await;
    assert_eq!((stolen.status, thief.cookie(HOST, SESSION)), (403, None), "another browser");
    let without = [("tx", page.input("tx")), ("action", "continue".to_owned())];
    let without = without.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(second.post(house.idp.url("/login"), &without).await.status, 403, "no form token");

    let hash = house.idp.app.hashing.hash(&WorkOf::operator(), idp_tests::typed(PASSWORD)).await.unwrap();
    let (target, now) = (Target::Password { user: house.alice, hash }, house.idp.clock.now());
    assert_eq!(house.open().await, before);
    house
        .idp
        .app
        .store
        .revoke(target, EndCause::PasswordChanged, AuditContext::default(), now)
        .await
        .unwrap();
    assert_eq!(house.press(&second, &page, "continue", COMPUTER).await.status, 400, "another password");
    assert!(house.open().await.is_empty());

    // Used once, it opens nothing for an attacker who finds the page in the browser's history.
    house.idp.clock.advance(1);
    assert!(is_in(&house.prove(&first, PHONE).await));
    let page = house.prove(&second, COMPUTER).await;
    assert!(is_in(&house.press(&second, &page, "continue", COMPUTER).await));
    let devices = second.open(house.idp.url("/account/devices")).await;
    second.press(&devices, "all", &[]).await;
    let replayed = house.press(&second, &page, "continue", COMPUTER).await;
    assert_eq!((replayed.status, second.cookie(HOST, SESSION)), (400, None), "{replayed:?}");
    assert!(house.open().await.is_empty());
}

#[tokio::test]
async fn m08_two_tabs_of_one_browser_ask_each_for_itself() {
    let house = House::with(DevicePolicy::One, 50).await;
    assert!(is_in(&house.prove(&house.idp.browser(), PHONE).await));
    let browser = house.idp.browser();
    let (one, two) = (house.prove(&browser, COMPUTER).await, house.prove(&browser, COMPUTER).await);
    assert!(is_in(&house.press(&browser, &one, "continue", COMPUTER).await));
    assert!(is_in(&house.press(&browser, &two, "continue", COMPUTER).await), "nothing more would end");
    assert_eq!(house.open().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn m08_of_devices_that_race_one_is_left() {
    const TRIALS: usize = 200;
    for policy in [DevicePolicy::One, DevicePolicy::OnePerKind] {
        let house = Arc::new(House::with(policy, 50).await);
        let mut asked = 0;
        for trial in 0..TRIALS {
            let runs = [(); 2].map(|()| {
                let (house, browser) = (Arc::clone(&house), house.idp.browser());
                tokio::spawn(async move {
                    let mut answer = house.prove(&browser, COMPUTER).await;
                    let mut asked = 0;
                    while is_question(&answer) {
                        asked += 1;
                        answer = house.press(&browser, &answer, "continue", COMPUTER).await;
                    }
                    assert!(is_in(&answer), "{answer:?}");
                    asked
                })
            });
            for run in runs {
                asked += run.await.unwrap();
            }
            assert_eq!(house.open().await.len(), 1, "{policy:?}, trial {trial}");
        }
        assert!(asked > 0, "no one was ever asked");
    }
}
