//! People over SCIM.

use super::refused;
use idp_server::clock::Stopwatch;
use idp_server::db::audit_events::AuditEvent;
use idp_tests::scim::{SCOPE, ScimClient, user};
use idp_tests::{ClientSpec, PASSWORD, SignedIn, TestIdp};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

const NEW_PASSWORD: &str = "seven grey herons wading";

fn ada() -> Value {
    json!({
        "userName": "Ada@Example.org", "externalId": "00u1", "displayName": "Ada Lovelace", "nickName": "Al",
        "name": { "givenName": "Ada", "familyName": "Lovelace", "middleName": "King" }, "active": true,
        "emails": [{ "value": "ada@example.org", "type": "work", "primary": true }, { "value": "ada@home.example" }],
        "phoneNumbers": [{ "value": "+12025550143", "type": "mobile" }], "preferredLanguage": "en_GB",
        "timezone": "Europe/London", "profileUrl": "https://example.org/ada", "password": NEW_PASSWORD,
    })
}

async fn signs_in(idp: &TestIdp, name: &str, password: &str) -> bool {
    let browser = idp.browser();
    let page = browser.visit(idp.url("/account")).await;
    browser.log_in_as(&page, name, password).await.status == 303
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_provisioned_with_what_sites_are_told_and_signs_in() {
    let idp = TestIdp::start().await;
    let scim = idp.provisioning("directory", SCOPE).await;
    let made = scim.post("/Users", user(ada())).await;
    assert_eq!(made.status, 201, "{made:?}");
    let id = made.text("id");
    assert_eq!(made.header("location"), format!("{}/scim/v2/Users/{id}", idp.issuer));
    assert_eq!(made.body["meta"]["location"], made.header("location"));
    assert_eq!(made.body["meta"]["version"], made.header("etag"));
    for (attribute, expected) in [
        ("userName", json!("ada@example.org")),
        ("externalId", json!("00u1")),
        ("displayName", json!("Ada Lovelace")),
        (
            "name",
            json!({ "formatted": "Ada Lovelace", "givenName": "Ada", "familyName": "Lovelace", "middleName": "King" }),
        ),
        ("locale", json!("en-GB")),
        ("preferredLanguage", json!("en-GB")),
        ("active", json!(true)),
        ("phoneNumbers", json!([{ "value": "+12025550143", "type": "work", "primary": true }])),
        (
            "emails",
            json!([
                { "value": "ada@example.org", "type": "work", "primary": true },
                { "value": "ada@home.example", "primary": false },
            ]),
        ),
    ] {
        assert_eq!(made.body[attribute], expected, "{attribute}");
    }
    assert!(!made.body.to_string().contains("herons") && made.body.get("password").is_none());
    assert_eq!(scim.get(&format!("/Users/{id}")).await.body, made.body);
    assert!(signs_in(&idp, "ada@example.org", NEW_PASSWORD).await);
    assert!(signs_in(&idp, "ada@home.example", NEW_PASSWORD).await, "the system vouches for addresses");
    let account = idp.app.directory().account(id.parse::<uuid::Uuid>().unwrap()).await.unwrap();
    assert_eq!(account.user.claims.zoneinfo.as_deref(), Some("Europe/London"));
    assert_eq!(idp.recorded(AuditEvent::UserAdded).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_provisioned_without_a_password_has_none() {
    let idp = TestIdp::start().await;
    let scim = idp.provisioning("directory", SCOPE).await;
    let path = scim.add_user(json!({ "userName": "bob", "active": "False" })).await;
    assert_eq!(scim.get(&path).await.body["active"], json!(false));
    let id: uuid::Uuid = path.rsplit('/').next().unwrap().parse().unwrap();
    assert!(idp.app.store.password_of(id).await.unwrap().is_none());
    scim.patch(&path, json!([{ "op": "replace", "value": { "active": true, "password": NEW_PASSWORD } }]))
        .await;
    assert!(signs_in(&idp, "bob", NEW_PASSWORD).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_external_ids_are_one_persons() {
    let idp = TestIdp::start().await;
    let scim = idp.provisioning("directory", SCOPE).await;
    let first = scim.add_user(ada()).await;
    for (name, more) in [
        ("ADA@example.org", json!({})),
        ("other", json!({ "emails": [{ "value": "ADA@home.example" }] })),
        ("ada@home.example", json!({})),
        ("other", json!({ "externalId": "00u1" })),
    ] {
        let mut same = more;
        same["userName"] = json!(name);
        refused(&scim.post("/Users", user(same)).await, 409, "uniqueness");
    }
    let bob = scim.add_user(json!({ "userName": "bob" })).await;
    for value in [json!({ "userName": "ada@example.org" }), json!({ "externalId": "00u1" })] {
        let change = json!([{ "op": "replace", "value": value }]);
        refused(&scim.patch(&bob, change).await, 409, "uniqueness");
    }
    // Another system has names of its own for the same people.
    let other = idp.provisioning("payroll", SCOPE).await;
    assert_eq!(other.get(&first).await.body.get("externalId"), None);
    let same = json!([{ "op": "add", "path": "externalId", "value": "00u1" }]);
    assert_eq!(other.patch(&bob, same).await.text("externalId"), "00u1");
    assert_eq!(super::each(&other.find("/Users", "externalId eq \"00u1\"").await, "userName"), ["bob"]);
    assert_eq!(
        super::each(&scim.find("/Users", "externalId eq \"00u1\"").await, "userName"),
        ["ada@example.org"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_is_done_as_a_whole_or_not_at_all() {
    let idp = TestIdp::start().await;
    let scim = idp.provisioning("directory", SCOPE).await;
    let path = scim.add_user(ada()).await;
    let before = scim.get(&path).await;
    scim.add_user(json!({ "userName": "bob" })).await;
    for last in [
        json!({ "op": "replace", "path": "userName", "value": "bob" }),
        json!({ "op": "replace", "path": "password", "value": "password" }),
        json!({ "op": "replace", "path": "timezone", "value": "Mars/Olympus Mons" }),
        json!({ "op": "add", "path": "emails", "value": [{ "value": "nowhere" }] }),
        json!({ "op": "remove", "path": "active" }),
    ] {
        let operations = json!([
            { "op": "replace", "path": "active", "value": false },
            { "op": "replace", "path": "nickName", "value": "Countess" },
            last,
        ]);
        let refusal = scim.patch(&path, operations).await;
        assert!([400, 409].contains(&refusal.status), "{refusal:?}");
        assert_eq!(scim.get(&path).await.body, before.body, "{last}");
    }
    assert!(signs_in(&idp, "ada@example.org", NEW_PASSWORD).await);
    let operations = json!([
        { "op": "add", "value": { "nickName": "Countess", "name.familyName": "King" } },
        { "op": "replace", "path": "emails[type eq \"work\"].value", "value": "countess@example.org" },
        { "op": "remove", "path": "phoneNumbers" },
        { "op": "replace", "path": "displayName", "value": "Ada King" },
    ]);
    let changed = scim.patch(&path, operations).await;
    assert_eq!((changed.status, changed.text("nickName")), (200, "Countess"), "{changed:?}");
    assert_eq!(
        changed.text("userName"),
        "countess@example.org",
        "a username that was the primary address follows it"
    );
    assert_eq!(changed.body["name"]["familyName"], "King");
    assert_eq!(changed.body["name"]["formatted"], "Ada King");
    assert_eq!(changed.body["emails"][1]["value"], "ada@home.example");
    assert_eq!(
        changed.body["emails"][0],
        json!({ "value": "countess@example.org", "type": "work", "primary": true })
    );
    assert!(changed.body.get("phoneNumbers").is_none());
    assert!(!signs_in(&idp, "ada@example.org", NEW_PASSWORD).await, "the address is theirs no more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replacement_takes_away_what_it_does_not_say_but_a_password_and_the_right_to_sign_in() {
    let idp = TestIdp::start().await;
    let scim = idp.provisioning("directory", SCOPE).await;
    let path = scim.add_user(ada()).await;
    let replaced =
        scim.put(&path, user(json!({ "userName": "ada", "name": { "formatted": "Ada" }, "id": "x" }))).await;
    assert_eq!((replaced.status, replaced.text("userName")), (200, "ada"), "{replaced:?}");
    for gone in ["externalId", "nickName", "emails", "phoneNumbers", "timezone", "locale", "profileUrl"] {
        assert!(replaced.body.get(gone).is_none(), "{gone}");
    }
    assert_eq!((replaced.text("displayName"), &replaced.body["active"]), ("Ada", &json!(true)));
    assert!(signs_in(&idp, "ada", NEW_PASSWORD).await);
    refused(&scim.put(&path, user(json!({ "displayName": "x" }))).await, 400, "invalidValue");
    let nobody = format!("/Users/{}", uuid::Uuid::max());
    refused(&scim.put(&nobody, user(json!({ "userName": "x" }))).await, 404, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_change_one_person_the_second_learns_of_it() {
    let idp = TestIdp::start().await;
    let scim = idp.provisioning("directory", SCOPE).await;
    let path = scim.add_user(ada()).await;
    let tag = scim.get(&path).await.header("etag").to_owned();
    let body = |name: &str| {
        let schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
        Some(
            json!({ "schemas": schemas, "Operations": [{ "op": "add", "path": "nickName", "value": name }] }),
        )
    };
    let weak = format!("W/{tag}");
    let first = scim.send(Method::PATCH, &path, body("One"), &[("if-match", &weak)]).await;
    assert_eq!((first.status, first.text("nickName")), (200, "One"), "{first:?}");
    for (method, body) in
        [(Method::PATCH, body("Two")), (Method::PUT, Some(user(ada()))), (Method::DELETE, None)]
    {
        refused(&scim.send(method, &path, body, &[("if-match", &tag)]).await, 412, "");
    }
    let tag = first.header("etag").to_owned();
    let same = scim.send(Method::GET, &path, None, &[("if-none-match", &tag)]).await;
    assert_eq!(same.status, 304);
    assert_eq!(scim.send(Method::DELETE, &path, None, &[("if-match", &tag)]).await.status, 204);
    refused(&scim.get(&path).await, 404, "");
    refused(&scim.delete(&path).await, 404, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_deprovisioned_is_signed_out_everywhere_within_a_second() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let idp = &story.idp;
    let scim = idp.provisioning("directory", SCOPE).await;
    let path = format!("/Users/{}", story.alice);
    assert!(idp.is_active(&story.site, story.access_token()).await);
    let started = Stopwatch::start();
    let off = json!([{ "op": "Replace", "path": "active", "value": "False" }]);
    let answer = scim.patch(&path, off.clone()).await;
    assert_eq!((answer.status, &answer.body["active"]), (200, &json!(false)), "{answer:?}");
    assert!(!idp.is_active(&story.site, story.access_token()).await);
    assert_eq!(idp.refresh(&story.site, story.refresh_token()).await.status, 400);
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    assert_ne!(story.browser.open(idp.url("/account/devices")).await.status, 200, "the session is over");
    assert!(!signs_in(idp, "alice", PASSWORD).await);
    assert_eq!(idp.recorded(AuditEvent::UserDisabled).await, 1);
    assert_eq!(scim.patch(&path, off).await.status, 200);
    assert_eq!(idp.recorded(AuditEvent::UserDisabled).await, 1, "nothing changed");
    let on = json!([{ "op": "replace", "value": { "active": true } }]);
    assert_eq!(scim.patch(&path, on).await.body["active"], json!(true));
    assert!(signs_in(idp, "alice", PASSWORD).await);
    assert!(!idp.is_active(&story.site, story.access_token()).await, "what ended stays ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_deleted_is_signed_out_and_gone() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let scim = story.idp.provisioning("directory", SCOPE).await;
    assert_eq!(scim.delete(&format!("/Users/{}", story.alice)).await.status, 204);
    assert!(!story.idp.is_active(&story.site, story.access_token()).await);
    assert_eq!(story.idp.recorded(AuditEvent::UserRemoved).await, 1);
    let again = scim.add_user(json!({ "userName": "alice" })).await;
    assert_ne!(again, format!("/Users/{}", story.alice));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_a_person_only_says_to_be_theirs_is_not_vouched_for_by_an_echo() {
    let idp = TestIdp::start().await;
    let scim = idp.provisioning("directory", SCOPE).await;
    let path = scim.add_user(json!({ "userName": "ada", "emails": [{ "value": "ada@example.org" }] })).await;
    let id: uuid::Uuid = path.rsplit('/').next().unwrap().parse().unwrap();
    let claimed = idp_core::mail_address::MailAddress::parse("victim@example.org").unwrap();
    let change = idp_server::directory::users::UserChange {
        addresses: vec![idp_core::user::AddressChange::Add(claimed.clone())],
        ..Default::default()
    };
    idp.operator().change_user(id, change, idp.clock.now()).await.unwrap();
    let seen = scim.get(&path).await;
    assert!(!seen.body.to_string().contains("victim"));
    assert_eq!(scim.put(&path, seen.body.clone()).await.body["emails"], seen.body["emails"]);
    let account = idp.app.directory().account(id).await.unwrap();
    assert!(account.addresses.get(&claimed).unwrap().verified_at.is_none());
    // Who vouches for it says so.
    let said = json!([{ "op": "add", "path": "emails", "value": [{ "value": "victim@example.org" }] }]);
    assert_eq!(scim.patch(&path, said).await.body["emails"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_that_a_person_asked_for_is_theirs_to_take_back() {
    let story = SignedIn::at(ClientSpec::confidential("site-a")).await;
    let idp = &story.idp;
    let scim = idp.provisioning("directory", SCOPE).await;
    let id = story.alice.to_string();
    let due = idp.now() + 86_400;
    let user = id.clone();
    let waits = move |connection: &mut idp_server::db::Connection| {
        let due = idp_core::time::UnixTime(due);
        let status = idp_core::user::UserStatus::Deleting { due };
        idp_server::db::users::set_status(
            connection,
            user.parse().unwrap(),
            status,
            idp_core::time::UnixTime(0),
        )
    };
    idp.db.write(idp_server::db::Locks::installation(), waits).await.unwrap();
    let path = format!("/Users/{id}");
    let on = json!([{ "op": "replace", "path": "active", "value": true }, { "op": "add", "path": "nickName", "value": "Al" }]);
    let answer = scim.patch(&path, on).await;
    assert_eq!((answer.status, &answer.body["active"], answer.text("nickName")), (200, &json!(false), "Al"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_has_the_attributes_that_were_asked_for() {
    let idp = TestIdp::start().await;
    let scim: ScimClient<'_> = idp.provisioning("directory", SCOPE).await;
    let path = scim.add_user(ada()).await;
    let names = |body: &Value| body.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let some = scim.get(&format!("{path}?attributes=USERNAME,emails.value")).await;
    assert_eq!(names(&some.body), ["emails", "id", "schemas", "userName"]);
    assert_eq!(some.body["emails"][0], json!({ "value": "ada@example.org" }));
    let others = scim.get(&format!("{path}?excludedAttributes=name,emails,meta,id")).await;
    assert!(others.body.get("name").is_none() && others.body.get("id").is_some());
    let patched = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "add", "path": "nickName", "value": "x" }] });
    let answer = scim.send(Method::PATCH, &format!("{path}?attributes=nickName"), Some(patched), &[]).await;
    assert_eq!(names(&answer.body), ["id", "nickName", "schemas"]);
    refused(&scim.get(&format!("{path}?attributes=a&excludedAttributes=b")).await, 400, "invalidValue");
}
