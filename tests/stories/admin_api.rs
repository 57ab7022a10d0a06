//! The administration API as its callers see it: who gets in, how lists and versions work, and how refusals are told.

use idp_core::administration::{Permission, Permissions};
use idp_tests::{ClientSpec, TestIdp};
use reqwest::Method;
use serde_json::json;

const EVERYTHING: [&str; 4] = ["idp.roles.read", "idp.roles.manage", "idp.groups.read", "idp.groups.manage"];

#[tokio::test]
async fn a_client_calls_in_its_own_name_and_learns_what_it_may() {
    let idp = TestIdp::start().await;
    let spec = idp.add_api_client("machine", "idp.roles.read idp.roles.manage").await;
    let machine = idp.calling_as_client(&spec).await;
    let me = machine.get("/me").await;
    assert_eq!(me.status, 200, "{me:?}");
    assert_eq!(me.text("principal"), "client:machine");
    assert_eq!(me.body["permissions"], json!(["idp.roles.read", "idp.roles.manage"]));
    assert_eq!(me.header("cache-control"), "no-store");
    // A scope that is taken away ends what the token permits at once, in whatever way that shows.
    let narrower = |metadata| {
        let scope = idp_core::scope::Scope::parse("openid idp.roles.read").unwrap();
        Ok::<_, idp_server::directory::DirectoryError>(idp_core::client::ClientMetadata { scope, ..metadata })
    };
    idp.operator().change_client(&spec.client.id, narrower, idp.clock.now()).await.unwrap();
    let refused = machine.post("/roles", json!({ "name": "x" })).await;
    assert!([401, 403].contains(&refused.status), "{refused:?}");
}

#[tokio::test]
async fn a_person_may_what_their_roles_permit_as_far_as_the_token_has_the_scope() {
    let idp = TestIdp::start().await;
    let spec = idp.add_api_client("console", &Permissions::all().to_string()).await;
    let ada = idp.add_user("ada").await;
    idp.add_user("bob").await;
    idp.give_role(ada, "administrator").await;
    let all = Permissions::all().to_string();
    let whole = idp.calling_as_person(&spec, "ada", &all).await;
    assert_eq!(whole.get("/me").await.body["permissions"].as_array().unwrap().len(), Permission::ALL.len());
    let narrow = idp.calling_as_person(&spec, "ada", "idp.roles.read").await;
    assert_eq!(narrow.get("/roles").await.status, 200);
    let refused = narrow.post("/roles", json!({ "name": "editor" })).await;
    assert_eq!((refused.status, refused.text("code")), (403, "not_permitted"));
    assert_eq!(
        refused.header("www-authenticate"),
        "Bearer realm=\"administration\", error=\"insufficient_scope\", scope=\"idp.roles.manage\""
    );
    assert_eq!(refused.header("content-type"), "application/problem+json");
    let nobody = idp.calling_as_person(&spec, "bob", &all).await;
    assert_eq!(nobody.get("/me").await.body["permissions"], json!([]));
    assert_eq!(nobody.get("/roles").await.status, 403);
}

#[tokio::test]
async fn a_token_that_is_not_for_the_api_opens_nothing() {
    let idp = TestIdp::start().await;
    let site = ClientSpec::confidential("site-a").with_scopes("openid idp.roles.read");
    idp.add_client(&site).await;
    let for_the_site = idp.calling_as_client(&site).await;
    let api = idp.add_api_client("machine", "idp.roles.read").await;
    let good = idp.calling_as_client(&api).await;
    let url = idp.url("/api/v1/roles");
    let refused = for_the_site.get("/roles").await;
    assert_eq!(refused.status, 401);
    assert_eq!(
        refused.header("www-authenticate"),
        "Bearer realm=\"administration\", error=\"invalid_token\""
    );
    let without = idp.send(idp.http.get(&url)).await;
    assert_eq!(
        (without.status, without.header("www-authenticate")),
        (401, "Bearer realm=\"administration\"")
    );
    let basic = idp.send(idp.http.get(&url).basic_auth("machine", Some("x"))).await;
    assert_eq!(basic.status, 401);
    let in_query = idp.send(idp.http.get(format!("{url}?access_token={}", good.token))).await;
    assert_eq!(in_query.status, 401);
    let twice = idp.http.get(&url).bearer_auth(&good.token).header("authorization", "Bearer x");
    assert_eq!(idp.send(twice).await.status, 400);
    idp.clock.advance(2 * 60 * 60);
    assert_eq!(good.get("/roles").await.status, 401, "it has expired");
}

#[tokio::test]
async fn of_two_who_edit_one_role_the_second_learns_of_it() {
    let idp = TestIdp::start().await;
    let spec = idp.add_api_client("machine", &EVERYTHING.join(" ")).await;
    let api = idp.calling_as_client(&spec).await;
    let made = api.post("/roles", json!({ "name": "shop:editor", "description": "Edits" })).await;
    assert_eq!(made.status, 201, "{made:?}");
    let path = format!("/roles/{}", made.text("id"));
    assert_eq!(made.header("location"), format!("{}{path}", idp.url_of_api()));
    let seen = api.get(&path).await;
    assert_eq!((seen.body.clone(), seen.header("etag")), (made.body.clone(), made.header("etag")));
    let tag = seen.header("etag").to_owned();
    let change = |description: &str| Some(json!({ "description": description }));
    let first = api.call_with(Method::PATCH, &path, change("First"), &[("if-match", &tag)]).await;
    assert_eq!((first.status, first.text("description")), (200, "First"));
    let second = api.call_with(Method::PATCH, &path, change("Second"), &[("if-match", &tag)]).await;
    assert_eq!((second.status, second.text("code")), (412, "changed_meanwhile"));
    let removal = api.call_with(Method::DELETE, &path, None, &[("if-match", &tag)]).await;
    assert_eq!(removal.status, 412);
    assert_eq!(api.get(&path).await.text("description"), "First");
    let tag = first.header("etag").to_owned();
    assert_eq!(api.call_with(Method::DELETE, &path, None, &[("if-match", &tag)]).await.status, 204);
    assert_eq!(api.get(&path).await.status, 404);
    assert_eq!(api.delete(&path).await.status, 404);
}

#[tokio::test]
async fn lists_come_a_page_at_a_time_and_nothing_twice() {
    let idp = TestIdp::start().await;
    let spec = idp.add_api_client("machine", &EVERYTHING.join(" ")).await;
    let api = idp.calling_as_client(&spec).await;
    for number in 0..7 {
        let made = api.post("/groups", json!({ "name": format!("team {number}") })).await;
        assert_eq!(made.status, 201, "{made:?}");
    }
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = api.get(&format!("/groups?limit=3{after}")).await;
        assert_eq!(page.status, 200, "{page:?}");
        let items = page.body["items"].as_array().unwrap();
        seen.extend(items.iter().map(|group| group["name"].as_str().unwrap().to_owned()));
        match page.body["next"].as_str() {
            Some(next) => after = format!("&after={}", next.replace(' ', "%20")),
            None => break,
        }
        // What comes before the place where the list goes on shifts nothing.
        api.post("/groups", json!({ "name": format!("a group of page {}", seen.len()) })).await;
    }
    assert_eq!(seen, (0..7).map(|number| format!("team {number}")).collect::<Vec<_>>());
    for wrong in ["limit=0", "limit=201", "limit=x", "limit=-1", "offset=3", "after=%00"] {
        let refused = api.get(&format!("/groups?{wrong}")).await;
        assert_eq!((refused.status, refused.text("code")), (400, "invalid_parameter"), "{wrong}");
    }
}

#[tokio::test]
async fn what_cannot_be_taken_is_said_with_its_place_and_nothing_is_done() {
    let idp = TestIdp::start().await;
    let spec = idp.add_api_client("machine", &EVERYTHING.join(" ")).await;
    let api = idp.calling_as_client(&spec).await;
    for (body, pointer) in [
        (json!({ "name": "" }), "/name"),
        (json!({ "name": "x".repeat(129) }), "/name"),
        (json!({ "name": "a\u{200b}b" }), "/name"),
        (json!({ "name": "x", "permissions": ["idp.everything"] }), "/permissions"),
    ] {
        let refused = api.post("/roles", body).await;
        assert_eq!((refused.status, refused.text("code")), (422, "invalid_value"), "{refused:?}");
        assert_eq!(refused.body["errors"][0]["pointer"], pointer);
    }
    for body in [json!({}), json!({ "name": 7 }), json!({ "name": "x", "nmae": "y" }), json!([]), json!(null)]
    {
        assert_eq!(api.post("/roles", body).await.status, 422);
    }
    // Members in their order are no object, and what cannot be absent cannot be taken away.
    assert_eq!(api.post("/roles", json!(["x"])).await.status, 422);
    let made = api.post("/roles", json!({ "name": "kept", "description": "Stays" })).await;
    let kept = format!("/roles/{}", made.text("id"));
    for change in [json!([]), json!(["y"]), json!({ "name": null }), json!({ "permissions": null })] {
        assert_eq!(api.patch(&kept, change.clone()).await.status, 422, "{change}");
    }
    assert_eq!(api.get(&kept).await.body, made.body);
    assert_eq!(api.delete(&kept).await.status, 204);
    // More than the caller has, a name that is taken, a role that is built in.
    let more = api.post("/roles", json!({ "name": "x", "permissions": ["idp.keys.manage"] })).await;
    assert_eq!((more.status, more.text("required_scope")), (403, "idp.keys.manage"));
    assert_eq!(api.post("/roles", json!({ "name": "auditor" })).await.text("code"), "taken");
    let built_in = idp.role("auditor").await.id;
    assert_eq!(api.delete(&format!("/roles/{built_in}")).await.status, 409);
    let malformed = idp.http.post(idp.url("/api/v1/roles")).bearer_auth(&api.token);
    let malformed = malformed.header("content-type", "application/json").body("{");
    assert_eq!(idp.send(malformed).await.status, 400);
    let form = idp.http.post(idp.url("/api/v1/roles")).bearer_auth(&api.token).body("name=x");
    assert_eq!(idp.send(form).await.status, 415);
    assert_eq!(api.get("/roles/not-an-id").await.status, 400);
    assert_eq!(api.get("/nothing").await.text("code"), "not_found");
    let other = api.call(Method::PUT, "/roles", None).await;
    assert_eq!((other.status, other.header("allow")), (405, "GET, POST"));
    let listed = api.get("/roles").await;
    assert!(listed.body["items"].as_array().unwrap().iter().all(|role| role["built_in"] == true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_a_key_is_done_once_and_answered_alike() {
    let idp = TestIdp::start().await;
    let scopes = "idp.users.read idp.users.manage idp.roles.read idp.roles.manage";
    let (spec, second) =
        (idp.add_api_client("machine", scopes).await, idp.add_api_client("other", scopes).await);
    let (api, other) = (idp.calling_as_client(&spec).await, idp.calling_as_client(&second).await);
    let post = async |api: &idp_tests::administration::ApiCaller<'_>, key: &str, body: serde_json::Value| {
        api.call_with(Method::POST, "/users", Some(body), &[("idempotency-key", key)]).await
    };
    let ada = || json!({ "username": "ada" });
    let made = post(&api, "\"one\"", ada()).await;
    assert_eq!(made.status, 201, "{made:?}");
    // The generated password is told once more to those who got no answer.
    let again = post(&api, "one", ada()).await;
    assert_eq!((again.status, &again.body), (201, &made.body));
    for header in ["etag", "location", "content-type"] {
        assert_eq!(again.header(header), made.header(header));
    }
    let (rows, secret) = (
        crate::schema::ask(&idp.db, "SELECT answer AS word FROM idempotency_keys").await,
        made.text("password"),
    );
    assert!(rows.len() == 1 && !rows[0].contains(secret), "{rows:?}");
    let reused = post(&api, "one", json!({ "username": "bob" })).await;
    assert_eq!((reused.status, reused.text("code")), (422, "key_reused"));
    assert_eq!(post(&other, "one", json!({ "username": "bob" })).await.status, 201, "another caller's key");
    assert_eq!(post(&api, "two", ada()).await.text("code"), "taken");
    // What was refused may be tried again.
    assert_eq!(post(&api, "two", json!({ "username": "carl" })).await.status, 201);
    for wrong in ["", "a b", &"x".repeat(256)] {
        assert_eq!(post(&api, wrong, ada()).await.text("code"), "invalid_parameter", "{wrong:?}");
    }
    crate::schema::execute(&idp.db, "UPDATE idempotency_keys SET answer = NULL").await.unwrap();
    let under_way = post(&api, "one", ada()).await;
    assert_eq!((under_way.status, under_way.text("code")), (409, "under_way"));
    idp.clock.advance(60);
    let lost = post(&api, "one", ada()).await;
    assert_eq!((lost.status, lost.text("code")), (409, "answer_lost"), "its process is gone");
    idp.clock.advance(24 * 60 * 60);
    let api = idp.calling_as_client(&spec).await;
    assert_eq!(post(&api, "one", ada()).await.text("code"), "taken", "the key stands for nothing any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_requests_with_one_key_one_is_done() {
    let idp = TestIdp::start().await;
    let spec = idp.add_api_client("machine", "idp.users.manage").await;
    let api = idp.calling_as_client(&spec).await;
    let one = async || {
        let body = Some(json!({ "username": "ada" }));
        api.call_with(Method::POST, "/users", body, &[("idempotency-key", "same")]).await
    };
    let answers = tokio::join!(one(), one(), one(), one());
    let answers = [answers.0, answers.1, answers.2, answers.3];
    let made: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
    assert!(!made.is_empty() && made.iter().all(|answer| answer.body == made[0].body), "{answers:?}");
    assert!(
        answers.iter().all(|answer| answer.status == 201 || answer.text("code") == "under_way"),
        "{answers:?}"
    );
}

#[tokio::test]
async fn the_openapi_document_names_every_operation_once() {
    let idp = TestIdp::start().await;
    let document = idp.send(idp.http.get(idp.url("/api/v1/openapi.json"))).await;
    assert_eq!(document.status, 200);
    assert_eq!(document.text("openapi"), "3.1.0");
    let paths = document.body["paths"].as_object().unwrap();
    let operations = || paths.values().flat_map(|item| item.as_object().unwrap().values());
    // Each answer has a schema, and each schema is of one thing.
    let text = document.body.to_string();
    for list in ["RoleList", "GroupList", "ClientList", "AuditEventList", "MailList"] {
        assert!(document.body["components"]["schemas"][list].is_object(), "{list}");
    }
    for named in text.split("\"#/components/schemas/").skip(1) {
        let name = named.split('"').next().unwrap();
        assert!(document.body["components"]["schemas"][name].is_object(), "{name}");
    }
    let ids: std::collections::BTreeSet<_> = operations().map(|one| one["operationId"].to_string()).collect();
    assert_eq!(ids.len(), operations().count());
    for operation in operations() {
        assert!(operation["responses"]["401"].is_object(), "{operation}");
        assert!(operation["security"][0]["oauth"].is_array(), "{operation}");
    }
}

/// What an act would end is asked first, and asking changes nothing.
#[tokio::test]
async fn what_would_end_is_counted_and_refusals_name_the_member() {
    let story = idp_tests::SignedIn::at(idp_tests::ClientSpec::confidential("site-a")).await;
    let idp = &story.idp;
    let scopes = "idp.users.read idp.users.manage idp.sessions.manage idp.clients.read idp.clients.manage";
    let spec = idp.add_api_client("machine", scopes).await;
    let api = idp.calling_as_client(&spec).await;
    let one = json!({ "count": 1, "more": false });
    assert_eq!(api.get("/sessions/count").await.body, one);
    assert_eq!(api.get("/clients/site-a/grants/count").await.body, one);
    assert_eq!(api.get("/clients/none/grants/count").await.status, 404);
    let preview = async |patch: serde_json::Value| api.post("/clients/site-a/preview", patch).await;
    let audience = preview(json!({ "audience": "https://other.example" })).await;
    assert_eq!((audience.status, &audience.body["grants"]), (200, &one), "{audience:?}");
    let name = preview(json!({ "client_name": "Other" })).await;
    assert_eq!((&name.body["grants"]["count"], &name.body["own_tokens"]), (&json!(0), &json!(false)));
    for (patch, pointer) in [
        (json!({ "redirect_uris": [] }), "/redirect_uris"),
        (json!({ "client_name": "" }), "/client_name"),
        (json!({ "allowed_roles": ["none"] }), "/allowed_roles"),
        (json!({ "backchannel_logout_session_required": true }), "/backchannel_logout_session_required"),
    ] {
        for refused in [preview(patch.clone()).await, api.patch("/clients/site-a", patch).await] {
            assert_eq!((refused.status, &refused.body["errors"][0]["pointer"]), (422, &json!(pointer)));
        }
    }
    assert_eq!(idp.refresh(&story.site, story.refresh_token()).await.status, 200, "nothing ended");

    let user = format!("/users/{}", story.alice);
    let changes = json!({ "address_changes": [
        { "act": "verify", "address": "new@x.example" }, { "act": "make_primary", "address": "new@x.example" },
    ]});
    assert_eq!(api.patch(&user, changes).await.body["email"], "new@x.example");
    let half =
        json!({ "username": "other", "address_changes": [{ "act": "remove", "address": "none@x.example" }] });
    assert_eq!(api.patch(&user, half).await.status, 422);
    let wrong = api.patch(&user, json!({ "address_changes": [{ "act": "add", "address": "x" }] })).await;
    assert_eq!(wrong.body["errors"][0]["pointer"], "/address_changes/0/address");
    assert_eq!(api.get(&user).await.body["username"], "alice");
    assert_eq!(api.call(Method::POST, "/sessions/end-all", None).await.status, 204);
    assert_eq!(api.get(&format!("{user}/sessions")).await.body["open"], json!([]));
}
