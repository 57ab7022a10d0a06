//! The OpenAPI document against the server that answers: `schemathesis` makes requests from the document, by chance and by the
//! bounds of each schema, and compares every answer with it.

use idp_core::administration::Permissions;
use idp_tests::backend::Backend;
use idp_tests::python_tool::{must_succeed, python_tool};
use idp_tests::{ClientSpec, TestIdp};
use serde_json::json;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi");
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
    let folder = tempfile::tempdir().unwrap();
    // Chains of operations take longest, and ask no other statements: once is enough.
    let chains = if Backend::of_this_run() == Backend::Sqlite { ",stateful" } else { "" };
    let all = format!("examples,coverage,fuzzing{chains}");
    let runs =
        [("--exclude-operation-id", all.as_str()), ("--include-operation-id", "examples,coverage,fuzzing")];
    for (selection, phases) in runs {
        let Some(mut suite) = python_tool("openapi", "schemathesis") else { return };
        // It keeps what it found where it runs.
        suite.current_dir(&folder).env("SCHEMATHESIS_HOOKS", format!("{FOLDER}/hooks.py"));
        suite.args(["--config-file", &format!("{FOLDER}/schemathesis.toml")]);
        suite.args(["run", &idp.url_by_number("/api/v1/openapi.json"), "--phases", phases]);
        suite.args(["--url", &idp.url_by_number("/api/v1"), selection, ENDS_TOKENS]);
        suite.env("API_TOKEN", &api.token);
        if let Ok(seed) = std::env::var("OPENAPI_SEED") {
            suite.args(["--seed", &seed]);
        }
        println!("{}", must_succeed(suite).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_valid_and_a_client_made_from_it_works() {
    let Some(mut validator) = python_tool("openapi", "openapi-spec-validator") else { return };
    let idp = TestIdp::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("openapi.json");
    let document = idp.http.get(idp.url("/api/v1/openapi.json")).send().await.unwrap();
    std::fs::write(&file, document.bytes().await.unwrap()).unwrap();
    validator.arg(&file);
    must_succeed(validator).await;
    let Some(mut generator) = python_tool("openapi", "openapi-python-client") else { return };
    generator
        .args(["generate", "--meta", "none", "--config", "generator.yaml", "--fail-on-warning", "--path"])
        .arg(&file);
    generator.arg("--output-path").arg(folder.path().join("generated"));
    must_succeed(generator).await;
    let spec = idp.add_api_client("machine", &Permissions::all().to_string()).await;
    let api = idp.calling_as_client(&spec).await;
    let Some(mut client) = python_tool("openapi", "python") else { return };
    client.args(["client.py", &idp.url_by_number("/api/v1")]).env("API_TOKEN", &api.token);
    client.env("PYTHONPATH", folder.path());
    must_succeed(client).await;
    let groups = api.get("/groups").await;
    assert_eq!(groups.body["items"][0]["description"], "Made by a generated client", "{groups:?}");
}
