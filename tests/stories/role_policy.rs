//! A role that asks two factors of its holders, whether they have it themselves or by a group, and whenever they got it.

use crate::demanded_enrolment::leads_to_app;
use crate::demanded_factors::{ask, asks_for_code, press_code, said, signed_in};
use idp_core::administration::Role;
use idp_core::authentication::Methods;
use idp_server::db::audit_events::AuditEvent;
use idp_server::directory::DirectoryError;
use idp_server::directory::roles::{NewRole, RoleChange};
use idp_server::store::roles::RoleHolder;
use idp_tests::{Authenticator, SignedIn, TestIdp};
use serde_json::json;

async fn role(idp: &TestIdp, requires_second_factor: bool) -> Role {
    let new = NewRole { requires_second_factor, ..NewRole::named("treasurer".parse().unwrap()) };
    idp.operator().add_role(new, idp.clock.now()).await.unwrap()
}

async fn give(story: &SignedIn, role: &Role, holder: RoleHolder) {
    story.idp.operator().assign_role(role.id, holder, true, story.idp.clock.now()).await.unwrap();
}

/// What a silent request is told.
async fn in_silence(story: &SignedIn) -> Option<String> {
    let answer = ask(&story.browser, &story.idp, &story.site, &[("prompt", "none")]).await;
    answer.redirect_param("error")
}

#[tokio::test]
async fn a_person_who_gets_the_role_proves_two_factors_at_the_next_request_and_refresh() {
    let story = signed_in().await;
    let (idp, site, browser) = (&story.idp, &story.site, &story.browser);
    let role = role(idp, true).await;
    assert_eq!(in_silence(&story).await, None);
    give(&story, &role, RoleHolder::User(story.alice)).await;

    assert!(in_silence(&story).await.is_some());
    let refused = idp.refresh(site, story.refresh_token()).await;
    assert_eq!(refused.refusal(), (400, "invalid_grant"));
    // A person without a factor sets one up on the way.
    let page = ask(browser, idp, site, &[]).await;
    assert!(leads_to_app(&page), "{}", page.body);
    let app = Authenticator::of(idp, story.alice, "Pixel").await;
    let page = ask(browser, idp, site, &[]).await;
    assert!(asks_for_code(&page), "{}", page.body);
    let answer = press_code(idp, browser, &page, &app).await;
    assert_eq!(said(idp, site, &answer).await[0], json!(["pwd", "otp", "mfa"]));
}

#[tokio::test]
async fn a_group_hands_the_demand_on_until_it_loses_the_role_or_the_person_leaves() {
    let story = signed_in().await;
    let (idp, now) = (&story.idp, story.idp.clock.now());
    let by = idp.operator();
    let role = role(idp, true).await;
    let group = by.add_group("finance".parse().unwrap(), String::new(), None, now).await.unwrap();
    give(&story, &role, RoleHolder::Group(group.id)).await;
    assert_eq!(in_silence(&story).await, None, "she is not in it");
    by.set_member(group.id, story.alice, true, now).await.unwrap();
    assert!(in_silence(&story).await.is_some());
    by.assign_role(role.id, RoleHolder::Group(group.id), false, now).await.unwrap();
    assert_eq!(in_silence(&story).await, None);
    give(&story, &role, RoleHolder::Group(group.id)).await;
    assert!(in_silence(&story).await.is_some());
    by.set_member(group.id, story.alice, false, now).await.unwrap();
    assert_eq!(in_silence(&story).await, None);
}

#[tokio::test]
async fn a_role_that_asks_from_now_on_asks_its_holders_of_before() {
    let story = signed_in().await;
    let (idp, now) = (&story.idp, story.idp.clock.now());
    let by = idp.operator();
    let (own, built_in) = (role(idp, false).await, idp.role("auditor").await);
    for role in [own, built_in] {
        give(&story, &role, RoleHolder::User(story.alice)).await;
        assert_eq!(in_silence(&story).await, None);
        let ask = RoleChange { requires_second_factor: Some(true), ..RoleChange::default() };
        let asking = by.change_role(role, ask, now).await.unwrap();
        assert!(in_silence(&story).await.is_some());
        let page = story.browser.visit(idp.url("/account/profile")).await;
        assert!(page.url.path() != "/account/profile", "{}", page.body);
        let ask_no_more = RoleChange { requires_second_factor: Some(false), ..RoleChange::default() };
        by.change_role(asking, ask_no_more, now).await.unwrap();
        assert_eq!(in_silence(&story).await, None);
    }
    assert_eq!(idp.recorded(AuditEvent::RoleChanged).await, 4);
}

#[tokio::test]
async fn no_role_asks_for_what_nobody_here_can_set_up() {
    let idp = TestIdp::start_with(|config| {
        config.authentication.methods = Methods::try_from(vec!["password".to_owned()]).unwrap();
        config.authentication.levels = Default::default();
    });
    let idp = idp.await;
    let new = NewRole { requires_second_factor: true, ..NewRole::named("treasurer".parse().unwrap()) };
    let refused = idp.operator().add_role(new, idp.clock.now()).await;
    assert!(matches!(refused, Err(DirectoryError::NoSecondFactor)), "{refused:?}");
}
