//! People over the administration API: adding, changing and removing them, their passwords, factors, addresses, sessions, consents,
//! rights and invitations, and what each of that takes.

use crate::mail::letters;
use idp_core::administration::Permissions;
use idp_server::config::Registration;
use idp_server::db::audit_events::AuditEvent;
use idp_tests::administration::ApiCaller;
use idp_tests::{Authenticator, Browser, ClientSpec, PASSWORD, SignedIn, TestIdp, TokenAnswer};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

const NEW_PASSWORD: &str = "seven grey herons wading";

async fn started() -> TestIdp {
    TestIdp::start_with(|config| {
        config.mail.to_inbox = true;
        config.account.registration = Registration::Invitation;
    })
    .await
}

/// A client that may do everything.
async fn machine(idp: &TestIdp) -> ApiCaller<'_> {
    let spec = idp.add_api_client("machine", &Permissions::all().to_string()).await;
    idp.calling_as_client(&spec).await
}

async fn person_with_role<'a>(idp: &'a TestIdp, spec: &ClientSpec, name: &str) -> (Uuid, ApiCaller<'a>) {
    let id = idp.add_user(name).await;
    idp.give_role(id, name).await;
    (id, idp.calling_as_person(spec, name, &Permissions::all().to_string()).await)
}

async fn signs_in(idp: &TestIdp, name: &str, password: &str) -> bool {
    let browser = idp.browser();
    let page = browser.visit(idp.url("/account")).await;
    browser.log_in_as(&page, name, password).await.status == 303
}

/// Adds an authenticator app to Alice's account.
async fn add_app(idp: &TestIdp, browser: &Browser) {
    let login = browser.visit(idp.url("/account/methods/totp")).await;
    let page = browser.follow(browser.log_in_as(&login, "alice", PASSWORD).await).await;
    let app = Authenticator::scanning(&page);
    assert_eq!(browser.press(&page, "add", &[("code", &app.code(idp))]).await.status, 303);
}

#[track_caller]
fn refused(answer: &TokenAnswer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.text("code")), (status, code), "{answer:?}");
}

fn ids(answer: &TokenAnswer) -> Vec<&str> {
    let items = answer.body["items"].as_array().unwrap();
    items.iter().map(|item| item["id"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_added_in_each_of_the_ways_and_a_password_is_shown_once() {
    let idp = started().await;
    let api = machine(&idp).await;
    let typed = json!({
        "username": "ada", "password": NEW_PASSWORD, "claims": { "name": "Ada Lovelace", "locale": "en" },
        "addresses": [{ "address": "ada@example.org", "verified": true }, { "address": "ada@home.example" }],
    });
    let made = api.post("/users", typed.clone()).await;
    assert_eq!(made.status, 201, "{made:?}");
    let user = &made.body["user"];
    let path = format!("/users/{}", user["id"].as_str().unwrap());
    assert_eq!(made.header("location"), format!("{}{path}", idp.url_of_api()));
    assert_eq!((&made.body["password"], &made.body["password_expires_at"]), (&json!(null), &json!(null)));
    assert_eq!((&user["email"], &user["email_verified"]), (&json!("ada@example.org"), &json!(true)));
    assert_eq!(user["claims"], json!({ "name": "Ada Lovelace", "locale": "en" }));
    let seen = api.get(&path).await;
    assert_eq!((&seen.body, seen.header("etag")), (user, made.header("etag")));
    assert!(signs_in(&idp, "ada@example.org", NEW_PASSWORD).await);
    refused(&api.post("/users", typed).await, 409, "taken");

    let generated = api.post("/users", json!({ "username": "bob" })).await;
    let password = generated.text("password").to_owned();
    assert!(password.len() > 20 && generated.body["password_expires_at"].is_string(), "{generated:?}");
    let browser = idp.browser();
    let page = browser.visit(idp.url("/account")).await;
    let chosen = browser.log_in_as(&page, "bob", &password).await;
    assert!(chosen.body.contains("choose-submit"), "bob has to replace it");
    let shown = api.get(&format!("/users/{}/methods", generated.body["user"]["id"].as_str().unwrap())).await;
    assert!(shown.body["password"]["expires_at"].is_string(), "{shown:?}");
    assert!(!shown.body.to_string().contains(&password));

    let hash = "$2b$10$OqKqNzVHHpjXbFFM7oVWgeHtlJ6NbpqTnNqhFuPtnOaGzbzrhNbVm";
    let foreign =
        api.post("/users", json!({ "username": "carl", "password_hash": hash, "disabled": true })).await;
    assert_eq!((foreign.status, &foreign.body["user"]["status"]), (201, &json!("disabled")), "{foreign:?}");
    for (body, pointer) in [
        (json!({ "username": "a b" }), "/username"),
        (json!({ "username": "x", "claims": { "emial": "x" } }), "/claims"),
        (json!({ "username": "x", "claims": { "email": "x@example.org" } }), "/claims"),
        (json!({ "username": "x", "addresses": [{ "address": "nowhere" }] }), "/addresses/0/address"),
        (json!({ "username": "x", "password": NEW_PASSWORD, "password_hash": hash }), "/password_hash"),
    ] {
        let wrong = api.post("/users", body).await;
        refused(&wrong, 422, "invalid_value");
        assert_eq!(wrong.body["errors"][0]["pointer"], pointer);
    }
    let in_order = json!({ "username": "x", "addresses": [["a@example.org", true]] });
    refused(&api.post("/users", in_order).await, 422, "invalid_value");
    refused(
        &api.post("/users", json!({ "username": "x", "password": "password" })).await,
        422,
        "weak_password",
    );
    refused(
        &api.post("/users", json!({ "username": "x", "password_hash": "md5" })).await,
        422,
        "invalid_value",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_changed_by_a_merge_patch_on_the_version_that_was_seen() {
    let idp = started().await;
    let api = machine(&idp).await;
    let path = format!("/users/{}", idp.add_user("alice").await);
    let tag = api.get(&path).await.header("etag").to_owned();
    let change = json!({ "username": "alicia", "claims": { "nickname": "Al", "name": null } });
    let changed = api.call_with(Method::PATCH, &path, Some(change), &[("if-match", &tag)]).await;
    assert_eq!((changed.status, changed.text("username")), (200, "alicia"), "{changed:?}");
    assert_eq!(changed.body["claims"], json!({ "nickname": "Al" }));
    assert_eq!(api.get(&path).await.header("etag"), changed.header("etag"));
    for (method, body) in [(Method::PATCH, Some(json!({ "username": "other" }))), (Method::DELETE, None)] {
        let stale = api.call_with(method, &path, body, &[("if-match", &tag)]).await;
        refused(&stale, 412, "changed_meanwhile");
    }
    let duty = api.patch(&path, json!({ "second_factor_required": true })).await;
    assert_eq!(duty.body["second_factor_required"], json!(true), "{duty:?}");
    idp.add_user("bob").await;
    refused(&api.patch(&path, json!({ "username": "bob" })).await, 409, "taken");
    refused(&api.patch(&path, json!({ "claims": { "sub": "x" } })).await, 422, "invalid_value");
    let tag = duty.header("etag").to_owned();
    assert_eq!(api.call_with(Method::DELETE, &path, None, &[("if-match", &tag)]).await.status, 204);
    for answer in [api.get(&path).await, api.delete(&path).await, api.patch(&path, json!({})).await] {
        refused(&answer, 404, "not_found");
    }
    assert_eq!(idp.recorded(AuditEvent::UserRemoved).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_shut_out_let_in_signed_out_and_given_a_password() {
    let story = SignedIn::on(started().await, ClientSpec::confidential("site-a")).await;
    let (idp, site) = (&story.idp, &story.site);
    let api = machine(idp).await;
    let path = format!("/users/{}", story.alice);
    let act = async |name: &str| api.call(Method::POST, &format!("{path}/{name}"), None).await;
    assert!(idp.is_active(site, story.access_token()).await);
    assert_eq!(act("sign-out").await.status, 204);
    assert!(!idp.is_active(site, story.access_token()).await);
    assert_eq!(act("disable").await.status, 204);
    assert_eq!(api.get(&path).await.text("status"), "disabled");
    assert!(!signs_in(idp, "alice", PASSWORD).await);
    assert_eq!(act("enable").await.status, 204);
    idp.clock.advance(1);
    assert!(signs_in(idp, "alice", PASSWORD).await);
    let password = format!("{path}/password");
    let typed = api.post(&password, json!({ "password": NEW_PASSWORD })).await;
    assert_eq!((typed.status, &typed.body), (200, &json!({ "password": null, "expires_at": null })));
    idp.clock.advance(1);
    assert!(signs_in(idp, "alice", NEW_PASSWORD).await);
    let made = api.post(&password, json!({})).await;
    assert!(made.text("password").len() > 20 && made.body["expires_at"].is_string(), "{made:?}");
    refused(&api.post(&password, json!({ "password": "alice" })).await, 422, "weak_password");
    assert_eq!(act("password-link").await.status, 204);
    assert_eq!(act("disable").await.status, 204);
    refused(&act("password-link").await, 409, "no_letter");
    let nobody = format!("/users/{}", Uuid::max());
    for name in ["sign-out", "disable", "enable", "password-link"] {
        let answer = api.call(Method::POST, &format!("{nobody}/{name}"), None).await;
        refused(&answer, 404, "not_found");
    }
    refused(&api.post(&format!("{nobody}/password"), json!({})).await, 404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn ways_to_sign_in_are_listed_without_secrets_and_removed_with_all_that_they_opened() {
    let idp = started().await;
    let api = machine(&idp).await;
    let path = format!("/users/{}/methods", idp.add_user("alice").await);
    let browser = idp.browser();
    add_app(&idp, &browser).await;
    let listed = api.get(&path).await;
    let [factor] = listed.body["second_factors"].as_array().unwrap().as_slice() else { panic!("{listed:?}") };
    assert_eq!((&factor["kind"], &listed.body["recovery_codes_left"]), (&json!("totp"), &json!(10)));
    let members: Vec<&String> = factor.as_object().unwrap().keys().collect();
    assert_eq!(members, ["created_at", "id", "is_asked_for", "kind", "last_used_at", "name"]);
    assert_eq!(browser.open(idp.url("/account/methods")).await.status, 200);
    let one = format!("{path}/{}", factor["id"].as_str().unwrap());
    assert_eq!(api.delete(&one).await.status, 204);
    assert_ne!(browser.open(idp.url("/account/methods")).await.status, 200, "the session ended with it");
    refused(&api.delete(&one).await, 404, "not_found");
    let left = api.get(&path).await;
    assert_eq!(
        left.body,
        json!({ "password": { "expires_at": null }, "second_factors": [], "recovery_codes_left": 0 })
    );
    let told: Vec<String> = letters(&idp).await.into_iter().map(|mail| mail.kind).collect();
    assert_eq!(told.iter().filter(|kind| kind.contains("app_removed")).count(), 1, "{told:?}");
    idp.clock.advance(60);
    add_app(&idp, &idp.browser()).await;
    for _ in 0..2 {
        assert_eq!(api.delete(&path).await.status, 204);
    }
    assert_eq!(idp.recorded(AuditEvent::MethodsReset).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_are_added_vouched_for_made_primary_and_removed() {
    let idp = started().await;
    let api = machine(&idp).await;
    let user = format!("/users/{}", idp.add_user("alice").await);
    let path = format!("{user}/addresses");
    idp.clock.advance(1);
    let added = api.post(&path, json!({ "address": "Alice@Home.example" })).await;
    let [first, second] = added.body["items"].as_array().unwrap().as_slice() else { panic!("{added:?}") };
    assert_eq!((&second["address"], &second["verified_at"]), (&json!("Alice@home.example"), &json!(null)));
    let (first, second) = (first["id"].as_str().unwrap(), second["id"].as_str().unwrap());
    let act = async |id: &str, name: &str| api.call(Method::POST, &format!("{path}/{id}/{name}"), None).await;
    assert!(act(second, "verify").await.body["items"][1]["verified_at"].is_string());
    refused(&api.delete(&format!("{path}/{first}")).await, 409, "primary_address");
    assert_eq!(act(second, "make-primary").await.body["items"][1]["primary"], json!(true));
    assert_eq!(api.get(&user).await.text("email"), "Alice@home.example");
    assert_eq!(api.delete(&format!("{path}/{first}")).await.status, 204);
    assert_eq!(ids(&api.get(&path).await), [second]);
    refused(&api.delete(&format!("{path}/{first}")).await, 404, "not_found");
    refused(&act(first, "verify").await, 404, "not_found");
    let bob = format!("/users/{}/addresses", idp.add_user("bob").await);
    let taken = json!({ "address": "alice@home.example", "verified": true });
    refused(&api.post(&bob, taken).await, 409, "taken");
    let of_alice = api.call(Method::POST, &format!("{bob}/{second}/verify"), None).await;
    refused(&of_alice, 404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_and_consents_are_listed_and_ended_one_by_one() {
    let idp = started().await;
    let site = ClientSpec::confidential("site-a").with_consent();
    idp.add_client(&site).await;
    let (alice, browser) = (idp.add_user("alice").await, idp.browser());
    let page = browser.visit(idp.authorize_url(&site, &[])).await;
    let asked = browser.follow(browser.log_in_as(&page, "alice", PASSWORD).await).await;
    let allowed = browser.press(&asked, "allow", &[]).await;
    let tokens = idp.redeem(&site, &allowed.redirect_param("code").unwrap()).await;
    let api = machine(&idp).await;
    let (sessions, consents) = (format!("/users/{alice}/sessions"), format!("/users/{alice}/consents"));
    let listed = api.get(&consents).await;
    let consent = &listed.body["items"][0];
    assert_eq!((&consent["client_id"], &consent["asked"]), (&json!("site-a"), &json!(true)), "{listed:?}");
    assert_eq!(api.get(&sessions).await.body["open"][0]["sites"][0]["client_id"], json!("site-a"));
    assert_eq!(api.delete(&format!("{consents}/site-a")).await.status, 204);
    assert!(!idp.is_active(&site, tokens.text("access_token")).await);
    assert_eq!(api.get(&consents).await.body, json!({ "items": [] }));
    for gone in ["site-a", "site-b", "%20"] {
        refused(&api.delete(&format!("{consents}/{gone}")).await, 404, "not_found");
    }
    assert_eq!(idp.recorded(AuditEvent::ConsentWithdrawn).await, 1);

    let open = api.get(&sessions).await;
    let session = format!("{sessions}/{}", open.body["open"][0]["id"].as_str().unwrap());
    let of_bob = session.replace(&alice.to_string(), &idp.add_user("bob").await.to_string());
    refused(&api.delete(&of_bob).await, 404, "not_found");
    assert_eq!(api.delete(&session).await.status, 204);
    refused(&api.delete(&session).await, 404, "not_found");
    let left = api.get(&sessions).await;
    assert_eq!(
        (&left.body["open"], &left.body["ended"][0]["ended_because"]),
        (&json!([]), &json!("administrator"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_are_given_and_taken_and_groups_are_shown() {
    let idp = started().await;
    let api = machine(&idp).await;
    let user = format!("/users/{}", idp.add_user("alice").await);
    let role = api.post("/roles", json!({ "name": "shop:editor" })).await.text("id").to_owned();
    let group = api.post("/groups", json!({ "name": "staff" })).await.text("id").to_owned();
    let id = user.trim_start_matches("/users/");
    assert_eq!(api.put(&format!("/groups/{group}/members/{id}")).await.status, 204);
    assert_eq!(api.put(&format!("/groups/{group}/roles/{role}")).await.status, 204);
    for _ in 0..2 {
        assert_eq!(api.put(&format!("{user}/roles/{role}")).await.status, 204);
    }
    let roles = api.get(&format!("{user}/roles")).await;
    assert_eq!(
        (&roles.body["own"][0]["id"], &roles.body["by_groups"][0]["id"]),
        (&json!(role), &json!(role))
    );
    assert_eq!(ids(&api.get(&format!("{user}/groups")).await), [group.as_str()]);
    assert_eq!(api.delete(&format!("{user}/roles/{role}")).await.status, 204);
    assert_eq!(api.get(&format!("{user}/roles")).await.body["own"], json!([]));
    let nobody = format!("/users/{}/roles", Uuid::max());
    refused(&api.get(&nobody).await, 404, "not_found");
    refused(&api.put(&format!("{nobody}/{role}")).await, 412, "changed_meanwhile");
    refused(&api.put(&format!("{user}/roles/{}", Uuid::max())).await, 404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_invited_and_an_invitation_is_taken_back() {
    let idp = started().await;
    let api = machine(&idp).await;
    let guest =
        json!({ "address": "dora@new.example", "name": "Dora", "username": "dora", "language": "zh-CN" });
    let made = api.post("/invitations", guest.clone()).await;
    assert_eq!((made.status, made.text("address")), (201, "dora@new.example"), "{made:?}");
    let path = format!("/invitations/{}", made.text("id"));
    assert_eq!(made.header("location"), format!("{}{path}", idp.url_of_api()));
    assert_eq!(api.get(&path).await.body, made.body);
    let listed = api.get("/invitations?limit=1").await;
    assert_eq!((ids(&listed), &listed.body["next"]), (vec![made.text("id")], &Value::Null));
    assert!(!made.text("id").contains("dora"));
    assert_eq!(api.delete(&path).await.status, 204);
    for answer in [api.get(&path).await, api.delete(&path).await] {
        refused(&answer, 404, "not_found");
    }
    for (member, wrong) in
        [("address", json!("nowhere")), ("language", json!("tlh")), ("expires_in", json!(1))]
    {
        let mut guest = guest.clone();
        guest[member] = wrong;
        refused(&api.post("/invitations", guest).await, 422, "invalid_value");
    }
    refused(&api.get("/invitations/a%00b").await, 404, "not_found");
    refused(&api.get("/invitations?after=a%00b").await, 400, "invalid_parameter");
    idp.add_user("eva").await;
    refused(&api.post("/invitations", json!({ "address": "eva@example.org" })).await, 409, "taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lesser_administrator_does_nothing_to_a_greater_one_over_the_api() {
    let idp = started().await;
    let spec = idp.add_api_client("console", &Permissions::all().to_string()).await;
    let (greater, _) = person_with_role(&idp, &spec, "administrator").await;
    let alice = idp.add_user("alice").await;
    add_app(&idp, &idp.browser()).await;
    let greater_app = idp.app.store.authenticator_apps(alice).await.unwrap()[0].id;
    let acts = |user: Uuid| {
        let path = format!("/users/{user}");
        [
            (Method::PATCH, path.clone(), Some(json!({ "username": "somebody-else" }))),
            (Method::POST, format!("{path}/disable"), None),
            (Method::POST, format!("{path}/enable"), None),
            (Method::POST, format!("{path}/addresses"), Some(json!({ "address": "thief@example.org" }))),
            (Method::POST, format!("{path}/password"), Some(json!({ "password": NEW_PASSWORD }))),
            (Method::POST, format!("{path}/password-link"), None),
            (Method::DELETE, format!("{path}/methods"), None),
            (Method::DELETE, format!("{path}/methods/{greater_app}"), None),
            (Method::DELETE, path, None),
        ]
    };
    for lesser in ["user-manager", "help-desk", "auditor"] {
        let (_, caller) = person_with_role(&idp, &spec, lesser).await;
        for (method, path, body) in acts(greater) {
            refused(&caller.call(method, &path, body).await, 403, "not_permitted");
        }
        let role = idp.role("administrator").await.id;
        refused(&caller.put(&format!("/users/{alice}/roles/{role}")).await, 403, "not_permitted");
    }
    // To end what a thief has open takes the one permission, also of a greater administrator.
    let desk = idp.calling_as_person(&spec, "help-desk", &Permissions::all().to_string()).await;
    assert_eq!(desk.call(Method::POST, &format!("/users/{greater}/sign-out"), None).await.status, 204);
    // An auditor looks at everything, and a site manager at no person.
    let auditor = idp.calling_as_person(&spec, "auditor", &Permissions::all().to_string()).await;
    let (_, manager) = person_with_role(&idp, &spec, "client-manager").await;
    for below in ["", "/methods", "/addresses", "/sessions", "/consents", "/groups", "/roles"] {
        let path = format!("/users/{alice}{below}");
        assert_eq!(auditor.get(&path).await.status, 200, "{path}");
        refused(&manager.get(&path).await, 403, "not_permitted");
    }
    for path in ["/users", "/users?q=alice", "/invitations"] {
        assert_eq!(auditor.get(path).await.status, 200, "{path}");
        refused(&manager.get(path).await, 403, "not_permitted");
    }
    refused(&auditor.post("/users", json!({ "username": "x" })).await, 403, "not_permitted");
    refused(&auditor.post("/invitations", json!({ "address": "x@new.example" })).await, 403, "not_permitted");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_administrator_is_not_removed_over_the_api() {
    let idp = started().await;
    let spec = idp.add_api_client("console", &Permissions::all().to_string()).await;
    let (only, caller) = person_with_role(&idp, &spec, "administrator").await;
    let role = idp.role("administrator").await.id;
    let path = format!("/users/{only}");
    refused(&caller.call(Method::POST, &format!("{path}/disable"), None).await, 409, "last_administrator");
    refused(&caller.delete(&path).await, 409, "last_administrator");
    refused(&caller.delete(&format!("{path}/roles/{role}")).await, 409, "last_administrator");
}
