//! A device is signed out from elsewhere: its open pages say so by themselves, at both sites and in all tabs.

use fantoccini::wd::WindowHandle;
use idp_core::session::EndCause;
use idp_server::db::audit_events::AuditContext;
use idp_server::db::sessions;
use idp_server::store::revoke::Target;
use idp_tests::chromium::Chromium;
use idp_tests::sites::TestSite;
use idp_tests::{ClientSpec, PASSWORD, TestIdp};
use uuid::Uuid;

const ROUNDS: usize = 20;
/// Milliseconds from the kick to the page that says so.
const BOUND: f64 = 1000.0;
/// Notes when the page turned signed-out, and whether it is still the same page.
const LISTEN: &str = "
    window.turned = null;
    const look = () => {
        const state = document.getElementById('state').textContent;
        if (state === 'You are not signed in.') window.turned ??= performance.timeOrigin + performance.now();
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });";
const WAIT: &str = "
    for (let tries = 0; tries < 500 && !window.turned; tries += 1) await new Promise((go) => setTimeout(go, 10));
    return window.turned;";
/// Whether the site is being listened to: the stream is a resource that began and has not ended.
const LISTENS: &str = "
    const { held } = await navigator.locks.query();
    return held.some(({ name }) => name.includes('events'));";

pub struct World {
    pub browser: Chromium,
    pub idp: TestIdp,
    pub a: TestSite,
    pub b: TestSite,
    pub alice: Uuid,
}

impl World {
    /// Provider and both sites, which follow its feed.
    pub async fn start() -> Self {
        let browser = Chromium::start().await;
        let idp = TestIdp::start().await;
        let alice = idp.add_user("alice").await;
        let a = TestSite::start_with(&idp, "a", "Site A", |_, config| config.follows_feed = true).await;
        let b = TestSite::start_with(&idp, "b", "Site B", |_, config| config.follows_feed = true).await;
        Self { browser, idp, a, b, alice }
    }

    pub async fn sign_in_at(&self, site: &TestSite) {
        self.browser.open(&site.url("/app")).await;
        self.browser.click("sign-in").await;
        if self.browser.url().await.starts_with(&self.idp.issuer) {
            self.browser.log_in("alice", PASSWORD).await;
        }
        self.browser.wait_for_url(&site.url("/app")).await;
        self.browser.wait_for_text("state", "You are signed in").await;
    }

    /// The one session that Alice has.
    pub async fn sid(&self) -> Uuid {
        let alice = self.alice;
        let open = self.idp.db.read(move |connection| sessions::open_of(connection, alice)).await.unwrap();
        let [(session, _)] = &open[..] else { panic!("{} sessions", open.len()) };
        session.sid
    }

    async fn kick(&self) {
        let target = Target::Session(self.sid().await);
        let (store, now) = (&self.idp.app.store, self.idp.clock.now());
        assert!(store.revoke(target, EndCause::Kicked, AuditContext::default(), now).await.unwrap());
    }

    /// Waits until the present tab's browser has a stream open.
    pub async fn until_listening(&self) {
        let listens = async || self.browser.run_script(LISTENS).await == true;
        self.browser.eventually("the page listens", listens).await;
    }

    async fn listen_in(&self, tabs: &[WindowHandle]) {
        for tab in tabs {
            self.browser.switch_to(tab).await;
            self.browser.wait_for_text("state", "You are signed in").await;
            self.until_listening().await;
            self.browser.driver.execute(LISTEN, vec![]).await.unwrap();
        }
    }

    async fn now_in_browser(&self) -> f64 {
        self.browser.run_script("return performance.timeOrigin + performance.now()").await.as_f64().unwrap()
    }

    /// Milliseconds after `since` at which each tab turned.
    async fn turned_after(&self, since: f64, tabs: &[WindowHandle]) -> Vec<f64> {
        let mut took = Vec::new();
        for tab in tabs {
            self.browser.switch_to(tab).await;
            let turned = self.browser.run_script(WAIT).await;
            took.push(turned.as_f64().unwrap_or_else(|| panic!("{turned}")) - since);
        }
        took
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn n01_n09_a_kicked_device_turns_signed_out_by_itself_in_all_tabs_at_both_sites() {
    let world = World::start().await;
    let browser = &world.browser;
    let a = browser.open_tab("about:blank").await;
    let again = browser.open_tab("about:blank").await;
    let members = browser.open_tab("about:blank").await;
    let b = browser.open_tab("about:blank").await;
    let mut all = Vec::new();
    for round in 0..ROUNDS {
        browser.switch_to(&a).await;
        world.sign_in_at(&world.a).await;
        for (tab, url) in [(&again, world.a.url("/app")), (&members, world.a.url("/members"))] {
            browser.switch_to(tab).await;
            browser.open(&url).await;
        }
        browser.switch_to(&b).await;
        world.sign_in_at(&world.b).await;
        let tabs = [a.clone(), again.clone(), members.clone(), b.clone()];
        world.listen_in(&tabs).await;

        let since = world.now_in_browser().await;
        world.kick().await;
        let took = world.turned_after(since, &tabs).await;
        assert!(took.iter().all(|milliseconds| *milliseconds < BOUND), "{round}: {took:?}");
        all.extend(took);
        for tab in [&a, &again, &b, &members] {
            browser.switch_to(tab).await;
            browser.wait_for_text("greeting", "You are signed out").await;
            browser.wait_for_text("because", "signed this device out from another one").await;
        }
    }
    all.sort_by(f64::total_cmp);
    let at = |share: f64| all[((all.len() - 1) as f64 * share) as usize];
    println!(
        "{} pages turned: p50 {:.1} ms, p90 {:.1} ms, p99 {:.1} ms, slowest {:.1} ms",
        all.len(),
        at(0.5),
        at(0.9),
        at(0.99),
        at(1.0)
    );
    browser.screenshot("kicked-members").await;
    browser.switch_to(&a).await;
    browser.screenshot("kicked-app").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn m07_n03_a_device_kicked_from_the_devices_page_of_another_turns_signed_out() {
    let world = World::start().await;
    let browser = &world.browser;
    let tab = browser.open_tab("about:blank").await;
    world.sign_in_at(&world.a).await;
    let kicked = world.sid().await.to_string();
    world.listen_in(std::slice::from_ref(&tab)).await;

    let phone = world.idp.browser();
    let elsewhere = ClientSpec::confidential("elsewhere");
    world.idp.add_client(&elsewhere).await;
    phone.sign_in_for_tokens(&world.idp, &elsewhere, "alice").await;
    let page = phone.open(world.idp.url("/account/devices")).await;
    let since = world.now_in_browser().await;
    let pressed = phone.press(&page, "one", &[("sid", &kicked)]).await;
    assert_eq!(pressed.status, 303, "{pressed:?}");
    let took = world.turned_after(since, &[tab]).await;
    println!("from the button on another device: {took:?} ms");
    assert!(took[0] < BOUND, "{took:?}");
    browser.wait_for_text("because", "signed this device out from another one").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n01_when_the_listening_tab_is_closed_the_next_one_hears() {
    let world = World::start().await;
    let browser = &world.browser;
    let first = browser.open_tab("about:blank").await;
    world.sign_in_at(&world.a).await;
    world.until_listening().await;
    let second = browser.open_tab(&world.a.url("/app")).await;
    let third = browser.open_tab(&world.a.url("/app")).await;
    let tabs = [second.clone(), third.clone()];
    world.listen_in(&tabs).await;

    browser.switch_to(&first).await;
    browser.driver.close_window().await.unwrap();
    browser.switch_to(&second).await;
    world.until_listening().await;
    let since = world.now_in_browser().await;
    world.kick().await;
    let took = world.turned_after(since, &tabs).await;
    assert!(took.iter().all(|milliseconds| *milliseconds < BOUND), "{took:?}");
    println!("after a change of the listening tab: {took:?} ms");
}

#[tokio::test(flavor = "multi_thread")]
async fn m07_a_sign_out_in_the_site_itself_reaches_the_open_pages_even_without_a_feed() {
    let browser = Chromium::start().await;
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    let a = TestSite::start(&idp, "a", "Site A").await;
    let open = browser.open_tab(&a.url("/members")).await;
    browser.log_in("alice", PASSWORD).await;
    browser.wait_for_text("who", "The alice").await;
    browser.open_tab(&a.url("/members")).await;
    browser.click("sign-out").await;
    browser.wait_for_url(&a.base_url).await;
    browser.switch_to(&open).await;
    browser.wait_for_text("state", "You are not signed in").await;
    browser.wait_for_text("because", "You signed out").await;
}
