//! The OpenAPI document against the server that answers: `schemathesis` makes requests from the document, by chance and by the
//! bounds of each schema, and compares every answer with it.

use idp_core::administration::Permissions;
use idp_tests::python_tool::{must_succeed, python_tool};
use idp_tests::{ClientSpec, TestIdp};
use serde_json::json;

/// It gives up the key that signed the token of the run, so it has a run of its own, the last one.
const ENDS_TOKENS: &str = "giveUpKey";

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_does_what_the_document_says() {
    let idp = TestIdp::start().await;
    let spec = idp.add_api_client("suite", &Permissions::all().to_string()).await;
    let api = idp.calling_as_client(&spec).await;
    // Something of each kind, for the operations that need one.
    let site = ClientSpec::confidential("site");
    idp.add_client(&site).await;
    for name in ["ada", "bob"] {
        let user = idp.add_user(name).await;
        let address = json!({ "address": format!("{name}@work.example"), "verified": false });
        assert_eq!(api.post(&format!("/users/{user}/addresses"), address).await.status, 200);
        idp.browser().sign_in(&idp, &site, name).await;
    }
    for name in ["staff", "guests"] {
        assert_eq!(api.post("/groups", json!({ "name": name })).await.status, 201);
        assert_eq!(api.post("/roles", json!({ "name": name })).await.status, 201);
    }
    for selection in ["--exclude-operation-id", "--include-operation-id"] {
        let Some(mut suite) = python_tool("openapi", "schemathesis") else { return };
        suite.args(["run", &idp.url_by_number("/api/v1/openapi.json")]);
        suite.args(["--url", &idp.url_by_number("/api/v1"), selection, ENDS_TOKENS]);
        suite.env("API_TOKEN", &api.token);
        println!("{}", must_succeed(suite).await);
    }
}
