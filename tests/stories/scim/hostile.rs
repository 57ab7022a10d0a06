//! Whatever is sent, the answer is a clear refusal.

use super::refused;
use idp_tests::TestIdp;
use idp_tests::scim::{GROUP, SCOPE, USER};
use reqwest::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_no_messages_are_refused() {
    let idp = TestIdp::start().await;
    let scim = idp.provisioning("directory", SCOPE).await;
    let person = scim.add_user(json!({ "userName": "ada" })).await;
    let before = scim.get(&person).await.body;
    let deep = |levels: usize| {
        format!("{{\"schemas\":[\"{USER}\"],\"name\":{}{}}}", "[".repeat(levels), "]".repeat(levels))
    };
    let operations = |count: usize| {
        let one = "{\"op\":\"add\",\"path\":\"nickName\",\"value\":\"x\"}";
        let all = vec![one; count].join(",");
        format!("{{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],\"Operations\":[{all}]}}")
    };
    for (method, path, body, status) in [
        (Method::POST, "/Users", String::new(), 400),
        (Method::POST, "/Users", "null".to_owned(), 400),
        (Method::POST, "/Users", "{\"schemas\":".to_owned(), 400),
        (Method::POST, "/Users", deep(50), 400),
        (Method::POST, "/Users", deep(100_000), 400),
        (
            Method::POST,
            "/Users",
            format!("{{\"schemas\":[\"{USER}\"],\"userName\":\"x\",\"username\":\"y\"}}"),
            400,
        ),
        (Method::POST, "/Users", format!("{{\"schemas\":[\"{USER}\"],\"userName\":\"\\ud800\"}}"), 400),
        (Method::POST, "/Users", format!("{{\"schemas\":[\"{USER}\"],\"userName\":\"a\\u0000b\"}}"), 400),
        (Method::POST, "/Users", format!("{{\"schemas\":[\"{USER}\"],\"userName\":\"a\\u202eb\"}}"), 400),
        (
            Method::POST,
            "/Users",
            format!("{{\"schemas\":[\"{USER}\"],\"userName\":\"{}\"}}", "x".repeat(5000)),
            400,
        ),
        (
            Method::POST,
            "/Users",
            format!("{{\"schemas\":[\"{USER}\"],\"userName\":\"x\",\"externalId\":\"a\\u0000\"}}"),
            400,
        ),
        (
            Method::POST,
            "/Users",
            format!("{{\"schemas\":[\"{USER}\"],\"userName\":\"x\",\"displayName\":\"a\\u0000\"}}"),
            400,
        ),
        (
            Method::POST,
            "/Users",
            format!("{{\"schemas\":[\"{USER}\"],\"userName\":\"x\",\"profileUrl\":\"javascript:1\"}}"),
            400,
        ),
        (Method::POST, "/Groups", format!("{{\"schemas\":[\"{GROUP}\"],\"displayName\":\" x\"}}"), 400),
        (
            Method::POST,
            "/Groups",
            format!("{{\"schemas\":[\"{GROUP}\"],\"displayName\":\"{}\"}}", "x".repeat(300_000)),
            413,
        ),
        (Method::PATCH, person.as_str(), operations(10_000), 413),
        (Method::PATCH, person.as_str(), operations(1001), 400),
        (Method::PATCH, person.as_str(), "{}".to_owned(), 400),
        (Method::PUT, person.as_str(), "[]".to_owned(), 400),
    ] {
        let answer = scim.send_text(method, path, Some(body.clone()), &[]).await;
        assert_eq!(answer.status, status, "{} {answer:?}", body.chars().take(100).collect::<String>());
        assert_eq!(answer.header("content-type"), "application/scim+json");
    }
    assert_eq!(scim.get(&person).await.body, before);
    let url = idp.url("/scim/v2/Users");
    let form = idp.http.post(&url).bearer_auth(&scim.token).form(&[("userName", "x")]);
    refused(&idp.send(form).await, 415, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_and_queries_that_lead_nowhere_are_refused() {
    let idp = TestIdp::start().await;
    let scim = idp.provisioning("directory", SCOPE).await;
    for path in [
        "/Users/x",
        "/Users/00000000-0000-0000-0000-000000000000",
        "/Groups/%00",
        "/Users/%2e%2e%2fGroups",
        "/Groups/ffffffff-ffff-ffff-ffff-ffffffffffff",
        "/users",
        "/Users/x/y",
        "/Users/%ff",
    ] {
        let answer = scim.get(path).await;
        assert_eq!(answer.status, 404, "{path}: {answer:?}");
    }
    for query in [
        "filter=%ff",
        "filter=(",
        "filter=userName%20eq%20%22%00%22%20or",
        "startIndex=99999999999999999999",
        "count=1e3",
        "filter=id%20pr&filter=id%20pr",
        "cursor=%ff",
    ] {
        for kind in ["Users", "Groups"] {
            let answer = scim.get(&format!("/{kind}?{query}")).await;
            assert_eq!(answer.status, 400, "{query}: {answer:?}");
        }
    }
    let far = scim.get("/Users?startIndex=9223372036854775807&count=9223372036854775807").await;
    assert_eq!((far.status, &far.body["Resources"]), (200, &json!([])), "{far:?}");
    for filter in [
        "userName eq \"\\u0000\"",
        "externalId eq \"\\u0000\"",
        "displayName sw \"\\u0000\"",
        "displayName eq \"a\\u0000b\"",
        "emails eq \"\\u0000@x.example\"",
    ] {
        for kind in ["/Users", "/Groups"] {
            let answer = scim.find(kind, filter).await;
            assert!([200, 400].contains(&answer.status), "{kind} {filter}: {answer:?}");
        }
    }
}
