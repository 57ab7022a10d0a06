//! The public test suite `scim2-tester` against the server. `tests/run` fetches it; a machine without it leaves the check out.

use idp_tests::TestIdp;
use idp_tests::scim::SCOPE;
use std::path::Path;
use std::process::Command;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scim");

#[tokio::test(flavor = "multi_thread")]
async fn the_public_test_suite_finds_no_fault() {
    let python = Path::new(FOLDER).join("venv/bin/python");
    if !python.exists() {
        eprintln!(
            "scim2-tester is left out: it comes with `tests/run`, or as tests/scim/requirements.txt says"
        );
        return;
    }
    let idp = TestIdp::start().await;
    let scim = idp.provisioning("suite", SCOPE).await;
    // Not every system knows that names below localhost are this machine.
    let mut address = url::Url::parse(&idp.url("/scim/v2")).unwrap();
    address.set_host(Some("127.0.0.1")).unwrap();
    let address = address.to_string();
    let mut command = Command::new(python);
    command.arg(Path::new(FOLDER).join("run.py")).arg(address).env("SCIM_TOKEN", &scim.token);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let (said, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{complained}");
}
