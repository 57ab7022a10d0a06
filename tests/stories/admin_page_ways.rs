//! The ways between the pages of administrators, a person who is added with attributes, and everybody signed out from a page.

use crate::admin_pages::{click, send, with_role};
use crate::attributes::define;
use idp_core::user::attribute::AttributeAccess;
use idp_core::username::Username;
use idp_server::db::audit_events::AuditEvent;
use idp_tests::{ClientSpec, SignedIn, TestIdp};

const EVERYBODY: &str = "/admin/people/sign-out-everybody";

#[tokio::test]
async fn the_audit_log_leads_to_people_and_to_the_rest_of_a_sign_in() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let idp = &story.idp;
    let (_, browser) = with_role(idp, "root", "administrator").await;
    let log = browser.visit(idp.url(&format!("/admin/audit?person={}&event=signed_in", story.alice))).await;
    let person = format!("/admin/people/show?id={}", story.alice);
    assert!(log.body.contains(&format!("href=\"{person}\"")), "{}", log.body);
    let session = log.body.split("href=\"/admin/audit?session=").nth(1).unwrap().split('"').next().unwrap();
    let same = browser.visit(idp.url(&format!("/admin/audit?session={session}"))).await;
    assert!(same.body.contains("(alice)</bdi>") && !same.body.contains("(root)</bdi>"), "{}", same.body);
    let wrong = browser.visit(idp.url("/admin/audit?session=alice")).await;
    assert!(wrong.status == 422 && wrong.body.contains("id=\"session-problem\""), "{}", wrong.body);
    // And from the person to all that the log has of them.
    let shown = browser.visit(idp.url(&person)).await;
    let of_person = click(&browser, &shown, "people-audit").await;
    assert!(of_person.status == 200 && of_person.body.contains("(alice)</bdi>"), "{}", of_person.body);

    // Who may not see people is led to the log alone.
    let (_, desk) = with_role(idp, "desk", "help-desk").await;
    let shown = desk.visit(idp.url(&person)).await;
    assert!(shown.status == 200 && !shown.body.contains("id=\"people-audit\""), "{}", shown.body);
}

#[tokio::test]
async fn a_person_is_added_with_attributes() {
    let idp = TestIdp::start().await;
    let (_, browser) = with_role(&idp, "alice", "administrator").await;
    define(&idp, "town", AttributeAccess::Administrators).await;
    let form = browser.visit(idp.url("/admin/people/add")).await;
    let long = "x".repeat(33);
    let refused = send(&browser, &form, &[("username", "bob"), ("attribute.town", &long)]).await;
    assert!(refused.status == 422 && refused.body.contains("At most 32 characters fit."), "{}", refused.body);
    assert_eq!((refused.input("username").as_str(), refused.input("attribute.town")), ("bob", long));
    let made = send(&browser, &refused, &[("username", "bob"), ("attribute.town", "Paris")]).await;
    assert!(made.status == 200 && made.body.contains("was added."), "{}", made.body);
    let bob = idp.operator().account(Username::parse("bob").unwrap()).await.unwrap();
    let town = bob.attributes.get(&"town".parse().unwrap()).map(|value| value.texts());
    assert_eq!(town, Some(vec!["Paris".to_owned()]));
}

#[tokio::test]
async fn s73_everybody_is_signed_out_from_a_page_by_those_who_may_with_a_fresh_sign_in() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let idp = &story.idp;
    let (_, manager) = with_role(idp, "manager", "user-manager").await;
    let (_, desk) = with_role(idp, "desk", "help-desk").await;
    assert_eq!(desk.visit(idp.url(EVERYBODY)).await.status, 404);
    let (_, browser) = with_role(idp, "root", "administrator").await;
    let list = browser.visit(idp.url("/admin/people")).await;
    let question = click(&browser, &list, "people-sign-out-everybody").await;
    assert!(question.body.contains("4 open sign-ins end at once"), "{}", question.body);
    // Looking at it ends nothing, and an old sign-in does not do.
    assert_eq!(idp.userinfo(story.access_token()).await.status, 200);
    idp.clock.advance(3600);
    let old = browser.press(&question, "", &[]).await;
    assert_ne!(old.status, 200);
    assert_eq!(idp.recorded(AuditEvent::EverybodySignedOut).await, 0);

    let (_, fresh) = with_role(idp, "second", "administrator").await;
    let question = fresh.visit(idp.url(EVERYBODY)).await;
    let after = send(&fresh, &question, &[]).await;
    assert!(after.has_form("/login"), "{}", after.body);
    assert_eq!(idp.recorded(AuditEvent::EverybodySignedOut).await, 1);
    assert_eq!(manager.open(idp.url("/admin/people")).await.status, 303);
    // Who signs in again sees who did it.
    let answer = fresh.log_in_as(&after, "second", idp_tests::PASSWORD).await;
    let log = fresh.follow(answer).await;
    assert_eq!(log.url.path(), "/admin/audit");
    assert!(log.body.contains("Everybody signed out") && log.body.contains("(second)"), "{}", log.body);
}
