//! Groups over SCIM.

use super::{each, refused};
use idp_server::db::audit_events::AuditEvent;
use idp_tests::TestIdp;
use idp_tests::scim::{SCOPE, ScimClient, group, members_of};
use reqwest::Method;
use serde_json::{Value, json};

async fn people(scim: &ScimClient<'_>, count: usize) -> Vec<String> {
    let mut paths = Vec::new();
    // Those of one second are in no order.
    for number in 0..count {
        paths.push(scim.add_user(json!({ "userName": format!("person-{number}") })).await);
    }
    paths.sort();
    paths
}

fn members(body: &Value) -> Vec<String> {
    let members = body["members"].as_array().cloned().unwrap_or_default();
    members.iter().map(|member| format!("/Users/{}", member["value"].as_str().unwrap())).collect()
}

fn refs(paths: &[String]) -> Vec<&str> {
    paths.iter().map(String::as_str).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_made_changed_and_removed_with_its_members() {
    let idp = TestIdp::start().await;
    let scim = idp.provisioning("directory", SCOPE).await;
    let people = people(&scim, 3).await;
    let mut new = group("Staff", &refs(&people[..2]));
    new["externalId"] = json!("00g1");
    let made = scim.post("/Groups", new).await;
    assert_eq!((made.status, made.text("externalId")), (201, "00g1"), "{made:?}");
    assert_eq!(members(&made.body), people[..2]);
    let reference = &made.body["members"][0];
    assert_eq!(reference["$ref"], format!("{}/scim/v2{}", idp.issuer, people[0]));
    let path = format!("/Groups/{}", made.text("id"));
    assert_eq!(scim.get(&path).await.body, made.body);
    let person = scim.get(&people[0]).await;
    assert_eq!(
        (&person.body["groups"][0]["display"], &person.body["groups"][0]["value"]),
        (&json!("Staff"), &made.body["id"])
    );
    refused(&scim.post("/Groups", group("Staff", &[])).await, 409, "uniqueness");

    let operations = json!([
        { "op": "add", "path": "members", "value": members_of(&[&people[2]]) },
        { "op": "remove", "path": format!("members[value eq \"{}\"]", people[0].rsplit('/').next().unwrap()) },
        { "op": "replace", "value": { "id": made.text("id"), "displayName": "All staff" } },
    ]);
    let changed = scim.patch(&path, operations).await;
    assert_eq!((changed.status, changed.text("displayName")), (200, "All staff"), "{changed:?}");
    assert_eq!(members(&changed.body), people[1..]);
    assert_eq!(changed.text("externalId"), "00g1");
    let replaced = scim.put(&path, group("Crew", &refs(&people[..1]))).await;
    assert_eq!(members(&replaced.body), people[..1], "{replaced:?}");
    assert!(replaced.body.get("externalId").is_none());
    let emptied = scim.patch(&path, json!([{ "op": "remove", "path": "members" }])).await;
    assert_eq!((emptied.status, members(&emptied.body).len()), (200, 0));
    assert_eq!(scim.delete(&path).await.status, 204);
    refused(&scim.get(&path).await, 404, "");
    assert_eq!(scim.get(&people[0]).await.status, 200, "its members stay people");
    assert_eq!(idp.recorded(AuditEvent::MemberAdded).await, 4);
    assert_eq!(idp.recorded(AuditEvent::MemberRemoved).await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_a_group_is_done_as_a_whole_or_not_at_all() {
    let idp = TestIdp::start().await;
    let scim = idp.provisioning("directory", SCOPE).await;
    let people = people(&scim, 2).await;
    let path = scim.add_group("Staff", &[&people[0]]).await;
    scim.add_group("Other", &[]).await;
    let before = scim.get(&path).await.body;
    for last in [
        json!({ "op": "replace", "path": "displayName", "value": "Other" }),
        json!({ "op": "add", "path": "members", "value": [{ "value": uuid::Uuid::max() }] }),
        json!({ "op": "remove", "path": "displayName" }),
    ] {
        let operations = json!([
            { "op": "add", "path": "members", "value": members_of(&[&people[1]]) },
            { "op": "replace", "path": "externalId", "value": "x" },
            last,
        ]);
        let refusal = scim.patch(&path, operations).await;
        assert!([400, 409].contains(&refusal.status), "{refusal:?}");
        assert_eq!(scim.get(&path).await.body, before, "{last}");
    }
    let nested =
        json!([{ "op": "add", "path": "members", "value": [{ "value": people[1], "type": "Group" }] }]);
    refused(&scim.patch(&path, nested).await, 400, "invalidValue");
    refused(
        &scim.post("/Groups", group("New", &[&uuid::Uuid::max().to_string()])).await,
        400,
        "invalidValue",
    );
    assert_eq!(each(&scim.get("/Groups").await, "displayName"), ["Other", "Staff"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_change_one_group_the_second_learns_of_it() {
    let idp = TestIdp::start().await;
    let scim = idp.provisioning("directory", SCOPE).await;
    let people = people(&scim, 1).await;
    let path = scim.add_group("Staff", &[]).await;
    let tag = scim.get(&path).await.header("etag").to_owned();
    scim.patch(&path, json!([{ "op": "add", "path": "members", "value": members_of(&refs(&people)) }])).await;
    let stale = scim.send(Method::PUT, &path, Some(group("Staff", &[])), &[("if-match", &tag)]).await;
    refused(&stale, 412, "");
    let tag = scim.get(&path).await.header("etag").to_owned();
    let fresh = scim.send(Method::PUT, &path, Some(group("Staff", &[])), &[("if-match", &tag)]).await;
    assert_eq!(fresh.status, 200, "{fresh:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_are_found_by_what_has_an_index() {
    let idp = TestIdp::start().await;
    let scim = idp.provisioning("directory", SCOPE).await;
    let people = people(&scim, 1).await;
    let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let staff = scim.add_group("Staff", &[&people[0]]).await;
    scim.add_group("Staff/Finance", &[]).await;
    scim.patch(&staff, json!([{ "op": "add", "path": "externalId", "value": "00g1" }])).await;
    for (filter, expected) in [
        ("displayName eq \"Staff\"".to_owned(), vec!["Staff"]),
        ("displayName eq \"staff\"".to_owned(), vec![]),
        ("displayName sw \"Staff\"".to_owned(), vec!["Staff", "Staff/Finance"]),
        ("externalId eq \"00g1\"".to_owned(), vec!["Staff"]),
        (format!("id eq \"{}\"", id(&staff)), vec!["Staff"]),
        (format!("members.value eq \"{}\"", id(&people[0])), vec!["Staff"]),
        (format!("members[value eq \"{}\"] and displayName sw \"S\"", id(&people[0])), vec!["Staff"]),
        ("displayName eq \"Staff\" and externalId eq \"other\"".to_owned(), vec![]),
    ] {
        let found = scim.find("/Groups", &filter).await;
        assert_eq!((found.status, each(&found, "displayName")), (200, expected), "{filter}");
        assert_eq!(found.body["totalResults"], found.body["Resources"].as_array().unwrap().len());
    }
    for filter in ["displayName co \"taff\"", "externalId pr", "not (displayName eq \"x\")", "members pr"] {
        refused(&scim.find("/Groups", filter).await, 400, "invalidFilter");
    }
    let without = scim.get(&format!("{staff}?excludedAttributes=members")).await;
    assert!(without.body.get("members").is_none() && without.header("etag").is_empty(), "{without:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn very_many_members_are_refused_with_the_way_to_do_it() {
    let idp = TestIdp::start().await;
    let scim = idp.provisioning("directory", SCOPE).await;
    let path = scim.add_group("Staff", &[]).await;
    let many: Vec<String> = (0..1001).map(|number| uuid::Uuid::from_u128(number).to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let operation = |ids: &[&str]| json!([{ "op": "add", "path": "members", "value": members_of(ids) }]);
    refused(&scim.patch(&path, operation(&many)).await, 400, "tooMany");
    let halves = json!([operation(&many[..600])[0], operation(&many[600..])[0]]);
    refused(&scim.patch(&path, halves).await, 400, "tooMany");
    refused(&scim.patch(&path, operation(&many[..3])).await, 400, "invalidValue");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_people_than_have_locks_of_their_own_come_and_go_together() {
    let idp = TestIdp::start().await;
    let scim = idp.provisioning("directory", SCOPE).await;
    let people = people(&scim, 70).await;
    let path = scim.add_group("Staff", &refs(&people)).await;
    assert_eq!(members(&scim.get(&path).await.body), people);
    let replaced = scim.patch(
        &path,
        json!([{ "op": "replace", "path": "members", "value": members_of(&refs(&people[69..])) }]),
    );
    assert_eq!(members(&replaced.await.body), people[69..]);
}
