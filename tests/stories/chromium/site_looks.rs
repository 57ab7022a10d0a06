//! Every page of a site, and the pages that the SDK adds to it, on every screen in both languages: nothing sticks out, and
//! axe finds nothing. The site and the person have names that are long.

use idp_core::session::EndCause;
use idp_core::user::StandardClaims;
use idp_server::db::audit_events::AuditContext;
use idp_server::store::revoke::Target;
use idp_tests::appearance::{self, Thoroughness};
use idp_tests::axe::Axe;
use idp_tests::chromium::Chromium;
use idp_tests::sites::{TestSite, advance_all};
use idp_tests::{PASSWORD, TestIdp};

const SITE: &str =
    "山川书店 of the Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";
const PERSON: &str = "Alexandra-Wilhelmina Konstantinopolitanischedudelsackpfeifenmachergesellin אליס";

struct Eyes {
    browser: Chromium,
    axe: Option<Axe>,
    language: &'static str,
    faults: Vec<String>,
}

impl Eyes {
    async fn look_at(&mut self, name: &str) {
        let name = format!("{name}-{}", self.language);
        let (axe, thoroughness) = (self.axe.as_ref(), Thoroughness::Whole);
        self.faults.extend(appearance::look_at(&self.browser, axe, &name, thoroughness).await);
    }

    async fn open(&mut self, name: &str, url: &str) {
        self.browser.open(url).await;
        self.look_at(name).await;
    }

    /// Waits until what the page computes is true.
    async fn until(&self, expression: &str) {
        let script = format!("return Boolean({expression})");
        self.browser.eventually(expression, async || self.browser.run_script(&script).await == true).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_a_site_fits_every_screen() {
    let idp = TestIdp::start().await;
    let claims = StandardClaims { name: Some(PERSON.to_owned()), ..StandardClaims::default() };
    idp.add_user_with("alice", claims).await;
    let site = TestSite::start_with(&idp, "a", SITE, |_, config| config.follows_feed = true).await;
    let mut eyes =
        Eyes { browser: Chromium::start().await, axe: Axe::find(), language: "en", faults: Vec::new() };
    for language in ["en", "zh-CN"] {
        eyes.language = language;
        eyes.browser.open(&site.url("/")).await;
        if language != "en" {
            eyes.browser.click("language-zh-CN").await;
        }
        guest(&mut eyes, &site).await;
        person(&mut eyes, &site).await;
        departed(&mut eyes, &idp, &site).await;
    }
    assert!(eyes.faults.is_empty(), "{} faults\n{}", eyes.faults.len(), eyes.faults.join("\n"));
}

async fn guest(eyes: &mut Eyes, site: &TestSite) {
    eyes.open("site-guest", &site.url("/")).await;
    eyes.open("site-not-found", &site.url("/nowhere")).await;
    eyes.browser.open(&site.url("/app")).await;
    eyes.browser.element("sign-in").await;
    eyes.look_at("site-app-guest").await;
    eyes.browser.open(&site.url("/members")).await;
    eyes.browser.click("login-cancel").await;
    eyes.browser.wait_for_url(&site.url("/auth/callback")).await;
    eyes.look_at("sdk-cancelled").await;
}

async fn person(eyes: &mut Eyes, site: &TestSite) {
    eyes.browser.open(&site.url("/members")).await;
    eyes.browser.log_in("alice", PASSWORD).await;
    eyes.browser.element("who").await;
    eyes.look_at("site-members").await;
    eyes.open("site-home", &site.url("/")).await;
    eyes.browser.open(&site.url("/app")).await;
    eyes.browser.click("sign-in").await;
    eyes.browser.element("call-profile").await;
    eyes.until("document.getElementById('kid')?.textContent").await;
    eyes.browser.click("call-profile").await;
    eyes.look_at("site-app").await;
    eyes.open("sdk-sign-out", &site.url("/auth/logout")).await;
    eyes.browser.run_script("document.querySelector('[name=csrf_token]').value = 'another'").await;
    eyes.browser.run_script("document.querySelector('form button').click()").await;
    eyes.until("document.querySelector('form') === null").await;
    eyes.look_at("sdk-forbidden").await;
}

async fn departed(eyes: &mut Eyes, idp: &TestIdp, site: &TestSite) {
    eyes.browser.open(&site.url("/members")).await;
    let (store, now) = (&idp.app.store, idp.clock.now());
    store.revoke(Target::Everybody, EndCause::Administrator, AuditContext::default(), now).await.unwrap();
    eyes.until("document.getElementById('because').textContent").await;
    eyes.look_at("site-members-signed-out").await;
    eyes.browser.forget_cookies().await;
    // What is under way while everybody is signed out is void as well.
    advance_all(idp, &[site], 5 * 60);
}
