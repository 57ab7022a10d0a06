//! A realm that a real Keycloak has exported (`testdata/keycloak/make_realm.py`): its people sign in with the passwords and the
//! authenticator apps that they have, its clients with their secrets, and sites find the same roles and groups under the same ids.

use crate::own_process::idp_server;
use crate::schema::ask;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use idp_core::redirect_uri::RedirectUri;
use idp_core::totp::TotpSecret;
use idp_core::totp::parameters::{Algorithm, Parameters};
use idp_server::clock::Clock;
use idp_server::db::audit_events::AuditEvent;
use idp_tests::{Answer, Browser, ClientSpec, TestIdp};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What the people and clients of the realm have, as the script that made it knows.
fn known() -> Value {
    serde_json::from_str(include_str!("../testdata/keycloak/people.json")).unwrap()
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/keycloak").join(name)
}

/// What an import tells.
struct Told {
    report: Value,
    all: String,
}

impl Told {
    fn notes(&self, kind: &str, name: &str) -> String {
        let lines = self.report["lines"].as_array().unwrap();
        let line = lines.iter().find(|line| line["kind"] == kind && line["name"] == name);
        let line = line.unwrap_or_else(|| panic!("{kind} {name}: {}", self.all));
        format!("{} {} {}", line["outcome"], line["reason"], line["notes"])
    }

    fn counted(&self, outcome: &str) -> Value {
        self.report[outcome].clone()
    }
}

fn import(idp: &TestIdp, place: &str, more: &[&str]) -> Told {
    let place = file(place);
    let redirect = "wild=https://wild.example.com/callback";
    let always =
        ["--json", "import", "--format", "keycloak", place.to_str().unwrap(), "--redirect-uri", redirect];
    let done = idp_server(idp.folder.path(), &[&always[..], more].concat()).output().unwrap();
    idp.clock.advance(Clock::System.now().seconds_since(idp.clock.now()).max(0) + 1);
    let all = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
    let report = all.find('{').zip(all.rfind('}')).map(|(from, to)| all[from..=to].to_owned());
    let report =
        serde_json::from_str(&report.unwrap_or_default()).unwrap_or_else(|error| panic!("{error}: {all}"));
    Told { report, all }
}

fn shown(idp: &TestIdp, arguments: &[&str]) -> Value {
    let done = idp_server(idp.folder.path(), &[&["--json"][..], arguments].concat()).output().unwrap();
    let printed = String::from_utf8(done.stdout).unwrap();
    let printed = &printed[printed.find('{').unwrap()..=printed.rfind('}').unwrap()];
    serde_json::from_str(printed).unwrap()
}

/// The code that an app shows by now, from the secret as Keycloak keeps it.
fn code(idp: &TestIdp, app: &Value) -> String {
    let number = |name: &str| app[name].as_i64().unwrap();
    let algorithm = Algorithm::named(app["algorithm"].as_str().unwrap()).unwrap();
    let digits = usize::try_from(number("digits")).unwrap();
    let parameters = Parameters::new(algorithm, digits, number("period")).unwrap();
    let secret = app["secret"].as_str().unwrap();
    let secret = match app["encoding"].as_str() {
        Some(_) => TotpSecret::brought_in_base32(secret, parameters),
        None => TotpSecret::brought(secret.as_bytes().to_vec(), parameters),
    };
    secret.unwrap().code_at(idp.clock.now()).as_str().to_owned()
}

/// Everything that an import could change.
async fn contents(idp: &TestIdp) -> Vec<String> {
    let mut all = Vec::new();
    for (table, columns) in [
        ("users", "id || username || status || claims"),
        ("sign_in_names", "hash || user_id"),
        ("mail_addresses", "user_id || address"),
        ("password_credentials", "user_id || hash"),
        ("password_costs", "cost || users"),
        ("totp_credentials", "id || user_id"),
        ("roles", "id || name"),
        ("groups", "id || name"),
        ("group_roles", "group_id || role_id"),
        ("user_roles", "user_id || role_id"),
        ("group_members", "user_id || group_id"),
        ("clients", "id || redirect_uris"),
        ("audit_events", "id || event"),
        ("user_attributes", "user_id || attribute_id || value"),
    ] {
        all.extend(
            ask(&idp.db, &format!("SELECT '{table} ' || {columns} AS word FROM {table} ORDER BY 1")).await,
        );
    }
    all
}

async fn sign_in(idp: &TestIdp, site: &ClientSpec, person: &Value) -> (Browser, Answer) {
    let browser = idp.browser();
    let page = browser.visit(idp.authorize_url(site, &[])).await;
    let (name, password) = (person["username"].as_str().unwrap(), person["password"].as_str().unwrap());
    let answer = browser.log_in_as(&page, name, password).await;
    (browser, answer)
}

async fn hash_of(idp: &TestIdp, name: &str) -> String {
    let question = format!(
        "SELECT hash AS word FROM password_credentials p JOIN users u ON u.id = p.user_id WHERE u.username = '{name}'"
    );
    ask(&idp.db, &question).await.pop().unwrap_or_default()
}

/// A site of the realm, as it goes on with what it was given there.
fn site_of_the_realm(id: &str, redirect_uri: &str) -> ClientSpec {
    let mut site = ClientSpec::confidential(id);
    site.client.metadata.redirect_uris = vec![RedirectUri::parse(redirect_uri).unwrap()];
    site.secret = Some(known()["clients"][id].as_str().unwrap().to_owned());
    site
}

#[tokio::test]
async fn a_realm_of_keycloak_goes_on_here_and_a_second_import_does_nothing() {
    for place in ["realm.json", "folder"] {
        let idp = TestIdp::start().await;
        let size = ["attribute", "add", "shoe_size", "--type", "integer"];
        assert!(idp_server(idp.folder.path(), &size).output().unwrap().status.success());
        let renamed = ["--attribute", "shoeSize=shoe_size"];
        let before = contents(&idp).await;
        let rehearsed = import(&idp, place, &[&renamed[..], &["--dry-run"]].concat());
        assert_eq!(contents(&idp).await, before, "a dry run changes nothing");
        let told = import(&idp, place, &renamed);
        for outcome in ["added", "refused", "left_out"] {
            assert_eq!(told.counted(outcome), rehearsed.counted(outcome), "{}", told.all);
        }
        assert_eq!(
            told.counted("added"),
            json!({ "user": 9, "role": 5, "group": 3, "client": 4 }),
            "{}",
            told.all
        );
        assert_eq!(told.counted("refused"), json!({ "client": 1 }), "{}", told.all);
        for secret in [
            "too-short",
            "dSeUjmPzW7bq0XnTfRk2",
            "yCJYXc",
            &STANDARD.encode("x"),
            known()["clients"]["shop"].as_str().unwrap(),
        ] {
            assert!(secret.len() < 5 || !told.all.contains(secret), "{secret} in {}", told.all);
        }
        let after = contents(&idp).await;
        assert_eq!(shown(&idp, &["user", "show", "ada"])["attributes"], json!({ "shoe_size": 38 }));
        let again = import(&idp, place, &renamed);
        assert_eq!(contents(&idp).await, after, "a second import does nothing");
        assert_eq!((again.counted("added"), again.counted("existed")), (json!({}), told.counted("added")));
        everybody_signs_in(&idp).await;
    }
}

async fn everybody_signs_in(idp: &TestIdp) {
    let site = site_of_the_realm("shop", "https://shop.example.com/auth/callback");
    let known = known();
    for person in known["people"].as_array().unwrap() {
        let name = person["username"].as_str().unwrap();
        let taken = hash_of(idp, name).await;
        if person["password"].is_null() {
            assert_eq!(taken, "", "{name}");
            continue;
        }
        let (browser, mut answer) = sign_in(idp, &site, person).await;
        if person["enabled"] == false {
            assert_eq!((answer.status, hash_of(idp, name).await), (422, taken), "{name}");
            continue;
        }
        for app in person["apps"].as_array().into_iter().flatten().take(1) {
            assert!(answer.redirect_param("code").is_none(), "{name} is asked for a code");
            let page = browser.follow(answer).await;
            let wrong = browser.press(&page, "code", &[("code", "000000")]).await;
            assert_eq!(wrong.status, 422, "{name}");
            answer = browser.press(&wrong, "code", &[("code", &code(idp, app))]).await;
        }
        if person["temporary"] == true {
            let page = browser.follow(answer).await;
            assert!(
                page.body.contains("new_password") && page.redirect_param("code").is_none(),
                "{}",
                page.body
            );
            continue;
        }
        let code = answer
            .redirect_param("code")
            .unwrap_or_else(|| panic!("{name}: {} {}", answer.status, answer.body));
        let hash = hash_of(idp, name).await;
        assert!(hash != taken && hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{name}: {taken} {hash}");
        let tokens = idp.redeem(&site, &code).await;
        let told = idp.userinfo(tokens.text("access_token")).await.body;
        if name == "ada" {
            // The id that her sites know her by, and what the mappers of the client say.
            assert_eq!(told["sub"], id_in_the_export("ada"), "{told}");
            assert_eq!(
                told["roles"],
                json!(["customer", "editor", "manager", "shop:orders", "shop:refunds"])
            );
            assert_eq!(told["permissions"], json!(["orders", "refunds"]));
            assert_eq!(told["groups"], json!(["staff/finance"]));
            assert_eq!((&told["email"], &told["email_verified"]), (&json!("ada@example.com"), &json!(true)));
        }
    }
    // The first letter of the name is not what it is called: it stands whole, and is found.
    let xiaoming = shown(idp, &["user", "show", "xiaoming"]);
    assert_eq!(
        (&xiaoming["claims"]["family_name"], &xiaoming["claims"]["locale"]),
        (&json!("王"), &json!("zh-CN"))
    );
    let frank = shown(idp, &["user", "show", "frank"]);
    assert!(
        !frank.to_string().contains("administrator"),
        "a role of this name gives no rights here: {frank}"
    );
    let worker = idp
        .post_as(
            &site_of_the_realm("worker", "https://w.example/"),
            "/token",
            &[("grant_type", "client_credentials")],
        )
        .await;
    assert!(!worker.text("access_token").is_empty());
    assert_eq!(idp.recorded(AuditEvent::UserAdded).await, 9);
}

fn id_in_the_export(name: &str) -> Value {
    let realm: Value = serde_json::from_str(include_str!("../testdata/keycloak/realm.json")).unwrap();
    let people = realm["users"].as_array().unwrap();
    people.iter().find(|person| person["username"] == name).unwrap()["id"].clone()
}

#[tokio::test]
async fn what_of_a_realm_has_no_place_here_is_told() {
    let idp = TestIdp::start().await;
    let told = import(&idp, "realm.json", &["--dry-run"]);
    for (kind, name, says) in [
        ("user", "ada", "attributes are left out: shoeSize"),
        ("user", "xiaoming", "picture is left out: picture must be"),
        ("user", "eve", "choose another password"),
        ("user", "eve", "set up a second factor"),
        ("user", "eve", "is not asked for: UPDATE_PROFILE"),
        ("user", "frank", "a passkey is left out"),
        ("user", "frank", "recovery codes are left out"),
        ("user", "gina", "has no password"),
        ("user", "service-account-worker", "left_out"),
        ("role", "administrator", "permits something here"),
        ("client", "shop", "the password grant is left out"),
        ("client", "shop", "mapper phone is left out"),
        ("client", "shop", "paths of groups without the first stroke"),
        ("client", "wild", "wildcard"),
        ("client", "short", "too weak"),
        ("client", "closed", "switched off"),
        ("client", "interface", "asks for no tokens"),
        ("client", "urn:example:saml", "OpenID Connect"),
        ("client", "realm-management", "Keycloak has it for itself"),
        ("realm", "attributes of group staff", "groups have none here"),
        ("realm", "realm_access and resource_access", "map roles to a claim"),
    ] {
        let said = told.notes(kind, name);
        assert!(said.contains(says), "{kind} {name}: {said}");
    }
}
