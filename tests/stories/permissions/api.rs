//! Each cell of the table on the API. A refusal comes before anything else is looked at: what the request names, its body, its
//! parameters.

use super::{Listed, PIXEL, columns, needs_of, operations, person_of};
use idp_core::administration::Permissions;
use idp_tests::administration::ApiCaller;
use idp_tests::{TestIdp, TokenAnswer};
use serde_json::{Value, json};
use uuid::Uuid;

/// A body that fits, for each operation that takes one. `name` is free yet.
pub fn body_of(id: &str, name: &str) -> Value {
    match id {
        "createUser" => json!({ "username": name, "password": "seven grey herons wading" }),
        "updateUser" => json!({ "claims": { "nickname": name } }),
        "setUserPassword" => json!({ "password": "seven grey herons wading" }),
        "addUserAddress" => json!({ "address": format!("{name}@new.example"), "verified": true }),
        "createInvitation" => json!({ "address": format!("{name}@invited.example") }),
        "createGroup" | "createRole" => json!({ "name": name }),
        "updateGroup" | "updateRole" => json!({ "description": name }),
        "createAttribute" => json!({ "name": name.replace('-', "_") }),
        "updateAttribute" => json!({ "label": name }),
        "registerClient" => json!({
            "client_id": name, "client_name": name, "redirect_uris": ["https://new.example/callback"], "audience": name,
        }),
        "updateClient" | "previewClient" => json!({ "client_name": name }),
        "setClientSecret" => json!({ "client_secret": format!("{name}-Vh3kQ0zR9sXw7LmT2bNc") }),
        "explain" => json!({ "text": name }),
        "setClientLogo" => json!({ "base64": PIXEL }),
        _ => panic!("{id} takes a body, and none is here that fits"),
    }
}

/// The path of an operation with something of the right shape in the place of each parameter, which is not there.
fn path_to_nothing(path: &str) -> String {
    let parts = path.split('/').map(|part| match part {
        "{user}" | "{address}" | "{method}" | "{session}" | "{group}" | "{role}" | "{attribute}"
        | "{mail}" => Uuid::max().to_string(),
        "{client}" | "{kid}" | "{delivery}" => "none".to_owned(),
        "{fingerprint}" => "0123456789abcdef".to_owned(),
        "{invitation}" => "0".repeat(43),
        part if part.starts_with('{') => panic!("{path}: what is {part}?"),
        part => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("/")
}

async fn ask(caller: &ApiCaller<'_>, operation: &Listed, path: &str, body: Option<Value>) -> TokenAnswer {
    caller.call(operation.method.as_str().parse().unwrap(), path, body).await
}

/// Whatever is wrong with the request beside, it says what is missing.
pub async fn is_refused(caller: &ApiCaller<'_>, operation: &Listed, missing: Permissions, column: &str) {
    let path = path_to_nothing(operation.path);
    let fits = operation.takes_body.then(|| body_of(operation.id, "refused"));
    let unfit = operation.path.split('/').map(|part| if part.starts_with('{') { "%00" } else { part });
    let unfit = unfit.collect::<Vec<_>>().join("/");
    for (path, body) in [
        (path.clone(), fits.clone()),
        (unfit, fits),
        (path.clone(), Some(json!(["neither", 1]))),
        (format!("{path}?no_such_parameter=1&limit=x"), None),
    ] {
        let answer = ask(caller, operation, &path, body).await;
        let said = (answer.status, answer.body["code"].as_str(), answer.body["required_scope"].as_str());
        let expected = (403, Some("not_permitted"), Some(missing.to_string()));
        let expected = (expected.0, expected.1, expected.2.as_deref());
        assert_eq!(said, expected, "{} by {column} at {path}: {}", operation.id, answer.body);
    }
}

async fn is_not_refused(caller: &ApiCaller<'_>, operation: &Listed, column: &str) {
    let path = match operation.id {
        // What it does would end the story: it is let in, and then refused for a parameter.
        "signOutEverybody" => format!("{}?no_such_parameter=1", operation.path),
        _ => path_to_nothing(operation.path),
    };
    let name = format!("by-{column}");
    let body = operation.takes_body.then(|| body_of(operation.id, &name));
    let answer = ask(caller, operation, &path, body).await;
    let code = answer.body["code"].as_str().unwrap_or_default();
    let is_of_the_thing = match answer.status {
        200 | 201 | 204 => !operation.path.contains('{') || code.is_empty(),
        404 => operation.path.contains('{'),
        // There is no key yet that could take over, and no registration by invitation.
        409 => ["next_key_not_ready", "registration_is_off"].contains(&code),
        400 => operation.id == "signOutEverybody",
        _ => false,
    };
    assert!(is_of_the_thing, "{} by {column}: {} {}", operation.id, answer.status, answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_operation_is_open_to_the_roles_that_the_table_says_and_to_no_other() {
    let idp = TestIdp::start().await;
    let everything = Permissions::all().to_string();
    let spec = idp.add_api_client("tool", &everything).await;
    let all = operations();
    for (column, held) in columns() {
        person_of(&idp, column).await;
        let caller = idp.calling_as_person(&spec, column, &everything).await;
        for operation in &all {
            match operation.needs.without(held) {
                missing if missing.is_empty() => is_not_refused(&caller, operation, column).await,
                missing => is_refused(&caller, operation, missing, column).await,
            }
        }
    }
}

/// The token decides as well: of what its owner may, it carries what it was asked for.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_with_less_than_its_owner_has_opens_less() {
    let idp = TestIdp::start().await;
    let spec = idp.add_api_client("tool", &Permissions::all().to_string()).await;
    person_of(&idp, "administrator").await;
    let all = operations();
    for (column, scope) in columns() {
        let caller = idp.calling_as_person(&spec, "administrator", &scope.to_string()).await;
        for operation in all.iter().filter(|one| !scope.contain_all(one.needs)) {
            is_refused(&caller, operation, operation.needs.without(scope), column).await;
        }
    }
    assert!(needs_of(&all, &["getMe"]).is_empty());
}
