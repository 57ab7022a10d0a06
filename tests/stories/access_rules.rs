//! Who may sign in at a client, and from where: a person who may not is told so and led back, silently refused where no page may be
//! shown, and loses what they had as soon as the rule or their role changes (ADR 65).

use crate::memberships::Memberships as _;
use idp_core::client::ClientMetadata;
use idp_server::db::audit_events::AuditEvent;
use idp_server::directory::DirectoryError;
use idp_tests::offline_site::OfflineSite;
use idp_tests::{Answer, ClientSpec, PASSWORD, SignedIn, TestIdp};
use resource_sdk::Freshness;
use std::time::Duration;

const INVALID_GRANT: (u16, &str) = (400, "invalid_grant");

fn allowing(roles: &[&str], groups: &[&str], networks: &[&str]) -> ClientSpec {
    let mut site = ClientSpec::confidential("site-a");
    let metadata = &mut site.client.metadata;
    metadata.allowed_roles = roles.iter().map(|name| name.parse().unwrap()).collect();
    metadata.allowed_groups = groups.iter().map(|name| name.parse().unwrap()).collect();
    metadata.allowed_networks = networks.iter().map(|text| text.parse().unwrap()).collect();
    site
}

/// A provider with a role, Alice who has it and Bob who has not, and a site for those who have it.
async fn house() -> (TestIdp, ClientSpec) {
    let idp = TestIdp::start().await;
    idp.add_role("editor").await;
    let alice = idp.add_user("alice").await;
    idp.add_user("bob").await;
    idp.give_role(alice, "editor").await;
    let site = allowing(&["editor"], &[], &[]);
    idp.add_client(&site).await;
    (idp, site)
}

async fn change(
    idp: &TestIdp,
    site: &ClientSpec,
    change: impl FnOnce(&mut ClientMetadata),
) -> Option<DirectoryError> {
    let apply = |mut metadata: ClientMetadata| {
        change(&mut metadata);
        Ok::<_, DirectoryError>(metadata)
    };
    idp.operator().change_client(&site.client.id, apply, idp.clock.now()).await.err()
}

fn is_denied(page: &Answer) -> bool {
    page.status == 403 && page.has_id("access-denied-back") && page.has_form("/access-denied")
}

fn error(answer: &Answer) -> Option<String> {
    answer.redirect_param("error")
}

#[tokio::test]
async fn a_person_who_may_not_sign_in_there_is_told_so_and_led_back_to_the_site() {
    let (idp, site) = house().await;
    let browser = idp.browser();
    let page = browser.sign_in(&idp, &site, "bob").await;
    assert!(is_denied(&page), "{} {}", page.status, page.body);
    assert!(page.body.contains("Site A") || page.body.contains(&site.client.metadata.name), "{}", page.body);
    assert_eq!(idp.recorded(AuditEvent::AccessDenied).await, 1);
    // The page again, as often as one likes.
    assert!(is_denied(&browser.visit(page.url.as_str()).await));
    let back = browser.press(&page, "cancel", &[]).await;
    assert_eq!(error(&back).as_deref(), Some("access_denied"), "{back:?}");
    assert!(back.redirect_param("state").is_some());
    // The site asks without a page, and gets the same answer at once.
    let silent = browser.open(idp.authorize_url(&site, &[("prompt", "none")])).await;
    assert_eq!(error(&silent).as_deref(), Some("access_denied"));
}

#[tokio::test]
async fn another_account_may_go_on_with_the_same_request() {
    let (idp, site) = house().await;
    let browser = idp.browser();
    let page = browser.sign_in(&idp, &site, "bob").await;
    let login = browser.submit(&page, &[], "access-denied-switch").await;
    let login = browser.follow(login).await;
    let done = browser.log_in_as(&login, "alice", PASSWORD).await;
    let done = browser.follow(done).await;
    let code = done.redirect_param("code").unwrap_or_else(|| panic!("{done:?}"));
    assert_eq!(idp.redeem(&site, &code).await.status, 200);
}

#[tokio::test]
async fn once_a_person_gets_access_the_page_that_refused_them_lets_them_in() {
    let (idp, site) = house().await;
    let browser = idp.browser();
    let page = browser.sign_in(&idp, &site, "bob").await;
    let bob = idp.operator().user(&idp_core::username::Username::parse("bob").unwrap()).await.unwrap().id;
    idp.give_role(bob, "editor").await;
    let done = browser.visit(page.url.as_str()).await;
    assert!(done.redirect_param("code").is_some(), "{done:?}");
}

#[tokio::test]
async fn only_the_browser_and_the_session_that_were_refused_answer_the_page() {
    let (idp, site) = house().await;
    let (browser, stranger) = (idp.browser(), idp.browser());
    let page = browser.sign_in(&idp, &site, "bob").await;
    let other = stranger.sign_in(&idp, &site, "bob").await;
    assert!(is_denied(&other));
    let fields = [("tx", page.input("tx")), ("csrf", other.input("csrf")), ("action", "cancel".to_owned())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(browser.post(idp.url(&page.form_address()), &fields).await.status, 403);
}

#[tokio::test]
async fn a_group_is_as_good_as_a_role_and_its_end_ends_the_access() {
    let idp = TestIdp::start().await;
    idp.add_role("editor").await;
    let staff = idp.add_group("staff").await;
    let alice = idp.add_user("alice").await;
    idp.set_member(&staff, alice, true).await;
    let site = allowing(&["editor"], &["staff"], &[]);
    idp.add_client(&site).await;
    let browser = idp.browser();
    let tokens = browser.sign_in_for_tokens(&idp, &site, "alice").await;
    idp.give_role(alice, "editor").await;
    idp.set_member(&staff, alice, false).await;
    assert!(idp.is_active(&site, tokens.text("access_token")).await, "the role is enough");
    idp.take_role(alice, "editor").await;
    assert!(!idp.is_active(&site, tokens.text("access_token")).await);
    assert_eq!(idp.refresh(&site, tokens.text("refresh_token")).await.refusal(), INVALID_GRANT);
    let page = browser.visit(idp.authorize_url(&site, &[])).await;
    assert!(is_denied(&page), "{} {}", page.status, page.body);
}

#[tokio::test]
async fn a_code_under_way_is_worth_nothing_once_its_person_is_shut_out() {
    let (idp, site) = house().await;
    let browser = idp.browser();
    let done = browser.sign_in(&idp, &site, "alice").await;
    let code = done.redirect_param("code").unwrap();
    let alice = idp.operator().user(&idp_core::username::Username::parse("alice").unwrap()).await.unwrap().id;
    idp.take_role(alice, "editor").await;
    assert_eq!(idp.redeem(&site, &code).await.refusal(), INVALID_GRANT);
}

#[tokio::test(flavor = "multi_thread")]
async fn m10_a_rule_that_is_added_ends_what_those_have_whom_it_shuts_out_within_a_second() {
    let (idp, _) = house().await;
    let site = ClientSpec::confidential("site-b");
    idp.add_client(&site).await;
    let alice = idp.browser().sign_in_for_tokens(&idp, &site, "alice").await;
    let bob = idp.browser().sign_in_for_tokens(&idp, &site, "bob").await;
    let offline = OfflineSite::of(&idp, &site, Freshness::Feed { within: Duration::from_secs(3) }).await;
    let since = tokio::time::Instant::now();
    let editors = |metadata: &mut ClientMetadata| metadata.allowed_roles = vec!["editor".parse().unwrap()];
    assert!(change(&idp, &site, editors).await.is_none());
    let took = offline.refuses(&idp, bob.text("access_token"), since).await;
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert_eq!(idp.refresh(&site, bob.text("refresh_token")).await.refusal(), INVALID_GRANT);
    assert_eq!(offline.verdict(&idp, alice.text("access_token")), Ok(()));
    assert_eq!(idp.refresh(&site, alice.text("refresh_token")).await.status, 200);
}

#[tokio::test]
async fn people_sign_in_from_the_networks_that_the_client_allows_only() {
    let idp = TestIdp::start().await;
    idp.add_user("alice").await;
    let site = allowing(&[], &[], &["10.0.0.0/8"]);
    idp.add_client(&site).await;
    let browser = idp.browser();
    let page = browser.sign_in(&idp, &site, "alice").await;
    assert!(is_denied(&page), "{} {}", page.status, page.body);
    assert!(!page.has_id("access-denied-switch"), "another account would be in the same network");
    let here = |metadata: &mut ClientMetadata| {
        metadata.allowed_networks = ["127.0.0.0/8", "::1/128"].map(|text| text.parse().unwrap()).to_vec();
    };
    assert!(change(&idp, &site, here).await.is_none());
    let done = browser.visit(page.url.as_str()).await;
    assert!(done.redirect_param("code").is_some(), "{done:?}");
}

#[tokio::test]
async fn networks_that_are_narrowed_end_every_grant() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let inside =
        |metadata: &mut ClientMetadata| metadata.allowed_networks = vec!["10.0.0.0/8".parse().unwrap()];
    assert!(change(&story.idp, &story.site, inside).await.is_none());
    assert!(!story.idp.is_active(&story.site, story.access_token()).await);
    assert_eq!(story.idp.refresh(&story.site, story.refresh_token()).await.refusal(), INVALID_GRANT);
}

#[tokio::test]
async fn a_rule_names_roles_and_groups_that_there_are() {
    let (idp, site) = house().await;
    let typo = |metadata: &mut ClientMetadata| metadata.allowed_roles.push("editr".parse().unwrap());
    let refused = change(&idp, &site, typo).await;
    assert!(matches!(refused, Some(DirectoryError::UnknownAllowedRole(_))), "{refused:?}");
    let typo = |metadata: &mut ClientMetadata| metadata.allowed_groups.push("staf".parse().unwrap());
    let refused = change(&idp, &site, typo).await;
    assert!(matches!(refused, Some(DirectoryError::UnknownAllowedGroup(_))), "{refused:?}");
    // One that is gone by now stops no other change.
    idp.operator().remove_role(idp.role("editor").await, idp.clock.now()).await.unwrap();
    assert!(change(&idp, &site, |metadata| "Other".clone_into(&mut metadata.name)).await.is_none());
}
