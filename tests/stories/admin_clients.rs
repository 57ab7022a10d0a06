//! Clients over the administration API: registering one, changing it, replacing its secret, removing it.

use idp_core::administration::Permissions;
use idp_server::db::audit_events::AuditEvent;
use idp_tests::administration::ApiCaller;
use idp_tests::{ClientSpec, TestIdp, jwt};
use reqwest::Method;
use serde_json::{Value, json};

const CLIENTS: &str = "idp.clients.read idp.clients.manage";

async fn machine<'a>(idp: &'a TestIdp, scope: &str) -> ApiCaller<'a> {
    let spec = idp.add_api_client("machine", scope).await;
    idp.calling_as_client(&spec).await
}

/// Whether the client is let in with this secret.
async fn is_let_in(idp: &TestIdp, id: &str, secret: &str) -> bool {
    let form = [("grant_type", "client_credentials"), ("scope", "read")];
    let request = idp.http.post(idp.url("/token")).basic_auth(id, Some(secret)).form(&form);
    idp.send(request).await.status == 200
}

fn program(id: &str) -> Value {
    json!({ "client_id": id, "grant_types": ["client_credentials"], "scope": "read" })
}

#[tokio::test]
async fn a_secret_is_told_when_it_is_made_and_never_again() {
    let idp = TestIdp::start().await;
    let api = machine(&idp, CLIENTS).await;
    let made = api.post("/clients", program("robot")).await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.header("location"), format!("{}/clients/robot", idp.url_of_api()));
    let secret = made.text("client_secret").to_owned();
    assert!(is_let_in(&idp, "robot", &secret).await);
    let shown = api.get("/clients/robot").await;
    assert_eq!(shown.header("etag"), made.header("etag"));
    let listed = api.get("/clients?q=ROB").await;
    assert_eq!(listed.body["items"], json!([shown.body]));
    for answer in [&shown, &listed] {
        assert!(!answer.body.to_string().contains(&secret));
        assert!(!answer.body.to_string().contains("client_secret\""));
    }
    // The id is the server's to choose where nobody does, and a public client has no secret.
    let site = json!({ "public": true, "redirect_uris": ["https://app.example/cb"] });
    let public = api.post("/clients", site).await;
    assert_eq!((public.status, public.text("client_id").len()), (201, 16), "{public:?}");
    assert_eq!((&public.body["client_secret"], &public.body["client_secrets"]), (&Value::Null, &json!([])));
    assert_eq!(api.post("/clients", program("robot")).await.text("code"), "taken");
    assert_eq!(idp.recorded(AuditEvent::ClientAdded).await, 2);
}

/// As one that a site brings from the provider that it had before.
#[tokio::test]
async fn a_secret_may_be_chosen_and_is_then_told_to_nobody() {
    let idp = TestIdp::start().await;
    let api = machine(&idp, CLIENTS).await;
    let [first, second] = ["Vh3kQ0zR9sXw7LmT2bNcYd5P", "Gj8uE1aF6vKx4OiS0tWqZr3B"];
    let with = |secret: &str| {
        let mut body = program("robot");
        body["client_secret"] = secret.into();
        body
    };
    for weak in [
        "",
        "short",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "with a space in it 1234567",
        "Vh3kQ0zR9sXw7LmT2bNcYdé",
    ] {
        let refused = api.post("/clients", with(weak)).await;
        assert_eq!((refused.status, refused.text("code")), (422, "invalid_value"), "{weak}: {refused:?}");
        assert!(weak.is_empty() || !refused.body.to_string().contains(weak));
    }
    let made = api.post("/clients", with(first)).await;
    assert_eq!((made.status, &made.body["client_secret"]), (201, &Value::Null), "{made:?}");
    assert!(is_let_in(&idp, "robot", first).await && !is_let_in(&idp, "robot", second).await);
    let put = async |secret: &str| {
        let body = json!({ "client_secret": secret });
        api.call(Method::PUT, "/clients/robot/secrets", Some(body)).await.status
    };
    // Twice is once.
    assert_eq!(
        (put(second).await, put(second).await, put(first).await, put("short").await),
        (204, 204, 204, 422)
    );
    assert_eq!(api.get("/clients/robot/secrets").await.body["items"].as_array().unwrap().len(), 2);
    assert!(is_let_in(&idp, "robot", first).await && is_let_in(&idp, "robot", second).await);
    let public =
        json!({ "public": true, "redirect_uris": ["https://app.example/cb"], "client_secret": first });
    assert_eq!(api.post("/clients", public).await.text("code"), "secrets");
}

#[tokio::test]
async fn a_secret_is_replaced_without_an_outage_and_the_last_one_stays() {
    let idp = TestIdp::start().await;
    let api = machine(&idp, CLIENTS).await;
    let made = api.post("/clients", program("robot")).await;
    let first = made.text("client_secret").to_owned();
    let [old] = [made.body["client_secrets"][0].as_str().unwrap().to_owned()];
    let only = api.delete(&format!("/clients/robot/secrets/{old}")).await;
    assert_eq!((only.status, only.text("code")), (409, "secrets"));
    let added = api.post("/clients/robot/secrets", json!({})).await;
    assert_eq!(added.status, 200, "{added:?}");
    let second = added.text("client_secret").to_owned();
    assert!(is_let_in(&idp, "robot", &first).await && is_let_in(&idp, "robot", &second).await);
    assert_eq!(
        api.get("/clients/robot/secrets").await.body["items"],
        json!([old, added.text("fingerprint")])
    );
    for wrong in ["ffffffff", &old[..4], "", "%00", "none"] {
        let refused = api.delete(&format!("/clients/robot/secrets/{wrong}")).await;
        assert!([404, 405].contains(&refused.status), "{wrong}: {refused:?}");
    }
    assert_eq!(api.delete(&format!("/clients/robot/secrets/{old}")).await.status, 204);
    assert!(!is_let_in(&idp, "robot", &first).await && is_let_in(&idp, "robot", &second).await);
    let third = api.post("/clients/robot/secrets", json!({})).await.text("client_secret").to_owned();
    let removed = api.post("/clients/robot/secrets/remove-older", json!({})).await;
    assert_eq!(removed.body["items"], json!([added.text("fingerprint")]));
    assert!(!is_let_in(&idp, "robot", &second).await && is_let_in(&idp, "robot", &third).await);
    assert_eq!(api.post("/clients/nobody/secrets", json!({})).await.status, 404);
}

/// A member, a value for it, and what is shown then, if that is another.
fn changes() -> Vec<(&'static str, Value)> {
    vec![
        ("client_name", json!("The Site")),
        ("redirect_uris", json!(["https://a.example/cb", "com.example.app:/cb"])),
        ("post_logout_redirect_uris", json!(["https://a.example/"])),
        ("grant_types", json!(["authorization_code"])),
        ("scope", json!("openid email")),
        ("audience", json!("https://api.example")),
        ("require_pkce", json!(false)),
        ("consent", json!("ask")),
        ("access_token_lifetime", json!(120)),
        ("backchannel_logout_uri", json!("https://a.example/out")),
        ("backchannel_logout_session_required", json!(true)),
        ("revocation_feed", json!(true)),
        ("required_acr", json!("2")),
        ("client_uri", json!("https://a.example/")),
        ("policy_uri", json!("https://a.example/privacy")),
        ("tos_uri", json!("https://a.example/terms")),
        ("color", json!("#0b6e80")),
    ]
}

#[tokio::test]
async fn each_member_is_changed_by_itself_and_the_others_stay() {
    let idp = TestIdp::start().await;
    let api = machine(&idp, CLIENTS).await;
    let site = json!({ "client_id": "site", "redirect_uris": ["https://a.example/first"] });
    assert_eq!(api.post("/clients", site).await.status, 201);
    let mut expected = api.get("/clients/site").await.body;
    for (member, value) in changes() {
        let changed = api.patch("/clients/site", json!({ member: value })).await;
        assert_eq!(changed.status, 200, "{member}: {changed:?}");
        expected[member] = value;
        assert_eq!(changed.body, expected, "{member}");
    }
    let key = json!({ "kty": "RSA", "e": "AQAB", "n": jwt::encode([0xc5_u8; 256].as_slice()) });
    let keyed = api.patch("/clients/site", json!({ "id_token_encryption_key": key })).await;
    assert_eq!(keyed.text("id_token_encrypted_response_alg"), "RSA-OAEP-256", "{keyed:?}");
    assert_eq!(keyed.body["id_token_encryption_key"]["n"], key["n"]);
    // What may be absent is taken away, and nothing is said about the rest.
    let nothing = json!({ "access_token_lifetime": null, "backchannel_logout_session_required": false,
        "backchannel_logout_uri": null, "id_token_encryption_key": null, "required_acr": null, "client_uri": null,
        "policy_uri": null, "tos_uri": null, "color": null });
    let emptied = api.patch("/clients/site", nothing.clone()).await;
    for member in nothing.as_object().unwrap().keys() {
        assert_eq!(emptied.body[member], nothing[member], "{member}");
    }
    assert_eq!(emptied.text("client_name"), "The Site");
    let of_all: Vec<String> = changes().iter().map(|(member, _)| (*member).to_owned()).collect();
    assert_eq!(of_all.len() + 1, 18, "as many as the metadata has members");
}

#[tokio::test]
async fn a_registration_that_contradicts_itself_is_refused_with_the_place() {
    let idp = TestIdp::start().await;
    let api = machine(&idp, CLIENTS).await;
    for (body, pointer) in [
        (json!({ "client_id": "a b" }), "/client_id"),
        (json!({ "redirect_uris": ["https://a.example/cb", "http://a.example/cb"] }), "/redirect_uris/1"),
        (json!({ "grant_types": ["password"] }), "/grant_types/0"),
        (json!({ "scope": "a  b" }), "/scope"),
        (json!({ "consent": "never" }), "/consent"),
        (json!({ "backchannel_logout_uri": "ftp://a" }), "/backchannel_logout_uri"),
        (json!({ "id_token_encryption_key": { "kty": "RSA", "d": "x" } }), "/id_token_encryption_key"),
        (json!({ "required_acr": "\u{0}" }), "/required_acr"),
        (json!({ "client_uri": "javascript:alert(1)" }), "/client_uri"),
        (json!({ "color": "red" }), "/color"),
        (json!({ "logo": { "base64": "!" } }), "/logo/base64"),
        (json!({ "logo": { "base64": "PGh0bWw+" } }), "/logo/base64"),
    ] {
        let refused = api.post("/clients", body).await;
        assert_eq!((refused.status, refused.text("code")), (422, "invalid_value"), "{refused:?}");
        assert_eq!(refused.body["errors"][0]["pointer"], pointer);
    }
    for body in [
        json!({}),
        json!({ "public": true, "grant_types": ["client_credentials"] }),
        json!({ "grant_types": [] }),
        json!({ "grant_types": ["client_credentials"], "client_name": "" }),
        json!({ "grant_types": ["client_credentials"], "access_token_lifetime": 1 }),
        json!({ "grant_types": ["client_credentials"], "required_acr": "none-such" }),
        json!({ "grant_types": ["client_credentials"], "secret": "mine" }),
    ] {
        assert_eq!(api.post("/clients", body.clone()).await.status, 422, "{body}");
    }
    assert_eq!(idp.recorded(AuditEvent::ClientAdded).await, 0);
}

#[tokio::test]
async fn a_client_with_rights_has_the_audience_of_the_api_and_its_maker_has_the_rights() {
    let idp = TestIdp::start().await;
    let api = machine(&idp, &format!("{CLIENTS} idp.keys.read")).await;
    let with = |scope: &str, audience: &str| json!({ "grant_types": ["client_credentials"], "scope": scope, "audience": audience });
    let elsewhere = api.post("/clients", with("idp.keys.read", "https://api.example")).await;
    assert_eq!(elsewhere.status, 422);
    assert!(elsewhere.text("detail").contains(&idp.url_of_api()), "{elsewhere:?}");
    let greater = api.post("/clients", with("idp.users.manage", &idp.url_of_api())).await;
    assert_eq!((greater.status, greater.text("required_scope")), (403, "idp.users.manage"));
    let made = api.post("/clients", with("idp.keys.read", &idp.url_of_api())).await;
    assert_eq!((made.status, &made.body["warnings"]), (201, &json!([])));
    // What a greater one has registered is out of reach; all permissions fit into one registration.
    let scope = idp_core::scope::Scope::parse(&format!("openid {}", Permissions::all())).unwrap();
    let id = idp_core::client::ClientId::parse("greater").unwrap();
    let metadata = idp_core::client::ClientMetadata {
        audience: idp.url_of_api(),
        grant_types: vec![idp_core::client::GrantType::ClientCredentials],
        ..idp_core::client::ClientMetadata::new(&id, scope)
    };
    let new = idp_server::directory::clients::NewClient {
        id,
        is_public: false,
        metadata,
        logo: None,
        secret: None,
    };
    idp.operator().add_client(new, idp.clock.now()).await.unwrap();
    for (method, path, body) in [
        (Method::PATCH, "/clients/greater", Some(json!({ "client_name": "Mine" }))),
        (Method::PATCH, "/clients/greater", Some(json!({ "scope": "openid" }))),
        (Method::DELETE, "/clients/greater", None),
        (Method::POST, "/clients/greater/secrets", None),
        (
            Method::PUT,
            "/clients/greater/secrets",
            Some(json!({ "client_secret": "Vh3kQ0zR9sXw7LmT2bNcYd5P" })),
        ),
        (Method::POST, "/clients/greater/secrets/remove-older", None),
        (Method::DELETE, "/clients/greater/secrets/00000000", None),
        (Method::PUT, "/clients/greater/logo", Some(json!({ "base64": "PHN2Zz48L3N2Zz4=" }))),
        (Method::DELETE, "/clients/greater/logo", None),
    ] {
        let refused = api.call(method, path, body).await;
        assert_eq!((refused.status, refused.text("code")), (403, "not_permitted"), "{path}: {refused:?}");
    }
}

#[tokio::test]
async fn a_scope_that_means_nothing_here_is_registered_with_a_hint() {
    let idp = TestIdp::start().await;
    let api = machine(&idp, CLIENTS).await;
    let made = api.post("/clients", program("robot")).await;
    let hint = made.body["warnings"][0].as_str().unwrap();
    assert!(hint.contains("no meaning to read"), "{hint}");
    let plain = api.patch("/clients/robot", json!({ "scope": "openid profile" })).await;
    assert_eq!(plain.body["warnings"], json!([]));
}

#[tokio::test]
async fn of_two_who_edit_one_client_the_second_learns_of_it() {
    let idp = TestIdp::start().await;
    let api = machine(&idp, CLIENTS).await;
    let tag = api.post("/clients", program("robot")).await.header("etag").to_owned();
    let call = async |method, body| {
        api.call_with(method, "/clients/robot", body, &[("if-match", tag.as_str())]).await
    };
    assert_eq!(call(Method::PATCH, Some(json!({ "client_name": "First" }))).await.status, 200);
    assert_eq!(call(Method::PATCH, Some(json!({ "client_name": "Second" }))).await.status, 412);
    assert_eq!(call(Method::DELETE, None).await.status, 412);
    assert_eq!(api.get("/clients/robot").await.text("client_name"), "First");
    assert_eq!(api.delete("/clients/robot").await.status, 204);
    for path in ["/clients/robot", "/clients/robot/secrets"] {
        assert_eq!(api.get(path).await.status, 404);
    }
    assert_eq!(api.delete("/clients/robot").await.status, 404);
    assert_eq!(idp.recorded(AuditEvent::ClientRemoved).await, 1);
}

#[tokio::test]
async fn a_logo_is_set_shown_and_removed() {
    let idp = TestIdp::start().await;
    let api = machine(&idp, CLIENTS).await;
    api.post("/clients", program("robot")).await;
    let set =
        api.call(Method::PUT, "/clients/robot/logo", Some(json!({ "base64": "PHN2Zz48L3N2Zz4=" }))).await;
    assert_eq!(set.status, 204, "{set:?}");
    let name = api.get("/clients/robot").await.text("logo").to_owned();
    assert!(name.ends_with(".svg"), "{name}");
    let large = json!({ "base64": "A".repeat(60_000) });
    assert_eq!(api.call(Method::PUT, "/clients/robot/logo", Some(large)).await.status, 422);
    let larger = json!({ "base64": "A".repeat(70_000) });
    assert_eq!(api.call(Method::PUT, "/clients/robot/logo", Some(larger)).await.status, 413);
    for _ in 0..2 {
        assert_eq!(api.delete("/clients/robot/logo").await.status, 204);
    }
    assert_eq!(api.get("/clients/robot").await.body["logo"], Value::Null);
    assert_eq!(api.delete("/clients/nobody/logo").await.status, 404);
}

#[tokio::test]
async fn a_list_of_clients_is_narrowed_by_how_an_id_or_a_name_begins() {
    let idp = TestIdp::start().await;
    let api = machine(&idp, CLIENTS).await;
    for (id, name) in
        [("shop-1", "Boots"), ("shop-2", "Hats"), ("wiki", "Shoppers' wiki"), ("a_b", "50% off")]
    {
        let mut body = program(id);
        body["client_name"] = json!(name);
        assert_eq!(api.post("/clients", body).await.status, 201);
    }
    for (query, ids) in [
        ("q=shop", vec!["shop-1", "shop-2", "wiki"]),
        ("q=SHOP-", vec!["shop-1", "shop-2"]),
        ("q=hats", vec!["shop-2"]),
        ("q=50%25", vec!["a_b"]),
        ("q=%25", vec![]),
        ("q=_", vec![]),
        ("q=a_", vec!["a_b"]),
        ("q=axb", vec![]),
        ("q=%5C", vec![]),
        ("q=hop", vec![]),
    ] {
        let found = api.get(&format!("/clients?{query}")).await;
        let found: Vec<&str> = found.body["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["client_id"].as_str().unwrap())
            .collect();
        assert_eq!(found, ids, "{query}");
    }
    let first = api.get("/clients?q=shop&limit=2").await;
    assert_eq!(first.text("next"), "shop-2");
    let second = api.get("/clients?q=shop&limit=2&after=shop-2").await;
    assert_eq!((second.body["items"].as_array().unwrap().len(), &second.body["next"]), (1, &Value::Null));
    for wrong in ["q=", "q=%00", "after=a%20b"] {
        assert_eq!(api.get(&format!("/clients?{wrong}")).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn who_may_look_changes_nothing_and_who_may_do_neither_sees_nothing() {
    let idp = TestIdp::start().await;
    idp.add_client(&ClientSpec::confidential("site-a")).await;
    let spec = idp.add_api_client("looking", "idp.clients.read").await;
    let looking = idp.calling_as_client(&spec).await;
    assert_eq!(looking.get("/clients/site-a").await.status, 200);
    assert_eq!(looking.post("/clients", program("robot")).await.status, 403);
    assert_eq!(looking.delete("/clients/site-a").await.status, 403);
    let spec = idp.add_api_client("other", "idp.keys.read").await;
    let other = idp.calling_as_client(&spec).await;
    for path in ["/clients", "/clients/site-a", "/clients/none", "/clients/site-a/secrets"] {
        assert_eq!(other.get(path).await.status, 403, "{path}");
    }
}
