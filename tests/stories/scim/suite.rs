//! The public test suite `scim2-tester` against the server.

use idp_tests::TestIdp;
use idp_tests::python_tool::{must_succeed, python_tool};
use idp_tests::scim::SCOPE;

#[tokio::test(flavor = "multi_thread")]
async fn the_public_test_suite_finds_no_fault() {
    let Some(mut suite) = python_tool("scim", "python") else { return };
    let idp = TestIdp::start().await;
    let scim = idp.provisioning("suite", SCOPE).await;
    suite.arg("run.py").arg(idp.url_by_number("/scim/v2")).env("SCIM_TOKEN", &scim.token);
    must_succeed(suite).await;
}
