//! A provisioning system is an administrator like others: it does what it has the permissions for, and becomes nobody who has more.

use super::refused;
use idp_core::administration::Permissions;
use idp_server::db::audit_events::AuditEvent;
use idp_server::store::roles::RoleHolder;
use idp_tests::TestIdp;
use idp_tests::scim::{SCOPE, group, members_of, user};
use reqwest::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn each_act_takes_the_permission_that_the_same_act_takes_elsewhere() {
    let idp = TestIdp::start().await;
    let whole = idp.provisioning("directory", SCOPE).await;
    let person = whole.add_user(json!({ "userName": "ada" })).await;
    let crew = whole.add_group("Crew", &[&person]).await;
    let reader = idp.provisioning("reader", "idp.users.read").await;
    let seen = reader.get(&person).await;
    assert_eq!((seen.status, seen.body.get("groups")), (200, None), "groups are not theirs to see");
    for (method, path, body) in [
        (Method::POST, "/Users", Some(user(json!({ "userName": "x" })))),
        (Method::PUT, person.as_str(), Some(user(json!({ "userName": "x" })))),
        (Method::DELETE, person.as_str(), None),
        (Method::GET, "/Groups", None),
        (Method::GET, crew.as_str(), None),
        (Method::POST, "/Groups", Some(group("x", &[]))),
        (Method::DELETE, crew.as_str(), None),
    ] {
        let refusal = reader.send(method, path, body, &[]).await;
        refused(&refusal, 403, "");
        assert!(refusal.header("www-authenticate").contains("insufficient_scope"), "{refusal:?}");
    }
    let filter = format!("groups.value eq \"{}\"", crew.rsplit('/').next().unwrap());
    refused(&reader.find("/Users", &filter).await, 403, "");
    // A password is a credential.
    let clerk = idp.provisioning("clerk", "idp.users.read idp.users.manage").await;
    let password = json!([{ "op": "add", "path": "password", "value": "seven grey herons wading" }]);
    refused(&clerk.patch(&person, password).await, 403, "");
    assert_eq!(
        clerk.patch(&person, json!([{ "op": "add", "path": "nickName", "value": "x" }])).await.status,
        200
    );
    let blind = idp.provisioning("blind", "idp.groups.read idp.groups.manage").await;
    assert!(blind.get(&crew).await.body.get("members").is_none(), "nor are people");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_does_not_reach_people_and_groups_with_more_rights_than_its_own() {
    let idp = TestIdp::start().await;
    let scim = idp.provisioning("directory", SCOPE).await;
    let (root, mallory) = (idp.add_user("root").await, idp.add_user("mallory").await);
    idp.give_role(root, "administrator").await;
    let path = format!("/Users/{root}");
    for value in [
        json!({ "active": false }),
        json!({ "password": "seven grey herons wading" }),
        json!({ "userName": "mallory2" }),
        json!({ "emails": [{ "value": "mallory@example.org" }] }),
        json!({ "externalId": "x" }),
    ] {
        let refusal = scim.patch(&path, json!([{ "op": "replace", "value": value }])).await;
        refused(&refusal, 403, "");
    }
    refused(&scim.put(&path, user(json!({ "userName": "root", "active": false }))).await, 403, "");
    refused(&scim.delete(&path).await, 403, "");
    // A group whose members are administrators.
    let group = scim.add_group("Admins", &[]).await;
    let id = group.rsplit('/').next().unwrap().parse().unwrap();
    let role = idp.role("administrator").await.id;
    idp.operator().assign_role(role, RoleHolder::Group(id), true, idp.clock.now()).await.unwrap();
    let join = json!([{ "op": "add", "path": "members", "value": members_of(&[&mallory.to_string()]) }]);
    refused(&scim.patch(&group, join).await, 403, "");
    refused(
        &scim.patch(&group, json!([{ "op": "replace", "path": "displayName", "value": "x" }])).await,
        403,
        "",
    );
    refused(&scim.delete(&group).await, 403, "");
    // Nor is an administrator put into a group, or taken out of one.
    let crew = scim.add_group("Crew", &[]).await;
    let admin = json!([{ "op": "add", "path": "members", "value": members_of(&[&mallory.to_string(), &root.to_string()]) }]);
    refused(&scim.patch(&crew, admin).await, 403, "");
    refused(&scim.post("/Groups", idp_tests::scim::group("New", &[&root.to_string()])).await, 403, "");
    assert_eq!(idp.recorded(AuditEvent::MemberAdded).await, 0);
    // Roles are told, and are not for it to give.
    let roles = json!([{ "op": "add", "path": "roles", "value": [{ "value": "administrator" }] }]);
    refused(&scim.patch(&format!("/Users/{mallory}"), roles).await, 400, "mutability");
    let made =
        scim.post("/Users", user(json!({ "userName": "x", "roles": [{ "value": "administrator" }] }))).await;
    assert_eq!((made.status, made.body.get("roles")), (201, None));
    assert_eq!(scim.get(&path).await.body["roles"], json!([{ "value": "administrator" }]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_administrator_stays() {
    let idp = TestIdp::start().await;
    let scim = idp.provisioning("directory", &Permissions::all().to_string()).await;
    let root = idp.add_user("root").await;
    idp.give_role(root, "administrator").await;
    let path = format!("/Users/{root}");
    refused(
        &scim.patch(&path, json!([{ "op": "replace", "path": "active", "value": false }])).await,
        409,
        "",
    );
    refused(&scim.delete(&path).await, 409, "");
    assert_eq!(scim.get(&path).await.body["active"], json!(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_says_which_system_it_was() {
    let idp = TestIdp::start().await;
    let scim = idp.provisioning("directory", &Permissions::all().to_string()).await;
    let path = scim.add_user(json!({ "userName": "ada" })).await;
    scim.patch(&path, json!([{ "op": "add", "value": { "nickName": "Al", "externalId": "7" } }])).await;
    let auditor = idp.add_api_client("auditor", "idp.audit.read").await;
    let log = idp.calling_as_client(&auditor).await.get("/audit-events?limit=200").await;
    let events = log.body["items"].as_array().unwrap_or_else(|| panic!("{log:?}"));
    let changed =
        events.iter().find(|event| event["event"] == "user_changed").unwrap_or_else(|| panic!("{log:?}"));
    assert!(changed.to_string().contains("client:directory"), "{changed}");
    assert!(changed.to_string().contains("nickname external_id"), "{changed}");
}
