//! Where a story of a sign-in begins: a provider, one site, and a person who is signed in nowhere yet.

use crate::passkey::{self, SoftwarePasskey};
use crate::{Answer, Authenticator, Browser, ClientSpec, HOST, PASSWORD, SESSION, TestIdp, jwt};
use idp_server::config::Config;
use idp_server::db::audit_events::AuditEvent;
use serde_json::Value;
use uuid::Uuid;

/// Alice, who has an account and no session.
pub struct SignedOut {
    /// The provider.
    pub idp: TestIdp,
    /// The site.
    pub site: ClientSpec,
    /// Alice's id.
    pub alice: Uuid,
}

impl SignedOut {
    /// On a provider of its own.
    pub async fn build() -> Self {
        Self::on(TestIdp::start().await).await
    }

    /// The same on a provider that is set up so.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::on(TestIdp::start_with(change).await).await
    }

    /// The same on a provider that was started already.
    pub async fn on(idp: TestIdp) -> Self {
        let site = ClientSpec::confidential("site-a");
        idp.add_client(&site).await;
        let alice = idp.add_user("alice").await;
        Self { idp, site, alice }
    }

    /// Alice has an authenticator app.
    pub async fn with_app() -> (Self, Authenticator) {
        let story = Self::build().await;
        let app = Authenticator::of(&story.idp, story.alice, "Pixel").await;
        (story, app)
    }

    /// Alice has a passkey.
    pub async fn with_passkey() -> (Self, SoftwarePasskey) {
        let story = Self::build().await;
        let passkey = SoftwarePasskey::of(&story.idp, story.alice, "Laptop").await;
        (story, passkey)
    }

    /// A new browser at the login page for the site.
    pub async fn login_page(&self) -> (Browser, Answer) {
        let browser = self.idp.browser();
        let page = browser.visit(self.idp.authorize_url(&self.site, &[])).await;
        assert!(page.has_form("/login"), "{} {}", page.status, page.body);
        (browser, page)
    }

    /// A new browser at the second step for the site.
    pub async fn second_step(&self) -> (Browser, Answer) {
        self.second_step_after(PASSWORD).await
    }

    /// The same after this password.
    pub async fn second_step_after(&self, password: &str) -> (Browser, Answer) {
        let (browser, page) = self.login_page().await;
        let page = browser.log_in_as(&page, "alice", password).await;
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(page.has_id("step-switch") && !page.body.contains(password), "{}", page.body);
        assert_eq!(browser.cookie(HOST, SESSION), None);
        (browser, page)
    }

    /// Goes through the sign-in of an own page: the password, and a code where she has this app.
    pub async fn open_own(&self, browser: &Browser, path: &str, app: Option<&Authenticator>) -> Answer {
        let page = browser.visit(self.idp.url(path)).await;
        let mut answer = browser.log_in_as(&page, "alice", PASSWORD).await;
        if let Some(app) = app {
            assert!(answer.status == 200 && answer.has_id("code-submit"), "{}", answer.body);
            answer = browser.press(&answer, "code", &[("code", &app.code(&self.idp))]).await;
        }
        browser.follow(answer).await
    }

    /// The same with a passkey alone.
    pub async fn open_own_by_passkey(
        &self,
        browser: &Browser,
        path: &str,
        passkey: &SoftwarePasskey,
    ) -> Answer {
        let page = browser.visit(self.idp.url(path)).await;
        let answer = passkey::press(browser, &page, &passkey.used(&page)).await;
        browser.follow(answer).await
    }

    /// What the ID token says that the site gets for the code in this answer.
    pub async fn claims(&self, answer: &Answer) -> Value {
        let code = answer.redirect_param("code");
        let code = code.unwrap_or_else(|| panic!("no code: {} {}", answer.status, answer.body));
        jwt::claims(self.idp.redeem(&self.site, &code).await.text("id_token"))
    }

    /// How many of her sessions are open.
    pub async fn open_sessions(&self) -> usize {
        self.idp.open_sessions(self.alice).await
    }

    /// How often this was recorded.
    pub async fn recorded(&self, event: AuditEvent) -> i64 {
        self.idp.recorded(event).await
    }
}
