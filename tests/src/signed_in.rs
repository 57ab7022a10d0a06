//! Where most stories begin: a provider, one site, and a person who has just signed in there.

use crate::{Browser, ClientSpec, TestIdp, TokenAnswer};
use uuid::Uuid;

/// Alice, signed in at one site.
pub struct SignedIn {
    /// The provider.
    pub idp: TestIdp,
    /// The site.
    pub site: ClientSpec,
    /// Alice's id.
    pub alice: Uuid,
    /// Her browser.
    pub browser: Browser,
    /// What the site got.
    pub tokens: TokenAnswer,
}

impl SignedIn {
    /// Signs her in at `site`.
    pub async fn at(site: ClientSpec) -> Self {
        Self::on(TestIdp::start().await, site).await
    }

    /// The same on a provider that was started already.
    pub async fn on(idp: TestIdp, site: ClientSpec) -> Self {
        idp.add_client(&site).await;
        let alice = idp.add_user("alice").await;
        let browser = idp.browser();
        let tokens = browser.sign_in_for_tokens(&idp, &site, "alice").await;
        Self { idp, site, alice, browser, tokens }
    }

    /// The access token.
    #[must_use]
    pub fn access_token(&self) -> &str {
        self.tokens.text("access_token")
    }

    /// The refresh token.
    #[must_use]
    pub fn refresh_token(&self) -> &str {
        self.tokens.text("refresh_token")
    }

    /// The ID token.
    #[must_use]
    pub fn id_token(&self) -> &str {
        self.tokens.text("id_token")
    }

    /// Another code for the same site, without a form: she is signed in.
    pub async fn code(&self) -> String {
        self.code_with(&[]).await
    }

    /// The same with changes to the request.
    pub async fn code_with(&self, changes: &[(&str, &str)]) -> String {
        let answer = self.browser.open(self.idp.authorize_url(&self.site, changes)).await;
        answer.redirect_param("code").unwrap_or_else(|| panic!("no code: {answer:?}"))
    }

    /// Another grant at the same site: its tokens.
    pub async fn grant(&self) -> TokenAnswer {
        let tokens = self.idp.redeem(&self.site, &self.code().await).await;
        assert_eq!(tokens.status, 200, "{tokens:?}");
        tokens
    }
}
