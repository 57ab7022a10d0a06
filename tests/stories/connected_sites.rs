//! "Your sites": what a person sees there, and what a site has left once it was disconnected.

use idp_core::session::EndCause;
use idp_server::db::audit_events::{self, AuditEvent};
use idp_server::db::grants::{self, GrantSelector};
use idp_server::task;
use idp_tests::{Answer, Browser, ClientSpec, LogoutReceiver, PASSWORD, TestIdp, TokenAnswer};
use uuid::Uuid;

const PAGE: &str = "/account/sites";

/// Alice, who has allowed site A what it asked for.
struct Story {
    idp: TestIdp,
    site: ClientSpec,
    browser: Browser,
    alice: Uuid,
    tokens: TokenAnswer,
}

impl Story {
    async fn at(site: ClientSpec) -> Self {
        let idp = TestIdp::start().await;
        idp.add_client(&site).await;
        let (alice, browser) = (idp.add_user("alice").await, idp.browser());
        let page = browser.visit(idp.authorize_url(&site, &[])).await;
        let answer = browser.log_in_as(&page, "alice", PASSWORD).await;
        let mut answer = browser.follow(answer).await;
        if answer.has_form("/consent") {
            answer = browser.press(&answer, "allow", &[]).await;
        }
        let tokens = idp.redeem(&site, &answer.redirect_param("code").unwrap()).await;
        assert_eq!(tokens.status, 200, "{tokens:?}");
        Self { idp, site, browser, alice, tokens }
    }

    async fn page(&self) -> Answer {
        let page = self.browser.open(self.idp.url(PAGE)).await;
        assert_eq!(page.status, 200, "{page:?}");
        page
    }

    async fn disconnect(&self, page: &Answer) -> Answer {
        let answer = self.browser.press(page, "", &[("client_id", self.site.id())]).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        self.browser.follow(answer).await
    }

    /// Where the site's next request leads.
    async fn opened_again(&self) -> Answer {
        self.browser.visit(self.idp.authorize_url(&self.site, &[])).await
    }

    async fn causes(&self) -> Vec<Option<EndCause>> {
        let user = self.alice;
        let sids = self.idp.db.read(move |connection| {
            let open = idp_server::db::sessions::open_of(connection, user)?;
            let mut causes = Vec::new();
            for (session, _) in open {
                let of_session = GrantSelector::Session(session.sid);
                causes.extend(
                    grants::named(connection, &of_session)?
                        .iter()
                        .map(|grant| grant.ended.map(|ended| ended.cause)),
                );
            }
            Ok(causes)
        });
        sids.await.unwrap()
    }
}

fn asks() -> ClientSpec {
    ClientSpec::confidential("site-a").with_consent()
}

#[tokio::test]
async fn s42_a_site_that_was_disconnected_has_no_access_and_asks_when_it_is_opened_again() {
    let story = Story::at(asks()).await;
    let (idp, site) = (&story.idp, &story.site);
    let page = story.page().await;
    assert!(
        page.body.contains("Recognize you") && page.body.contains("signed in on 1 device"),
        "{}",
        page.body
    );
    let shown = story.disconnect(&page).await;
    assert!(shown.body.contains("will notice when its tokens expire, within 30 minutes."), "{}", shown.body);
    assert!(shown.body.contains("No site knows you"), "{}", shown.body);

    assert!(!idp.is_active(site, story.tokens.text("access_token")).await);
    let refreshed = idp.refresh(site, story.tokens.text("refresh_token")).await;
    assert_eq!((refreshed.status, refreshed.text("error")), (400, "invalid_grant"));
    assert_eq!(story.causes().await, [Some(EndCause::ConsentWithdrawn)]);
    let recorded =
        idp.db.read(|connection| audit_events::count(connection, AuditEvent::ConsentWithdrawn)).await;
    assert_eq!(recorded.unwrap(), 1);
    // The session goes on, and the site asks again.
    assert!(story.opened_again().await.has_form("/consent"));
}

#[tokio::test]
async fn s42_a_code_that_was_on_its_way_when_the_site_was_disconnected_opens_nothing() {
    let story = Story::at(asks()).await;
    let page = story.page().await;
    let under_way = story.opened_again().await.redirect_param("code").unwrap();
    story.disconnect(&page).await;
    let redeemed = story.idp.redeem(&story.site, &under_way).await;
    assert_eq!((redeemed.status, redeemed.text("error")), (400, "invalid_grant"));

    // What is allowed afterwards is good.
    story.idp.clock.advance(1);
    let asked = story.opened_again().await;
    let allowed = story.browser.press(&asked, "allow", &[]).await;
    let redeemed = story.idp.redeem(&story.site, &allowed.redirect_param("code").unwrap()).await;
    assert_eq!(redeemed.status, 200, "{redeemed:?}");
}

#[tokio::test]
async fn a_site_of_the_organisation_is_signed_out_and_may_come_back_unasked() {
    let story = Story::at(ClientSpec::confidential("site-a")).await;
    let page = story.page().await;
    assert!(page.body.contains("Sign out there") && !page.body.contains("Recognize you"));
    story.disconnect(&page).await;
    assert!(!story.idp.is_active(&story.site, story.tokens.text("access_token")).await);
    assert_eq!(story.causes().await, [Some(EndCause::LoggedOut)]);
    story.idp.clock.advance(1);
    let code = story.opened_again().await.redirect_param("code").unwrap();
    assert_eq!(story.idp.redeem(&story.site, &code).await.status, 200);
}

#[tokio::test]
async fn a_site_is_told_at_the_back_channel_each_time_it_is_disconnected() {
    let receiver = LogoutReceiver::new();
    let story = Story::at(receiver.client("site-a").with_consent()).await;
    let (_listening, _sender) = (receiver.listen(), task::tell_clients(&story.idp.app));
    let page = story.page().await;
    let shown = story.disconnect(&page).await;
    assert!(shown.body.contains("has signed you out"), "{}", shown.body);
    assert_eq!(receiver.wait_for(1).await.len(), 1);
    story.idp.clock.advance(1);
    let asked = story.opened_again().await;
    let allowed = story.browser.press(&asked, "allow", &[]).await;
    story.idp.redeem(&story.site, &allowed.redirect_param("code").unwrap()).await;
    let again = story.page().await;
    story.disconnect(&again).await;
    assert_eq!(receiver.wait_for(2).await.len(), 2);
}

#[tokio::test]
async fn s60_only_the_own_page_disconnects_and_only_the_person_who_has_it_open() {
    let story = Story::at(asks()).await;
    let page = story.page().await;
    let stranger = story.idp.browser();
    let filled = [("client_id", story.site.id())];
    let answer = stranger.press(&page, "", &filled).await;
    // Not signed in: the person signs in first, and nothing has happened.
    assert_eq!(answer.status, 303);
    let bob = story.idp.browser();
    story.idp.add_user("bob").await;
    let login = bob.visit(story.idp.url(PAGE)).await;
    let answer = bob.log_in_as(&login, "bob", PASSWORD).await;
    let own = bob.follow(answer).await;
    assert!(own.body.contains("No site knows you"), "{}", own.body);
    assert_eq!(bob.press(&page, "", &filled).await.status, 403);
    let without_token = story.browser.post(story.idp.url(PAGE), &filled).await;
    assert_eq!(without_token.status, 403);
    for unknown in ["", "nobody", "site-a\u{0}", "../site-a"] {
        let answer = story.browser.press(&page, "", &[("client_id", unknown)]).await;
        assert!(matches!(answer.status, 400 | 404), "{unknown:?}: {answer:?}");
    }
    assert!(story.idp.is_active(&story.site, story.tokens.text("access_token")).await);
    // Pressed twice: the second finds nothing to do.
    story.disconnect(&page).await;
    let answer = story.browser.press(&page, "", &filled).await;
    assert_eq!(answer.status, 303);
}
