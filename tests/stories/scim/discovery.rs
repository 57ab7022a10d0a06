//! What a system is told of the server.

use super::refused;
use idp_tests::TestIdp;
use idp_tests::scim::{GROUP, SCOPE, USER};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn what_is_supported_and_what_is_not_is_said_to_everyone() {
    let idp = TestIdp::start().await;
    let anybody = idp.provisioning_with("none".to_owned());
    let config = anybody.get("/ServiceProviderConfig").await;
    assert_eq!((config.status, config.header("content-type")), (200, "application/scim+json"));
    for (feature, is_supported) in [
        ("patch", true),
        ("filter", true),
        ("etag", true),
        ("changePassword", true),
        ("bulk", false),
        ("sort", false),
    ] {
        assert_eq!(config.body[feature]["supported"], is_supported, "{feature}");
    }
    let types = anybody.get("/ResourceTypes").await;
    assert_eq!(super::each(&types, "endpoint"), ["/Users", "/Groups"]);
    assert_eq!(anybody.get("/ResourceTypes/User").await.text("schema"), USER);
    let schemas = anybody.get("/Schemas").await;
    assert_eq!(super::each(&schemas, "id"), [USER, GROUP]);
    let user = anybody.get(&format!("/Schemas/{USER}")).await;
    let names: Vec<&str> =
        user.body["attributes"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert!(
        names.contains(&"userName") && !names.contains(&"title"),
        "what is not kept is not in it: {names:?}"
    );
    refused(&anybody.get("/Schemas/urn:x").await, 404, "");
    refused(&anybody.get("/ResourceTypes?filter=name%20pr").await, 403, "");
    for path in ["/ServiceProviderConfig", "/Schemas", "/ResourceTypes"] {
        let other = anybody.send(Method::PATCH, path, Some(json!({})), &[]).await;
        assert_eq!((other.status, other.header("allow")), (405, "GET"), "{path}");
    }
}

#[tokio::test]
async fn what_is_not_done_says_so_to_those_who_are_let_in() {
    let idp = TestIdp::start().await;
    let scim = idp.provisioning("directory", SCOPE).await;
    for (method, path) in [(Method::GET, "/Me"), (Method::POST, "/Bulk"), (Method::POST, "/.search")] {
        refused(&scim.send(method, path, None, &[]).await, 501, "");
    }
    refused(&scim.get("/Devices").await, 404, "");
    refused(&scim.delete("/Users").await, 405, "");
}

#[tokio::test]
async fn without_a_good_token_nothing_is_seen() {
    let idp = TestIdp::start().await;
    let scim = idp.provisioning("directory", SCOPE).await;
    let url = idp.url("/scim/v2/Users");
    let without = idp.send(idp.http.get(&url)).await;
    assert_eq!((without.status, without.header("www-authenticate")), (401, "Bearer realm=\"scim\""));
    let bad = idp.provisioning_with("x.y.z".to_owned()).get("/Users").await;
    refused(&bad, 401, "");
    assert_eq!(bad.header("www-authenticate"), "Bearer realm=\"scim\", error=\"invalid_token\"");
    let in_query = idp.send(idp.http.get(format!("{url}?access_token={}", scim.token))).await;
    assert_eq!(in_query.status, 401);
    for path in ["/Me", "/nothing", "/Groups", "/Users/.search"] {
        assert_eq!(
            idp.provisioning_with("x".to_owned()).get(path).await.status % 100,
            if path.ends_with("search") { 5 } else { 1 }
        );
    }
}
