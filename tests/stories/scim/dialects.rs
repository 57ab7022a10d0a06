//! Requests as Microsoft Entra ID and Okta document them for servers like this one, one after the other as they come.

use super::each;
use idp_tests::TestIdp;
use idp_tests::scim::SCOPE;
use reqwest::Method;
use serde_json::json;

/// learn.microsoft.com, "Tutorial: Develop and plan provisioning for a SCIM endpoint in Microsoft Entra ID".
#[tokio::test(flavor = "multi_thread")]
async fn microsoft_entra_provisions_changes_and_deprovisions() {
    let idp = TestIdp::start().await;
    let scim = idp.provisioning("entra", SCOPE).await;
    // The connection is tested by a person who is not there.
    let probe = scim.find("/Users", "userName eq \"7f6bc8a1-bbbf-4b0e-9b0e-000000000000\"").await;
    assert_eq!(
        (probe.status, &probe.body["totalResults"], &probe.body["Resources"]),
        (200, &json!(0), &json!([]))
    );
    let made = scim
        .post(
            "/Users",
            json!({
                "schemas": [
                    "urn:ietf:params:scim:schemas:core:2.0:User",
                    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
                ],
                "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef", "userName": "Test_User_ab6490ee@testuser.com", "active": true,
                "displayName": "Test User", "emails": [{ "primary": true, "type": "work", "value": "Test_User_fd0ea19b@testuser.com" }],
                "meta": { "resourceType": "User" }, "roles": [], "title": "x",
                "name": { "formatted": "givenName familyName", "familyName": "familyName", "givenName": "givenName" },
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "x" },
            }),
        )
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    let path = format!("/Users/{}", made.text("id"));
    let operations = json!([
        { "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "updatedEmail@microsoft.com" },
        { "op": "Replace", "path": "name.familyName", "value": "updatedFamilyName" },
        { "op": "Add", "path": "phoneNumbers[type eq \"work\"].value", "value": "+1 555 0100" },
        { "op": "Add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "value": "y" },
        { "op": "Add", "path": "title", "value": "y" },
        { "op": "Add", "path": "addresses[type eq \"work\"].country", "value": "FR" },
    ]);
    let changed = scim.patch(&path, operations).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    assert_eq!(changed.body["emails"][0]["value"], "updatedEmail@microsoft.com");
    assert_eq!(changed.body["name"]["familyName"], "updatedFamilyName");
    assert_eq!(changed.body["phoneNumbers"][0]["value"], "+1 555 0100");
    let renamed = scim
        .patch(&path, json!([{ "op": "Replace", "path": "userName", "value": "5b50642d@contoso.com" }]))
        .await;
    assert_eq!(renamed.text("userName"), "5b50642d@contoso.com");
    let off = scim.patch(&path, json!([{ "op": "Replace", "path": "active", "value": "False" }])).await;
    assert_eq!(off.body["active"], json!(false));

    let group = scim
        .post(
            "/Groups",
            json!({
                "schemas": [
                    "urn:ietf:params:scim:schemas:core:2.0:Group",
                    "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group",
                ],
                "externalId": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159", "displayName": "displayName",
                "meta": { "resourceType": "Group" },
            }),
        )
        .await;
    assert_eq!(group.status, 201, "{group:?}");
    let group_path = format!("/Groups/{}", group.text("id"));
    assert_eq!(scim.get(&format!("{group_path}?excludedAttributes=members")).await.status, 200);
    let found =
        scim.get("/Groups?excludedAttributes=members&filter=displayName%20eq%20%22displayName%22").await;
    assert_eq!(each(&found, "id"), [group.text("id")]);
    let join =
        json!([{ "op": "Add", "path": "members", "value": [{ "$ref": null, "value": made.text("id") }] }]);
    assert_eq!(scim.patch(&group_path, join).await.body["members"][0]["value"], made.text("id"));
    let leave =
        json!([{ "op": "Remove", "path": "members", "value": [{ "$ref": null, "value": made.text("id") }] }]);
    let left = scim.patch(&group_path, leave).await;
    assert_eq!((left.status, left.body.get("members")), (200, None));
    let rename = json!([{ "op": "Replace", "path": "displayName", "value": "1879db59" }]);
    assert_eq!(scim.patch(&group_path, rename).await.text("displayName"), "1879db59");
    assert_eq!(scim.delete(&group_path).await.status, 204);
    assert_eq!(scim.delete(&path).await.status, 204);
}

/// developer.okta.com, "Okta and SCIM Version 2.0".
#[tokio::test(flavor = "multi_thread")]
async fn okta_provisions_changes_and_deprovisions() {
    let idp = TestIdp::start().await;
    let scim = idp.provisioning("okta", SCOPE).await;
    let found =
        scim.get("/Users?filter=userName%20eq%20%22test.user%40okta.local%22&startIndex=1&count=100").await;
    assert_eq!((found.status, &found.body["totalResults"]), (200, &json!(0)));
    let mut person = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "test.user@okta.local",
        "name": { "givenName": "Test", "familyName": "User" },
        "emails": [{ "primary": true, "value": "test.user@okta.local", "type": "work" }], "displayName": "Test User",
        "locale": "en-US", "externalId": "00ujl29u0le5T6Aj10h7", "groups": [], "password": "1mz050nq-more of it", "active": true,
    });
    let made = scim.post("/Users", person.clone()).await;
    assert_eq!(made.status, 201, "{made:?}");
    let path = format!("/Users/{}", made.text("id"));
    assert_eq!(each(&scim.get("/Users?startIndex=1&count=2").await, "id"), [made.text("id")]);
    // It reads, changes, and sends the whole.
    person.as_object_mut().unwrap().remove("password");
    person["id"] = json!(made.text("id"));
    person["name"] = json!({ "givenName": "Another", "middleName": "", "familyName": "User" });
    person["meta"] = json!({ "resourceType": "User" });
    let replaced = scim.put(&path, person).await;
    assert_eq!(
        (replaced.status, &replaced.body["name"]["givenName"]),
        (200, &json!("Another")),
        "{replaced:?}"
    );
    let off = scim.patch(&path, json!([{ "op": "replace", "value": { "active": false } }])).await;
    assert_eq!((off.status, &off.body["active"]), (200, &json!(false)));

    let group = scim
        .post("/Groups", json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Test SCIMv2", "members": [] }))
        .await;
    assert_eq!(group.status, 201, "{group:?}");
    let group_path = format!("/Groups/{}", group.text("id"));
    let rename =
        json!([{ "op": "replace", "value": { "id": group.text("id"), "displayName": "Test SCIMv0" } }]);
    assert_eq!(scim.patch(&group_path, rename).await.text("displayName"), "Test SCIMv0");
    let member = json!([{ "value": made.text("id"), "display": "test.user@okta.local" }]);
    let join = json!([{ "op": "add", "path": "members", "value": member }]);
    assert_eq!(scim.patch(&group_path, join).await.body["members"][0]["value"], made.text("id"));
    let leave = json!([{ "op": "remove", "path": format!("members[value eq \"{}\"]", made.text("id")) }]);
    assert_eq!(scim.patch(&group_path, leave).await.body.get("members"), None);
    let all = json!([{ "op": "replace", "path": "members", "value": member }]);
    assert_eq!(scim.patch(&group_path, all).await.body["members"].as_array().unwrap().len(), 1);
    let whole = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "id": group.text("id"), "displayName": "Test SCIMv2", "members": member });
    assert_eq!(
        scim.send(Method::PUT, &group_path, Some(whole), &[]).await.text("displayName"),
        "Test SCIMv2"
    );
    assert_eq!(scim.delete(&group_path).await.status, 204);
}
